"""What a command is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from opportune.cli.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of `opportune`."""

    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Context, argparse.Namespace], int]
    uses_stores: bool = True
    """It reads or writes the stores, so a running `serve` has to do it."""


def no_arguments(_: argparse.ArgumentParser) -> None:
    """Only the options every command has."""
