"""The Engine contract: where events are stored and plans are run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self

from opportune.language.relations.loads import LoadReport
from opportune.language.relations.plans import Plan, Row, Scalar
from opportune.language.relations.writes import Write


class EngineFault(Exception):
    """The engine could not do what a checked plan asked: disk, memory, lock, or our bug. Carries the engine's words."""


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

    def make(
        self, name: str, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> int:
        """Keep the rows of a plan as the input table `name` of later plans and writes of this engine; gives the number of rows."""

    def write(
        self, writes: Sequence[Write], parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> None:
        """Change stored relations, all in one transaction; no two siblings write at once."""

    def sibling(self) -> Self:
        """The same store for another thread."""

    def close(self) -> None:
        """Let go of the store."""
