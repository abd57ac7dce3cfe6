"""Waiting, but not for ever, for thousands at once: one alarm a second looks after all who wait. A timer for each would cost a tenth of
what a request costs (benchmarks/bench_edge.py).
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

LOOK_EVERY_SECONDS = 1.0
"""Who has waited too long is cut off at the next look."""

T = TypeVar("T")


class Patience:
    """For as many event loops as come, one after the other."""

    def __init__(self, seconds: float, *, look_every: float = LOOK_EVERY_SECONDS) -> None:
        self._seconds, self._look_every = seconds, look_every
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until: dict[asyncio.Task[Any], float] = {}
        """Who waits, who began first in front."""
        self._cut_off: set[asyncio.Task[Any]] = set()
        self._is_alarm_set = False

    async def outlasts(self, awaited: Awaitable[T]) -> T:
        """What `awaited` gives. Raises TimeoutError when it takes too long; it is then cancelled."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "only a task can wait"
        if loop is not self._loop:
            self._loop, self._is_alarm_set = loop, False
        self._until[task] = loop.time() + self._seconds
        if not self._is_alarm_set:
            self._set_alarm(loop)
        try:
            return await awaited
        except asyncio.CancelledError:
            if task not in self._cut_off:
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            self._until.pop(task, None)
            self._cut_off.discard(task)

    def _set_alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_alarm_set = True
        loop.call_later(self._look_every, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        now = loop.time()
        for task, until in self._until.items():
            if until > now:
                break
            if task not in self._cut_off:
                self._cut_off.add(task)
                task.cancel()
        self._is_alarm_set = False
        if self._until:
            self._set_alarm(loop)
