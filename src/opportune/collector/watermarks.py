"""Whether there is room for more: in the queue to the disk, on the disk, and in memory. Until there is, senders keep what they have."""

from collections.abc import Callable

from opportune.collector.answers import Answer, try_again

MOST_WAITING_BYTES = 32 * 2**20
"""Submitted to the log and not yet on disk; beyond it senders are asked to slow down."""
LEAST_FREE_BYTES = 256 * 2**20
"""Below it nothing more is taken, while there is still room for the tick and the state."""
SECONDS_BETWEEN_LOOKS = 0.1
"""Disk and memory are looked at no more often: in that time a collector at full speed writes some ten MB."""


class Watermarks:
    """`most_resident_bytes` None: memory is not looked at."""

    def __init__(
        self,
        *,
        waiting_bytes: Callable[[], int],
        free_bytes: Callable[[], int],
        resident_bytes: Callable[[], int],
        most_resident_bytes: int | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._waiting_bytes, self._free_bytes, self._resident_bytes = waiting_bytes, free_bytes, resident_bytes
        self._most_resident_bytes = most_resident_bytes
        self._monotonic = monotonic
        self._next_look = float("-inf")
        self._seen: Answer | None = None

    def overload(self) -> Answer | None:
        """Why nothing more is taken just now; None where there is room."""
        if self._waiting_bytes() > MOST_WAITING_BYTES:
            return try_again(429, "busy", "more arrives than the disk can take; come back", seconds=1)
        now = self._monotonic()
        if now >= self._next_look:
            self._next_look, self._seen = now + SECONDS_BETWEEN_LOOKS, self._look()
        return self._seen

    def _look(self) -> Answer | None:
        if self._free_bytes() < LEAST_FREE_BYTES:
            return try_again(503, "disk_full", "the disk is nearly full; nothing is taken until there is room", seconds=30)
        if self._most_resident_bytes is not None and self._resident_bytes() > self._most_resident_bytes:
            return try_again(503, "memory_full", "memory is nearly full; nothing is taken until there is room", seconds=5)
        return None
