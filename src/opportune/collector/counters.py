"""How much was taken and refused since the process began, for the overview and /metrics."""

from collections import Counter, deque
from dataclasses import dataclass, field

from opportune.language.vocabulary.instants import Instant

MINUTE = 60_000_000
"""Microseconds."""
MINUTES_KEPT = 24 * 60


@dataclass(slots=True)
class Counters:
    """Written by the collector's thread alone; others may read."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Calls, by the field that was in the way."""
    turned_away: Counter[int] = field(default_factory=Counter)
    """Requests of which nothing was looked at, by status."""
    _minutes: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=MINUTES_KEPT))

    def accept(self, calls: int, at: Instant) -> None:
        """Count calls that are on disk since `at`."""
        self.accepted += calls
        minute, so_far = at // MINUTE, 0
        if self._minutes and self._minutes[-1][0] >= minute:
            minute, so_far = self._minutes.pop()
        self._minutes.append((minute, so_far + calls))

    def by_minute(self, at: Instant, minutes: int = 60) -> list[int]:
        """Accepted calls of each of the last `minutes` minutes, oldest first, the one of `at` last."""
        counted, last = dict(tuple(self._minutes)), at // MINUTE
        return [counted.get(minute, 0) for minute in range(last - minutes + 1, last + 1)]
