"""Files of rows as tables: NDJSON, CSV and Parquet, broken rows set aside with their line and reason.

Gives   `source_rows`: its rowid is the place of the row in its file; `place + 1` its line (CSV: after the header)
        NDJSON: one column `line`, the JSON object or null where there is none
        CSV, Parquet: the file's own columns, numbers and truth values typed, times as ISO 8601 text with six decimals
"""

import os
import shutil
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb

from opportune.adapters.sources.dialects import LONGEST_CELL, Header, header_of, rows_of
from opportune.adapters.sources.dialects import SourceFault as SourceFault  # noqa: PLC0414 (who reads tables need not know dialects)
from opportune.language.relations.loads import SetAside
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.kinds import Kind

ROWS = "source_rows"
_WHOLE = r"-?(0|[1-9][0-9]{0,17})"
_NUMBER = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
_THOUSANDS = r"[. \x{a0}\x{202f}']"
_COMMA_NUMBER = rf"-?(0|[1-9][0-9]{{0,17}}|[1-9][0-9]{{0,2}}({_THOUSANDS}[0-9]{{3}})+)(,[0-9]+)?"
"""As written where the decimal sign is a comma: 1.234,50."""
_GERMAN_TIME = r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?"
_GERMAN_FORMS = "['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', '%d.%m.%Y']"
_TIMES = ("TIMESTAMP", "DATE")
_AS_TEXT = frozenset({"event_id", "customer_id", "anonymous_id", "name", "ts", "received_at", "properties", "products", "product_ids"})


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A value as an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def kind_of(file: Path) -> str:
    """ndjson, csv or parquet, by the ending of the name, `.gz` aside."""
    ending = Path(file.name.removesuffix(".gz")).suffix.lower()
    kinds = {".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
    if ending not in kinds:
        raise SourceFault(f"{file}: cannot tell what kind of file this is; name it .ndjson, .csv or .parquet (.gz may follow)")
    return kinds[ending]


def read(connection: duckdb.DuckDBPyConnection, file: Path, *, as_columns: bool, as_text: Collection[str] = ()) -> list[SetAside]:
    """Makes `source_rows` of an unpacked file; gives the rows that could not be read. Columns `as_text` are not taken for numbers."""
    kind, asides = kind_of(file), list[SetAside]()
    try:
        if kind == "csv":
            asides = _read_csv(connection, file, is_mapped=as_columns, as_text=as_text)
        elif kind == "parquet":
            _typed(connection, f"read_parquet({text(str(file))})")
        elif as_columns:
            _typed(connection, f"read_ndjson({text(str(file))}, ignore_errors = true, sample_size = -1)")
        else:
            _table(connection, f'SELECT json AS "line" FROM read_ndjson_objects({text(str(file))}, ignore_errors = true)')
    except duckdb.Error as error:
        raise SourceFault(
            f"{file}: cannot be read as {kind}: {_first_line(error)}; check that it is complete, or write it again"
        ) from error
    return asides


def columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The columns of `source_rows` and their engine types."""
    return dict(connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {ROWS})").fetchall())


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {ROWS} AS {query}")


def _typed(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Times become text in one fixed form, so that they compare and travel alike whatever the file's own type."""
    found = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    shown = [
        f"strftime({quoted(name)}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ') AS {quoted(name)}" if kind.startswith(_TIMES) else quoted(name)
        for name, kind, *_ in found
    ]
    _table(connection, f"SELECT {', '.join(shown)} FROM {source}")


def _read_csv(connection: duckdb.DuckDBPyConnection, file: Path, *, is_mapped: bool, as_text: Collection[str]) -> list[SetAside]:
    """Reads a CSV file as text, then types the columns all of whose values are numbers or truth values.

    What is written as in Germany is left to a map, where there is one: it says itself how it reads a number or a day.
    """
    header = header_of(file)
    source = f"read_csv({text(str(file))}, {_form(header)}, store_rejects = true, max_line_size = {LONGEST_CELL})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE csv_text AS SELECT * FROM {source}")
    _refuse_unnamed(connection, file, header)
    shown = _shown(connection, header, is_mapped, as_text)
    _table(connection, f"SELECT {', '.join(f'{shown[name]} AS {quoted(name)}' for name in header.names)} FROM csv_text")
    rejected = "SELECT line_byte_position, min(error_message) FROM reject_errors GROUP BY ALL ORDER BY ALL"
    found = connection.execute(rejected).fetchall()
    lines = _lines_at(file, [byte for byte, _ in found])
    asides = [SetAside(file.name, line, _first_line(message)) for line, (_, message) in zip(lines, found, strict=True)]
    for table in ("csv_text", "reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    return asides


def _form(header: Header) -> str:
    """How the engine is to read the file: every column as text."""
    names = (*header.names, *_unnamed(header))
    named = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
    return (
        f"columns = {{{named}}}, auto_detect = false, header = true, skip = {header.lines_before}, "
        f"delim = {text(header.separator)}, quote = '\"', escape = '\"'"
    )


def _unnamed(header: Header) -> list[str]:
    return [f"column {place} without a name" for place in range(len(header.names) + 1, len(header.names) + header.unnamed + 1)]


def _refuse_unnamed(connection: duckdb.DuckDBPyConnection, file: Path, header: Header) -> None:
    """Columns without a name are left out, but not with what stands in them."""
    for name in _unnamed(header):
        filled = connection.execute(f"SELECT count(*) FROM csv_text WHERE trim({quoted(name)}) <> ''").fetchall()[0][0]
        if filled:
            raise SourceFault(f"{file}: {filled:,} rows have something in {name}; the first line must name every column")


def _shown(connection: duckdb.DuckDBPyConnection, header: Header, is_mapped: bool, as_text: Collection[str]) -> dict[str, str]:
    """The expression of each column over `csv_text`: numbers, truth values, times as ISO 8601, or the text as it is."""
    free = [name for name in header.names if name not in _AS_TEXT and name not in as_text and PROPERTIES.get(name) is not Kind.TEXT]
    patterns = (_WHOLE, _NUMBER, "true|false", _COMMA_NUMBER)
    asked = [f"coalesce(bool_and(regexp_full_match({quoted(name)}, {text(pattern)})), false)" for name in free for pattern in patterns]
    asked += [f"coalesce(bool_or(contains({quoted(name)}, ',')), false)" for name in free]
    asked += [f"coalesce(bool_and(regexp_full_match({quoted(name)}, {text(_GERMAN_TIME)})), false)" for name in header.names]
    answers = connection.execute(f"SELECT [{', '.join(asked)}]::BOOLEAN[] FROM csv_text").fetchall()[0][0]
    numbers, commas, times = answers[: 4 * len(free)], answers[4 * len(free) : 5 * len(free)], answers[5 * len(free) :]
    has_decimal_commas = not is_mapped and header.separator != "," and any(numbers[4 * n + 3] and commas[n] for n in range(len(free)))
    kinds = {name: _type_of(numbers[4 * n : 4 * n + 4], has_decimal_commas) for n, name in enumerate(free)}
    is_time = {name: not is_mapped and (holds or name in ("ts", "received_at")) for name, holds in zip(header.names, times, strict=True)}
    return {name: _told_time(name) if is_time[name] else _told(name, kinds.get(name)) for name in header.names}


def _told(name: str, kind: str | None) -> str:
    """A column as its kind; `COMMA`: a number with a decimal comma, perhaps with a sign between the thousands."""
    if kind == "COMMA":
        return f"replace(regexp_replace({quoted(name)}, {text(_THOUSANDS)}, '', 'g'), ',', '.')::DOUBLE"
    return f"{quoted(name)}::{kind or 'VARCHAR'}"


def _told_time(name: str) -> str:
    """31.12.2026 23:59 as ISO 8601; whatever is written otherwise as it is."""
    parsed = f"CASE WHEN regexp_full_match({quoted(name)}, {text(_GERMAN_TIME)}) THEN try_strptime({quoted(name)}, {_GERMAN_FORMS}) END"
    return f"coalesce(strftime({parsed}, '%Y-%m-%dT%H:%M:%S.%fZ'), {quoted(name)})"


def _type_of(answers: list[bool], has_decimal_commas: bool) -> str:
    """The type of a column whose values are all (whole numbers, numbers, truth values, numbers with a decimal comma)."""
    is_whole, is_number, is_truth, is_comma_number = answers
    if is_comma_number and not is_whole and has_decimal_commas:
        return "COMMA"
    kinds = (("BIGINT", is_whole), ("DOUBLE", is_number), ("BOOLEAN", is_truth))
    return next((kind for kind, holds in kinds if holds), "VARCHAR")


def _lines_at(file: Path, places: list[int]) -> list[int]:
    """The line, from 1, in which each byte of `places` (ascending) lies. The engine itself counts rows, not lines."""
    found, line, read = list[int](), 1, 0
    with file.open("rb") as content:
        for place in places:
            while read < place and (block := content.read(min(place - read, 1 << 20))):
                line, read = line + block.count(b"\n"), read + len(block)
            found.append(line)
    return found


def csv_lines(file: Path, asides: list[SetAside]) -> Iterator[int]:
    """The line, from 1, at which each row that could be read begins."""
    rejected, header = {aside.line for aside in asides}, header_of(file)
    width = len(header.names) + header.unnamed
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = rows_of(lines, header.separator)
        for _ in range(header.lines_before + 1):
            next(rows)
        begins = rows.line_num + 1
        for row in rows:
            if row and begins not in rejected and len(row) == width:
                yield begins
            begins = rows.line_num + 1


def json_lines(file: Path) -> Iterator[int]:
    """The numbers, from 1, of the lines that are not blank: the engine skips blank ones."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number


def ended(file: Path, folder: Path) -> Path:
    """The file, or where its last line has no end a copy that has one: DuckDB 2.0 may give an unended line out of turn."""
    with file.open("rb") as content:
        if not content.seek(0, os.SEEK_END) or content.seek(-1, os.SEEK_END) < 0 or content.read(1) == b"\n":
            return file
    copy = folder / f"ended-{file.name}"
    shutil.copyfile(file, copy)
    with copy.open("ab") as content:
        content.write(b"\n")
    return copy


def unpacked(file: Path, folder: Path) -> tuple[Path, str]:
    """A .gz file unpacked into `folder`, as far as it goes, and what is wrong with it (empty: nothing)."""
    target = folder / file.name.removesuffix(".gz")
    unpacking, what = zlib.decompressobj(wbits=31), ""
    with file.open("rb") as packed, target.open("wb") as plain:
        while block := packed.read(1 << 20):
            try:
                plain.write(unpacking.decompress(block))
                while unpacking.eof and unpacking.unused_data:
                    rest, unpacking = unpacking.unused_data, zlib.decompressobj(wbits=31)
                    plain.write(unpacking.decompress(rest))
            except zlib.error as error:
                what = f"the rest of the file is no gzip data: {error}"
                break
        if not what and not unpacking.eof:
            what = "the file ends in the middle of its gzip data"
    if what and not target.stat().st_size:
        raise SourceFault(f"{file}: cannot be unpacked: {what}; write it again")
    return target, what


def _first_line(error: object) -> str:
    return str(error).strip().split("\n", 1)[0]
