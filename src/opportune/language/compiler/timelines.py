"""One timeline for each customer: what a value was at each of its change points, over the whole history in one sort.

Reads   events, traits, spans; parameters `lo`, `hi`, as seen `max_lateness`
Gives   `identity_key`, `at` (the change point), `known_at` (when it was one), `low` (the earliest that changed then), `is_clear`,
        `lateness`, `cause` (place of the last event read at it), `has_left`, `was` and `now` (the value before and at it)
Cost    one scan for each event read and each window, one grouping and one sort of what came and went
Held to meaning.moments, by tests/meaning/test_compiled_turns.py

An event adds to running sums when it becomes visible and takes away when it leaves the window; everything at one instant is added up
before it is looked at. Customers whose ids were contested or parted again, or whose events were voided, are left to the exact look.
As seen a row is clear where all that changed happened at one instant after everything before it; the others are looked at exactly.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from opportune.language.compiler import tallies
from opportune.language.compiler.alone import matching
from opportune.language.compiler.causes import is_cause
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.looks import of_event
from opportune.language.compiler.measures import Measure, Shape
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import selected
from opportune.language.compiler.quiet import Age, Quiet, met_after, quiet_ages, telling
from opportune.language.compiler.reads import EventPart, reads_of
from opportune.language.compiler.scalars import Scalars
from opportune.language.compiler.scopes import valid_forever
from opportune.language.relations import builders as sql
from opportune.language.relations import order
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import FOREVER, Span
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

NEVER = 2**63 - 1
_KEPT = (Shape.SMALLEST, Shape.EARLIEST, Shape.LARGEST, Shape.LATEST)
_ORDER = tallies.ORDER


def fits(value: Expr, reading: Reading) -> bool:
    """Whether a timeline can tell the value."""
    reads, needs = reads_of([value]), _needs_of(value)
    from_time = reads.is_sampled or reads.meetings or reads.instants or reads.calendars or reads.populations
    if from_time or reads.tables or reads.shifts != {0}:
        return False
    return not (needs.triggers or needs.ago) and all(_fits(measure, reading) for _, measure in needs.measures.values())


def _fits(measure: Measure, reading: Reading) -> bool:
    if measure.since is not None or any(void.where is not None and _reads_customer(void.where) for void in measure.voids):
        return False
    if measure.where is not None and _reads_customer(measure.where):
        return False
    if measure.derived and reading is Reading.AS_SEEN:
        return False
    if measure.within is None:
        return measure.shape in (*tallies.ADDED, *_KEPT, *tallies.PICKED)
    if measure.shape is Shape.TOTAL:
        # sums of fractions do not come back to what they were
        return measure.value is not None and measure.value.kind in (Kind.MONEY, Kind.DURATION)
    return measure.shape in (Shape.COUNT, Shape.KNOWN)


def _reads_customer(where: Expr) -> bool:
    return next(iter(leaves_of(where)), None) is not None


def _needs_of(value: Expr) -> Needs:
    needs = Needs()
    needs.gather([value])
    return needs


@dataclass(frozen=True)
class Timeline:
    """The timeline of one value. `low`: nothing before is asked for; None: from the beginning."""

    steps: Steps
    name: str
    value: Expr
    reading: Reading
    low: Callable[[], Term] | None
    high: Callable[[], Term]
    needs_presence: bool

    @cached_property
    def quiet(self) -> Quiet:
        """The value parted into ages that few events tell, and the rest."""
        return quiet_ages(self.value)

    def rows(self) -> str:
        """The step with the timeline."""
        self._doubted()
        deltas = self._add("deltas", sql.union(*self._deltas()))
        if self.as_known:
            told = self._add("told", self._told(self._add("running", self._running(self._add("moving", self._moving(deltas))))))
            return self._add("turned", self._turned(told))
        moved = self._add("moved", self._moved(deltas))
        return self._add("told", self._told(self._add("running", self._running(moved))))

    @property
    def doubted(self) -> str:
        """The step of customers who are left out: identity_key."""
        return f"{self.name}_doubted"

    @property
    def as_known(self) -> bool:
        return self.reading is Reading.AS_KNOWN

    @property
    def needs(self) -> Needs:
        return _needs_of(self.quiet.value)

    @property
    def measures(self) -> dict[str, Measure]:
        return dict(self.needs.measures.values())

    def _add(self, what: str, query: sql.Query) -> str:
        return self.steps.add(f"{self.name}_{what}", query)

    def _doubted(self) -> None:
        """Customers who share an id or were parted from one, and those with an event that makes others void."""
        self._add("spans", self._spans())
        unclear = [sql.query({"source_key": column("from_key", "s")}, Source(f"{self.name}_spans", "s"), where=[self._is_unclear()])]
        for measure in self.measures.values():
            for void in measure.voids:
                named = selected(tuple(sorted(set(void.by.names))), "e")
                hers = [named, sql.is_known(column("identity_key", "e"))]
                unclear.append(sql.query({"source_key": column("identity_key", "e")}, Source("events", "e"), where=hers))
        ids = self._add("unclear", sql.union(*unclear))
        own = sql.query({"identity_key": column("source_key", "u")}, Source(ids, "u"))
        linked = sql.query(
            {"identity_key": column("to_key", "l")},
            Source(ids, "u"),
            [Join(Source("spans", "l"), sql.equal(column("from_key", "l"), column("source_key", "u")))],
        )
        self._add("doubted", sql.union(own, linked, distinct=True))

    def _spans(self) -> sql.Query:
        """Each linked id with what its spans have in common. As seen a link that happened earlier may arrive later: then the span to
        the same customer begins earlier from then on, and `at_from`, `seen_from` are those of the one known first."""
        known = list(valid_forever("l")) if self.as_known else []
        ends = sql.less(column("at_until", "l"), sql.number(NEVER))
        row: dict[str, Term] = {"from_key": column("from_key", "l"), "to_key": sql.smallest(column("to_key", "l"))}
        row |= {"spans": sql.count(), "ends": sql.only(sql.count(), ends)}
        row |= {
            "at_from": sql.at_smallest(column("at_from", "l"), column("seen_from", "l")),
            "seen_from": sql.smallest(column("seen_from", "l")),
        }
        if not self.as_known:
            is_over = sql.less(column("seen_until", "l"), sql.number(NEVER))
            length = sql.minus(column("seen_until", "l"), column("seen_from", "l"))
            row |= {"last_key": sql.largest(column("to_key", "l")), "seen_until": sql.largest(column("seen_until", "l"))}
            row |= {"first_at": sql.smallest(column("at_from", "l")), "last_at": sql.largest(column("at_from", "l"))}
            row |= {"last_seen": sql.largest(column("seen_from", "l")), "replaced": sql.only(sql.total(length), is_over)}
            row |= {"early": sql.only(sql.count(), sql.less(column("seen_from", "l"), column("at_from", "l")))}
        return sql.query(row, Source("spans", "l"), where=known, group=1)

    def _is_unclear(self) -> Term:
        """Whether the spans of an id are anything but one, or as seen one whose beginning moved as links arrived."""
        several = sql.less(sql.number(1), column("spans", "s"))
        ends = sql.less(sql.number(0), column("ends", "s"))
        if self.as_known:
            return sql.either(several, ends)
        passed = sql.minus(column("last_seen", "s"), column("seen_from", "s"))
        has_gaps = sql.unequal(sql.coalesce(column("replaced", "s"), sql.number(0)), passed)
        is_early = sql.less(sql.number(0), column("early", "s"))
        is_over = sql.less(column("seen_until", "s"), sql.number(NEVER))
        is_shared = sql.unequal(column("to_key", "s"), column("last_key", "s"))
        return sql.either(ends, is_over, is_shared, sql.both(several, sql.either(has_gaps, is_early)))

    def moved_links(self) -> Iterator[sql.Query]:
        """As seen, the stretches in which a link that arrived later moved the beginning of a span: identity_key, low, high."""
        moved = sql.less(column("first_at", "s"), column("last_at", "s"))
        for end in ("from_key", "to_key"):
            shown = {"identity_key": column(end, "s"), "low": column("first_at", "s"), "high": column("last_seen", "s")}
            yield sql.query(shown, Source(f"{self.name}_spans", "s"), where=[moved.copy()])

    def _deltas(self) -> Iterator[sql.Query]:
        """Everything that comes and goes, for the ids themselves and for whom they are linked to."""
        for names, measures in self._groups().items():
            for exits in (None, *sorted({measure.within for measure in measures.values() if measure.within is not None})):
                for is_linked in (False, True):
                    yield self._of_events(names, measures, exits, is_linked=is_linked)
        for part in reads_of([self.quiet.rest]).events:
            for span in part.spans:
                if span and span not in self._windows(part):
                    yield from (self._of_limit(part, span, is_linked=is_linked) for is_linked in (False, True))
        for name, age in self._ages():
            yield from self._of_age(name, age)
        for is_linked in (False, True):
            yield from self._of_traits(is_linked=is_linked)
            if self.needs_presence:
                yield from self._of_presence(is_linked=is_linked)
        yield self._partings()

    def _windows(self, part: EventPart) -> set[Span | None]:
        """The windows that these very events are seen to leave."""
        its = (tuple(sorted(set(part.selector.names))), part.where)
        return {measure.within for measure in self.measures.values() if (measure.names, measure.where) == its}

    def _groups(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Measure]]:
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Measure]] = {}
        ages = {name for name, _ in self._ages()}
        for name, measure in ((name, measure) for name, measure in self.measures.items() if name not in ages):
            groups.setdefault((measure.names, measure.derived), {})[name] = measure
        return groups

    def _ages(self) -> Iterator[tuple[str, Age]]:
        """The quiet ages under the names of their measures."""
        names = self.needs.measures
        return ((names[key][0], age) for key, age in self.quiet.ages.items())

    def _row(self, at: Term, known: Term, moved: dict[str, Term], *, cause: Term, arrived: Term | None) -> dict[str, Term]:
        """A row of deltas: what is not in `moved` stays."""
        nothing = {name: sql.null() for name in self._columns()}
        row: dict[str, Term] = {"at": at}
        if not self.as_known:
            row |= {"known_at": known, "lateness": sql.cast(sql.null(), "BIGINT") if arrived is None else arrived}
        return row | {"cause": cause} | nothing | moved

    def _columns(self) -> tuple[str, ...]:
        sightings = ("sightings",) if self.needs_presence else ()
        return (*self.measures, *(name for name, _ in self.needs.traits.values()), *sightings)

    def _of_events(
        self, names: tuple[tuple[str, ...], tuple[str, ...]], measures: dict[str, Measure], exits: int | None, *, is_linked: bool
    ) -> sql.Query:
        """Events as they come, or as they leave a window of this length."""
        going = exits is not None
        moved = {name: measure for name, measure in measures.items() if not going or measure.within == exits}
        leaves = sql.plus(column("ts", "e"), sql.number(exits)) if exits is not None else column("ts", "e")
        conditions = {name: self._condition(measure, is_linked=is_linked) for name, measure in moved.items()}
        where = [selected(names[0], "e"), sql.is_known(column("identity_key", "e")), *self._bounds(leaves, measures)]
        if names[1]:
            where.append(sql.is_null(column("withdrawn_at", "e")))
        if all(found is not None for found in conditions.values()) and conditions:
            alike = len({found.sql() for found in conditions.values() if found is not None}) == 1
            where.append(sql.either(*(found.copy() for found in list(conditions.values())[: 1 if alike else None] if found is not None)))
            conditions = dict.fromkeys(conditions) if alike else conditions
        terms = {name: tallies.brought(measure, conditions[name], going=going) for name, measure in moved.items()}
        begins = sql.larger(leaves.copy(), column("at_from", "l")) if is_linked else leaves.copy()
        seen = [column("received_at", "e"), *([column("seen_from", "l")] if is_linked else [])]
        happened = sql.less(column("ts", "e"), column("at_from", "l"))
        cause = order.none() if going else self._cause()
        if not going and is_linked:
            cause = sql.choose(sql.negated(happened), cause, order.none())
        owner = column("to_key", "l") if is_linked else column("identity_key", "e")
        row = self._row(begins, sql.larger(begins.copy(), *seen), terms, cause=cause, arrived=tallies.lateness(is_linked=is_linked))
        joins = self._links(column("identity_key", "e")) if is_linked else []
        if going and is_linked:
            where.append(sql.less(column("at_from", "l"), leaves.copy()))
        return sql.query({"identity_key": owner} | row, Source("events", "e"), joins, where=where)

    def _of_age(self, name: str, age: Age) -> Iterator[sql.Query]:
        """The events that tell a quiet age, as they come and as it meets its limits."""
        told = telling(self.steps, f"{self.name}_{name}", age, self.reading, self._bounds(column("ts", "e"), self.measures))
        for span in (0, *age.limits):
            leaves = sql.plus(column("ts", "e"), sql.number(span)) if span else column("ts", "e")
            for is_linked in (False, True):
                begins = sql.larger(leaves.copy(), column("at_from", "l")) if is_linked else leaves.copy()
                seen = [column("received_at", "e"), *([column("seen_from", "l")] if is_linked else [])]
                come = {} if span else {name: column("ts", "e")}
                late = tallies.lateness(is_linked=is_linked)
                row = self._row(begins, sql.larger(begins.copy(), *seen), come, cause=order.none(), arrived=late)
                owner = column("to_key", "l") if is_linked else column("identity_key", "e")
                joins = self._links(column("identity_key", "e")) if is_linked else []
                where = [sql.at_most(leaves.copy(), self.high()), *met_after(Span(span), "e")] if span else []
                yield sql.query({"identity_key": owner} | row, Source(told, "e"), joins, where=where)

    def _of_limit(self, part: EventPart, span: int, *, is_linked: bool) -> sql.Query:
        """Events as they become so old: nothing comes or goes, but an age meets its limit."""
        leaves = sql.plus(column("ts", "e"), sql.number(span))
        begins = sql.larger(leaves.copy(), column("at_from", "l")) if is_linked else leaves.copy()
        seen = [column("received_at", "e"), *([column("seen_from", "l")] if is_linked else [])]
        late = tallies.lateness(is_linked=is_linked)
        row = self._row(begins, sql.larger(begins.copy(), *seen), {}, cause=order.none(), arrived=late)
        owner = column("to_key", "l") if is_linked else column("identity_key", "e")
        joins = self._links(column("identity_key", "e")) if is_linked else []
        where = [*matching(part.selector, part.where, "e"), *self._bounds(leaves, self.measures)]
        return sql.query({"identity_key": owner} | row, Source("events", "e"), joins, where=where)

    def _cause(self) -> Term:
        """The place of an event that the value reads itself."""
        return sql.choose(is_cause(self.value, "e"), order.order_of("e"), order.none())

    def _condition(self, measure: Measure, *, is_linked: bool) -> Term | None:
        found = [of_event("e").chosen(measure.where)] if measure.where is not None else []
        if is_linked and measure.within is not None:
            # what had left the window before the link never comes
            found.append(sql.less(column("at_from", "l"), sql.plus(column("ts", "e"), sql.number(measure.within))))
        return sql.both(*found) if found else None

    def _bounds(self, leaves: Term, measures: dict[str, Measure]) -> list[Term]:
        """What can matter to the range; with a look-back that has no end, everything before it."""
        found = [sql.at_most(leaves.copy(), self.high())]
        if not self.as_known:
            found.append(sql.at_most(column("received_at", "e"), self.high()))
        windows = [measure.within for measure in self.measures.values() if measure.within is not None]
        windows += [age.limits[-1] for _, age in self._ages() if age.fades]
        is_bounded = len(windows) == len(self.measures) and not self.needs.traits and not self.needs_presence
        if self.low is not None and is_bounded and windows:
            found.append(sql.less(sql.minus(self.low(), sql.number(max(windows))), column("ts", "e")))
        return found

    def _links(self, identity: Term) -> list[Join]:
        return [Join(Source(f"{self.name}_spans", "l"), sql.equal(column("from_key", "l"), identity))]

    def _of_traits(self, *, is_linked: bool) -> Iterator[sql.Query]:

        for name, trait in self.needs.traits.values():
            begins = sql.larger(column("ts", "e"), column("at_from", "l")) if is_linked else column("ts", "e")
            owner = column("to_key", "l") if is_linked else column("identity_key", "e")
            place = sql.record(ts=column("ts", "e"), event_id=column("event_id", "e"), value=column("value", "e"))
            seen = [column("received_at", "e"), *([column("seen_from", "l")] if is_linked else [])]
            late = tallies.lateness(is_linked=is_linked)
            row = self._row(begins, sql.larger(begins.copy(), *seen), {name: place}, cause=order.none(), arrived=late)
            where = [sql.equal(column("name", "e"), sql.text(trait.name)), sql.at_most(column("ts", "e"), self.high())]
            joins = self._links(column("identity_key", "e")) if is_linked else []
            yield sql.query({"identity_key": owner} | row, Source("traits", "e"), joins, where=where)

    def _of_presence(self, *, is_linked: bool) -> Iterator[sql.Query]:
        """The first event and trait of each id, whatever its name; as seen every one before all those received before it."""
        for relation in ("events", "traits"):
            first = self._first(relation)
            begins = sql.larger(column("ts", "e"), column("at_from", "l")) if is_linked else column("ts", "e")
            owner = column("to_key", "l") if is_linked else column("identity_key", "e")
            seen = [column("received_at", "e"), *([column("seen_from", "l")] if is_linked else [])]
            late = tallies.lateness(is_linked=is_linked)
            sighted: dict[str, Term] = {"sightings": sql.number(1)}
            row = self._row(begins, sql.larger(begins.copy(), *seen), sighted, cause=order.none(), arrived=late)
            joins = self._links(column("identity_key", "e")) if is_linked else []
            where = [sql.at_most(column("ts", "e"), self.high()), sql.at_most(column("received_at", "e"), self.high())]
            yield sql.query({"identity_key": owner} | row, Source(first, "e"), joins, where=where[: 1 if self.as_known else 2])

    def _first(self, relation: str) -> str:
        name = f"{self.name}_first_{relation}"
        if name in self.steps.named:
            return name
        hers = [sql.is_known(column("identity_key", "e"))]
        key = {"identity_key": column("identity_key", "e")}
        if self.as_known:
            first = {"ts": sql.smallest(column("ts", "e")), "received_at": sql.number(0)}
            return self.steps.add(name, sql.query(key | first, Source(relation, "e"), where=hers, group=1))
        before = sql.coalesce(
            Window(("identity_key",), ("received_at", "ts")).of_preceding(sql.smallest(column("ts", "e"))), sql.number(FOREVER)
        )
        shown = key | {each: column(each, "e") for each in ("ts", "received_at")} | {"before": before}
        ordered = self.steps.add(f"{name}_ordered", sql.query(shown, Source(relation, "e"), where=hers))
        shown = {each: column(each, "o") for each in ("identity_key", "ts", "received_at")}
        return self.steps.add(name, sql.query(shown, Source(ordered, "o"), where=[sql.less(column("ts", "o"), column("before", "o"))]))

    def _partings(self) -> sql.Query:
        """From here on an id is its customer's no more but another's."""
        row = self._row(
            column("at_from", "l"),
            sql.larger(column("at_from", "l"), column("seen_from", "l")),
            {},
            cause=order.none(),
            arrived=sql.minus(column("seen_from", "l"), column("at_from", "l")),
        )
        where = [sql.at_most(column("at_from", "l"), self.high())]
        return sql.query({"identity_key": column("from_key", "l")} | row, Source(f"{self.name}_spans", "l"), where=where)

    def _moving(self, deltas: str) -> sql.Query:
        """Everything that comes and goes, one by one: few instants see more than one, which `_turned` brings together."""
        shown: dict[str, Term] = {"identity_key": column("identity_key", "d"), "known_at": column("at", "d"), "cause": column("cause", "d")}
        return sql.query(shown | {name: column(name, "d") for name in self._columns()}, Source(deltas, "d"), [self._left_out()])

    def _left_out(self) -> Join:
        return Join(Source(self.doubted, "x"), sql.equal(column("identity_key", "x"), column("identity_key", "d")), "ANTI")

    def _turned(self, told: str) -> sql.Query:
        """As known: the rows at which the value turns or the customer leaves, all that changed at one instant together.

        Rows of one instant stand in any order; from before the first of them to the last is what all of them did.
        """
        names = ("identity_key", "at", "known_at", "cause", "has_left", "had_left", "is_clear", "lateness", "was", "now")
        is_first, is_last = column("is_first", "t"), column("is_last", "t")
        is_alone = sql.both(is_first, is_last)
        alone = sql.query({name: column(name, "t") for name in names}, Source(told, "t"), where=[is_alone])
        together: dict[str, Term] = {name: column(name, "t") for name in ("identity_key", "at", "known_at")}
        together |= {name: sql.largest(column(name, "t")) for name in ("cause", "has_left", "had_left", "is_clear", "lateness")}
        together["was"] = sql.only(sql.largest(column("was", "t")), is_first.copy())
        together["now"] = sql.only(sql.largest(column("now", "t")), is_last.copy())
        return sql.union(alone, sql.query(together, Source(told, "t"), where=[sql.negated(is_alone.copy())], group=3))

    def _moved(self, deltas: str) -> sql.Query:
        """As seen: all that changes at one instant, together, and all that was known before everything that can matter to the range."""
        known = column("known_at", "d") if self.low is None else sql.larger(column("known_at", "d"), self.low())
        grouped: dict[str, Term] = {"identity_key": column("identity_key", "d"), "known_at": known}
        grouped |= {"at": sql.smallest(column("at", "d")), "until": sql.largest(column("at", "d"))}
        grouped |= {"lateness": sql.smallest(column("lateness", "d")), "cause": sql.largest(column("cause", "d"))}
        for name, measure in self.measures.items():
            grouped[name] = tallies.moved(measure, column(name, "d"))
        for name, _ in self.needs.traits.values():
            grouped[name] = sql.largest(column(name, "d"))
        if self.needs_presence:
            grouped["sightings"] = sql.largest(column("sightings", "d"))
        return sql.query(grouped, Source(deltas, "d"), [self._left_out()], group=2)

    def _running(self, moved: str) -> sql.Query:
        """Every row with what all up to it come to, and what all before it came to (`was_...`)."""
        names = ("identity_key", "known_at", "cause", *(() if self.as_known else ("at", "until", "lateness")))
        shown: dict[str, Term] = {name: column(name, "m") for name in names}
        left_at = column("at_from", "l") if self.as_known else sql.larger(column("at_from", "l"), column("seen_from", "l"))
        shown["has_left"] = sql.coalesce(sql.at_most(left_at, column("known_at", "m")), sql.truth(False))
        shown["had_left"] = sql.coalesce(sql.less(left_at.copy(), column("known_at", "m")), sql.truth(False))
        if self.as_known:
            shown["is_first"] = sql.less(sql.lag(column("known_at", "m"), 1, sql.number(-NEVER), _ORDER), column("known_at", "m"))
            shown["is_last"] = sql.less(column("known_at", "m"), sql.lead(column("known_at", "m"), 1, sql.number(NEVER), _ORDER))
        else:
            shown["until_before"] = sql.coalesce(_ORDER.of_preceding(sql.largest(column("until", "m"))), sql.number(-FOREVER))
        for name, measure in self.measures.items():
            shown |= {name: tallies.shown_as(measure, _ORDER.of_running(tallies.run_of(measure, name)))}
            shown |= {f"was_{name}": tallies.shown_as(measure, tallies.before(measure, name))}
        for name, _ in self.needs.traits.values():
            latest = sql.largest(column(name, "m"))
            shown |= {name: sql.part_of(_ORDER.of_running(latest), "value")}
            shown |= {f"was_{name}": sql.part_of(_ORDER.of_preceding(latest.copy()), "value")}
        if self.needs_presence:
            sighted = sql.largest(column("sightings", "m"))
            shown |= {"sightings": _ORDER.of_running(sighted), "was_sightings": _ORDER.of_preceding(sighted.copy())}
        left = Join(Source(f"{self.name}_spans", "l"), sql.equal(column("from_key", "l"), column("identity_key", "m")), "LEFT")
        return sql.query(shown, Source(moved, "m"), [left])

    def _told(self, running: str) -> sql.Query:
        """The value at and before each row."""
        at = column("known_at" if self.as_known else "at", "r")
        shown: dict[str, Term] = {"identity_key": column("identity_key", "r"), "at": at, "known_at": column("known_at", "r")}
        shown |= {name: column(name, "r") for name in ("cause", "has_left", "had_left")}
        if self.as_known:
            shown |= {"is_clear": sql.truth(True), "lateness": sql.number(0)}
        else:
            is_clear = [sql.equal(column("at", "r"), column("until", "r")), sql.less(column("until_before", "r"), column("at", "r"))]
            shown |= {"is_clear": sql.both(*is_clear), "lateness": column("lateness", "r")}
        shown |= {"was": self._value(before=True), "now": self._value(before=False)}
        if not self.as_known:
            return sql.query(shown, Source(running, "r"))
        shown |= {name: column(name, "r") for name in ("is_first", "is_last")}
        is_alone = sql.both(column("is_first", "r"), column("is_last", "r"))
        leaves = sql.unequal(column("has_left", "r"), column("had_left", "r"))
        turns = sql.differs(self._value(before=True), self._value(before=False))
        return sql.query(shown, Source(running, "r"), where=[sql.either(sql.negated(is_alone), leaves, turns)])

    def _value(self, *, before: bool) -> Term:
        prefix = "was_" if before else ""
        needs = self.needs
        needs.measures = {key: (prefix + name, measure) for key, (name, measure) in needs.measures.items()}
        needs.traits = {key: (prefix + name, trait) for key, (name, trait) in needs.traits.items()}

        def at() -> Term:
            point = column("known_at" if self.as_known else "at", "r")
            return sql.minus(point, sql.number(1)) if before else point

        value = Scalars(Columns(needs, "r", at)).term(self.quiet.value)
        if not self.needs_presence:
            return value
        return sql.choose(sql.is_known(column(f"{prefix}sightings", "r")), value)
