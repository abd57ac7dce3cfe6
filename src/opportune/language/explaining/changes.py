"""What could have been otherwise with one customer, and her history as it would be then.

Gives   changes as values, `applied`: the history with them
A change is thought to be at the moment itself: its events have its `ts` and arrive at once, after everything else of that instant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from opportune.language.meaning.history import Event, History, TraitSet, identities_of
from opportune.language.meaning.pairs import Pair
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json

LAST = "\U0010fffd"
"""Begins the ids of made-up events: after all real ones of an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happens:
    """`times` events of this name happen, with these properties as a sender would write them."""

    name: str
    times: int = 1
    properties: Mapping[str, Json] = field(default_factory=dict)
    different: str | None = None
    """A property that has another value in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """These events had not happened."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Becomes:
    """A trait is set; None clears it."""

    trait: str
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Consent for a purpose is given or withdrawn."""

    purpose: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Nothing happens until then."""

    until: Instant


Change = Happens | Undone | Becomes | Consents | Waits


def applied(pair: Pair, changes: Iterable[Change]) -> Pair:
    """The pair at which the same question is asked after the changes."""
    for number, change in enumerate(changes):
        pair = _after(pair, change, f"{LAST}{number:03d}-")
    return pair


def _after(pair: Pair, change: Change, prefix: str) -> Pair:
    history = pair.history
    match change:
        case Happens(times=times):
            events = tuple(_made(change, pair, f"{prefix}{n:06d}", n) for n in range(times))
            return replace(pair, history=_with(history, events=(*history.events, *events)))
        case Undone(events=gone):
            keys = {(event.event_id, event.line) for event in gone}
            kept = tuple(event for event in history.events if (event.event_id, event.line) not in keys)
            return replace(pair, history=_with(history, events=kept))
        case Becomes(trait=name, value=value):
            told = TraitSet(event_id=prefix, identity=pair.customer, name=name, value=value, ts=pair.at, received_at=pair.at)
            return replace(pair, history=_with(history, traits=(*history.traits, told)))
        case Consents(purpose=purpose, given=given):
            hers = identities_of(history, pair.customer, pair.at, pair.seen)
            said = "Consent Given" if given else "Consent Withdrawn"
            tied = tuple(e for e in history.events if e.identity in hers and e.ts == pair.at and e.name == "Consent Withdrawn" and given)
            free = _after(pair, Undone(events=tied), prefix) if tied else pair
            return _after(free, Happens(name=said, properties={"purpose": purpose}), prefix)
        case Waits(until=until):
            return replace(pair, at=until, seen=max(pair.seen, until))


def _with(history: History, **changed: object) -> History:
    """The history, with nothing remembered of what was counted before."""
    return replace(history, counted={}, answered={}, **changed)  # type: ignore[arg-type]  # its own fields, by name


def _made(change: Happens, pair: Pair, event_id: str, n: int) -> Event:
    different: dict[str, Json] = {change.different: f"{LAST}{n}"} if change.different is not None else {}
    return Event(
        event_id=event_id,
        identity=pair.customer,
        name=change.name,
        ts=pair.at,
        received_at=pair.at,
        properties={**change.properties, **different},
    )
