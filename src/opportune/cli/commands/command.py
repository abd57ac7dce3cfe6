"""What a command is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from opportune.cli.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of `opportune`; `COMMANDS` says in a line what it does."""

    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Context, argparse.Namespace], int]
    uses_stores: bool = True
    """It reads or writes the stores, so a running `serve` has to do it, and without one the log is loaded first."""
    looks_at_stores: bool = False
    """It is better informed by the stores, or by a running `serve`, which then does it; without one it opens them itself if it can."""
