"""Writes: statements that change stored relations, with named parameters and input tables, as `plans` are questions.

They are written by the room that owns the relation (`relations.map`): inserting words stand in its files alone.
"""

from dataclasses import dataclass

import sqlglot

from opportune.language.relations.plans import Input


@dataclass(frozen=True, slots=True)
class Write:
    """A statement in DuckDB's dialect, the parameters (`$name`) and the input tables it needs; it may also read what `Engine.make` made."""

    text: str
    parameters: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    only_if: str = ""
    """A query whose one value says, once the writes before it are done, whether it is needed at all; without one it always is."""

    def sql(self, dialect: str) -> str:
        """The text for one engine."""
        return self.text if dialect == "duckdb" else sqlglot.transpile(self.text, read="duckdb", write=dialect)[0]
