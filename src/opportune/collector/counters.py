"""How much was taken, refused and withheld: since the process began, and by source, hour and reason for the ledger.

A reason is one of few words (a field's name, a purpose, a code), never what somebody sent: a public key must not fill the ledger.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from opportune.adapters.stores.ledger import Taken, Tally, hour_of
from opportune.language.vocabulary.instants import Instant

MINUTE = 60_000_000
"""Microseconds."""
MINUTES_KEPT = 24 * 60
NOBODY = ""
"""The source of requests whose key is nobody's."""


@dataclass(slots=True)
class _Count:
    """A tally while it grows."""

    sample: str
    last_at: Instant
    count: int = 0


@dataclass(slots=True)
class _Minute:
    minute: int
    calls: int


@dataclass(slots=True)
class Counters:
    """Counted on the event loop; read and drained by other threads."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Calls, by the field that was in the way."""
    withheld: Counter[str] = field(default_factory=Counter)
    """Calls of browsers whose visitor had not consented, by purpose."""
    turned_away: Counter[int] = field(default_factory=Counter)
    """Requests of which nothing was looked at, by status."""
    _minutes: deque[_Minute] = field(default_factory=lambda: deque(maxlen=MINUTES_KEPT))
    _counts: dict[tuple[str, int, Taken, str], _Count] = field(default_factory=dict)
    """Since they were last drained, by source, hour, kind and reason."""
    _changing: Lock = field(default_factory=Lock)

    def accept(self, source: str, calls: int, at: Instant) -> None:
        """Count calls that are on disk since `at`."""
        self.accepted += calls
        minute = at // MINUTE
        if self._minutes and self._minutes[-1].minute >= minute:
            self._minutes[-1].calls += calls
        else:
            self._minutes.append(_Minute(minute, calls))
        self._count(source, Taken.ACCEPTED, "", calls, at)

    def refuse(self, source: str, reason: str, at: Instant, sample: Callable[[], str]) -> None:
        """Count a call or body that was not stored for the sake of `reason`; of the first of each hour a sample is kept."""
        self.refused[reason] += 1
        self._count(source, Taken.REFUSED, reason, 1, at, sample)

    def withhold(self, source: str, purpose: str, at: Instant) -> None:
        """Count a call its visitor had not consented to: nothing else is kept of it."""
        self.withheld[purpose] += 1
        self._count(source, Taken.WITHHELD, purpose, 1, at)

    def fail(self, source: str, reason: str, at: Instant, sample: Callable[[], str] | None = None) -> None:
        """Count what a source sent and we could not make anything of, though it is kept; the reason is ours, not the sender's words."""
        self._count(source, Taken.FAILED, reason, 1, at, sample)

    def leave_out(self, source: str, kind: str, at: Instant) -> None:
        """Count what a source sent and nobody asked for."""
        self._count(source, Taken.LEFT_OUT, kind, 1, at)

    def turn_away(self, source: str, status: int, code: str, at: Instant) -> None:
        """Count a request of which nothing was stored."""
        self.turned_away[status] += 1
        if source != NOBODY:
            self._count(source, Taken.REFUSED, code, 1, at)

    def by_minute(self, at: Instant, minutes: int = 60) -> list[int]:
        """Accepted calls of each of the last `minutes` minutes, oldest first, the one of `at` last."""
        counted, last = {each.minute: each.calls for each in tuple(self._minutes)}, at // MINUTE
        return [counted.get(minute, 0) for minute in range(last - minutes + 1, last + 1)]

    def drained(self, _at: Instant) -> list[Tally]:
        """What was counted since the last call: each is given once, so whoever takes it has to keep it."""
        with self._changing:
            counts, self._counts = self._counts, {}
        return [
            Tally(source=source, hour=hour, kind=kind, reason=reason, count=each.count, last_at=each.last_at, sample=each.sample)
            for (source, hour, kind, reason), each in counts.items()
        ]

    def _count(self, source: str, kind: Taken, reason: str, calls: int, at: Instant, sample: Callable[[], str] | None = None) -> None:
        key = source, hour_of(at), kind, reason
        with self._changing:
            known = self._counts.get(key)
            if known is None:
                known = self._counts[key] = _Count(sample() if sample else "", at)
            known.count += calls
            known.last_at = at
