"""A Log of append-only NDJSON segments with group commit: many append at once, one thread writes, one fdatasync a group.

Cost         one fdatasync per group, however many wait; the longer the disk takes, the larger the groups
Crash points `log_append` before a group is written, `log_fsync` before it is synced
Held to      tests/logs
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import Self

from opportune.adapters.logs.folder import close_leftovers, closed_segments, last_received, lock_folder, make_folder, put_aside
from opportune.adapters.logs.log import LogFault, LogTaken, Sealed
from opportune.adapters.logs.segment import OpenSegment, stamp_of
from opportune.language.vocabulary.instants import EARLIEST, Instant

LARGEST_SEGMENT_BYTES = 256 * 2**20
"""A segment that has grown to this is closed, so that recovery can read one at a time."""

_BUT_LAST, _LAST = itemgetter(slice(None, -1)), itemgetter(slice(-1, None))
Clock = Callable[[], Instant]
Reached = Callable[[str], None]


def _pass_by(_point: str) -> None:
    """Crash points are reached and nothing happens."""


@dataclass(slots=True)
class _Appending:
    """Lines of one caller, each with a line break in place of its last brace, and what it waits for."""

    lines: bytes
    durable: Future[Instant] = field(default_factory=Future)


class Segments:
    """A Log in one folder, which one process at a time may open. Safe to share between threads."""

    def __init__(self, folder: Path, lock: int, *, clock: Clock, floor: Instant, reached: Reached, largest_bytes: int) -> None:
        self._folder = folder
        self._lock = lock
        self._clock = clock
        self._reached = reached
        self._largest_bytes = largest_bytes
        self._last = floor
        self._lowest = Instant(floor + 1)
        self._segment: OpenSegment | None = None
        self._is_torn = False
        self._writing = Lock()
        """Held while a group is written or a segment closed: guards the fields above."""
        self._changed = Condition()
        """Guards the three fields below."""
        self._queue: list[_Appending] = []
        self._waiting_bytes = 0
        self._is_closed = False
        self._writer = Thread(target=self._write_groups, name="log-writer", daemon=True)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        clock: Clock,
        floor: Instant = EARLIEST,
        reached: Reached = _pass_by,
        largest_bytes: int = LARGEST_SEGMENT_BYTES,
    ) -> Self:
        """Take the folder and close what a killed process left there. Every new line is received after `floor`.

        Raises LogTaken when another process has the folder, LogFault when it cannot be read.
        """
        lock = -1
        try:
            make_folder(folder)
            lock = lock_folder(folder)
            close_leftovers(folder)
            floor = max(floor, last_received(folder))
        except (OSError, LogFault) as error:
            if lock >= 0:
                os.close(lock)
            kind = LogTaken if isinstance(error, LogTaken) else LogFault
            raise kind(f"the log in {folder} cannot be opened: {error}") from error
        log = cls(folder, lock, clock=clock, floor=floor, reached=reached, largest_bytes=largest_bytes)
        log._writer.start()
        return log

    @property
    def waiting_bytes(self) -> int:
        return self._waiting_bytes

    def append(self, lines: Sequence[bytes]) -> Instant:
        return self.submit(lines).result()

    def submit(self, lines: Sequence[bytes]) -> Future[Instant]:
        appending = _Appending(b"\n".join([*map(_BUT_LAST, lines), b""]))
        if appending.lines.count(b"\n") != len(lines) or not set(map(_LAST, lines)) <= {b"}"}:
            raise ValueError(f"a log line is one JSON object without line breaks, got {appending.lines[:80]!r}")
        appending.durable.set_running_or_notify_cancel()
        with self._changed:
            if self._is_closed:
                raise LogFault("the log is closed")
            self._queue.append(appending)
            self._waiting_bytes += len(appending.lines)
            self._changed.notify()
        return appending.durable

    def seal(self) -> Sealed:
        with self._writing:
            try:
                self._close_segment()
                hi = max(self._clock(), self._last)
                self._last, self._lowest = hi, Instant(hi + 1)
                return Sealed(segments=closed_segments(self._folder), hi=hi)
            except OSError as error:
                raise LogFault(f"a segment of the log could not be closed: {error}") from error

    def release(self, segments: Sequence[Path]) -> None:
        try:
            put_aside(self._folder, segments)
        except OSError as error:
            raise LogFault(f"loaded segments could not be put aside: {error}") from error

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._writer.join()
        with self._writing:
            if self._lock < 0:
                return
            try:
                self._close_segment()
            except OSError as error:
                raise LogFault(f"a segment of the log could not be closed: {error}") from error
            finally:
                os.close(self._lock)
                self._lock = -1

    def _write_groups(self) -> None:
        """The writer thread: all that waits is one group. Should it die of a bug, nobody is left waiting."""
        group: list[_Appending] = []
        try:
            while group := self._next_group():
                self._commit(group)
        finally:
            with self._changed:
                self._is_closed = True
                group += self._queue
            for appending in group:
                if not appending.durable.done():
                    appending.durable.set_exception(LogFault("the log's writer has stopped"))

    def _next_group(self) -> list[_Appending]:
        """All that waits, once something does; empty when the log is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_closed)
            group, self._queue = self._queue, []
        return group

    def _commit(self, group: list[_Appending]) -> None:
        """Make a group durable and say so to everyone who waits for it, or say why not."""
        outcome: Instant | LogFault
        with self._writing:
            try:
                outcome = self._write(b"".join([appending.lines for appending in group]))
            except OSError as error:
                outcome = LogFault(f"the log could not be written: {error}")
                outcome.__cause__ = error
        with self._changed:
            self._waiting_bytes -= sum(len(appending.lines) for appending in group)
        for appending in group:
            if isinstance(outcome, LogFault):
                appending.durable.set_exception(outcome)
            else:
                appending.durable.set_result(outcome)

    def _write(self, lines: bytes) -> Instant:
        """One durable group. Raises OSError; the segment it failed in is then given up before the next group."""
        if self._segment and (self._is_torn or self._segment.durable_bytes >= self._largest_bytes):
            self._close_segment()
        received_at = max(self._clock(), self._lowest)
        if self._segment is None:
            self._segment = OpenSegment.create(self._folder, received_at, self._reached)
        self._is_torn = True
        self._segment.write(lines.replace(b"\n", f',"receivedAt":"{stamp_of(received_at)}"}}\n'.encode()))
        self._is_torn = False
        self._last = self._lowest = received_at
        return received_at

    def _close_segment(self) -> None:
        """No segment is open. The next one begins later than this one ends, so no name comes twice. Raises OSError."""
        if self._segment:
            self._segment.close()
            self._segment = None
            self._is_torn = False
            self._lowest = Instant(max(self._lowest, self._last + 1))
