"""Times as senders write them, and Segment's rule for clocks that run wrong."""

from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant

EARLIEST_TIME = parse_instant("1900-01-01T00:00:00Z")
LATEST_TIME = parse_instant("2200-01-01T00:00:00Z")


def time_of(text: str) -> Instant:
    """The instant of ISO 8601 text. Raises ValueError when it is none, or of another age of the world."""
    instant = parse_instant(text)
    if not EARLIEST_TIME <= instant < LATEST_TIME:
        raise ValueError(f"{text!r} is outside the years 1900 to 2199")
    return instant


def corrected(*, arrived_at: Instant, sent_at: str | None, original: str | None, timestamp: str | None) -> str | None:
    """When it happened by our clock: arrival minus the time it waited at the sender, by the sender's own clock.

    Without `sentAt` the sender's time is taken as it is; without any time there is none. The texts must have passed `time_of`.
    Source: Segment, "Common fields", timestamp = receivedAt - (sentAt - originalTimestamp).
    """
    happened = original or timestamp
    if not happened:
        return None
    if not sent_at:
        return format_instant(time_of(timestamp or happened))
    return format_instant(Instant(arrived_at - (time_of(sent_at) - time_of(happened))))
