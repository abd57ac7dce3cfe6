"""One call of the command, as a person sees it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from opportune.cli.main import main


@dataclass(frozen=True)
class Called:
    """How a call ended and what it said."""

    status: int
    out: str
    err: str


def call(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Called:
    status = main(words)
    said = capsys.readouterr()
    return Called(status, said.out, said.err)


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
