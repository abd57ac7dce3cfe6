"""Times on the command line."""

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.shell.refusals import Misused


def instant_option(option: str, text: str | None) -> Instant | None:
    """The instant an option names; None when it was not given. Raises Misused with the remedy."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise Misused(f"{option} {text!r} is no time\n  Write ISO 8601 in UTC, such as 2026-03-01T00:00:00Z.") from error
