"""A connection that remembers the statements it has parsed: for texts that come again and again, a fifth of what small ones cost.

Each is still planned anew, for the values and sizes of the moment.
"""

from collections.abc import Mapping

import duckdb

from opportune.language.relations.plans import Scalar

MOST = 512
"""Texts kept as they were parsed."""
Parameters = Mapping[str, Scalar | list[str] | list[int]]


class Parsed:
    """One connection, for one thread."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._statements: dict[str, duckdb.Statement] = {}

    def execute(self, sql: str, parameters: Parameters | None = None) -> duckdb.DuckDBPyConnection:
        """Run one statement; its rows are fetched from what this gives."""
        if sql not in self._statements:
            if len(self._statements) >= MOST:
                self._statements.clear()
            self._statements[sql] = self.connection.extract_statements(sql)[0]
        return self.connection.execute(self._statements[sql], dict(parameters or {}))
