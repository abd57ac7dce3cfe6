"""Moments that one event causes: `event`, `nth`, `reaches`, `lapse`, and events of things. SEMANTICS section 5.

`standing` says whether a trigger makes a moment `at` by what had arrived by `seen`, and for whom; `causes` which arrivals at `seen` can
have brought that about. Decisions where SEMANTICS is silent, each so that live equals backtest:

- Only the arrival of an event of the moment's own kind brings it about: the trigger; for `reaches` an earlier matching event; for a lapse
  with `at_most` any matching or `unless` event of its value; for things the customer's `reaching` event. A link (or trait) that arrives
  late and makes an older moment follow does not ("a link fires nothing for a moment before it").
- A metric or trait inside a moment's predicate is asked at m, for the owner of the trigger, or for whom a thing's event reaches.
- `same` reads the property by its kind in the vocabulary, else as text.
- Of a run, events are less than `within` apart, so one exactly `within` later begins the next run, and the one before fires then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Event, History, is_standing, owner
from opportune.language.meaning.metrics import is_selected, matches, matching
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.moments import EventMoment, Lapse, Nth, Reaches, ThingMoment
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.kinds import Kind, Value, read_as

Triggered = EventMoment | ThingMoment | Nth | Reaches | Lapse
Key = tuple[str, int]
"""An event's id and line: the versions of a derived event share it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What might be a moment: `customer` is None where it is the owner of the trigger, whoever that is."""

    at: Instant
    trigger: Key
    customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """For whom a candidate is a moment, and the version of its trigger that makes it one."""

    customer: str
    trigger: Event


def candidates(moment: Triggered, history: History) -> Iterator[Candidate]:
    """Every (m, trigger) that could be a moment."""
    named = {event.order: event for event in history.events if is_selected(moment.selector, event)}
    for event in named.values():
        key = (event.event_id, event.line)
        match moment:
            case ThingMoment() if event.identity is None:
                people = {other.identity for other in history.events} | {link.to_identity for link in history.links}
                yield from (Candidate(at=event.ts, trigger=key, customer=person) for person in sorted(people - {None}, key=str))
            case Lapse() if event.identity is not None:
                yield from (Candidate(at=at, trigger=key) for at in _ends(moment, event, list(named.values())))
            case EventMoment() | Nth() | Reaches() if event.identity is not None:
                yield Candidate(at=event.ts, trigger=key)


def _ends(moment: Lapse, last: Event, named: list[Event]) -> list[Instant]:
    """When a lapse of which this is the last event may fire."""
    ends = {Instant(last.ts + span_of(moment.within))}
    if moment.at_most is not None:
        ends |= {Instant(first.ts + span_of(moment.at_most)) for first in named}
    return sorted(end for end in ends if last.ts <= end <= last.ts + span_of(moment.within))


def version(history: History, key: Key, at: Instant, seen: Instant) -> Event | None:
    """The event with this id and line that stands at (at, seen)."""
    return next((e for e in history.events if (e.event_id, e.line) == key and is_standing(e, at, seen)), None)


def standing(moment: Triggered, history: History, candidate: Candidate, seen: Instant) -> Standing | None:
    """For whom the candidate is a moment by what had arrived by `seen`; None when it is none."""
    trigger = version(history, candidate.trigger, candidate.at, seen)
    if trigger is None:
        return None
    customer = candidate.customer or owner(history, str(trigger.identity), candidate.at, seen)
    pair = Pair(history=history, customer=customer, at=candidate.at, seen=seen)
    return Standing(customer=customer, trigger=trigger) if _stands(moment, trigger, pair) else None


def _stands(moment: Triggered, trigger: Event, pair: Pair) -> bool:
    match moment:
        case ThingMoment():
            is_meant = matches(moment.selector, moment.where, trigger, pair, answer)
            return is_meant and bool(_reached_by(moment, trigger, pair))
        case EventMoment():
            return trigger in _matching(moment, pair) and trigger.ts == pair.at
        case Nth(n=n) | Reaches(n=n):
            found = _matching(moment, pair)
            if trigger not in found or trigger.ts != pair.at:
                return False
            place = found.index(trigger)
            return _is_reached(moment, n, found[: place + 1]) and not _is_reached(moment, n, found[:place])
        case Lapse():
            return (pair.at, trigger) in list(_lapses(moment, trigger, pair))
        case _:
            assert_never(moment)


def _matching(moment: EventMoment | Nth | Reaches | Lapse, pair: Pair) -> list[Event]:
    return matching(moment.selector, moment.where, pair, answer)


def _reached_by(moment: ThingMoment, trigger: Event, pair: Pair) -> list[Event]:
    """The customer's `reaching` events up to the thing's event, which is the pair's `at`, that have its value."""
    value = same_value(moment.same, trigger)
    begin = trigger.ts - span_of(moment.within) if moment.within is not None else None
    found = matching(moment.reaching, moment.reaching_where, pair, answer) if value is not None else []
    return [e for e in found if same_value(moment.same, e) == value and (begin is None or e.ts > begin)]


def _is_reached(moment: Nth | Reaches, n: int, found: list[Event]) -> bool:
    """Whether at least N of the events, up to and including the last one, lie in the window that ends at it."""
    if not found:
        return False
    begin = found[-1].ts - span_of(moment.within) if isinstance(moment, Reaches) and moment.within else None
    return sum(begin is None or event.ts > begin for event in found) >= n


def _alike(moment: Lapse, trigger: Event, events: list[Event]) -> list[Event]:
    """Those with the trigger's value of `same`, all without one; none where the trigger has no value."""
    if moment.same is None:
        return events
    value = same_value(moment.same, trigger)
    return [event for event in events if value is not None and same_value(moment.same, event) == value]


def _unless(moment: Lapse, pair: Pair) -> list[Event]:
    return matching(moment.unless, moment.unless_where, pair, answer) if moment.unless is not None else []


def _lapses(moment: Lapse, trigger: Event, pair: Pair) -> Iterator[tuple[Instant, Event]]:
    """Every (m, trigger) among the events with the trigger's value, as far as the events up to the pair tell."""
    found = _alike(moment, trigger, _matching(moment, pair))
    silencing = _alike(moment, trigger, _unless(moment, pair))
    within = span_of(moment.within)
    for run in _runs(moment, found, silencing) if moment.at_most is not None else ([event] for event in found):
        last = run[-1]
        end = Instant(min(last.ts + within, run[0].ts + span_of(moment.at_most))) if moment.at_most else Instant(last.ts + within)
        repeats = [event for event in found if event.order > last.order and event.ts <= end] if moment.at_most is None else []
        if not repeats and not any(other != last and last.ts <= other.ts <= end for other in silencing):
            yield end, last


def _runs(moment: Lapse, found: list[Event], silencing: list[Event]) -> Iterator[list[Event]]:
    """Matching events less than `within` apart, no `unless` event between, none later than `at_most` after the first."""
    run: list[Event] = []
    for event in found:
        is_on = bool(run) and event.ts - run[-1].ts < span_of(moment.within)
        is_in_time = is_on and moment.at_most is not None and event.ts <= run[0].ts + span_of(moment.at_most)
        if is_in_time and not any(other != run[-1] and run[-1].ts <= other.ts <= event.ts for other in silencing):
            run.append(event)
            continue
        if run:
            yield run
        run = [event]
    if run:
        yield run


def causes(moment: Triggered, history: History, candidate: Candidate, seen: Instant) -> list[Event]:
    """The events that can have brought the moment about by arriving at `seen`, after it."""
    found = standing(moment, history, candidate, seen)
    if found is None:
        return []
    pair = Pair(history=history, customer=found.customer, at=candidate.at, seen=seen)
    match moment:
        case EventMoment():
            others: list[Event] = []
        case ThingMoment():
            others = _reached_by(moment, found.trigger, pair)
        case Nth():
            others = _matching(moment, pair)
        case Reaches(within=within):
            # Twice the window: an event may complete the count at e, or take it from the matching event before e.
            begin = candidate.at - 2 * span_of(within) if within else None
            others = [event for event in _matching(moment, pair) if begin is None or event.ts > begin]
        case Lapse(at_most=None):
            others = []
        case Lapse():
            others = _alike(moment, found.trigger, [*_matching(moment, pair), *_unless(moment, pair)])
        case _:
            assert_never(moment)
    return [event for event in (found.trigger, *others) if event.received_at == seen]


def same_value(name: str, event: Event) -> Value:
    """An event's value of `same`."""
    return read_as(PROPERTIES.get(name, Kind.TEXT), event.properties.get(name), declared=name in PROPERTIES)


def same_text(moment: object, trigger: Event | None) -> str | None:
    """The value a lapse runs its clock for, as text."""
    if not isinstance(moment, Lapse) or moment.same is None or trigger is None:
        return None
    value = same_value(moment.same, trigger)
    return None if value is None else str(value)
