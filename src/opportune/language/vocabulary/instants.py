"""Instants and spans: whole microseconds, UTC.

An `Instant` counts microseconds since 1970-01-01T00:00:00Z. Relations, plans and the pure rooms all use it,
so that no zone and no rounding can slip in; people see ISO 8601 with a `Z` and up to six decimals.
"""

from datetime import UTC, datetime, timedelta
from typing import NewType

Instant = NewType("Instant", int)
"""Microseconds since the Unix epoch, UTC."""

Span = NewType("Span", int)
"""A length of time in microseconds."""

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = Instant(-(2**62))
"""Before every event."""
FOREVER = Instant(2**62)
"""After every event: `seen = FOREVER` is the reading "as known"."""


def instant_of(moment: datetime) -> Instant:
    """The instant of a zone-aware datetime; without a zone it is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Instant((moment - EPOCH) // MICROSECOND)


def datetime_of(instant: Instant) -> datetime:
    """The zone-aware UTC datetime of an instant."""
    return EPOCH + timedelta(microseconds=instant)


def span_of(length: timedelta) -> Span:
    """A timedelta in whole microseconds."""
    return Span(length // MICROSECOND)


def parse_instant(text: str) -> Instant:
    """The instant of ISO 8601 text; a date alone is its midnight, no zone means UTC.

    Raises ValueError when the text is no ISO 8601 time.
    """
    return instant_of(datetime.fromisoformat(text.strip()))


def format_instant(instant: Instant) -> str:
    """ISO 8601 with `Z`; decimals only when there are any, trailing zeros dropped."""
    moment = datetime_of(instant)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond:
        text += f".{moment.microsecond:06d}".rstrip("0")
    return text + "Z"
