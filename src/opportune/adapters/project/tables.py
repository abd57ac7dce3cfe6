"""`tables:`: rows by a key, out of a CSV file of the project or out of events of things.

A file's column is a number, a boolean, a duration (`7d`) or text, whichever all its values are; a name of the vocabulary
(`price`, `stock`) has its own kind. A column `ts` says since when a row holds; without it a row holds always.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.files import Files
from opportune.adapters.project.form import text
from opportune.adapters.project.nodes import Entry
from opportune.language.tree.expressions import Table
from opportune.language.tree.names import KnownTable
from opportune.language.vocabulary.durations import is_duration, parse_duration
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.instants import EARLIEST, Instant, parse_instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean

MOST_ROWS = 200_000
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.\d{1,12})?([eE][+-]?\d{1,2})?")
"""A code such as 00123 is no number: its noughts would be lost."""
Cell = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a file: since when it holds, its place in the file, and its values as JSON (durations in seconds)."""

    key: str
    ts: Instant
    ordinal: int
    values: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class TableFile:
    """What a file says: the kinds of its columns and its rows in their order."""

    columns: Mapping[str, Kind] = field(default_factory=dict)
    rows: tuple[TableRow, ...] = ()


def read_tables(entries: Iterable[Entry], files: Files, desk: Desk) -> dict[str, TableFile]:
    """Every table into `desk.names`; gives the rows of those that are files."""
    found: dict[str, TableFile] = {}
    for entry in entries:
        what = f"table '{entry.key}'"
        form = desk.form.map(entry.node, what, ("file", "event", "key"), ("key",))
        key, file, event = (form.get(name) for name in ("key", "file", "event"))
        named = desk.form.value(key, f"key of {what}", text) if key is not None else None
        if (file is None) == (event is None):
            desk.form.report(entry, "E124", f"{what} has either 'file' or 'event'", "Add the one that is missing, or leave one out.")
            _know(entry.key, KnownTable(Table(entry.key, named or "key")), desk)
        elif event is not None:
            source = desk.form.value(event, f"event of {what}", str)
            columns = _columns_of(source or "", desk)
            _know(entry.key, KnownTable(Table(entry.key, named or "key", source), columns), desk)
            _check_event(entry, source, named, desk)
        elif file is not None and named is not None:
            path = desk.form.value(file, f"file of {what}", text)
            found[entry.key] = _file(path, named, file.place, files, desk) if path is not None else TableFile()
            _know(entry.key, KnownTable(Table(entry.key, named), found[entry.key].columns or None), desk)
    return found


def _know(name: str, table: KnownTable, desk: Desk) -> None:
    desk.names = replace(desk.names, tables={**desk.names.tables, name: table})


def _columns_of(event: str, desk: Desk) -> dict[str, Kind | None] | None:
    """The columns of a table of events: the event's properties."""
    known = desk.schema.events.get(event)
    if known is None or desk.schema.takes_any_name:
        return None
    return {name: next(iter(desk.schema.kinds_of(name, (event,))), None) for name in sorted(known)}


def _check_event(entry: Entry, event: str | None, key: str | None, desk: Desk) -> None:
    if event is None or desk.schema.takes_any_name or event in desk.schema.events:
        return
    remedy = did_you_mean(event, desk.schema.events)
    severity = Severity.ERROR if remedy else Severity.WARNING
    remedy = remedy or "Nothing of this name has arrived; declare it under `events:` if it will."
    desk.form.problems.append(
        Problem(code="E103", place=entry.place, what=f"no event is called '{event}'", remedy=remedy, severity=severity)
    )


def _file(path: str, key: str, place: Place, files: Files, desk: Desk) -> TableFile:
    said = files.table(path, place)
    if said is None:
        return TableFile()
    reader = csv.reader(io.StringIO(said, newline=""), strict=True)
    try:
        heading, *lines = [(reader.line_num, cells) for cells in reader if cells]
    except (csv.Error, ValueError) as error:
        _report(path, reader.line_num, f"this is no CSV: {error if isinstance(error, csv.Error) else 'it is empty'}", desk)
        return TableFile()
    names = [name.strip() for name in heading[1]]
    if key not in names or len(set(names)) < len(names) or "" in names or len(lines) > MOST_ROWS:
        _report_heading(path, key, names, len(lines), desk)
        return TableFile()
    return _table(path, key, names, lines, desk)


def _table(path: str, key: str, names: Sequence[str], lines: Sequence[tuple[int, list[str]]], desk: Desk) -> TableFile:
    whole: list[tuple[int, dict[str, str]]] = []
    for line, cells in lines:
        if len(cells) == len(names):
            whole.append((line, dict(zip(names, (cell.strip() for cell in cells), strict=True))))
        else:
            what = f"this row has {len(cells)} values for {len(names)} columns"
            _report(path, line, what, desk, "Put a value with a comma in double quotes.")
    columns = {name: _kind(name, [said[name] for _, said in whole]) for name in names if name != "ts"}
    columns[key] = Kind.TEXT
    rows = (_row(path, line, said, key, columns, desk) for line, said in whole)
    found = tuple(row for row in rows if row is not None)
    _report_repeats(path, found, desk)
    return TableFile(columns, found)


def _report(path: str, line: int, what: str, desk: Desk, remedy: str = "", severity: Severity = Severity.ERROR) -> None:
    desk.form.problems.append(Problem(code="E152", place=Place(path, line), what=what, remedy=remedy, severity=severity))


def _report_heading(path: str, key: str, names: Sequence[str], rows: int, desk: Desk) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if rows > MOST_ROWS:
        _report(path, 1, f"this table has more than {MOST_ROWS:,} rows", desk, "Send its rows as events of things instead.")
    elif twice is not None or "" in names:
        _report(path, 1, f"the column '{twice or ''}' stands twice or has no name", desk, "Give each column a name of its own.")
    else:
        remedy = did_you_mean(key, names) or f"There are {', '.join(names[:12])}."
        _report(path, 1, f"this table has no column '{key}', its key", desk, remedy)


def _kind(name: str, cells: Sequence[str]) -> Kind:
    usual = PROPERTIES.get(name)
    if usual is not None and usual is not Kind.DURATION:
        return usual
    known = [cell.strip() for cell in cells if cell.strip()]
    if not known:
        return usual or Kind.TEXT
    if all(cell.lower() in ("true", "false") for cell in known):
        return Kind.BOOLEAN
    if usual is None and all(_NUMBER.fullmatch(cell) for cell in known):
        return Kind.NUMBER
    return usual or (Kind.DURATION if all(is_duration(cell) for cell in known) else Kind.TEXT)


def _row(path: str, line: int, said: Mapping[str, str], key: str, columns: Mapping[str, Kind], desk: Desk) -> TableRow | None:
    try:
        ts = parse_instant(said["ts"]) if said.get("ts") else EARLIEST
    except ValueError:
        _report(path, line, f"'{said['ts']}' is no time", desk, "Write ts as ISO 8601, such as 2026-03-01T00:00:00Z.")
        return None
    if not said[key]:
        _report(path, line, f"this row has no '{key}', its key", desk)
        return None
    return TableRow(said[key], ts, line, {name: _cell(said[name], kind) for name, kind in columns.items()})


def _cell(said: str, kind: Kind) -> Cell:
    """The JSON value of a cell; what is not of its column's kind stays text, which reads as null."""
    if not said:
        return None
    match kind:
        case Kind.BOOLEAN:
            return said.lower() == "true" if said.lower() in ("true", "false") else said
        case Kind.NUMBER | Kind.MONEY if _NUMBER.fullmatch(said):
            return float(said) if any(sign in said for sign in ".eE") else int(said)
        case Kind.DURATION if is_duration(said):
            return parse_duration(said).total_seconds()
        case _:
            return said


def _report_repeats(path: str, rows: Sequence[TableRow], desk: Desk) -> None:
    first: dict[tuple[str, Instant], int] = {}
    for row in rows:
        line = first.setdefault((row.key, row.ts), row.ordinal)
        if line != row.ordinal:
            what = f"'{row.key}' stands here and on line {line}: this row counts"
            _report(path, row.ordinal, what, desk, "Keep one, or say with a column `ts` since when each holds.", Severity.WARNING)
            return
