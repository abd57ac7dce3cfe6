"""How often a key may send: a bucket of tokens for each, one token a call.

Who has a token left may send a whole batch, and owes what the bucket did not hold; until there is a token again, it is asked to wait.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from opportune.collector.sources import Source

LONGEST_WAIT = 3_600
"""Seconds a sender is asked to wait at most."""
SECONDS_OF_BURST = 10
"""A burst that is not set holds as many calls as come in so many seconds at the rate."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Rates:
    """The buckets of all keys. `calls_per_second` None: without limit, but for keys that have one of their own."""

    def __init__(self, calls_per_second: float | None, burst: int | None, monotonic: Callable[[], float]) -> None:
        self._rate, self._burst, self._monotonic = calls_per_second, burst, monotonic
        self._buckets: dict[str, _Bucket] = {}

    def seconds_to_wait(self, source: Source) -> int:
        """0 when it may send now; else whole seconds until it may."""
        if self._rate is None and source.calls_per_second is None:
            return 0
        rate, burst = self._of(source)
        tokens = self._filled(source, rate, burst).tokens
        return 0 if tokens >= 1 else min(LONGEST_WAIT, math.ceil((1 - tokens) / rate))

    def spend(self, source: Source, calls: int) -> None:
        """Take the tokens of what it sent, though it may have none left."""
        if self._rate is None and source.calls_per_second is None:
            return
        rate, burst = self._of(source)
        self._filled(source, rate, burst).tokens -= max(1, calls)

    def _of(self, source: Source) -> tuple[float, float]:
        rate = (self._rate or math.inf) if source.calls_per_second is None else source.calls_per_second
        burst = source.burst or (self._burst if source.calls_per_second is None else None)
        return rate, burst or max(1.0, rate * SECONDS_OF_BURST)

    def _filled(self, source: Source, rate: float, burst: float) -> _Bucket:
        now, name = self._monotonic(), source.key_hash or source.name
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(burst, now)
        bucket.tokens = min(burst, bucket.tokens + max(0.0, now - bucket.filled_at) * rate)
        bucket.filled_at = now
        return bucket
