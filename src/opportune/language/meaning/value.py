"""What an expression is worth for one customer at one moment: SEMANTICS sections 1 to 3, read literally.

Reads   a `History`
Gives   `value(expr, history, customer, at, seen, entry)`; money as 1/10000 units, durations in microseconds
Cost    every metric walks every event: the oracle is obvious first

Where SEMANTICS is silent: a null condition (a boolean trait nobody set) counts as false in `and`, `or`, `not` and predicates;
the trigger of an entry is read whether or not it is visible at the pair, as it was when the entry was made; sums of plain numbers
are exact sums rounded once; a boolean part of a score is 0 or 1.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from opportune.language.meaning.answers import NULL, Answer, calculated, first_known, holds, is_true, negative, truth
from opportune.language.meaning.history import Entry, Event, History, events_of, traits_of
from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Arithmetic,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Coverage,
    EntryId,
    Expr,
    Known,
    Literal,
    Member,
    Metric,
    Negative,
    Not,
    Property,
    Reference,
    Score,
    ScorePart,
    Selector,
    Since,
    Trait,
    TriggerProperty,
)
from opportune.language.vocabulary.events import MESSAGE_EVENTS
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.kinds import Kind, Value, read_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Where a question is asked: a customer at a moment, knowing what had arrived by `seen`; `entry` only in journeys."""

    history: History
    customer: str
    at: Instant
    seen: Instant
    entry: Entry | None = None


def value(expr: Expr, history: History, customer: str, at: Instant, seen: Instant, entry: Entry | None = None) -> Value:
    """What `expr` is worth for `customer` at (at, seen). `expr` is checked and resolved."""
    return answer(expr, Pair(history=history, customer=customer, at=at, seen=seen, entry=entry)).value


def answer(expr: Expr, pair: Pair, event: Event | None = None) -> Answer:
    """The value with its kind; `event` is the one a predicate is looking at."""
    match expr:
        case Literal(value=constant):
            return _constant(constant)
        case Property():
            return _property(expr, event)
        case Metric():
            return _metric(expr, pair)
        case Trait():
            return _trait(expr, pair)
        case Consent(purpose=purpose):
            return truth(_consents(purpose, pair))
        case TriggerProperty(name=name, kind=kind, declared=declared):
            return _property(Property(name, kind, declared), _trigger(pair))
        case EntryId():
            return Answer(Kind.TEXT, pair.entry.id if pair.entry else None)
        case Compare(operator=operator, left=left, right=right):
            return truth(holds(operator, answer(left, pair, event), answer(right, pair, event)))
        case Member(item=sought, options=options):
            found = answer(sought, pair, event)
            return truth(any(holds(Comparison.EQ, found, _constant(option.value)) for option in options))
        case Arithmetic(operator=operator, left=left, right=right):
            return calculated(operator, answer(left, pair, event), answer(right, pair, event))
        case Negative(part=part):
            return negative(answer(part, pair, event))
        case Not(part=part):
            return truth(not is_true(answer(part, pair, event)))
        case All(parts=parts):
            return truth(all(is_true(answer(part, pair, event)) for part in parts))
        case Any(parts=parts):
            return truth(any(is_true(answer(part, pair, event)) for part in parts))
        case Known(part=part):
            return truth(answer(part, pair, event).value is not None)
        case Coalesce(parts=parts):
            return first_known([answer(part, pair, event) for part in parts])
        case Score(parts=parts):
            return Answer(Kind.NUMBER, _score(parts, pair))
        case Coverage(score=score):
            return Answer(Kind.NUMBER, _known_share(score.parts, pair))
        case Reference(room=room, name=name):
            raise ValueError(f"{room}.{name} was not inlined; only resolved trees have a meaning")
        case _:
            assert_never(expr)


def _constant(constant: bool | float | str | timedelta | None) -> Answer:
    match constant:
        case None:
            return NULL
        case bool():
            return truth(constant)
        case timedelta():
            return Answer(Kind.DURATION, span_of(constant))
        case str():
            return Answer(Kind.TEXT, constant)
        case _:
            return Answer(Kind.NUMBER, constant)


def _property(wanted: Property, event: Event | None) -> Answer:
    kind = wanted.kind or Kind.TEXT
    raw = event.properties.get(wanted.name) if event else None
    return Answer(kind, read_as(kind, raw, declared=wanted.declared))


def _trigger(pair: Pair) -> Event | None:
    if pair.entry is None or pair.entry.trigger_event_id is None:
        return None
    key = (pair.entry.trigger_event_id, pair.entry.trigger_line or 0)
    return next((event for event in pair.history.events if (event.event_id, event.line) == key), None)


def is_selected(selector: Selector, event: Event) -> bool:
    """Whether the selector names the event; `any()` is every raw event but messages of ours and what was done with them."""
    if not selector.names:
        return event.line == 0 and event.name not in MESSAGE_EVENTS
    return event.name in selector.names


def matches(selector: Selector, where: Expr | None, event: Event, pair: Pair) -> bool:
    """Whether the selector names the event and the predicate holds for it; metrics inside the predicate are asked at the pair."""
    return is_selected(selector, event) and (where is None or is_true(answer(where, pair, event)))


def read_events(metric: Metric, pair: Pair) -> list[Event]:
    """The events a metric reads at a pair, in event order."""
    visible = events_of(pair.history, pair.customer, pair.at, pair.seen)
    return [
        event
        for event in visible
        if (metric.within is None or event.ts > pair.at - span_of(metric.within))
        and (metric.since is not Since.ENTRY or _is_after_entry(event, pair.entry))
        and matches(metric.selector, metric.where, event, pair)
    ]


def _is_after_entry(event: Event, entry: Entry | None) -> bool:
    """`since=entry`: after the trigger in event order where the moment is the trigger's own ts, else `ts > entered_at`."""
    if entry is None:
        return True
    if entry.is_event_moment and entry.trigger_event_id is not None:
        line = entry.trigger_line or 0
        return event.order > (entry.at, line > 0, entry.trigger_event_id, line)
    return event.ts > entry.at


def _metric(metric: Metric, pair: Pair) -> Answer:
    events = read_events(metric, pair)
    found = [_property(metric.value, event) for event in events] if metric.value else []
    known = [each.value for each in found if each.value is not None]
    kind = (metric.value.kind if metric.value else None) or Kind.NUMBER
    match metric.function:
        case Aggregate.COUNT:
            return Answer(Kind.NUMBER, len(events))
        case Aggregate.DID:
            return truth(bool(events))
        case Aggregate.SUM:
            numbers = [each for each in known if not isinstance(each, str)]
            return Answer(kind, math.fsum(numbers) if kind is Kind.NUMBER else sum(numbers))
        case Aggregate.LAST:
            return Answer(found[-1].kind if found else kind, known[-1] if known else None)
        case Aggregate.AGE:
            return Answer(Kind.DURATION, pair.at - events[-1].ts if events else None)
        case _:
            assert_never(metric.function)


def _trait(trait: Trait, pair: Pair) -> Answer:
    kind = trait.kind or Kind.TEXT
    values = [each for each in traits_of(pair.history, pair.customer, pair.at, pair.seen) if each.name == trait.name]
    return Answer(kind, read_as(kind, values[-1].value, declared=False) if values else None)


def _consents(purpose: str, pair: Pair) -> bool:
    """The latest of Given and Withdrawn, Withdrawn at equal ts; without any, only profiling is allowed.

    `tracking` without an event is denied: opt-in regions are not yet told apart.
    """
    said = [
        event
        for event in events_of(pair.history, pair.customer, pair.at, pair.seen)
        if event.name in ("Consent Given", "Consent Withdrawn")
        and read_as(Kind.TEXT, event.properties.get("purpose"), declared=True) == purpose
    ]
    if not said:
        return purpose == "profiling"
    return max(said, key=lambda event: (event.ts, event.name == "Consent Withdrawn")).name == "Consent Given"


def _score(parts: tuple[ScorePart, ...], pair: Pair) -> float | None:
    """Ten times the weighted mean; null where profiling was withdrawn (SEMANTICS section 2, "Consent")."""
    mean = _weighted_mean(parts, pair) if _consents("profiling", pair) else None
    return None if mean is None else 10 * mean


def _part(part: ScorePart, pair: Pair) -> float | None:
    """A leaf clamped to 0..1, or a group's weighted mean; null is unknown."""
    if isinstance(part.value, tuple):
        return _weighted_mean(part.value, pair)
    leaf = answer(part.value, pair).value
    if leaf is None or isinstance(leaf, str):
        return None
    return min(1.0, max(0.0, float(leaf)))


def _weighted_mean(parts: tuple[ScorePart, ...], pair: Pair) -> float | None:
    """Over the known parts, their weights renormalised; null where none is known or all known weigh nothing."""
    known = [(part.weight, worth) for part in parts if (worth := _part(part, pair)) is not None]
    total = math.fsum(weight for weight, _ in known)
    return math.fsum(weight * worth for weight, worth in known) / total if total else None


def _known_share(parts: tuple[ScorePart, ...], pair: Pair) -> float:
    """The share of the weight that is known; a group is known as far as its parts are."""
    total = math.fsum(part.weight for part in parts)
    shares = (_known_share(p.value, pair) if isinstance(p.value, tuple) else float(_part(p, pair) is not None) for p in parts)
    return math.fsum(part.weight * share for part, share in zip(parts, shares, strict=True)) / total if total else 0.0
