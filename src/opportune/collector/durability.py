"""Waiting for the disk without blocking the event loop, together.

One submission to the log is under way at a time; what arrives meanwhile goes with the next. Every request waiting for itself costs a
lock and a wake-up of the loop each: a third more work, and twice the longest waits (benchmarks/bench_collector.py).
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future

from opportune.adapters.logs.log import Log, LogFault
from opportune.language.vocabulary.instants import Instant


class Durability:
    """The log as one event loop sees it. Not for other threads."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lines: list[bytes] = []
        self._lines_bytes = 0
        self._next: asyncio.Future[Instant] | None = None
        """What those wait for whose lines are in `_lines`."""
        self._is_under_way = False

    @property
    def waiting_bytes(self) -> int:
        """Lines that are not yet on disk."""
        return self._log.waiting_bytes + self._lines_bytes

    async def durable(self, lines: Sequence[bytes]) -> Instant:
        """Wait until `lines` are on disk; gives their `receivedAt`. Raises LogFault when they are not.

        The lines of one who gives up waiting are stored all the same.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        awaited = self._next
        self._lines += lines
        self._lines_bytes += sum(map(len, lines))
        if not self._is_under_way:
            self._submit()
        return await asyncio.shield(awaited)

    def _submit(self) -> None:
        awaited, lines = self._next, self._lines
        self._next, self._lines, self._lines_bytes = None, [], 0
        if awaited is None:
            return
        self._is_under_way = True
        loop = asyncio.get_running_loop()
        try:
            written = self._log.submit(lines)
        except LogFault as fault:
            written = Future()
            written.set_exception(fault)
        written.add_done_callback(lambda written: loop.call_soon_threadsafe(self._told, awaited, written))

    def _told(self, awaited: asyncio.Future[Instant], written: Future[Instant]) -> None:
        """The log has done what it could: tell who waits, and go on with those that came meanwhile."""
        self._is_under_way = False
        fault = written.exception()
        if fault:
            awaited.set_exception(fault)
        else:
            awaited.set_result(written.result())
        self._submit()
