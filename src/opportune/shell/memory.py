"""How much memory this process holds, and how much there is for it."""

import os
from pathlib import Path

_STATM = Path("/proc/self/statm")
_LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Of the container, where there is one; `max` without a limit."""


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
