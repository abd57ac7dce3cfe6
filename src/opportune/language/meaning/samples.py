"""The very instants at which an expression that moves by itself is looked at for a customer: SEMANTICS section 1, "sampled".

Where the value stays the same between change points any superset of them does; here the instants themselves decide, so they are exact:

- every 00:00 UTC, or every multiple of `sample` since the epoch; calibrations; each quarter of an hour where a calendar of `at` is asked
  for; an instant that `at` is compared with, and a microsecond later;
- the `ts` of each of her events that is named (`reads.is_named`), that `ts` plus the metric's window, and plus each length that an age or
  tenure is compared with, and a microsecond later; of traits that are read; of rows whose key she has, from when she has it on;
- where a link makes an id hers or takes it away, and instead of what happened before that;
- her first event or trait; where an age or `at` meets what it is compared with otherwise, and a microsecond later;
- of `ago(E, D)`: those of E and her first event, D after they came to be known.

What has once been such an instant stays one, whatever arrives later: it was looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from opportune.language.meaning.asking import answer, speaks_of
from opportune.language.meaning.history import Event, TraitSet, events_of, is_there, states_of_knowledge
from opportune.language.meaning.metrics import matches, read_property
from opportune.language.meaning.ownership import stretches
from opportune.language.meaning.points import QUARTER_OF_AN_HOUR, Whose, multiples
from opportune.language.meaning.populations import calibrated_at
from opportune.language.meaning.reads import parts_read_now, traits_read, where_alone
from opportune.language.tree.expressions import (
    Ago,
    At,
    Calendar,
    Consent,
    Distance,
    Expr,
    Literal,
    Lookup,
    Metric,
    Population,
    Property,
    Score,
    Selector,
    Trait,
)
from opportune.language.tree.sampling import AGES, alternatives, passings
from opportune.language.tree.walking import rebuilt
from opportune.language.vocabulary.instants import FOREVER, Instant, instant_of, span_of
from opportune.language.vocabulary.kinds import Kind, read_as
from opportune.language.vocabulary.zones import MIDNIGHT

Thing = tuple[Instant, object]
"""When something changes, and what it is."""
Asked = tuple[Selector, Expr | None]
"""The events that a predicate is asked about, and the predicate."""
KEYED = ("last", "first", "top")
"""Metrics whose value is a property of one of their events."""


def sample_points(expr: Expr, whose: Whose, seen: Instant, until: Instant, sample: timedelta | None = None) -> list[Instant]:
    """The instants up to `until` that had come to be known by `seen`; sorted."""
    looked = _looked(expr, whose, seen, until)
    ticks = multiples(span_of(sample) if sample else MIDNIGHT, looked.begin, until)
    found = {p for p, _ in (*looked.known(expr), *looked.comings())}
    return sorted(p for p in {*ticks, *found} if p <= until)


def watch_points(expr: Expr, whose: Whose, seen: Instant, until: Instant) -> list[Instant]:
    """The instants up to `until` at which something comes to be known: where a condition is asked at (p, seen=p)."""
    looked = _looked(expr, whose, seen, until)
    return sorted({*multiples(MIDNIGHT, looked.begin, until), *(k for _, k in looked.known(expr))})


def _looked(expr: Expr, whose: Whose, seen: Instant, until: Instant) -> "_Looked":
    history = whose.history
    begin = min((*(event.ts for event in history.events), *(trait.ts for trait in history.traits)), default=Instant(until + 1))
    states: tuple[tuple[Instant, Instant], ...] = ((FOREVER, until),)
    if seen < FOREVER:
        states = tuple(state for state in states_of_knowledge(history, max(seen, until)) if state[0] <= seen)
    return _Looked(whose=whose, begin=begin, until=until, states=states)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """For whom, in which states of knowledge (since when, until when), and how far."""

    whose: Whose
    begin: Instant
    until: Instant
    states: tuple[tuple[Instant, Instant], ...]

    def known(self, expr: Expr) -> Iterator[tuple[Instant, Instant]]:
        """Each change point with each instant at which it comes to be known, or what was known of it is withdrawn."""
        given = {p for p in self._given(expr) if p <= self.until}
        yield from ((p, p) for p in given)
        yield from self._as_it_arrives(lambda seen, last: set(self._things(expr, seen, last, given)))

    def _as_it_arrives(self, things) -> Iterator[tuple[Instant, Instant]]:  # type: ignore[no-untyped-def]
        before: set[Thing] = set()
        for seen, last in self.states:
            now: set[Thing] = things(seen, last)
            as_known = seen >= FOREVER
            yield from ((p, p if as_known else max(p, seen)) for p, what in now if p <= last and (p >= seen or (p, what) not in before))
            yield from ((p, seen) for p, _ in before - now if p < seen)
            before = now

    def comings(self, *, of_events: bool = False) -> Iterator[tuple[Instant, Instant]]:
        """Her first event or trait, with when it came to be known; the first event where an `ago` looks back."""
        kinds: tuple[Event | TraitSet, ...] = (
            self.whose.history.events if of_events else (*self.whose.history.events, *self.whose.history.traits)
        )

        def sighted(seen: Instant, last: Instant) -> set[Thing]:
            there = [each for each in kinds if each.identity is not None and _stands(each, seen)]
            return {(p, id(each)) for each in there for p in self._hers(str(each.identity), each.ts, seen)}

        for p, k in self._as_it_arrives(sighted):
            as_known = self.states[0][0] >= FOREVER
            before, seen = (p, FOREVER) if as_known else (k, Instant(k - 1)) if of_events else (p, k)
            if not self._was_there(Instant(before - 1), seen, of_events=of_events):
                yield p, k

    def _was_there(self, at: Instant, seen: Instant, *, of_events: bool) -> bool:
        history, customer = self.whose.history, self.whose.customer
        return bool(events_of(history, customer, at, seen)) if of_events else is_there(history, customer, at, seen)

    def _given(self, expr: Expr) -> Iterator[Instant]:
        """Those that come with time itself, whatever arrives."""
        for part in parts_read_now(expr):
            match part:
                case Population():
                    yield from (p for p in multiples(MIDNIGHT, self.begin, self.until) if self._is_calibrated(part, p))
                case Calendar(time=time) if any(isinstance(one, At) for one in alternatives(time)):
                    yield from multiples(QUARTER_OF_AN_HOUR, self.begin, self.until)
                case Ago(part=inner, by=by):
                    earlier = _Looked(
                        whose=self.whose, begin=self.begin, until=Instant(self.until - span_of(by)), states=self._states_until(span_of(by))
                    )
                    yield from (Instant(k + span_of(by)) for _, k in (*earlier.known(inner), *earlier.comings(of_events=True)))
            times = (bound.value for moving, bound in passings(part) if isinstance(moving, At) and isinstance(bound, Literal))
            yield from (Instant(instant_of(time) + nudge) for time in times if isinstance(time, datetime) for nudge in (0, 1))

    def _states_until(self, back: int) -> tuple[tuple[Instant, Instant], ...]:
        if self.states and self.states[0][0] >= FOREVER:
            return ((FOREVER, Instant(self.until - back)),)
        return tuple(states_of_knowledge(self.whose.history, Instant(self.until - back)))

    def _is_calibrated(self, population: Population, midnight: Instant) -> bool:
        return calibrated_at(population, self.whose.pair(midnight, midnight), answer) == midnight

    def _things(self, expr: Expr, seen: Instant, last: Instant, given: set[Instant]) -> Iterator[Thing]:
        """What is there by what had arrived by `seen`."""
        found = {*self._links(seen), *self._traits(expr, seen)}
        for part in parts_read_now(expr):
            match part:
                case Metric(selector=selector, where=where, within=within):
                    spans = (0,) if within is None else (0, span_of(within))
                    found |= set(self._events(selector, where, spans, seen))
                    for void in selector.voids:
                        found |= set(self._events(void.by, void.where, (0,), seen))
                    found |= set(self._rows_in(part, seen))
                case Consent(purpose=purpose):
                    found |= set(self._consents(purpose, seen))
                case Score():
                    found |= set(self._consents("profiling", seen))
                case Lookup() | Distance():
                    found |= set(self._rows(part, None, seen))
            for moving, bound in passings(part):
                match moving, bound:
                    case Metric(function=function, selector=selector, where=where), Literal(value=timedelta() as limit) if function in AGES:
                        if limit >= timedelta(0):
                            found |= set(self._events(selector, where, (span_of(limit), span_of(limit) + 1), seen))
                    case At(), Literal(value=datetime()):
                        pass
                    case _:
                        found |= set(self._met(moving, bound, {*given, *(p for p, _ in found)}, seen, last))
        yield from found

    def _hers(self, identity: str, p: Instant, seen: Instant) -> Iterator[Instant]:
        """`p`, or where the id becomes hers after it, for each stretch for which it is."""
        for begin, end in stretches(self.whose.history, identity, self.whose.customer, seen):
            if p < end:
                yield max(p, begin)

    def _events(self, selector: Selector, where: Expr | None, spans: Iterable[int], seen: Instant) -> Iterator[Thing]:
        pair = self.whose.pair(seen, seen)
        for event in self.whose.history.events:
            if event.identity is None or not _stands(event, seen) or not matches(selector, where_alone(where), event, pair, answer):
                continue
            for span in spans:
                # a derived event that is withdrawn before its window ends never leaves it
                yield from ((p, id(event)) for p in self._hers(event.identity, Instant(event.ts + span), seen))

    def _consents(self, purpose: str, seen: Instant) -> Iterator[Thing]:
        for event in self.whose.history.events:
            if event.identity is not None and _stands(event, seen) and speaks_of(purpose, event):
                yield from ((p, id(event)) for p in self._hers(event.identity, event.ts, seen))

    def _traits(self, expr: Expr, seen: Instant) -> Iterator[Thing]:
        for trait in self.whose.history.traits:
            if trait.name in traits_read(expr) and _stands(trait, seen):
                yield from ((p, id(trait)) for p in self._hers(trait.identity, trait.ts, seen))

    def _links(self, seen: Instant) -> Iterator[Thing]:
        for identity in {self.whose.customer, *(link.from_identity for link in self.whose.history.links)}:
            for begin, end in stretches(self.whose.history, identity, self.whose.customer, seen):
                yield from ((p, ("link", identity, begin, end)) for p in (begin, end) if abs(p) < FOREVER)

    def _rows_in(self, metric: Metric, seen: Instant) -> Iterator[Thing]:
        """Rows that a predicate looks up by a property of the events it is asked about."""
        asked = ((metric.selector, metric.where), *((void.by, void.where) for void in metric.selector.voids))
        for selector, where in asked:
            # a metric in a predicate asks about events of its own
            own = rebuilt(where, lambda node: Literal(None) if isinstance(node, Metric) else None)
            for lookup in (part for part in parts_read_now(own) if isinstance(part, Lookup) and isinstance(part.key, Property)):
                yield from self._rows(lookup, (selector, where), seen)

    def _rows(self, lookup: Lookup | Distance, asked: Asked | None, seen: Instant) -> Iterator[Thing]:
        """Rows of a table; where it shows in which events or traits its keys are to be found, those with a key of hers, from then on."""
        if isinstance(lookup, Lookup) and isinstance(lookup.key, Property) and asked is None:
            return
        for key, ts, row in self._rows_of(lookup, seen):
            holders = None if isinstance(lookup, Distance) or lookup.by_term else self._holders(lookup, asked, key, seen)
            if holders is None:
                yield ts, id(row)
                continue
            for holder in holders:
                p = max(ts, holder.ts)
                yield from ((hers, (id(row), id(holder))) for hers in self._hers(str(holder.identity), p, seen))

    def _rows_of(self, lookup: Lookup | Distance, seen: Instant) -> Iterator[tuple[str | None, Instant, object]]:
        history, source = self.whose.history, lookup.source
        if source is not None and source.event is not None:
            for event in history.events:
                if event.name == source.event and _stands(event, seen):
                    yield _text_of(event, source.key), event.ts, event
            return
        yield from ((row.key, row.ts, row) for row in history.table_rows if row.table == lookup.table and row.ts <= seen)

    def _holders(self, lookup: Lookup, asked: Asked | None, key: str | None, seen: Instant) -> list[Event] | list[TraitSet] | None:
        """Events or traits of anybody that have the key; None where a key may come from anywhere."""
        history = self.whose.history
        match lookup.key:
            case Metric(function=function, value=Property() as value, selector=selector, where=where) if function.value in KEYED:
                return [e for e in history.events if _stands(e, seen) and self._has(e, (selector, where), value, key, seen)]
            case Property() as value if asked is not None:
                return [e for e in history.events if _stands(e, seen) and self._has(e, asked, value, key, seen)]
            case Trait(name=name, kind=kind):
                told = (trait for trait in history.traits if trait.name == name and _stands(trait, seen))
                return [trait for trait in told if key is not None and read_as(kind or Kind.TEXT, trait.value, declared=False) == key]
            case _:
                return None

    def _has(self, event: Event, asked: Asked, value: Property, key: str | None, seen: Instant) -> bool:
        selector, where = asked
        if event.identity is None or key is None or read_property(value, event).value != key:
            return False
        return matches(selector, where_alone(where), event, self.whose.pair(seen, seen), answer)

    def _met(self, moving: Expr, bound: Expr, places: set[Instant], seen: Instant, last: Instant) -> Iterator[Thing]:
        """Where what moves evenly meets what it is compared with, and a microsecond later."""
        for place in places:
            if place > last:
                continue
            one, other = (answer(side, self.whose.pair(place, seen)).value for side in (moving, bound))
            if not isinstance(one, int) or not isinstance(other, int):
                continue
            met = Instant(place + other - one)
            if place < met <= last and answer(moving, self.whose.pair(met, seen)).value == answer(bound, self.whose.pair(met, seen)).value:
                yield from ((Instant(met + nudge), ("met", repr((moving, bound)), met)) for nudge in (0, 1))


def _stands(each: Event | TraitSet, seen: Instant) -> bool:
    withdrawn_at = getattr(each, "withdrawn_at", None)
    return each.received_at <= seen and (withdrawn_at is None or seen < withdrawn_at)


def _text_of(event: Event, name: str) -> str | None:
    found = read_as(Kind.TEXT, event.properties.get(name), declared=True)
    return found if isinstance(found, str) else None
