"""The very instants at which an expression that moves by itself is looked at for a customer: SEMANTICS section 1, "sampled".

Where the value stays the same between change points any superset of them does; here the instants themselves decide, so they are exact:

- every 00:00 UTC, or every multiple of `sample` since the epoch, from the first thing on that can ever be hers;
- the `ts` of each of her events that a metric's selector names (its predicate is not asked), and that `ts` plus the metric's window;
  the `ts` of by-events of voids, of consents read, of traits read, of rows of tables read; of links that bring her an identity or
  take one; of her first event or trait; calibration instants; calendar boundaries of `at`;
- `age` and `tenure` compared with a constant D: `ts + D`, one microsecond later for `>` and `<=`, both for `==` and `!=`, of each event
  that is named; `at` compared with a constant time likewise;
- of `ago(E, D)`: those of E, and her first event or trait, plus D.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from opportune.language.meaning.asking import answer, speaks_of
from opportune.language.meaning.calendars import part_of_time, zone_at
from opportune.language.meaning.history import Event, is_standing, is_there, is_visible, owner
from opportune.language.meaning.metrics import is_selected
from opportune.language.meaning.points import QUARTER_OF_AN_HOUR, Whose, multiples
from opportune.language.meaning.populations import calibrated_at
from opportune.language.meaning.reads import parts_read_now
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    At,
    Calendar,
    Compare,
    Comparison,
    Consent,
    Distance,
    Expr,
    Literal,
    Lookup,
    Metric,
    Population,
    Score,
    Selector,
    Trait,
)
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.zones import MIDNIGHT


def sample_points(expr: Expr, whose: Whose, seen: Instant, until: Instant, sample: timedelta | None = None) -> list[Instant]:
    """The instants up to `until`, by what had arrived by `seen`; sorted."""
    begin = min((each.ts for each in whose.happened), default=Instant(until + 1))
    sampled = _Sampled(whose=whose, seen=seen, begin=begin, until=until)
    ticks = multiples(span_of(sample) if sample else MIDNIGHT, begin, until)
    return sorted(p for p in {*ticks, *sampled.moves(), *sampled.of(expr)} if p <= until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sampled:
    """For whom, by what had arrived when, and how far."""

    whose: Whose
    seen: Instant
    begin: Instant
    until: Instant

    def of(self, expr: Expr) -> Iterator[Instant]:
        """The change points of all that the expression reads."""
        for part in parts_read_now(expr):
            match part:
                case Metric(selector=selector, within=within):
                    yield from self._named(selector, 0)
                    yield from self._named(selector, span_of(within)) if within else ()
                    for void in selector.voids:
                        yield from self._named(void.by, 0)
                case Consent(purpose=purpose):
                    yield from self._consents(purpose)
                case Score():
                    yield from self._consents("profiling")
                case Trait(name=name):
                    yield from self._traits(name)
                case Lookup() | Distance():
                    yield from self._rows(part)
                case Population():
                    yield from self._calibrations(part)
                case Calendar(time=At()):
                    yield from self._boundaries(part)
                case Compare(operator=operator, left=left, right=right):
                    yield from self._crossings(operator, left, right, is_left=True)
                    yield from self._crossings(operator, right, left, is_left=False)
                case Ago(part=inner, by=by):
                    yield from (Instant(p + span_of(by)) for p in {*self.of(inner), *self.moves()})

    def moves(self) -> Iterator[Instant]:
        """When she comes to be a customer, and when an identity becomes hers or ceases to be."""
        history, customer = self.whose.history, self.whose.customer
        for each in self.whose.happened:
            if is_there(history, customer, each.ts, self.seen) and not is_there(history, customer, Instant(each.ts - 1), self.seen):
                yield each.ts
        for link in history.links:
            owners = [owner(history, link.from_identity, Instant(link.ts - nudge), self.seen) for nudge in (1, 0)]
            if owners[0] != owners[1] and customer in owners:
                yield link.ts

    def _is_hers(self, event: Event, at: Instant) -> bool:
        return (
            event.identity is not None
            and is_standing(event, at, self.seen)
            and owner(self.whose.history, event.identity, at, self.seen) == self.whose.customer
        )

    def _named(self, selector: Selector, shift: int) -> Iterator[Instant]:
        """`ts + shift` of each event the selector names that is hers then."""
        named = (event for event in self.whose.history.events if is_selected(selector, event))
        yield from (Instant(e.ts + shift) for e in named if self._is_hers(e, Instant(e.ts + shift)))

    def _consents(self, purpose: str) -> Iterator[Instant]:
        yield from (e.ts for e in self.whose.history.events if speaks_of(purpose, e) and self._is_hers(e, e.ts))

    def _traits(self, name: str) -> Iterator[Instant]:
        history = self.whose.history
        visible = (t for t in history.traits if t.name == name and is_visible(t, t.ts, self.seen))
        yield from (t.ts for t in visible if owner(history, t.identity, t.ts, self.seen) == self.whose.customer)

    def _rows(self, lookup: Lookup | Distance) -> Iterator[Instant]:
        history, event = self.whose.history, lookup.source.event if lookup.source is not None else None
        if event is not None:
            yield from (e.ts for e in history.events if e.identity is None and e.name == event and is_standing(e, e.ts, self.seen))
        else:
            yield from (row.ts for row in history.table_rows if row.table == lookup.table)

    def _calibrations(self, population: Population) -> Iterator[Instant]:
        for midnight in multiples(MIDNIGHT, self.begin, self.until):
            if calibrated_at(population, self.whose.pair(midnight, midnight), answer) == midnight:
                yield midnight

    def _boundaries(self, wanted: Calendar) -> Iterator[Instant]:
        """When a part of the calendar changes on the clocks that hold for her."""
        for p in multiples(QUARTER_OF_AN_HOUR, self.begin, self.until):
            zone = zone_at(wanted.zone, wanted.of_customer, self.whose.pair(p, self.seen), answer)
            if part_of_time(wanted.part, p, zone) != part_of_time(wanted.part, Instant(p - 1), zone):
                yield p

    def _crossings(self, operator: Comparison, moving: Expr, bound: Expr, *, is_left: bool) -> Iterator[Instant]:
        """When an age, a tenure or `at` passes a constant it is compared with."""
        limit = answer(bound, self.whose.pair(self.begin, self.seen)).value if isinstance(bound, Literal) else None
        if not isinstance(limit, int) or isinstance(limit, bool):
            return
        is_either = operator in (Comparison.EQ, Comparison.NE)
        is_at_limit = (operator in (Comparison.GE, Comparison.LT)) is is_left
        for shift in [*([limit] if is_either or is_at_limit else []), *([limit + 1] if is_either or not is_at_limit else [])]:
            match moving:
                case Metric(function=Aggregate.AGE | Aggregate.TENURE, selector=selector):
                    yield from self._named(selector, shift)
                case At():
                    yield Instant(shift)
