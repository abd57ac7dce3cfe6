"""What a metric reads, and what it makes of it: SEMANTICS section 3, selectors and metrics.

Decisions SEMANTICS leaves open: a void looks for its `by` event among all visible ones, whatever the window of the metric; `median` is
the lower of the middle two; averages and gaps of whole units are exact, rounded half to even; averages of numbers are doubles;
`active` counts gaps of at most five minutes whole and others not at all, and is zero with no event; `since=previous` reads what is
later than the derived event before, and everything where there is none.
"""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import assert_never

from opportune.language.meaning.answers import Answer, is_true, truth
from opportune.language.meaning.history import Entry, Event, events_of
from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.expressions import Aggregate, Expr, Metric, Property, Selector, Since, Void
from opportune.language.vocabulary.events import MESSAGE_EVENTS
from opportune.language.vocabulary.instants import span_of
from opportune.language.vocabulary.kinds import Kind, Value, read_as

LONGEST_GAP = 300_000_000
"""Five minutes: a longer silence between two events is no activity."""


def read_property(wanted: Property, event: Event | None) -> Answer:
    """A property of an event, as its kind; null without an event."""
    kind = wanted.kind or Kind.TEXT
    raw = event.properties.get(wanted.name) if event else None
    return Answer(kind, read_as(kind, raw, declared=wanted.declared))


def is_selected(selector: Selector, event: Event) -> bool:
    """Whether the selector names the event; `any()` is every raw event but messages of ours and what was done with them."""
    if not selector.names:
        return event.line == 0 and event.name not in MESSAGE_EVENTS
    return event.name in selector.names


def matches(selector: Selector, where: Expr | None, event: Event, pair: Pair, ask: Ask) -> bool:
    """Whether the selector names the event and the predicate holds for it; metrics inside the predicate are asked at the pair."""
    return is_selected(selector, event) and (where is None or is_true(ask(where, pair, event)))


def matching(selector: Selector, where: Expr | None, pair: Pair, ask: Ask) -> list[Event]:
    """The customer's visible events that match and are not void, in event order."""
    visible = events_of(pair.history, pair.customer, pair.at, pair.seen)
    found = (event for event in visible if matches(selector, where, event, pair, ask))
    voids = [(void, [other for other in visible if is_selected(void.by, other)]) for void in selector.voids]
    return [event for event in found if not any(_is_void(void, event, named, pair, ask) for void, named in voids)]


def _is_void(void: Void, event: Event, named: Sequence[Event], pair: Pair, ask: Ask) -> bool:
    """Whether one of the visible events that its `by` names makes this one absent."""
    if event.name not in void.names:
        return False
    followers = (other for other in named if other.order > event.order and matches(void.by, void.where, other, pair, ask))
    return any(void.same is None or _is_alike(void.same, event, other) for other in followers)


def _is_alike(same: Property, one: Event, other: Event) -> bool:
    value = read_property(same, one).value
    return value is not None and value == read_property(same, other).value


def read_events(metric: Metric, pair: Pair, ask: Ask) -> list[Event]:
    """The events a metric reads at a pair, in event order."""
    return [
        event
        for event in matching(metric.selector, metric.where, pair, ask)
        if (metric.within is None or event.ts > pair.at - span_of(metric.within)) and _is_since(metric.since, event, pair, ask)
    ]


def _is_since(since: Since | Expr | None, event: Event, pair: Pair, ask: Ask) -> bool:
    match since:
        case None:
            return True
        case Since.ENTRY:
            return _is_after_entry(event, pair.entry)
        case Since.PREVIOUS:
            return pair.previous is None or event.ts > pair.previous
        case _:
            begin = ask(since, pair).value
            return not isinstance(begin, int) or event.ts > begin


def _is_after_entry(event: Event, entry: Entry | None) -> bool:
    """`since=entry`: after the trigger in event order where the moment is the trigger's own ts, else `ts > entered_at`."""
    if entry is None:
        return True
    if entry.is_event_moment and entry.trigger_event_id is not None:
        line = entry.trigger_line or 0
        return event.order > (entry.at, line > 0, entry.trigger_event_id, line)
    return event.ts > entry.at


def measured(metric: Metric, pair: Pair, ask: Ask) -> Answer:
    """What the metric is worth."""
    events = read_events(metric, pair, ask)
    match metric.function:
        case Aggregate.COUNT:
            return Answer(Kind.NUMBER, len(events))
        case Aggregate.DID:
            return truth(bool(events))
        case Aggregate.AGE:
            return Answer(Kind.DURATION, pair.at - events[-1].ts if events else None)
        case Aggregate.TENURE:
            return Answer(Kind.DURATION, pair.at - events[0].ts if events else None)
        case Aggregate.TIME:
            return Answer(Kind.TIME, events[-1].ts if events else None)
        case Aggregate.FIRST_TIME:
            return Answer(Kind.TIME, events[0].ts if events else None)
        case Aggregate.GAP:
            return Answer(Kind.DURATION, _gap(events))
        case Aggregate.ACTIVE:
            return Answer(Kind.DURATION, _active(events))
        case Aggregate.DECAYED:
            half_life = span_of(metric.half_life) if metric.half_life else 1
            return Answer(Kind.NUMBER, math.fsum(2.0 ** -((pair.at - event.ts) / half_life) for event in events))
        case _:
            return _of_property(metric, events)


def _gap(events: Sequence[Event]) -> int | None:
    """The mean time between consecutive events."""
    return round(Fraction(events[-1].ts - events[0].ts, len(events) - 1)) if len(events) > 1 else None


def _active(events: Sequence[Event]) -> int:
    """The sum of `dwell` where any event has one, else of the short gaps."""
    dwells = [dwell for event in events if isinstance(dwell := read_as(Kind.DURATION, event.properties.get("dwell"), declared=True), int)]
    gaps = [later.ts - before.ts for before, later in pairwise(events)]
    return sum(dwells) if dwells else sum(gap for gap in gaps if gap <= LONGEST_GAP)


def _of_property(metric: Metric, events: Sequence[Event]) -> Answer:
    """The metrics over the known values of a property, in event order."""
    found = [read_property(metric.value, event) for event in events] if metric.value else []
    known = [each.value for each in found if each.value is not None]
    kind = (metric.value.kind if metric.value else None) or Kind.TEXT
    match metric.function:
        case Aggregate.SUM:
            numbers = [each for each in known if not isinstance(each, str)]
            return Answer(kind, math.fsum(numbers) if kind is Kind.NUMBER else sum(numbers))
        case Aggregate.AVG:
            return Answer(kind, _average(kind, [each for each in known if not isinstance(each, str)]))
        case Aggregate.MEDIAN:
            return Answer(kind, sorted(known, key=_rank)[(len(known) - 1) // 2] if known else None)
        case Aggregate.MIN:
            return Answer(kind, min(known, key=_rank, default=None))
        case Aggregate.MAX:
            return Answer(kind, max(known, key=_rank, default=None))
        case Aggregate.DISTINCT:
            return Answer(Kind.NUMBER, len(set(known)))
        case Aggregate.FIRST:
            return Answer(kind, known[0] if known else None)
        case Aggregate.LAST:
            return Answer(kind, known[-1] if known else None)
        case Aggregate.TOP:
            return Answer(kind, _most_frequent(known))
        case (
            Aggregate.COUNT
            | Aggregate.DID
            | Aggregate.AGE
            | Aggregate.TENURE
            | Aggregate.TIME
            | Aggregate.FIRST_TIME
            | Aggregate.GAP
            | Aggregate.ACTIVE
            | Aggregate.DECAYED
        ):
            raise TypeError(f"{metric.function.value} reads no property")
        case _:
            assert_never(metric.function)


def _rank(value: Value) -> tuple[float, str]:
    """Values of one kind in their order; texts by code point."""
    return (0, value) if isinstance(value, str) else (value or 0, "")


def _average(kind: Kind, numbers: Sequence[float]) -> float | None:
    if not numbers:
        return None
    return math.fsum(numbers) / len(numbers) if kind is Kind.NUMBER else round(Fraction(int(sum(numbers)), len(numbers)))


def _most_frequent(known: Sequence[Value]) -> Value:
    """Of the values that come equally often the one that came last."""
    times = Counter(known)
    most = max(times.values(), default=0)
    return next((value for value in reversed(known) if times[value] == most), None)
