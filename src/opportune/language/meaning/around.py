"""`before(TIME, D)` and `after(TIME, D)`: SEMANTICS section 5.

The value v as of p is asked at (p, seen=p), as known with all that is known by now. It stays the same over runs of change points; a run
counts when an event of the customer that TIME reads, or a trait of hers that it reads, became visible at its first point, and it fires
within the run only, so that it is never about a value that holds no more. The first run of an equal v that fires is the only one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Event, History, becomes_visible, events_of, is_there, traits_of
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.points import Whose, change_points, people_of
from opportune.language.meaning.reads import is_read, traits_read
from opportune.language.tree.moments import Around
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant, Span, span_of
from opportune.language.vocabulary.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """That a time is near, or past, for a customer; acted on at once."""

    customer: str
    at: Instant
    trigger: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """From `begin` until just before `end` the time was `value`."""

    begin: Instant
    end: Instant
    value: int


def dues(moment: Around, history: History, until: Instant, reading: Reading, max_lateness: Span) -> Iterator[Due]:
    """Every moment up to `until`."""
    for customer in sorted(people_of(history)):
        fired: set[int] = set()
        for run in _runs(moment, history, customer, until, reading):
            setters = list(_setters(moment, history, customer, run.begin, reading))
            at = _moment_of(moment, run, max_lateness)
            if setters and at is not None and at <= until and run.value not in fired:
                fired.add(run.value)
                yield Due(customer=customer, at=at, trigger=setters[-1])


def _seen(at: Instant, reading: Reading) -> Instant:
    return at if reading is Reading.AS_SEEN else FOREVER


def _runs(moment: Around, history: History, customer: str, until: Instant, reading: Reading) -> Iterator[Run]:
    points = change_points(moment.time, Whose(history=history, customer=customer), EARLIEST, until)
    told = [(p, _value(moment, Pair(history=history, customer=customer, at=p, seen=_seen(p, reading)))) for p in points]
    runs = [(value, next(run)[0]) for value, run in groupby(told, key=lambda one: one[1])]
    ends = [*(begin for _, begin in runs), Instant(until + 1)][1:]
    for (value, begin), end in zip(runs, ends, strict=True):
        if value is not None:
            yield Run(begin=begin, end=end, value=value)


def _value(moment: Around, pair: Pair) -> int | None:
    found = answer(moment.time, pair).value if is_there(pair.history, pair.customer, pair.at, pair.seen) else None
    return found if isinstance(found, int) else None


def _moment_of(moment: Around, run: Run, max_lateness: Span) -> Instant | None:
    """m, if it lies within the run and the value was known in time."""
    due = run.value + span_of(moment.by)
    at = Instant(max(run.begin, due))
    if due < run.begin and (run.value <= run.begin if span_of(moment.by) < 0 else run.begin - due > max_lateness):
        return None
    return at if at < run.end else None


def _setters(moment: Around, history: History, customer: str, begin: Instant, reading: Reading) -> Iterator[Event | None]:
    """What set the value: events in event order, and before them None for a trait."""
    seen = _seen(begin, reading)
    names = traits_read(moment.time)
    for trait in traits_of(history, customer, begin, seen):
        if trait.name in names and begin == (becomes_visible(trait) if reading is Reading.AS_SEEN else trait.ts):
            yield None
    pair = Pair(history=history, customer=customer, at=begin, seen=seen)
    for event in events_of(history, customer, begin, seen):
        is_new = begin == (becomes_visible(event) if reading is Reading.AS_SEEN else event.ts)
        if is_new and is_read(moment.time, event, pair):
            yield event
