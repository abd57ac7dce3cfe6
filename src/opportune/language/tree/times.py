"""Times as people write them in definitions: ISO 8601; a date alone is its midnight, without zone UTC."""

from datetime import UTC, datetime

from opportune.language.vocabulary.instants import format_instant, instant_of


def parse_time(text: str) -> datetime:
    """The time `text` writes, aware and in UTC. Raises ValueError saying that it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time; write one such as '2026-03-01' or '2026-03-01T09:00:00Z'") from error


def is_time(text: str) -> bool:
    """Whether `text` writes a time."""
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def format_time(moment: datetime) -> str:
    """The canonical text."""
    return format_instant(instant_of(moment))
