"""Crash points: named instants at which a test may have the process killed, to prove that nothing is lost or doubled.

`OPPORTUNE_CRASH=claim:3` kills the process with SIGKILL when it reaches `claim` for the third time. Without it they cost a call each.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock

POINTS = ("log_append", "log_fsync", "webhook_raw", "pull", "load", "commit", "claim", "data", "after_data")
VARIABLE = "OPPORTUNE_CRASH"


def crash_points(environment: Mapping[str, str]) -> Callable[[str], None]:
    """The function that every crash point calls with its name. Raises ValueError for a name nobody has."""
    wanted = environment.get(VARIABLE)
    if not wanted:
        return _pass_by
    name, _, count = wanted.partition(":")
    if name not in POINTS:
        raise ValueError(f"{VARIABLE}: there is no crash point {name!r}; there are {', '.join(POINTS)}")
    return _Killer(name, int(count or 1))


def _pass_by(_: str) -> None:
    """Nothing happens."""


class _Killer:
    def __init__(self, name: str, after: int) -> None:
        self._name, self._after = name, after
        self._reached: Counter[str] = Counter()
        self._turn = Lock()

    def __call__(self, name: str) -> None:
        with self._turn:
            self._reached[name] += 1
            if name == self._name and self._reached[name] == self._after:
                os.kill(os.getpid(), signal.SIGKILL)
