"""When a condition may come out otherwise if nothing happens any more.

Gives   `ahead(condition, pair, until)`: instants after the pair, in order. Whoever takes one asks the oracle again: an instant may be
        missing where one thing hangs on another that changes meanwhile, so what is found need not be the very first.
Cost    one reading of each metric; `meaning.points` gives every instant and asks for every value each could have had, which took minutes
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Event
from opportune.language.meaning.metrics import read_events
from opportune.language.meaning.pairs import Pair, earlier
from opportune.language.meaning.points import multiples
from opportune.language.meaning.reads import parts_read_now
from opportune.language.tree.expressions import Ago, Calendar, Compare, Expr, Literal, Member, Metric
from opportune.language.tree.sampling import varies
from opportune.language.vocabulary.instants import Instant, Span, instant_of, span_of
from opportune.language.vocabulary.kinds import Kind

HOUR = 3_600_000_000
DAY = 24 * HOUR
_LOOKED_AT = (Metric, Compare, Member, Calendar, Ago)


def ahead(condition: Expr, pair: Pair, until: Instant) -> list[Instant]:
    """The instants in (pair.at, until] to look at."""
    return sorted({Instant(at) for at in _found(condition, pair, until) if pair.at < at <= until})


def _found(condition: Expr, pair: Pair, until: Instant) -> Iterator[int]:
    looked_at = (part for part in parts_read_now(condition) if isinstance(part, _LOOKED_AT))
    for part in {id(part): part for part in looked_at}.values():
        match part:
            case Metric(within=timedelta() as within):
                yield from (event.ts + span_of(within) for event in read_events(part, pair, answer))
            case Compare(left=left, right=right) if varies(left) or varies(right):
                yield from _passings((left, right), pair)
            case Member(item=sought, options=options) if varies(sought):
                yield from _passings((sought, *options), pair)
            case Calendar(time=time) if varies(time):
                yield from multiples(HOUR, pair.at, min(Instant(pair.at + DAY), until))
                yield from multiples(DAY, pair.at, until)
            case Ago(part=inner, by=by):
                yield from _echoes(inner, pair, span_of(by), until)


def _passings(sides: tuple[Expr, ...], pair: Pair) -> Iterator[int]:
    """Where an age passes a length, or `at` a time: what it counts from plus the lengths that are compared, and 1 µs later."""
    parts = list({id(part): part for side in sides for part in parts_read_now(side)}.values())
    since = {event.ts for part in parts if isinstance(part, Metric) for event in _ends(part, pair)}
    worth = [answer(part, pair) for part in parts if not varies(part) and not isinstance(part, Literal)]
    times = {found.value for found in worth if found.kind is Kind.TIME and isinstance(found.value, int)}
    lengths = {found.value for found in worth if found.kind is Kind.DURATION and isinstance(found.value, int)}
    for part in parts:
        if isinstance(part, Literal) and isinstance(part.value, timedelta):
            lengths.add(span_of(part.value))
        elif isinstance(part, Literal) and isinstance(part.value, datetime):
            times.add(instant_of(part.value))
    yield from (base + length + nudge for base, length, nudge in product({*since, *times}, {0, *lengths}, (0, 1)))


def _ends(metric: Metric, pair: Pair) -> list[Event]:
    """The first and the last event that a metric reads."""
    events = read_events(metric, pair, answer)
    return [events[0], events[-1]] if events else []


def _echoes(inner: Expr, pair: Pair, by: Span, until: Instant) -> Iterator[int]:
    """What is asked a while ago: what has happened since comes into it, and what it read then goes out of it."""
    then = earlier(pair, by)
    yield from (at + by for at in ahead(inner, then, Instant(until - by)))
    for metric in {id(part): part for part in parts_read_now(inner) if isinstance(part, Metric)}.values():
        yield from (event.ts + by for event in read_events(metric, pair, answer))
