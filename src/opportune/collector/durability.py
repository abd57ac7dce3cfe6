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
        self._waiters: list[asyncio.Future[Instant]] = []
        """What those wait for whose lines are in `_lines`: each for one of its own, so that whoever gives up takes nothing from others."""
        self._is_under_way = False

    @property
    def waiting_bytes(self) -> int:
        """Lines that are not yet on disk."""
        return self._log.waiting_bytes + self._lines_bytes

    async def durable(self, lines: Sequence[bytes]) -> Instant:
        """Wait until `lines` are on disk; gives their `receivedAt`. Raises LogFault when they are not.

        The lines of one who gives up waiting are stored all the same.
        """
        awaited: asyncio.Future[Instant] = asyncio.get_running_loop().create_future()
        self._waiters.append(awaited)
        self._lines += lines
        self._lines_bytes += sum(map(len, lines))
        if not self._is_under_way:
            self._submit()
        return await awaited

    def _submit(self) -> None:
        waiters, lines = self._waiters, self._lines
        self._waiters, self._lines, self._lines_bytes = [], [], 0
        if not waiters:
            return
        self._is_under_way = True
        loop = asyncio.get_running_loop()
        try:
            written = self._log.submit(lines)
        except LogFault as fault:
            written = Future()
            written.set_exception(fault)
        written.add_done_callback(lambda written: loop.call_soon_threadsafe(self._told, waiters, written))

    def _told(self, waiters: Sequence[asyncio.Future[Instant]], written: Future[Instant]) -> None:
        """The log has done what it could: tell who waits, and go on with those that came meanwhile."""
        self._is_under_way = False
        fault = written.exception()
        received_at = None if fault else written.result()
        for waiter in waiters:
            if waiter.done():
                continue
            if received_at is None:
                waiter.set_exception(fault or LogFault("the log gave no instant"))
            else:
                waiter.set_result(received_at)
        self._submit()
