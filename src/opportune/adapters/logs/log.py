"""The Log contract: where accepted calls lie, durable, until the engine has loaded them.

Held to tests/logs.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from opportune.language.vocabulary.instants import Instant


class LogFault(Exception):
    """The log could not make lines durable, or its folder is taken: disk full, a write error, another process. Carries the cause."""


class LogTaken(LogFault):
    """Another process has the folder: it may let go of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a tick may load: every line received up to `hi` is in `segments` or was released; every later line is received after `hi`."""

    segments: tuple[Path, ...]
    """Closed and not yet released, oldest first; a name never comes back with other lines."""
    hi: Instant


class Log(Protocol):
    """Lines in order of arrival. `receivedAt` is the log's to give: it never decreases, whatever the clock does and whoever restarts."""

    def append(self, lines: Sequence[bytes]) -> Instant:
        """Add JSON objects (see `line.written`) all with one `receivedAt`, which is returned once they are on disk.

        Raises LogFault when they are not; the log stays usable.
        """

    def submit(self, lines: Sequence[bytes]) -> Future[Instant]:
        """The same without waiting: the future ends when the lines are on disk, or with a LogFault. It cannot be cancelled."""

    @property
    def waiting_bytes(self) -> int:
        """How much was submitted and is not yet on disk."""

    def seal(self) -> Sealed:
        """Close what was written so far, and give all that waits to be loaded."""

    def release(self, segments: Sequence[Path]) -> None:
        """Put loaded segments aside; they are kept, so that a replay stays possible."""

    def close(self) -> None:
        """Write what was submitted, then let go of the folder."""
