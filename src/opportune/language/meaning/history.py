"""One shop's raw past, and who owned what when: SEMANTICS sections 1 and 2, read literally.

Reads   nothing; a `History` is built by whoever has the rows
Gives   the events, links and traits visible at (at, seen), the customers there, and the events of one of them in event order
Cost    every question walks the whole history; this room is slow and obvious on purpose
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json

Order = tuple[int, bool, str, int]
"""Place of an event among those of its customer: (ts, is derived, event_id, line)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `line` is 0 for a raw one, 1.. for the lines of an order; `identity` is None for events of things."""

    event_id: str
    line: int = 0
    identity: str | None
    name: str
    ts: Instant
    received_at: Instant
    properties: dict[str, Json] = field(default_factory=dict)
    is_imported: bool = False

    @property
    def order(self) -> Order:
        """Raw events of one `ts` by id, then the derived ones."""
        return (self.ts, self.line > 0, self.event_id, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From `ts` on, `from_identity` (anonymous) is `to_identity` (known), unless an earlier link says otherwise."""

    event_id: str
    from_identity: str
    to_identity: str
    ts: Instant
    received_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitSet:
    """A trait got a value; JSON null clears it."""

    event_id: str
    identity: str
    name: str
    value: Json
    ts: Instant
    received_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything one shop ever stored, in any order; `known` are the identities ever sent as a userId.

    Only identities outside `known` are linked away, and only to known ones, so that links never chain.
    """

    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    traits: tuple[TraitSet, ...] = ()
    known: frozenset[str] = frozenset()

    @property
    def happened(self) -> "tuple[Happened, ...]":
        """All that happened: events, links and traits."""
        return (*self.events, *self.links, *self.traits)

    def __post_init__(self) -> None:
        for link in self.links:
            if link.from_identity in self.known or link.to_identity not in self.known:
                raise ValueError(f"a link goes from an anonymous to a known identity, not {link.from_identity} to {link.to_identity}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An enrolment, as its conditions see it: the moment it entered at and the event that caused it.

    `is_event_moment`: the moment is its trigger's own `ts` (event, reaches), so `since=entry` follows the trigger in event order.
    """

    at: Instant
    id: str | None = None
    trigger_event_id: str | None = None
    trigger_line: int | None = None
    is_event_moment: bool = False


class Happened(Protocol):
    """What has an instant it happened and one at which it arrived."""

    @property
    def ts(self) -> Instant:
        """When it happened."""

    @property
    def received_at(self) -> Instant:
        """When it was accepted."""


def is_visible(happened: Happened, at: Instant, seen: Instant) -> bool:
    """Whether it had happened by `at` and was received by `seen`."""
    return happened.ts <= at and happened.received_at <= seen


def becomes_visible(happened: Happened) -> Instant:
    """The first instant p at which it is visible at (p, seen=p)."""
    return max(happened.ts, happened.received_at)


def owner(history: History, identity: str, at: Instant, seen: Instant) -> str:
    """The customer an identity belongs to: its first visible link in (ts, event_id) order wins; without one, itself."""
    links = [link for link in history.links if link.from_identity == identity and is_visible(link, at, seen)]
    return min(links, key=lambda link: (link.ts, link.event_id)).to_identity if links else identity


def events_of(history: History, customer: str, at: Instant, seen: Instant) -> list[Event]:
    """The customer's visible events, in event order."""
    return sorted(
        (
            event
            for event in history.events
            if event.identity is not None and is_visible(event, at, seen) and owner(history, event.identity, at, seen) == customer
        ),
        key=lambda event: event.order,
    )


def traits_of(history: History, customer: str, at: Instant, seen: Instant) -> list[TraitSet]:
    """The customer's visible trait values, in (ts, event_id) order."""
    visible = (trait for trait in history.traits if is_visible(trait, at, seen))
    return sorted((t for t in visible if owner(history, t.identity, at, seen) == customer), key=lambda t: (t.ts, t.event_id))


def customers(history: History, at: Instant, seen: Instant) -> list[str]:
    """The canonical customers at (at, seen), sorted: the owners of every visible event and trait."""
    return sorted({owner(history, identity, at, seen) for identity in _visible_identities(history, at, seen)})


def _visible_identities(history: History, at: Instant, seen: Instant) -> Iterator[str]:
    yield from (e.identity for e in history.events if e.identity is not None and is_visible(e, at, seen))
    yield from (t.identity for t in history.traits if is_visible(t, at, seen))
