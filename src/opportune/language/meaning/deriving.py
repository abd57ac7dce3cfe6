"""Derived events: moments written back as events. SEMANTICS section 4, "derived event".

Gives   `with_derived(history, until)`: the history with the rows of its derived events with `ts` up to `until` among its events,
        as all its arrivals made and withdrew them

A row stands from the first arrival (or m) at which the moment follows until the arrival at which it no longer does, or has other
properties; then it is withdrawn, and where it follows again another row of the same id stands. It belongs to the identity its trigger
was sent with, without trigger to the customer. Everything is asked as seen, also where the history is read as known later: the rows are
a pure function of the log. No lateness bounds them. `since=previous` begins after the latest one of this name with a smaller ts that is
the customer's at the pair (whoever's it was then: what is linked to her is not told twice) and follows at the same `seen`. A row is
imported where its trigger was.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from opportune.language.meaning.answers import Answer
from opportune.language.meaning.asking import answer
from opportune.language.meaning.following import Found, following
from opportune.language.meaning.history import Entry, Event, History, owner, states_of_knowledge
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.definitions import Derived
from opportune.language.vocabulary.instants import FOREVER, Instant, format_instant
from opportune.language.vocabulary.kinds import MONEY_SCALE, Json, Kind

SEPARATOR = "\x1f"


def with_derived(history: History, until: Instant) -> History:
    """The history with the derived events up to `until` written into it; unchanged where none is left to write."""
    for derived in history.derived:
        rows = tuple(_rows(derived, replace(history, derived=()), until))
        history = replace(history, events=(*history.events, *rows), derived=history.derived[1:], counted={})
    return history


def _rows(derived: Derived, history: History, until: Instant) -> Iterator[Event]:
    """Every version of every event of this name, in no particular order."""
    standing: dict[str, Event] = {}
    for seen, last in states_of_knowledge(history, FOREVER):
        found = list(following(derived.when, history, seen, Instant(min(last, until))))
        now = {event.event_id: event for event in (_event(derived, one, found, history, seen) for one in found)}
        for event_id, event in list(standing.items()):
            if event_id not in now or now[event_id].properties != event.properties:
                yield replace(event, withdrawn_at=seen)
                del standing[event_id]
        for event_id, event in now.items():
            standing.setdefault(event_id, event)
    yield from standing.values()


def _event(derived: Derived, one: Found, found: list[Found], history: History, seen: Instant) -> Event:
    earlier = [other.at for other in found if other.at < one.at and owner(history, _sender(other), one.at, seen) == one.customer]
    trigger = one.trigger
    entry = Entry(at=one.at, trigger_event_id=trigger.event_id if trigger else None, trigger_line=trigger.line if trigger else None)
    pair = Pair(history=history, customer=one.customer, at=one.at, seen=seen, entry=entry, previous=max(earlier, default=None))
    values = {name: json_of(answer(expr, pair)) for name, expr in derived.set.items()}
    return Event(
        event_id=event_id_of(derived.name, one),
        line=1,
        identity=_sender(one),
        name=derived.name,
        ts=one.at,
        received_at=Instant(max(one.at, seen)),
        properties={name: value for name, value in values.items() if value is not None},
        is_imported=trigger is not None and trigger.is_imported,
    )


def _sender(one: Found) -> str:
    """The identity a derived event is written for: its trigger's, and without one the customer's."""
    return (one.trigger.identity if one.trigger is not None else None) or one.customer


def event_id_of(name: str, one: Found) -> str:
    """The id of a derived event: a function of its name, customer, moment and trigger."""
    trigger = one.trigger
    public = "" if trigger is None else f"{trigger.event_id}#{trigger.line}" if trigger.line else trigger.event_id
    return hashlib.md5(SEPARATOR.join((name, one.customer, str(one.at), public)).encode(), usedforsecurity=False).hexdigest()


def json_of(found: Answer) -> Json:
    """A value as a sender would have written it: money in units, durations in seconds, times in ISO 8601."""
    match found.kind, found.value:
        case Kind.MONEY, int(amount):
            return _number(Decimal(amount) / MONEY_SCALE)
        case Kind.DURATION, int(length):
            return _number(Decimal(length) / 1_000_000)
        case Kind.TIME, int(time):
            return format_instant(Instant(time))
        case _:
            return found.value


def _number(exact: Decimal) -> Json:
    return int(exact) if exact == exact.to_integral_value() else float(exact)
