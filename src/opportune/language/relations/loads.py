"""What a load of arrivals found: counted, and every line that could not be stored named with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that could not be stored: where it stands and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load found. `loaded + repeated + len(set_aside)` is the number of lines of the segments that were new."""

    loaded: int = 0
    repeated: int = 0
    """Calls whose message id was there already."""
    changed_content: int = 0
    """Repeated calls that tell their event otherwise than the first time."""
    clamped: int = 0
    """Times more than 5 min ahead of their arrival, set to it."""
    unconverted: int = 0
    """Events in a currency without a rate: their money counts as null."""
    unlinked: int = 0
    """Links that would have given a customer more ids of a class than `identity.limits` allows: not stored."""
    set_aside: tuple[SetAside, ...] = ()
    skipped: int = 0
    """Segments that were loaded before."""
    last_received_at: int | None = None
