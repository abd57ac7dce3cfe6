"""Writes: statements that change stored relations, with named parameters and input tables, as `plans` are questions.

They are written by the room that owns the relation (`relations.map`), so the words INSERT INTO stand in its files alone.
"""

from dataclasses import dataclass

import sqlglot
import sqlglot.expressions as exp

from opportune.language.relations.plans import Input

Statement = exp.Insert | exp.Delete | exp.Update


@dataclass(frozen=True, slots=True)
class Write:
    """A statement, the parameters (`$name`) and the input tables it needs. It may also read what `Engine.make` made."""

    statement: Statement
    parameters: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()

    def sql(self, dialect: str) -> str:
        """The text for one engine."""
        return self.statement.sql(dialect=dialect)


def write_of(text: str, parameters: tuple[str, ...] = (), inputs: tuple[Input, ...] = ()) -> Write:
    """A statement written by hand, in DuckDB's dialect: it can be written for another engine like any other."""
    parsed = sqlglot.parse_one(text, read="duckdb")
    if not isinstance(parsed, Statement):
        raise ValueError(f"no statement that changes rows: {text}")
    return Write(parsed, parameters, inputs)
