"""The Engine contract: where events are stored and plans are run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from opportune.language.relations.plans import Plan, Row, Scalar


class EngineFault(Exception):
    """The engine could not do what a checked plan asked: disk, memory, lock, or our bug. Carries the engine's words."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that could not be stored: where it stands and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load found. `loaded + repeated + len(set_aside)` is the number of lines of the segments that were new."""

    loaded: int = 0
    repeated: int = 0
    """Calls whose message id was there already."""
    changed_content: int = 0
    """Repeated calls that tell their event otherwise than the first time."""
    clamped: int = 0
    """Times more than 5 min ahead of their arrival, set to it."""
    unconverted: int = 0
    """Events in a currency without a rate: their money counts as null."""
    set_aside: tuple[SetAside, ...] = ()
    skipped: int = 0
    """Segments that were loaded before."""
    last_received_at: int | None = None


class Engine(Protocol):
    """One store of events. A value of this type serves one thread; `sibling` gives another thread its own."""

    def rows(
        self, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> list[Row]:
        """Run a plan and give all its rows."""

    def export(
        self, plan: Plan, path: Path, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> int:
        """Run a plan and write its rows to a CSV or Parquet file, by the file's ending; gives the number of rows."""

    def load(self, segments: Sequence[Path]) -> LoadReport:
        """Store the events of closed log segments, each exactly once, all in one transaction."""

    def sibling(self) -> Self:
        """The same store for another thread."""

    def close(self) -> None:
        """Let go of the store."""
