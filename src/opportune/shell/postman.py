"""The threads that hand messages over: one prepares batches, one per connection claims, delivers and settles."""

import queue
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial

from opportune.adapters.channels.channel import Channel
from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.stores.database import StoreFault
from opportune.shell.rendering import RendererFault
from opportune.shell.sender import Prepared, Sender

BATCH = 64
IDLE = 0.5
"""Seconds between two looks into the outbox when nobody says that something was decided."""


class Postman:
    """Hands over what the tick planned, on every connection at once."""

    def __init__(self, sender: Sender, channels: Sequence[Channel], *, told: Callable[[], None], broken: Callable[[], None]) -> None:
        self._sender, self._channels = sender, channels
        self._told, self._broken = told, broken
        self._wake = threading.Event()
        self._stopping = False
        self._ready: queue.Queue[Prepared | None] = queue.Queue(maxsize=2 * BATCH)
        self._inside: set[str] = set()
        self._turn = threading.Lock()
        self._preparing = threading.Thread(target=self._guarded(self._prepare), name="sender", daemon=True)
        self._carriers = [threading.Thread(target=self._guarded(partial(self._carry, c)), name="carrier", daemon=True) for c in channels]

    def start(self) -> None:
        """Begin."""
        for thread in (self._preparing, *self._carriers):
            thread.start()

    def wake(self) -> None:
        """Something was decided. Callable from any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the messages at hand and end."""
        self._stopping = True
        self._wake.set()
        self._preparing.join()
        for _ in self._carriers:
            self._ready.put(None)
        for thread in self._carriers:
            thread.join()
        for channel in self._channels:
            channel.close()

    def _guarded(self, run: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                run()
            except Exception:  # a bug: say so and stop the process
                traceback.print_exc()
                self._broken()

        return guarded

    def _prepare(self) -> None:
        while not self._stopping:
            try:
                found = self._take_batch()
            except (EngineFault, RendererFault, StoreFault) as fault:
                print(f"opportune: messages could not be prepared and will be tried again: {fault}", file=sys.stderr)
                found = 0
            if not found:
                self._wake.wait(IDLE)
                self._wake.clear()

    def _take_batch(self) -> int:
        with self._turn:
            inside = frozenset(self._inside)
        prepared = self._sender.prepare(BATCH, inside)
        for each in prepared:
            with self._turn:
                self._inside.add(each.message.id)
            self._ready.put(each)
        return len(prepared)

    def _carry(self, channel: Channel) -> None:
        while (prepared := self._ready.get()) is not None:
            if not self._stopping:
                try:
                    self._sender.hand_over(prepared, channel)
                except StoreFault as fault:
                    print(f"opportune: the outcome of {prepared.message.id} could not be stored: {fault}", file=sys.stderr)
            with self._turn:
                self._inside.discard(prepared.message.id)
            self._told()
