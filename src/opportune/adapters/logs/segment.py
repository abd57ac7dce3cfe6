"""One open segment file: whole groups of lines, each on disk before the next is begun.

While it is written it is called `NAME.open`, afterwards `NAME.ndjson`; NAME is the instant of its first group, so names sort in order.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from opportune.language.vocabulary.instants import Instant, datetime_of

OPEN, CLOSED = ".open", ".ndjson"


def stamp_of(instant: Instant) -> str:
    """ISO 8601 with six decimals and `Z`: `2026-03-01T00:00:00.000000Z`."""
    return datetime_of(instant).isoformat(timespec="microseconds")[:26] + "Z"


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class OpenSegment:
    """A file of which the first `durable_bytes` are on disk; what lies behind them was never acknowledged."""

    def __init__(self, path: Path, descriptor: int, reached: Callable[[str], None]) -> None:
        self.durable_bytes = 0
        self._path = path
        self._descriptor = descriptor
        self._reached = reached

    @classmethod
    def create(cls, folder: Path, first: Instant, reached: Callable[[str], None]) -> Self:
        """A new file whose name is durable. Raises OSError."""
        path = folder / (stamp_of(first).replace("-", "").replace(":", "") + OPEN)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            sync_folder(folder)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        return cls(path, descriptor, reached)

    def write(self, group: bytes) -> None:
        """Add `group` and wait until it is on disk. After an OSError the only thing left to do is `close`.

        A failed fdatasync may forget the pages it could not write, so a second one would succeed without having written them.
        """
        self._reached("log_append")
        rest = memoryview(group)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._reached("log_fsync")
        os.fdatasync(self._descriptor)
        if not os.fstat(self._descriptor).st_nlink:
            raise FileNotFoundError(f"{self._path} was deleted while it was written")
        self.durable_bytes += len(group)

    def close(self) -> None:
        """Cut off what is not durable and give the file its last name; an empty one vanishes. Raises OSError and can be called again.

        The new name need not be durable: a restart finds the old one and closes it under the same new name.
        """
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, self.durable_bytes)
            os.close(self._descriptor)
            self._descriptor = -1
        if self.durable_bytes:
            self._path.rename(self._path.with_suffix(CLOSED))
        else:
            self._path.unlink(missing_ok=True)
