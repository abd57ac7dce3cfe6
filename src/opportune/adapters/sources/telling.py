"""One file of rows as Segment calls, for sources that are fetched at set times: what an import would store, told to the log instead.

A row is told whose it is and what happened as an import tells it (`plain`, `mapped`), with two differences: a row that says no time is of
the instant at which it is received, and then its id is of its file's last change too, since the same row may come to hold again.

Cost    about 15 µs a row
Held to tests/pulls
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import duckdb

from opportune.adapters.sources import tables
from opportune.adapters.sources.files import dated, placed, told_by
from opportune.adapters.sources.mapped import About, Mapping
from opportune.adapters.sources.plain import DOCUMENTS, FIELDS, TOLD
from opportune.adapters.sources.tables import ROWS, SourceFault, quoted, text
from opportune.language.relations.loads import SetAside

BLOCK = 2_000
"""Calls told at once."""
_UNCHANGED = "unchanged_rows"
_HASH = f"hash(to_json({ROWS})::VARCHAR)"
"""64 bits: a new row is taken for one of a million old ones once in 10**13."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call, as JSON, and the place in the file of the row it is made of."""

    place: int
    call: bytes


class Telling:
    """The rows of an unpacked file. `asides` are those that make no call, `left_out` how many no entry of the map speaks of."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path, mapping: Mapping | None, about: About) -> None:
        self._connection, self._file, self._kind = connection, file, tables.kind_of(file)
        connection.execute("SET TimeZone = 'UTC'")
        self._unread = tables.read(connection, file, as_columns=mapping is not None, as_text=mapping.text if mapping else ())
        query, self.left_out = told_by(connection, self._kind, mapping, about, needs_time=False)
        connection.execute(f"CREATE OR REPLACE TABLE {TOLD} AS {query}")
        connection.execute(f"CREATE TABLE {_UNCHANGED} (place BIGINT)")
        self._about, self._is_row_by_row = about, mapping is None or mapping.is_row_by_row
        self._refused = connection.execute(f"SELECT place, refused FROM {TOLD} WHERE refused IS NOT NULL").fetchall()

    @classmethod
    @contextmanager
    def of(cls, file: Path, mapping: Mapping | None, about: About, folder: Path) -> Iterator[Self]:
        """Raises SourceFault for a file that cannot be read or that the map cannot be asked of, ProblemsFound for a map that does not fit;
        `folder` is for passing use."""
        try:
            with duckdb.connect(str(folder / "telling.duckdb")) as connection:
                yield cls(connection, file, mapping, about)
        except duckdb.Error as error:
            said = str(error).strip().split("\n", 1)[0]
            raise SourceFault(f"{file}: the map cannot be asked of it: {said}" if mapping else f"{file}: {said}") from error

    def blocks(self) -> Iterator[list[Told]]:
        """The calls, in the order of the file."""
        shown = {name: quoted(name) for name in (*FIELDS, *DOCUMENTS) if name != "receivedAt"}
        again = f'CASE WHEN "timestamp" IS NULL THEN md5(concat(content, {text(self._about.changed)})) ELSE content END'
        shown |= {"messageId": f"coalesce(nullif(\"messageId\", ''), {again})", "properties": dated()}
        said = ", ".join(f"{text(name)}, {expression}" for name, expression in shown.items())
        query = f"""SELECT place, json_merge_patch('{{}}'::JSON, json_object({said}))::VARCHAR FROM {TOLD}
            WHERE refused IS NULL AND place NOT IN (FROM {_UNCHANGED}) ORDER BY rowid"""
        rows = self._connection.cursor().execute(query)
        while found := rows.fetchmany(BLOCK):
            yield [Told(place, call.encode()) for place, call in found]

    def leave_out(self, before: Path) -> None:
        """Rows that stood in the file as it was `before` (`remember`) say nothing new, unless several make one call."""
        if self._is_row_by_row and before.is_file():
            known = f"SELECT row FROM read_parquet({text(str(before))})"
            self._connection.execute(f"INSERT INTO {_UNCHANGED} SELECT rowid FROM {ROWS} WHERE {_HASH} IN ({known})")

    def remember(self, target: Path) -> None:
        """Which rows there are, for `leave_out`."""
        if self._is_row_by_row:
            self._connection.execute(f"COPY (SELECT DISTINCT {_HASH} AS row FROM {ROWS}) TO {text(str(target))} (FORMAT parquet)")

    def asides(self, refused: Sequence[tuple[int, str]] = ()) -> list[SetAside]:
        """The rows that made no call, and those `refused` by place, with their lines in this file and their reasons."""
        found = placed(self._file, self._kind, self._unread, [*self._refused, *refused])
        return sorted([*self._unread, *found], key=lambda aside: aside.line)
