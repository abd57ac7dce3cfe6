"""When an expression can change its value for a customer: SEMANTICS section 1, change points.

`change_points` gives a superset: every instant at which anything of hers happened or arrived, each shifted by the windows and bounds of
the expression, and what does not hang on events: calibrations, calendar boundaries, times that `at` is compared with. Where the value
stays the same between change points any superset gives the same first, last and flipping instant. Where it moves by itself
(`tree.sampling`) the instants looked at decide: see `samples`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Entry, Happened, History, may_be_of
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.reads import parts_read_now
from opportune.language.tree.expressions import Ago, Calendar, Compare, Expr, Literal, Member, Metric, Population
from opportune.language.tree.sampling import varies
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import FOREVER, Instant, Span, instant_of, span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.zones import MIDNIGHT

QUARTER_OF_AN_HOUR = 900_000_000
"""Clocks of all zones have begun a new hour at such instants since 1972."""


@dataclass(frozen=True, kw_only=True)
class Whose:
    """For whom an expression is asked: a customer, in an enrolment or none."""

    history: History
    customer: str
    entry: Entry | None = None

    @property
    def happened(self) -> list[Happened]:
        """All that can ever belong to her, and what is nobody's."""
        hers = may_be_of(self.history, self.customer)
        named = ((each, getattr(each, "identity", None) or getattr(each, "from_identity", None)) for each in self.history.happened)
        return [each for each, identity in named if identity is None or identity in hers]

    @cached_property
    def instants(self) -> list[Instant]:
        """When any of that happened or arrived, sorted."""
        return sorted({p for each in self.happened for p in (each.ts, each.received_at)})

    def pair(self, at: Instant, seen: Instant) -> Pair:
        """Where she is asked."""
        return Pair(history=self.history, customer=self.customer, at=at, seen=seen, entry=self.entry)


def change_points(expr: Expr, whose: Whose, after: Instant, until: Instant) -> list[Instant]:
    """A superset of the instants in (after, until] at which the value can change; sorted."""
    bases = whose.instants
    found = {Instant(p + shift) for shift in _shifts(expr, whose, after, until) for p in _between(bases, after - shift, until - shift)}
    found |= set(_outside_events(expr, whose, max(after, bases[0] if bases else until), until))
    return sorted(p for p in found if after < p <= until)


def _between(points: Sequence[Instant], after: int, until: int) -> Sequence[Instant]:
    """Those of sorted points in (after, until]."""
    return points[bisect_right(points, after) : bisect_right(points, until)]


def _shifts(expr: Expr, whose: Whose, after: Instant, until: Instant) -> set[int]:
    """How long after something happened or arrived the value can change in (after, until] because of it."""
    found = {0}
    for part in parts_read_now(expr):
        match part:
            case Metric(within=timedelta() as within):
                found.add(span_of(within))
            case Ago(part=inner, by=by):
                length = span_of(by)
                found |= {length + shift for shift in _shifts(inner, whose, Instant(after - length), Instant(until - length))}
    sides = [side for part in parts_read_now(expr) for side in _sides(part)]
    if any(varies(side) for side in sides):
        lengths: set[int] = set(_lengths(expr))
        for side in sides:
            lengths |= _values_of(side, Kind.DURATION, whose, found, after, until)
        found |= {shift + length + nudge for shift in tuple(found) for length in lengths for nudge in (0, 1)}
    return found


def _sides(expr: Expr) -> tuple[Expr, ...]:
    """What is compared."""
    match expr:
        case Compare(left=left, right=right):
            return (left, right)
        case Member(item=sought, options=options):
            return (sought, *options)
        case Ago(part=part):
            return tuple(side for inner in parts_read_now(part) for side in _sides(inner))
        case _:
            return ()


def _lengths(expr: Expr) -> Iterator[Span]:
    """Every duration written anywhere in the expression."""
    for node in walk(expr):
        if isinstance(node, Literal) and isinstance(node.value, timedelta):
            yield span_of(node.value)


def _values_of(side: Expr, kind: Kind, whose: Whose, shifts: set[int], after: Instant, until: Instant) -> set[int]:
    """What an age or `at` is compared with may be a metric or a trait: its values in [after, until]."""
    if varies(side) or isinstance(side, Literal):
        return set()
    points = {after} | {Instant(p + shift) for shift in shifts for p in _between(whose.instants, after - shift, until - shift)}
    answers = [answer(side, whose.pair(at, seen)) for at in points for seen in (at, FOREVER)]
    return {found.value for found in answers if found.kind is kind and isinstance(found.value, int)}


def people_of(history: History) -> set[str]:
    """Everybody who may ever be a customer."""
    senders = {event.identity for event in history.events if event.identity is not None}
    targets = {link.to_identity for link in history.links if link.to_identity is not None}
    return senders | targets | {trait.identity for trait in history.traits} | {link.from_identity for link in history.links}


def _outside_events(expr: Expr, whose: Whose, begin: Instant, until: Instant) -> Iterator[Instant]:
    """Change points that hang on no event, those of what is asked a while ago included."""
    for part in parts_read_now(expr):
        match part:
            case Population():
                yield from multiples(MIDNIGHT, begin, until)
            case Calendar(time=time) if varies(time):
                yield from multiples(QUARTER_OF_AN_HOUR, begin, until)
            case Compare(left=left, right=right) if varies(left) or varies(right):
                windows = {span_of(node.within) for node in walk(part) if isinstance(node, Metric) and node.within}
                times = {time for side in (left, right) for time in _values_of(side, Kind.TIME, whose, {0, *windows}, begin, until)}
                written = {instant_of(node.value) for node in walk(part) if isinstance(node, Literal) and isinstance(node.value, datetime)}
                yield from (Instant(time + nudge) for time in times | written for nudge in (0, 1))
            case Ago(part=inner, by=by):
                length = span_of(by)
                earlier = _outside_events(inner, whose, Instant(begin - length), Instant(until - length))
                yield from (Instant(p + length) for p in earlier)


def multiples(step: int, begin: Instant, until: Instant) -> Iterator[Instant]:
    """Every whole step since the epoch in [begin, until]."""
    yield from (Instant(p) for p in range(-(-begin // step) * step, until + 1, step))
