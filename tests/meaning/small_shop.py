"""A shop small enough to see through: one noon, ada who is known, and events written in one line each."""

from datetime import timedelta
from itertools import count

from opportune.language.meaning.history import Event, Link, TraitSet
from opportune.language.vocabulary.instants import Instant, Span, parse_instant
from opportune.language.vocabulary.kinds import Json

NOON = parse_instant("2026-03-01T12:00:00Z")
SECOND, MINUTE, HOUR, DAY = Span(1_000_000), Span(60_000_000), Span(3_600_000_000), Span(86_400_000_000)
TWO_HOURS = timedelta(hours=2)
EVER = Instant(NOON - 10_000 * DAY)
NEVER = Instant(NOON + 10_000 * DAY)
KNOWN = frozenset({"ada", "bob"})
_ids = count(1)


def instant(offset: int) -> Instant:
    """Noon and so many microseconds."""
    return Instant(NOON + offset)


def event(
    name: str,
    at: int = 0,
    *,
    received: int | None = None,
    by: str | None = "ada",
    id: str | None = None,
    line: int = 0,
    is_imported: bool = False,
    **properties: Json,
) -> Event:
    """An event `at` microseconds after noon, received at once unless told otherwise."""
    return Event(
        event_id=id or f"e{next(_ids):06d}",
        line=line,
        identity=by,
        name=name,
        ts=instant(at),
        received_at=instant(at if received is None else received),
        properties=properties,
        is_imported=is_imported,
    )


def link(anonymous: str, known: str | None, at: int = 0, *, received: int | None = None, id: str | None = None) -> Link:
    """A sign-in; to None an un-merge."""
    return Link(
        event_id=id or f"k{next(_ids):06d}",
        from_identity=anonymous,
        to_identity=known,
        ts=instant(at),
        received_at=instant(at if received is None else received),
    )


def trait(name: str, value: Json, at: int = 0, *, received: int | None = None, by: str = "ada", id: str | None = None) -> TraitSet:
    """A trait set."""
    return TraitSet(
        event_id=id or f"t{next(_ids):06d}",
        identity=by,
        name=name,
        value=value,
        ts=instant(at),
        received_at=instant(at if received is None else received),
    )
