"""Histories of a small shop, drawn where definitions change their minds.

Instants lie a window apart, ± 1 µs; equal ones are common. Arrivals come at once, late, later than the day that is allowed, or
a little ahead of their time; links are contested and late, and taken back; events of things have no customer; orders are cancelled;
properties are absent, null or of the wrong kind; traits say times and zones.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.small_shop import DAY, HOUR, KNOWN, MINUTE, NOON, SECOND
from tests.tree.strategies import WINDOWS

from opportune.language.meaning.history import Entry, Event, History, Link, TraitSet
from opportune.language.vocabulary.events import THINGS
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import FOREVER, Instant, span_of

ADDRESS = "email:a@b.test"
CUSTOMERS = ("ada", "bob", "cookie", "jar", ADDRESS)
BY_USER_IDS = tuple((device, to, Rank.USER) for device in ("cookie", "cookie", "jar") for to in ("ada", "bob", "ada", "bob", None))
BY_OTHERS = (
    *((device, ADDRESS, Rank.EMAIL) for device in ("cookie", "cookie", "jar")),
    *((ADDRESS, user, Rank.CLAIM) for user in ("ada", "bob")),
    *((device, user, Rank.CLICK) for device in ("cookie", "jar") for user in ("ada", "bob")),
    (ADDRESS, None, Rank.USER),
)
"""Links found by an address or a click: from, to, rank."""
NAMES = (
    *("Product Viewed",) * 5,
    *("Product Added",) * 3,
    *("Order Completed",) * 2,
    "Product Purchased",
    "Product Purchased",
    "Email Opened",
    "Wishlist Added",
    "Order Cancelled",
    "Order Cancelled",
    "Stock Changed",
    "Stock Changed",
    "Consent Given",
    "Consent Withdrawn",
)
LATENESS = (0, 0, 0, 0, 1, SECOND, 10 * SECOND, HOUR, DAY, DAY + 1, 3 * DAY, -1, -5 * SECOND, -5 * MINUTE)
VALUES: dict[str, tuple[object, ...]] = {
    "product_id": ("a", "b", "a", 7, None, True),
    "order_id": ("a", "lamps", ""),
    "color": ("a", "b", "a", 3, None, True),
    "quantity": (1, 2, 2.5, "2", None),
    "points": (1, 2.5, 3, "x"),
    "total": (1, 2.5, "2.5", -1.25, 0, None, "ten"),
    "price": (1, 2, "2.00005", True),
    "dwell": (1, 2, "2", 0.9995, 5, 60, None),
    "bot": (True, False, "true", None),
    "gift": (True, False, 1),
    "stock": (0, 1, 5, "1", None),
    "due": ("2026-03-01T12:00:10Z", "2026-03-01T13:00:00.000001Z", "2026-03-02", "soon", 7, None),
    "latitude": (52.5, 52.5005, -33.9, 90, 90.01, "52.5", None),
    "longitude": (13.4, 13.4, -179.9, 180, True, None),
    "purpose": ("email", "email", "profiling", None),
}
TRAITS: dict[str, tuple[object, ...]] = {
    "country": ("a", "b", None, 3),
    "age": (1, 2.5, "2", None),
    "vip": (True, False, None),
    "due": ("2026-03-01T12:00:10Z", "2026-03-01T13:00:00.000001Z", "2026-03-02", "soon", None),
    "renewal": ("2026-03-01T12:00:10Z", "2026-03-01 12:59:59.999999+00:00", "2026-03-02", "soon", None),
    "timezone": ("Europe/Berlin", "Asia/Kolkata", "Nowhere/Land", None),
}

_SHIFTS = sorted({0, *(sign * times * span_of(window) for window in WINDOWS for sign in (1, -1) for times in (1, 2))})

instants: SearchStrategy[Instant] = st.builds(
    lambda shift, nudge: Instant(NOON + shift + nudge), st.sampled_from(_SHIFTS), st.sampled_from((0, 0, 0, -1, 1))
)
"""Instants that lie a window, or two, from one another, give or take a microsecond."""

ranges: SearchStrategy[tuple[Instant, Instant]] = st.tuples(instants, instants).map(lambda ends: (min(ends), max(ends)))


@dataclass(frozen=True)
class Crowd:
    """Which events a history is drawn from."""

    names: tuple[str, ...] = NAMES
    identities: tuple[str | None, ...] = ("ada", "ada", "ada", "bob", "cookie", "cookie", "jar", ADDRESS, None)
    most: int = 14
    least: int = 0


@st.composite
def histories(draw: st.DrawFn, crowd: Crowd = Crowd()) -> History:
    """A history in the order of its log."""
    ids = draw(st.permutations([f"{letter}{number}" for letter in "mnA" for number in range(6)]))
    events = [draw(_event(crowd, id, number)) for number, id in enumerate(ids[: draw(st.integers(crowd.least, crowd.most))])]
    links = [draw(_link(f"k{number}")) for number in draw(st.permutations(range(draw(st.integers(0, 4)))))]
    traits = [draw(_trait(f"t{number}")) for number in draw(st.permutations(range(draw(st.integers(0, 4)))))]
    batch, who = draw(st.none() | st.none() | instants | instants.map(lambda at: Instant(at + DAY + 5))), draw(st.integers(0, 2**24 - 1))
    if batch is not None:
        events, links, traits = _batched(events, batch, who), _batched(links, batch, who >> 14), _batched(traits, batch, who >> 18)
    return History(events=tuple(sorted(events, key=lambda event: event.received_at)), links=tuple(links), traits=tuple(traits), known=KNOWN)


Arrived = TypeVar("Arrived", Event, Link, TraitSet)


def _batched(some: list[Arrived], at: Instant, who: int) -> list[Arrived]:
    """Some of them, a bit for each, arrived at one instant: a device sent all it had."""
    comes = (who >> number & 1 and each.ts <= at and not getattr(each, "is_imported", False) for number, each in enumerate(some))
    return [replace(each, received_at=at) if it else each for each, it in zip(some, comes, strict=True)]


@st.composite
def _event(draw: st.DrawFn, crowd: Crowd, event_id: str, number: int) -> Event:
    name = draw(st.sampled_from(crowd.names))
    identity = None if name in THINGS else draw(st.sampled_from(crowd.identities))
    ts = draw(instants)
    is_imported = draw(st.integers(0, 7)) == 0
    return Event(
        event_id=event_id,
        # A derived line sometimes shares its number with that of another order.
        line=1 + number % 3 if name == "Product Purchased" else 0,
        identity=identity,
        name=name,
        ts=ts,
        received_at=ts if is_imported else _received(draw, ts),
        properties=draw(_properties(name)),
        is_imported=is_imported,
    )


def _received(draw: st.DrawFn, ts: Instant) -> Instant:
    return Instant(ts + draw(st.sampled_from(LATENESS)))


def _properties(name: str) -> SearchStrategy[dict[str, Any]]:
    drawn = {key: st.sampled_from(values) for key, values in VALUES.items()}
    if name.startswith("Consent"):
        return st.fixed_dictionaries({"purpose": drawn["purpose"]})
    return st.fixed_dictionaries({}, optional=drawn)


@st.composite
def _link(draw: st.DrawFn, event_id: str) -> Link:
    ts = draw(instants)
    source, target, rank = draw(st.sampled_from(BY_USER_IDS) | st.sampled_from(BY_USER_IDS) | st.sampled_from(BY_OTHERS))
    return Link(event_id=event_id, from_identity=source, to_identity=target, ts=ts, received_at=_received(draw, ts), rank=rank)


@st.composite
def _trait(draw: st.DrawFn, event_id: str) -> TraitSet:
    ts, name = draw(instants), draw(st.sampled_from(tuple(TRAITS)))
    identity, value = draw(st.sampled_from(CUSTOMERS)), draw(st.sampled_from(TRAITS[name]))
    return TraitSet(event_id=event_id, identity=identity, name=name, value=value, ts=ts, received_at=_received(draw, ts))  # type: ignore[arg-type]


def received_by(history: History, seen: Instant) -> History:
    """The history without what arrived later."""
    return replace(
        history,
        events=tuple(event for event in history.events if event.received_at <= seen),
        links=tuple(link for link in history.links if link.received_at <= seen),
        traits=tuple(trait for trait in history.traits if trait.received_at <= seen),
        table_rows=tuple(row for row in history.table_rows if row.received_at <= seen),
        counted={},
    )


@dataclass(frozen=True)
class Asked:
    """One question: a customer, a moment, what had arrived, and the enrolment it is asked in."""

    customer: str
    at: Instant
    seen: Instant
    entry: Entry | None


@st.composite
def questions(draw: st.DrawFn, history: History) -> Asked:
    """A pair to ask at; one in two inside an enrolment, caused by an event or by none."""
    at = draw(instants)
    seen = draw(st.sampled_from((at, FOREVER)) | instants)
    return Asked(draw(st.sampled_from(CUSTOMERS)), at, seen, draw(st.none() | entries(history)))


@st.composite
def entries(draw: st.DrawFn, history: History) -> Entry:
    """An enrolment at an event's own ts, at another instant because of it, or because of none."""
    id = draw(st.sampled_from(("a", "b")))
    if not history.events:
        return Entry(at=draw(instants), id=id)
    trigger = draw(st.sampled_from(history.events))
    how = draw(st.sampled_from(("event", "event", "later", "none")))
    if how == "none":
        return Entry(at=draw(instants), id=id)
    at = trigger.ts if how == "event" else draw(instants)
    return Entry(at=at, id=id, trigger_event_id=trigger.event_id, trigger_line=trigger.line, is_event_moment=how == "event")
