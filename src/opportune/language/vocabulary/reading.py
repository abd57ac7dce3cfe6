"""The two readings of the past: SEMANTICS section 1."""

from enum import Enum


class Reading(Enum):
    """Which arrivals a question may use."""

    AS_SEEN = "as seen"
    """What could be known then: `seen = at`."""
    AS_KNOWN = "as known"
    """What is known by now: `seen = FOREVER`."""
