"""What turns: the conditions and values behind `enters`, `leaves` and `changes`, and the exact look at their candidate points.

Reads   what the values read; parameters `lo`, `hi`, as seen `max_lateness`
Gives   a step of fired turns: FIRED, `old_value`, `new_value`
Cost    two values for each candidate point; a short range has few: its arrivals, and the window edges that fall into it
Held to meaning.moments, by tests/meaning/test_compiled_turns.py

A *candidate* is a change point p of a customer with an instant `seen` at which the turn may first follow: m = p + hold itself, and each
arrival after m of something that happened by m.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from opportune.language.compiler import identities
from opportune.language.compiler.causes import with_causes
from opportune.language.compiler.changes import changes
from opportune.language.compiler.clockwork import DAY
from opportune.language.compiler.meetings import with_meetings
from opportune.language.compiler.quiet_points import points_of, quiet_in
from opportune.language.compiler.readers import MOST, Reader, is_for
from opportune.language.compiler.reads import Reads, reads_of
from opportune.language.compiler.scopes import CHANGE, Everybody
from opportune.language.compiler.sightings import with_presence
from opportune.language.compiler.triggers import ENDLESS, FIRED, hi, lo
from opportune.language.compiler.values import values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import PAIRS
from opportune.language.tree.absence import reads_presence
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Changes, Turns
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.instants import FOREVER, Span, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

Value = Callable[[], Term]
TURNED = ("which", "identity_key", "at", "acted_at", "seen", "point", "old_value", "new_value", "lateness")
"""Columns of a step of turns that follow: m, s, what was seen, p."""
PARTED = "parted"
PARTED_SOURCES = f"_{PARTED}_sighted"
"""How the names of steps end that hold the ids of customers whom a link has left."""


@dataclass(frozen=True, slots=True)
class Turning:
    """One `enters`, `leaves` or `changes`, under the number that tells it apart."""

    which: int
    value: Expr
    to: bool | None
    """None: any change."""
    hold: Span
    period: Span
    needs_presence: bool
    """Whether the value means something else before the customer's first event or trait than it would say by itself."""
    remembers: bool = False
    """Whether the value is told of before a link took the customer's events away: it stays when she is not there any more."""
    anyone: bool = False
    """Also for ids that belong to another customer by then: they have left."""


def turning_of(moment: Turns | Changes, which: int = 0) -> Turning:
    """What a moment asks for."""
    value, to = (moment.condition, moment.to) if isinstance(moment, Turns) else (moment.value, None)
    hold = Span(0) if moment.hold is None else span_of(moment.hold)
    period = Span(DAY) if moment.sample is None else span_of(moment.sample)
    remembers = reads_of([value]).shifts != {0}
    return Turning(which, value, to, hold, period, reads_presence(moment), remembers)


def exactly(
    steps: Steps,
    turnings: Sequence[Turning],
    reading: Reading,
    *,
    narrow: bool,
    name: str,
    only: str | None = None,
    begin: Value = lo,
) -> str:
    """The turns of the range, looked at one by one; those that vary all the time apart from the others, on their own samples.

    `only`: a step with the stretches (identity_key, low, high) in which points are to be looked at; without it all are."""
    groups: dict[tuple[int, int | None], list[Turning]] = {}
    for number, turning in enumerate(turnings):
        apart = turning.which if reads_of([turning.value]).is_sampled else -1 - number // MOST
        groups.setdefault((turning.hold, apart), []).append(turning)
    fired = [
        Group(steps, f"{name}_{number}", tuple(group), reading, narrow, only, begin).fired() for number, group in enumerate(groups.values())
    ]
    shown = (*FIRED, "old_value", "new_value")
    return steps.add(name, sql.union(*(sql.query({each: column(each, "f") for each in shown}, Source(step, "f")) for step in fired)))


@dataclass(frozen=True)
class Group:
    """Turnings whose candidate points are the same."""

    steps: Steps
    name: str
    turnings: tuple[Turning, ...]
    reading: Reading
    narrow: bool
    only: str | None = None
    begin: Value = lo
    """The open beginning of the range."""
    is_ranged: bool = True
    """Whether there is a range: questions about turns taken before have none."""

    def fired(self) -> str:
        """All steps from change points to fired turns."""
        points, changed = self.points()
        candidates = self._candidates(changed, points)
        turned = self.turned(candidates, points)
        if self.hold:
            turned = self.held(turned, points)
        if any(one.to is not True and not one.anyone for one in self.turnings):
            turned = self.still_there(turned)
        caused = with_causes(self.steps, turned, [(one.which, one.value) for one in self.turnings], TURNED, bounds=self._bounds())
        return self._first(caused)

    @property
    def hold(self) -> Span:
        return self.turnings[0].hold

    @cached_property
    def reads(self) -> Reads:
        return reads_of([turning.value for turning in self.turnings])

    @property
    def needs_presence(self) -> bool:
        return any(turning.needs_presence for turning in self.turnings)

    @property
    def as_known(self) -> bool:
        return self.reading is Reading.AS_KNOWN

    def _add(self, what: str, query: sql.Query) -> str:
        return self.steps.add(f"{self.name}_{what}", query)

    def _low(self) -> Term:
        """Before every change point that can matter to the range."""
        back = self.hold + (self.turnings[0].period if self.reads.is_sampled else 0)
        low = sql.minus(self.begin(), sql.number(back))
        return low if self.as_known else sql.minus(low, sql.smaller(sql.parameter("max_lateness"), sql.number(ENDLESS)))

    def _bounds(self) -> list[Term]:
        """Where the events that may be triggers lie."""
        return [sql.less(self._low(), column("ts", "e")), sql.at_most(column("ts", "e"), hi())]

    def _changes(self) -> tuple[str, str]:
        """The change points, and all that arrives; of most values the same."""
        quiet = None if self.narrow or len(self.turnings) > 1 else quiet_in(self.turnings[0].value)
        is_quiet = quiet is not None and bool(quiet.ages)
        reads = reads_of([quiet.rest]) if quiet is not None and is_quiet else self.reads
        scope = Everybody(self.reading, self._low, hi, self.narrow, self._among())
        period = self.turnings[0].period
        apart = [Reader(reads_of([one.value]), one.needs_presence) for one in self.turnings]
        name = f"{self.name}_changes"
        found = changes(self.steps, reads, scope, needs_presence=self.needs_presence, period=period, name=name, apart=apart)
        told = changed = with_meetings(self.steps, found, reads, scope)
        if quiet is not None and is_quiet:
            told, changed = points_of(self.steps, quiet, scope, apart[0], rest=told, name=name)
        if self.only is None:
            return told, changed
        near = self._add("near", self._near(changed))
        return (near if told == changed else self._add("near_told", self._near(told))), near

    def _near(self, changed: str) -> sql.Query:
        """Changes that are points of a stretch, or arrived after one of its points as something that had happened by its end."""
        moment = sql.plus(column("high", "o"), sql.number(self.hold))
        inside = [
            sql.equal(column("identity_key", "o"), column("identity_key", "c")),
            sql.at_most(column("at", "c"), moment),
            sql.at_most(column("low", "o"), column("known_at", "c")),
        ]
        shown = {name: column(name, "c") for name in ("identity_key", *CHANGE)}
        return sql.query(shown, Source(changed, "c"), [Join(Source(self.only or "", "o"), sql.both(*inside), "SEMI")])

    def points(self) -> tuple[str, str]:
        """identity_key, at, known_at: each change point once, with when it was first known to be one; and all that arrives."""
        told, changed = self._changes()
        shown = {"identity_key": column("identity_key", "c"), "at": column("at", "c"), "known_at": sql.smallest(column("known_at", "c"))}
        return self._add("points", sql.query(shown, Source(told, "c"), group=2)), changed

    def _candidates(self, changed: str, points: str) -> str:
        """`pair`, identity_key, point, at (m), seen, a lateness for each turning; `seen` is s as seen."""
        moment = sql.plus(column("at", "p"), sql.number(self.hold))
        keys = {"identity_key": column("identity_key", "p"), "point": column("at", "p"), "at": moment}
        wanted = self._wanted()
        in_time = [sql.at_most(column("known_at", "p"), moment.copy())]
        never_late: dict[str, Term] = {name: sql.cast(sql.number(0), "BIGINT") for name in self._latenesses()}
        at_once = sql.query(keys | {"acted_at": moment.copy()} | never_late, Source(points, "p"), wanted, where=in_time)
        found: list[sql.Query] = [at_once]
        if not self.as_known:
            found.append(self._by_arrival(changed, points))
        steps_of = self._add("instants", sql.union(*found))
        names = ("identity_key", "point", "at", "acted_at")
        once = {name: column(name, "i") for name in names} | {name: sql.smallest(column(name, "i")) for name in self._latenesses()}
        once_name = self._add("once", sql.query(once, Source(steps_of, "i"), where=[sql.at_most(column("acted_at", "i"), hi())], group=4))
        in_range = {name: column(name, "o") for name in ("identity_key", "point")}
        ranged = self._add(
            "ranged", sql.query(in_range, Source(once_name, "o"), where=[sql.less(self.begin(), column("acted_at", "o"))], distinct=True)
        )
        same = sql.both(*(sql.equal(column(name, "r"), column(name, "o")) for name in ("identity_key", "point")))
        shown = {name: column(name, "o") for name in (*names, *self._latenesses())}
        shown |= {"pair": sql.row_number(Window((), names))}
        shown |= {"seen": sql.number(FOREVER) if self.as_known else column("acted_at", "o")}
        return self._add("candidates", sql.query(shown, Source(once_name, "o"), [Join(Source(ranged, "r"), same, "SEMI")]))

    def _latenesses(self) -> dict[str, Term]:
        """How late an arrival `c` is for each turning; null for one that does not read it."""
        late = {"lateness": column("lateness", "c")}
        if len(self.turnings) == 1:
            return late
        return {
            f"lateness_{one.which}": sql.choose(is_for(column("readers", "c"), bit), late["lateness"].copy())
            for bit, one in enumerate(self.turnings)
        }

    def _wanted(self) -> list[Join]:
        if self.only is None:
            return []
        inside = [
            sql.equal(column("identity_key", "o"), column("identity_key", "p")),
            sql.at_most(column("low", "o"), column("at", "p")),
            sql.at_most(column("at", "p"), column("high", "o")),
        ]
        return [Join(Source(self.only, "o"), sql.both(*inside), "SEMI")]

    def _among(self) -> str | None:
        """Every id that may be one of the customers asked for."""
        if self.only is None:
            return None
        own = {"source_key": column("identity_key", "o")}
        hers = sql.equal(column("to_key", "l"), column("identity_key", "o"))
        linked = sql.query({"source_key": column("from_key", "l")}, Source(self.only, "o"), [Join(Source("spans", "l"), hers)])
        return self._add("among", sql.union(sql.query(own, Source(self.only, "o")), linked, distinct=True))

    def _by_arrival(self, changed: str, points: str) -> sql.Query:
        """Arrivals after m of what happened by m."""
        late = self._add(
            "late",
            sql.query(
                {name: column(name, "c") for name in ("identity_key", *CHANGE)},
                Source(changed, "c"),
                where=[sql.less(column("at", "c"), column("known_at", "c"))],
            ),
        )
        moment = sql.plus(column("at", "p"), sql.number(self.hold))
        on = [
            sql.equal(column("identity_key", "c"), column("identity_key", "p")),
            sql.at_most(column("at", "c"), moment),
            sql.less(moment.copy(), column("known_at", "c")),
            sql.at_most(column("known_at", "p"), column("known_at", "c")),
        ]
        shown = {"identity_key": column("identity_key", "p"), "point": column("at", "p"), "at": moment.copy()}
        shown |= {"acted_at": column("known_at", "c")} | self._latenesses()
        return sql.query(shown, Source(late, "c"), [Join(Source(points, "p"), sql.both(*on)), *self._wanted()])

    def turned(self, candidates: str, points: str) -> str:
        """Candidates at which the value is other than just before: `TURNED`."""
        before = self._before(candidates, points)
        halves = [pairs_of(candidates, 0, column("point", "c"), "c"), pairs_of(before, 1, column("before", "c"), "c")]
        asked = self._add("asked", sql.union(*halves))
        values = self.values(asked)
        found = [self._of_turning(turning, candidates, values) for turning in self.turnings]
        return self._add("turned", sql.union(*found))

    def _before(self, candidates: str, points: str) -> str:
        """Candidates with the instant at which the value was last looked at before: a microsecond ago, or at the last sample."""
        names = ("pair", "identity_key", "point", "seen")
        shown = {name: column(name, "c") for name in names}
        if not self.reads.is_sampled:
            return self._add(
                "before", sql.query(shown | {"before": sql.minus(column("point", "c"), sql.number(1))}, Source(candidates, "c"))
            )
        if self.as_known:
            return self._add("before", self._one_earlier(shown, candidates, points))
        earlier = [
            sql.equal(column("identity_key", "p"), column("identity_key", "c")),
            sql.less(column("at", "p"), column("point", "c")),
            # a sample lies in each period: what is further back was before she was there, and nothing was true then
            sql.at_most(sql.minus(column("point", "c"), sql.number(self.turnings[0].period)), column("at", "p")),
            sql.at_most(column("known_at", "p"), column("seen", "c")),
        ]
        last = {"before": sql.largest(column("at", "p"))}
        return self._add(
            "before", sql.query(shown | last, Source(candidates, "c"), [Join(Source(points, "p"), sql.both(*earlier))], group=len(names))
        )

    def _one_earlier(self, shown: dict[str, Term], candidates: str, points: str) -> sql.Query:
        """The same as known, where every point before was looked at; of a year of samples a join would make 66,000 rows a customer."""
        keys = {name: column(name, "p") for name in ("identity_key", "at")}
        instants = self._add("looked_at", sql.query(keys, Source(points, "p"), distinct=True))
        before = sql.lag(column("at", "p"), 1, sql.number(-FOREVER), Window(("identity_key",), ("at",)))
        lagged = self._add("lagged", sql.query(keys | {"before": before}, Source(instants, "p")))
        same = sql.both(
            sql.equal(column("identity_key", "l"), column("identity_key", "c")), sql.equal(column("at", "l"), column("point", "c"))
        )
        is_one = sql.less(sql.number(-FOREVER), column("before", "l"))
        return sql.query(
            shown | {"before": column("before", "l")}, Source(candidates, "c"), [Join(Source(lagged, "l"), same)], where=[is_one]
        )

    def values(self, asked: str) -> str:
        """`pair` and the value of each turning, null where the customer is not there yet."""
        # the values at points before it can lead to no row: whatever arrives for them in the range is too late
        after = self._low if self.is_ranged else None
        values = values_of(self.steps, asked, {f"value_{one.which}": one.value for one in self.turnings}, after=after)
        if not self.needs_presence:
            return self._of_those_left(asked, values) if any(one.remembers for one in self.turnings) else values
        present = with_presence(self.steps, asked)
        shown: dict[str, Term] = {"pair": column("pair", "v")}
        for one in self.turnings:
            held = column(f"value_{one.which}", "v")
            shown[f"value_{one.which}"] = (
                sql.choose(sql.is_known(column("pair", "s")), held) if one.needs_presence or one.remembers else held
            )
        joins = [Join(Source(present, "s"), sql.equal(column("pair", "s"), column("pair", "v")), "LEFT")]
        return self.steps.add(f"{asked}_present_values", sql.query(shown, Source(values, "v"), joins))

    def _of_turning(self, turning: Turning, candidates: str, values: str) -> sql.Query:
        """The turns of one turning among the candidates whose customers are canonical then."""

        def now() -> Term:
            return column(f"value_{turning.which}", "n")

        def before() -> Term:
            return column(f"value_{turning.which}", "b")

        def pair(number: int) -> Term:
            return sql.plus(sql.times(column("pair", "c"), sql.number(2)), sql.number(number))

        joins = [
            Join(Source(values, "n"), sql.equal(column("pair", "n"), pair(0))),
            Join(Source(values, "b"), sql.equal(column("pair", "b"), pair(1)), "LEFT"),
            *([] if turning.anyone else [_linked_away()]),
        ]
        shown: dict[str, Term] = {"which": sql.number(turning.which)}
        shown |= {name: column(name, "c") for name in ("identity_key", "at", "acted_at", "seen", "point")}
        lateness = "lateness" if len(self.turnings) == 1 else f"lateness_{turning.which}"
        shown |= changed_texts(turning, before, now) | {"lateness": column(lateness, "c")}
        return sql.query(shown, Source(candidates, "c"), joins, where=[turns(turning, before, now)])

    def still_there(self, turned_rows: str) -> str:
        """Without those of customers who have lost their last event: only whom a span has left can have."""
        numbered = {name: column(name, "t") for name in TURNED} | {
            "pair": sql.row_number(Window((), ("which", "identity_key", "point", "seen")))
        }
        rows = self._add("there", sql.query(numbered, Source(turned_rows, "t")))
        pair: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
        pair |= {name: column(name, "t") for name in ("pair", "identity_key", "at", "seen")}
        gone = self._gone(self._add(PARTED, sql.query(pair, Source(rows, "t"), [_that_lost("t")])))
        is_gone = sql.equal(column("pair", "g"), column("pair", "t"))
        shown = {name: column(name, "t") for name in TURNED}
        return self._add("remaining", sql.query(shown, Source(rows, "t"), [Join(Source(gone, "g"), is_gone, "ANTI")]))

    def _gone(self, asked: str) -> str:
        """`pair` of those of `asked` whose customer is not there."""
        present = Source(with_presence(self.steps, asked), "s")
        there = Join(present, sql.equal(column("pair", "s"), column("pair", "a")), "ANTI")
        return self.steps.add(f"{asked}_gone", sql.query({"pair": column("pair", "a")}, Source(asked, "a"), [there]))

    def _of_those_left(self, asked: str, values: str) -> str:
        """The values, null where a link has taken the customer, or her last event, away."""
        names = [name for name, _ in PAIRS.columns]
        ways = [_that_lost("p"), Join(Source("spans", "l"), sql.equal(column("from_key", "l"), column("identity_key", "p")), "SEMI")]
        touched = sql.union(
            *(sql.query({name: column(name, "p") for name in names}, Source(asked, "p"), [way]) for way in ways), distinct=True
        )
        gone = self._gone(self.steps.add(f"{asked}_{PARTED}", touched))
        shown: dict[str, Term] = {"pair": column("pair", "v")}
        for one in self.turnings:
            held = column(f"value_{one.which}", "v")
            shown[f"value_{one.which}"] = sql.choose(sql.is_null(column("pair", "g")), held) if one.remembers else held
        joins = [Join(Source(gone, "g"), sql.equal(column("pair", "g"), column("pair", "v")), "LEFT")]
        return self.steps.add(f"{asked}_values_of_those_left", sql.query(shown, Source(values, "v"), joins))

    def held(self, turned_rows: str, points: str) -> str:
        """Without those whose value was another at some change point in (p, m]."""
        names = (*TURNED, "number")
        numbered = {name: column(name, "t") for name in TURNED}
        numbered["number"] = sql.row_number(Window((), ("which", "identity_key", "point", "seen")))
        rows = self._add("numbered", sql.query(numbered, Source(turned_rows, "t")))
        inside = [
            sql.equal(column("identity_key", "p"), column("identity_key", "t")),
            sql.at_most(column("point", "t"), column("at", "p")),
            sql.at_most(column("at", "p"), column("at", "t")),
            *([] if self.as_known else [sql.at_most(column("known_at", "p"), column("seen", "t"))]),
        ]
        shown = {name: column(name, "t") for name in ("number", "which", "identity_key", "seen")}
        shown |= {"point": column("at", "p"), "is_start": sql.equal(column("at", "p"), column("point", "t"))}
        steps_of = self._add("stretches", sql.query(shown, Source(rows, "t"), [Join(Source(points, "p"), sql.both(*inside))]))
        order = ("number", "point")
        with_pair = {name: column(name, "s") for name in shown} | {"pair": sql.row_number(Window((), order))}
        stretches = self._add("stretch_pairs", sql.query(with_pair, Source(steps_of, "s")))
        values = self.values(self._add("stretch_asked", pairs_of(stretches, 0, column("point", "c"), "c")))
        broken = self._add("broken", sql.union(*(self._broken(one, rows, stretches, values) for one in self.turnings)))
        same = sql.equal(column("number", "b"), column("number", "t"))
        shown = {name: column(name, "t") for name in names[:-1]}
        return self._add("held", sql.query(shown, Source(rows, "t"), [Join(Source(broken, "b"), same, "ANTI")]))

    def _broken(self, turning: Turning, rows: str, stretches: str, values: str) -> sql.Query:
        twice = sql.times(column("pair", "s"), sql.number(2))
        joins = [
            Join(Source(values, "v"), sql.equal(column("pair", "v"), twice)),
            Join(Source(rows, "t"), sql.equal(column("number", "t"), column("number", "s"))),
        ]
        held = column(f"value_{turning.which}", "v")
        if turning.to is None:
            other = sql.differs(json_of(turning, lambda: held), column("new_value", "t"))
        else:
            other = sql.differs(sql.coalesce(held, sql.truth(False)), sql.truth(turning.to))
        where = [sql.equal(column("which", "t"), sql.number(turning.which)), other]
        return sql.query({"number": column("number", "s")}, Source(stretches, "s"), joins, where=where, distinct=True)

    def _first(self, caused: str) -> str:
        """Of each moment and trigger the first instant at which it follows, if that lies in the range and what arrived then was in time."""
        names = (*TURNED, "event_id", "line", "is_imported")
        first = Window(("which", "identity_key", "at", "event_id", "line"), ("acted_at",))
        ranked = {name: column(name, "c") for name in names} | {"rank": sql.row_number(first)}
        rows = self._add("ranked", sql.query(ranked, Source(caused, "c")))
        where = [sql.equal(column("rank", "r"), sql.number(1)), sql.less(self.begin(), column("acted_at", "r"))]
        if not self.as_known:
            in_time = sql.at_most(column("lateness", "r"), sql.parameter("max_lateness"))
            where.append(sql.either(sql.equal(column("acted_at", "r"), column("at", "r")), in_time))
        shown: dict[str, Term] = {name: column(name, "r") for name in (*FIRED[:-1], "old_value", "new_value")}
        return self._add("fired", sql.query(shown | {"same_value": sql.cast(sql.null(), "VARCHAR")}, Source(rows, "r"), where=where))


def _that_lost(table: str) -> Join:
    """Keeps those of a table whom a span has left."""
    ends = sql.either(*(sql.less(column(name, "l"), sql.number(FOREVER)) for name in ("at_until", "seen_until")))
    is_hers = sql.equal(column("to_key", "l"), column("identity_key", table))
    return Join(Source("spans", "l"), sql.both(is_hers, ends), "SEMI")


def _linked_away() -> Join:
    """Leaves out those of `c` who belong to another customer then."""
    holds = identities.counts_at(column("at", "c"), column("seen", "c"))
    return Join(Source("spans", "l"), sql.both(sql.equal(column("from_key", "l"), column("identity_key", "c")), holds), "ANTI")


def turns(turning: Turning, before: Value, now: Value) -> Term:
    """Whether a turning turns between two values."""
    if turning.to is None:
        return sql.differs(now(), before())
    is_now, was = sql.coalesce(now(), sql.truth(False)), sql.coalesce(before(), sql.truth(False))
    return sql.both(is_now, sql.negated(was)) if turning.to else sql.both(sql.negated(is_now), was)


def changed_texts(turning: Turning, before: Value, now: Value) -> dict[str, Term]:
    """`old_value`, `new_value`: of a change, as JSON text."""
    if turning.to is not None:
        return {name: sql.cast(sql.null(), "VARCHAR") for name in ("old_value", "new_value")}
    return {"old_value": json_of(turning, before), "new_value": json_of(turning, now)}


def json_of(turning: Turning, held: Value) -> Term:
    """A value as JSON text; null without one."""
    if kind_of(turning.value) is Kind.TEXT:
        return sql.cast(sql.call("to_json", held()), "VARCHAR")
    return sql.cast(held(), "VARCHAR")


def pairs_of(asked: str, number: int, at: Term, table: str) -> sql.Query:
    """PAIRS at an instant of each row of a step, numbered twice its number and `number`."""
    shown: dict[str, Term] = {name: sql.cast(sql.null(), kind) for name, kind in PAIRS.columns}
    shown["pair"] = sql.plus(sql.times(column("pair", table), sql.number(2)), sql.number(number))
    shown |= {"identity_key": column("identity_key", table), "at": at, "seen": column("seen", table)}
    return sql.query(shown, Source(asked, table))
