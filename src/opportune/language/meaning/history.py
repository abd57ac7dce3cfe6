"""One shop's raw past, and who owned what when: SEMANTICS sections 1 and 2, read literally.

Reads   nothing; a `History` is built by whoever has the rows
Gives   the events, links, traits and table rows visible at (at, seen), the customers there, and the events of one of them in event order
Cost    every question walks the whole history; this room is slow and obvious on purpose

Derived events are events like others once `deriving.with_derived` has written them into the history; the functions of this module look
at the events as they stand, `value` and `moments` see to it themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, cast

from opportune.language.tree.definitions import Derived
from opportune.language.vocabulary.addresses import EMAIL, PHONE
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.language.vocabulary.kinds import Json, Value

ENOUGH = 100
"""So many known values make a calibration stable, and a group of `by=` one of its own."""

Order = tuple[int, bool, str, int]
"""Place of an event among those of its customer: (ts, is derived, event_id, line)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `line` is 0 for a raw one, 1.. for the lines of an order, 1 for derived events; `identity` is None for things."""

    event_id: str
    line: int = 0
    identity: str | None
    name: str
    ts: Instant
    received_at: Instant
    properties: dict[str, Json] = field(default_factory=dict)
    is_imported: bool = False
    withdrawn_at: Instant | None = None
    """Of a derived event: from then on it no longer follows from what was received, or with other properties."""

    @property
    def order(self) -> Order:
        """Raw events of one `ts` by id, then the derived ones."""
        return (self.ts, self.line > 0, self.event_id, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From `ts` on, `from_identity` is whose `to_identity`, of a higher class, is, unless a link of a lower rank or an earlier one of its
    rank says otherwise.

    To None it is an un-merge: links before it, in (ts, event_id) order, do not count any more.
    """

    event_id: str
    from_identity: str
    to_identity: str | None
    ts: Instant
    received_at: Instant
    rank: int = Rank.USER


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
class TableRow:
    """A row of a table that is a file; without a `ts` column it holds from the beginning. `ordinal` is its place in the file."""

    table: str
    key: str
    columns: dict[str, Json]
    ordinal: int = 0
    ts: Instant = EARLIEST

    @property
    def received_at(self) -> Instant:
        """A file is no arrival: its rows are known as soon as they hold."""
        return self.ts


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What a population function came to at a calibration instant, told by who has counted everybody."""

    instant: Instant
    by_value: str | None
    """Of the customers with this value of its `by`; None: of all."""
    value: Value
    known: int
    """How many customers had a known value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything one shop ever stored, in any order; `known` are the identities ever sent as a userId.

    Links go to a higher class only (a device, a number, an address, a user), so they never go round; users are never linked away.
    """

    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    traits: tuple[TraitSet, ...] = ()
    table_rows: tuple[TableRow, ...] = ()
    derived: tuple[Derived, ...] = ()
    """The derived events that are still to be written into `events`, each after those it reads."""
    known: frozenset[str] = frozenset()
    enough: int = ENOUGH
    """Tests draw crowds smaller than a hundred."""
    frozen: Mapping[str, tuple[Frozen, ...]] | None = None
    """Of a history of one customer: what was counted over all, by content hash of the function. None: everybody is here, and is counted."""
    answered: dict[tuple[object, ...], tuple[object, object]] | None = field(default=None, compare=False, repr=False)
    """Where many questions are asked of one history: its answers, each with the expression, which is known by its place in memory, and the
    events that are visible at its pairs. None: nothing is remembered."""
    counted: dict[tuple[str, Instant], list[tuple[Value, Value]]] = field(default_factory=dict, compare=False, repr=False)
    """Populations already asked for; nothing but a memory of pure answers."""

    @property
    def happened(self) -> "tuple[Happened, ...]":
        """All that happened: events, links and traits, and what came to hold in tables."""
        return (*self.events, *self.links, *self.traits, *(row for row in self.table_rows if row.ts > EARLIEST))

    def __post_init__(self) -> None:
        for link in self.links:
            if link.to_identity is not None and self._class_of(link.to_identity) <= self._class_of(link.from_identity):
                raise ValueError(f"a link goes to an identity of a higher class, not {link.from_identity} to {link.to_identity}")

    def _class_of(self, identity: str) -> int:
        lower = 2 if identity.startswith(EMAIL) else 1 if identity.startswith(PHONE) else 0
        return 3 if identity in self.known else lower


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
    told: str | None = None
    """A JSON object: what the moment itself tells as `trigger.x`, values as plans hold them; of a change `old` and `new`."""


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


def is_standing(event: Event, at: Instant, seen: Instant) -> bool:
    """Whether an event is visible; a derived one only as long as it was not withdrawn."""
    return is_visible(event, at, seen) and (event.withdrawn_at is None or seen < event.withdrawn_at)


def owner(history: History, identity: str, at: Instant, seen: Instant) -> str:
    """The customer an identity belongs to: whoever the end of the link that decides belongs to; without one, itself."""
    link = deciding(history, identity, at, seen)
    return identity if link is None or link.to_identity is None else owner(history, link.to_identity, at, seen)


def deciding(history: History, identity: str, at: Instant, seen: Instant) -> Link | None:
    """Of the visible links of an identity after its last visible un-merge, in (ts, event_id) order, the first of the lowest rank."""
    counting: list[Link] = []
    visible = (link for link in history.links if link.from_identity == identity and is_visible(link, at, seen))
    for link in sorted(visible, key=lambda link: (link.ts, link.event_id)):
        counting = [] if link.to_identity is None else [*counting, link]
    return min(counting, key=lambda link: link.rank, default=None)


def may_be_of(history: History, customer: str) -> frozenset[str]:
    """Every identity that may belong to a customer at some pair."""
    found = {customer}
    while more := {link.from_identity for link in history.links if link.to_identity in found} - found:
        found |= more
    return frozenset(found)


def events_of(history: History, customer: str, at: Instant, seen: Instant) -> list[Event]:
    """The customer's visible events, in event order."""
    key = ("events of", customer, at, seen)
    if history.answered is not None and key in history.answered:
        return cast(list[Event], history.answered[key][1])
    hers = identities_of(history, customer, at, seen)
    found = sorted((each for each in history.events if each.identity in hers and is_standing(each, at, seen)), key=lambda each: each.order)
    if history.answered is not None:
        history.answered[key] = (None, found)
    return found


def identities_of(history: History, customer: str, at: Instant, seen: Instant) -> frozenset[str]:
    """The identities that belong to a customer at a pair; none when the customer is linked away."""
    linked = {link.from_identity for link in history.links}
    return frozenset(identity for identity in {*linked, customer} if owner(history, identity, at, seen) == customer)


def traits_of(history: History, customer: str, at: Instant, seen: Instant) -> list[TraitSet]:
    """The customer's visible trait values, in (ts, event_id) order."""
    hers = identities_of(history, customer, at, seen)
    return sorted((t for t in history.traits if t.identity in hers and is_visible(t, at, seen)), key=lambda t: (t.ts, t.event_id))


def is_there(history: History, customer: str, at: Instant, seen: Instant) -> bool:
    """Whether there is such a customer at a pair: the owner of a visible event or trait."""
    hers = identities_of(history, customer, at, seen)
    return any(event.identity in hers and is_standing(event, at, seen) for event in history.events) or any(
        trait.identity in hers and is_visible(trait, at, seen) for trait in history.traits
    )


def customers(history: History, at: Instant, seen: Instant) -> list[str]:
    """The canonical customers at (at, seen), sorted: the owners of every visible event and trait."""
    return sorted({owner(history, identity, at, seen) for identity in _visible_identities(history, at, seen)})


def _visible_identities(history: History, at: Instant, seen: Instant) -> Iterator[str]:
    yield from (e.identity for e in history.events if e.identity is not None and is_standing(e, at, seen))
    yield from (t.identity for t in history.traits if is_visible(t, at, seen))


def states_of_knowledge(history: History, until: Instant) -> list[tuple[Instant, Instant]]:
    """Each arrival up to `until`, and the last instant before the one that follows, `until` for the last."""
    arrivals = sorted({each.received_at for each in history.happened if each.received_at <= until})
    return [(seen, Instant(after - 1)) for seen, after in pairwise([*arrivals, Instant(until + 1)])]
