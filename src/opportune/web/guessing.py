"""How often somebody may get a password wrong. Kept in memory: a restart forgives, and one-time links work in any case."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable

WINDOW = 15 * 60.0
"""Seconds."""
REMEMBERED = 10_000
PER_PAIR, PER_PLACE, PER_ADDRESS = 5, 30, 50
"""Wrong guesses in a window for one account from one place, from one place, and for one account from anywhere."""


class Guesses:
    """Wrong guesses by (account, place), by place and by account."""

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._turn = threading.Lock()

    def may_try(self, email: str, place: str, now: float) -> bool:
        """Whether another guess is looked at; `now` in seconds of any steady clock."""
        with self._turn:
            return all(self._count(key, now) < most for key, most in _limits(email, place))

    def failed(self, email: str, place: str, now: float) -> None:
        """Remember a wrong guess."""
        with self._turn:
            for key, most in _limits(email, place):
                self._failed.setdefault(key, deque(maxlen=most)).append(now)
                self._failed.move_to_end(key)
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)

    def _count(self, key: tuple[str, str], now: float) -> int:
        return sum(now - at < WINDOW for at in self._failed.get(key, ()))


def _limits(email: str, place: str) -> Iterable[tuple[tuple[str, str], int]]:
    return (((email, place), PER_PAIR), (("", place), PER_PLACE), ((email, ""), PER_ADDRESS))
