"""`enters`, `leaves` and `changes` over a range.

Reads   what the values read; parameters `lo`, `hi`, as seen `max_lateness`
Gives   a step of fired turns: FIRED, `old_value`, `new_value`
Cost    narrow: two values for each candidate point of the range. Wide: one timeline for each moment whose value a timeline can tell
        (`timelines.fits`), and an exact look at the customers and stretches of time that a timeline leaves open
Held to meaning.moments, by tests/meaning/test_compiled_turns.py
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from opportune.language.compiler.causes import is_cause, with_causes
from opportune.language.compiler.leaves import populations_of
from opportune.language.compiler.properties import selected
from opportune.language.compiler.reads import causes_in
from opportune.language.compiler.timelines import Timeline, fits
from opportune.language.compiler.triggers import FIRED, earliest, hi, lo, plan_of
from opportune.language.compiler.turning import Turning, changed_texts, exactly, turning_of, turns
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.relations.plans import Plan
from opportune.language.tree.moments import Changes, Turns
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

SHOWN = (*FIRED, "old_value", "new_value")


def plan(moments: Sequence[tuple[int, Turns | Changes]], reading: Reading, *, narrow: bool, together: bool = False) -> Plan:
    """The rows of the moments. `together`: of several in one plan, told apart by `which`."""
    steps = Steps()
    found = plan_of(steps, fired(steps, moments, reading, narrow=narrow), reading, is_together=together, has_change=True)
    return replace(found, populations=populations_of([turning_of(moment).value for _, moment in moments]))


def turns_together(moments: Sequence[Turns | Changes], reading: Reading, *, narrow: bool = True) -> Plan:
    """The rows of all, with `which` as last column: the place of each moment in `moments`. The same rows as apart."""
    return plan(list(enumerate(moments)), reading, narrow=narrow, together=True)


def fired(steps: Steps, moments: Sequence[tuple[int, Turns | Changes]], reading: Reading, *, narrow: bool) -> str:
    """The turns of all moments, each under its number."""
    turnings = [turning_of(moment, which) for which, moment in moments]
    if narrow:
        return exactly(steps, turnings, reading, narrow=True, name="turns")
    found, others = [], []
    for turning in turnings:
        if fits(turning.value, reading) and not (turning.hold and reading is Reading.AS_SEEN):
            found.append(_told(steps, turning, reading))
        else:
            others.append(turning)
    if others:
        found.append(exactly(steps, others, reading, narrow=False, name="turns"))
    shown = [sql.query({name: column(name, "f") for name in SHOWN}, Source(step, "f")) for step in found]
    return steps.add("fired", sql.union(*shown))


def _told(steps: Steps, turning: Turning, reading: Reading) -> str:
    """One turning by its timeline, and exactly where that leaves it open."""
    name = f"timeline_{turning.which}"
    timeline = Timeline(steps, name, turning.value, reading, lambda: earliest(reading, turning.hold), hi, turning.needs_presence)
    flips = _Flips(steps, timeline, turning)
    open_ones = steps.add(f"{name}_open", flips.left_open())
    looked_at = exactly(steps, [turning], reading, narrow=False, name=f"{name}_exactly", only=open_ones)
    told = flips.fired()
    both = [sql.query({each: column(each, "f") for each in SHOWN}, Source(step, "f")) for step in (told, looked_at)]
    # as seen what is told by the timeline may be found again in a stretch looked at exactly; as known none of its customers is looked at
    return steps.add(f"{name}_fired", sql.union(*both, distinct=not timeline.as_known))


@dataclass(slots=True)
class _Flips:
    """The rows of a timeline at which its value turns."""

    steps: Steps
    timeline: Timeline
    turning: Turning
    rows: str = ""

    def __post_init__(self) -> None:
        self.rows = self.timeline.rows()

    def left_open(self) -> sql.Query:
        """identity_key, low, high: doubted customers for all time, and as seen the stretches of rows that are not clear."""
        doubted = {"identity_key": column("identity_key", "d"), "low": sql.number(-FOREVER), "high": sql.number(FOREVER)}
        found = sql.query(doubted, Source(self.timeline.doubted, "d"))
        if self.timeline.as_known:
            return found
        stretch = {"identity_key": column("identity_key", "r"), "low": column("at", "r"), "high": column("known_at", "r")}
        where = [sql.negated(column("is_clear", "r")), sql.at_most(column("known_at", "r"), hi()), sql.less(lo(), column("known_at", "r"))]
        more = [self._caused_again()] if self.timeline.quiet.ages else []
        return sql.union(found, sql.query(stretch, Source(self.rows, "r"), where=where), *self.timeline.moved_links(), *more)

    def _caused_again(self) -> sql.Query:
        """Of turns the instants at which an event happened that is read and arrived after them: it may be their trigger from then on."""
        name, low = self.timeline.name, earliest(Reading.AS_SEEN)
        own: dict[str, Term] = {"source_key": column("identity_key", "r")}
        row: dict[str, Term] = {each: column(each, "r") for each in ("identity_key", "at", "known_at")}
        where = [
            turns(self.turning, lambda: column("was", "r"), lambda: column("now", "r")),
            sql.less(low, column("at", "r")),
            sql.at_most(column("known_at", "r"), hi()),
        ]
        turned = self.steps.add(f"{name}_turned", sql.query(own | row, Source(self.rows, "r"), where=where))
        linked = sql.query(
            {"source_key": column("from_key", "l")} | row,
            Source(turned, "r"),
            [Join(Source("links", "l"), sql.equal(column("to_key", "l"), column("identity_key", "r")))],
        )
        ids = self.steps.add(f"{name}_turned_ids", sql.union(sql.query(own | row, Source(turned, "r")), linked))
        arrived = [
            sql.equal(column("identity_key", "e"), column("source_key", "r")),
            sql.equal(column("ts", "e"), column("at", "r")),
            sql.less(column("known_at", "r"), column("received_at", "e")),
            sql.at_most(column("received_at", "e"), hi()),
            is_cause(self.turning.value, "e"),
        ]
        shown = {"identity_key": column("identity_key", "r"), "low": column("at", "r"), "high": column("at", "r")}
        return sql.query(shown, Source(ids, "r"), [Join(Source("events", "e"), sql.both(*arrived))], distinct=True)

    def fired(self) -> str:
        """The turns the timeline is sure of, with their triggers."""
        turning, name = self.turning, self.timeline.name
        acted = column("known_at", "r")
        inside = sql.within(sql.plus(acted, sql.number(turning.hold)) if turning.hold else acted, lo(), hi())
        shown = {each: column(each, "r") for each in ("identity_key", "at", "known_at", "cause")}
        shown |= changed_texts(turning, lambda: column("was", "r"), lambda: column("now", "r"))
        turning_rows = [turns(turning, lambda: column("was", "r"), lambda: column("now", "r")), sql.negated(column("has_left", "r"))]
        rows = self._lasting() if turning.hold else self.rows
        if turning.hold:
            turning_rows.append(sql.less(sql.plus(column("at", "r"), sql.number(turning.hold)), column("next_at", "r")))
        in_time: list[Term] = []
        if not self.timeline.as_known:
            late = sql.at_most(column("lateness", "r"), sql.parameter("max_lateness"))
            in_time = [column("is_clear", "r"), sql.either(sql.equal(column("at", "r"), column("known_at", "r")), late)]
        sure = self.steps.add(f"{name}_sure", sql.query(shown, Source(rows, "r"), where=[inside, *turning_rows, *in_time]))
        if self.timeline.quiet.ages:
            return self._caused(sure)
        same = [sql.equal(column(name, "e"), column(name, "t")) for name in ("identity_key", "at", "cause")]
        moment = sql.plus(column("at", "t"), sql.number(turning.hold)) if turning.hold else column("at", "t")
        row: dict[str, Term] = {"which": sql.number(turning.which), "event_id": column("event_id", "e"), "line": column("line", "e")}
        row |= {"is_imported": sql.coalesce(column("is_imported", "e"), sql.truth(False)), "identity_key": column("identity_key", "t")}
        row |= {"at": moment, "acted_at": moment.copy() if turning.hold else column("known_at", "t")}
        row |= {"same_value": sql.cast(sql.null(), "VARCHAR"), "old_value": column("old_value", "t"), "new_value": column("new_value", "t")}
        return self.steps.add(
            f"{name}_turns", sql.query(row, Source(sure, "t"), [Join(Source(self._causes(sure), "e"), sql.both(*same), "LEFT")])
        )

    def _caused(self, sure: str) -> str:
        """Turns with their triggers, looked for among all events: not all are in the timeline of a quiet age."""
        turning, name = self.turning, self.timeline.name
        moment = sql.plus(column("at", "t"), sql.number(turning.hold)) if turning.hold else column("at", "t")
        seen = sql.number(FOREVER) if self.timeline.as_known else column("known_at", "t")
        row: dict[str, Term] = {"which": sql.number(turning.which), "identity_key": column("identity_key", "t"), "at": moment}
        row |= {"acted_at": moment.copy() if turning.hold else column("known_at", "t"), "seen": seen, "point": column("at", "t")}
        row |= {"same_value": sql.cast(sql.null(), "VARCHAR"), "old_value": column("old_value", "t"), "new_value": column("new_value", "t")}
        turned = self.steps.add(f"{name}_turns", sql.query(row, Source(sure, "t")))
        bounds = [sql.less(earliest(self.timeline.reading, turning.hold), column("ts", "e")), sql.at_most(column("ts", "e"), hi())]
        return with_causes(self.steps, turned, [(turning.which, turning.value)], tuple(row), bounds=bounds)

    def _causes(self, sure: str) -> str:
        """identity_key, at, cause, event_id, line, is_imported of the events at the places that turns name, each once."""
        # at crowded instants other customers' events may have the same place, and at any those of things
        linked = [
            sql.equal(column("from_key", "l"), column("identity_key", "e")),
            sql.equal(column("to_key", "l"), column("identity_key", "t")),
        ]
        is_own = sql.either(sql.equal(column("identity_key", "e"), column("identity_key", "t")), sql.is_known(column("from_key", "l")))
        at_place = [sql.equal(order_of("e"), column("cause", "t")), sql.equal(column("ts", "e"), column("at", "t"))]
        names = {name for selector, _ in causes_in(self.turning.value) for name in selector.names or ("",)}
        named = [selected(tuple(sorted(names)), "e")] if names and "" not in names else []
        shown = {each: column(each, "t") for each in ("identity_key", "at", "cause")}
        shown |= {each: column(each, "e") for each in ("event_id", "line", "is_imported")}
        joins = [Join(Source("events", "e"), sql.both(*at_place, *named)), Join(Source("links", "l"), sql.both(*linked), "LEFT")]
        return self.steps.add(f"{self.timeline.name}_causes", sql.query(shown, Source(sure, "t"), joins, where=[is_own], distinct=True))

    def _lasting(self) -> str:
        """Rows at which the value turns any way, or the customer leaves, with the next such row."""
        name, any_turn = self.timeline.name, self._differs()
        names = ("identity_key", "at", "known_at", "cause", "has_left", "was", "now")
        where = [sql.either(any_turn, column("has_left", "r")), sql.negated(column("had_left", "r"))]
        flips = self.steps.add(f"{name}_flips", sql.query({each: column(each, "r") for each in names}, Source(self.rows, "r"), where=where))
        after = {"next_at": sql.lead(column("at", "f"), 1, sql.number(FOREVER), Window(("identity_key",), ("at",)))}
        return self.steps.add(f"{name}_lasting", sql.query({each: column(each, "f") for each in names} | after, Source(flips, "f")))

    def _differs(self) -> Term:
        was, now = column("was", "r"), column("now", "r")
        if self.turning.to is None:
            return sql.differs(now, was)
        return sql.differs(sql.coalesce(now, sql.truth(False)), sql.coalesce(was, sql.truth(False)))
