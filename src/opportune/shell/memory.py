"""How much memory this process holds, how much there is for it, and how often it looks for what can be given back."""

import gc
import os
from pathlib import Path

_STATM = Path("/proc/self/statm")
_LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Of the container, where there is one; `max` without a limit."""

NEW_BETWEEN_LOOKS = 50_000
"""Python looks for rings of garbage after every 700 new containers. Events are containers and no rings: looking took an eighth of the
collector's time (benchmarks/bench_edge.py)."""


def look_rarely() -> None:
    """Look for rings of garbage less often, and never among what is there already."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_BETWEEN_LOOKS, 20, 50)


def look_at_everything() -> None:
    """Before the end: what is there since the beginning is given back too, else the engine complains of what it finds left over."""
    gc.unfreeze()


def resident_bytes() -> int:
    """What this process holds in memory; 0 where the system does not say."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def machine_bytes() -> int:
    """The memory of the machine, or of the container where that is less."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = _LIMIT.read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdigit() else whole
