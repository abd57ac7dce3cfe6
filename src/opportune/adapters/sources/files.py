"""History from files: read, turned into log lines, loaded in parts; broken rows set aside, the others stored.

Whatever the file, an import is idempotent: an event without an id gets the hash of its row.

Cost    before loading about 1 µs a line that is a Segment call already, 10 µs any other row; parts and slices bound the memory
Held to tests/imports/test_files.py
"""

import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import msgspec

from opportune.adapters.sources import plain, slices, tables
from opportune.adapters.sources.dialects import in_utf8
from opportune.adapters.sources.mapped import About, Mapping, from_mapping
from opportune.adapters.sources.plain import DOCUMENTS, FIELDS, TOLD
from opportune.adapters.sources.tables import SourceFault, quoted, text
from opportune.language.relations.loads import LoadReport, SetAside
from opportune.language.vocabulary.instants import Instant, format_instant

PART = 500_000
"""Rows loaded in one transaction."""
MEMORY = "1GB"
"""For the table of a file's rows; what is more lies beside it on disk. Of 2 GB of CSV it would else be 3 GB."""
_COUNTS = ("loaded", "repeated", "changed_content", "clamped", "unconverted", "unlinked", "left_out")
Load = Callable[[Sequence[Path]], LoadReport]
Progress = Callable[[int, int | None], None]
"""Called with the rows done and the number of all, where it is known."""


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did. `set_aside_in` holds the broken rows, None when there are none."""

    loaded: int = 0
    repeated: int = 0
    changed_content: int = 0
    clamped: int = 0
    unconverted: int = 0
    unlinked: int = 0
    """Ids that would have been more than a customer may have."""
    left_out: int = 0
    """Rows that no entry of the map speaks of."""
    set_aside: tuple[SetAside, ...] = field(default=())
    set_aside_in: Path | None = None
    remarks: tuple[str, ...] = ()
    """What was assumed of a file, to be told."""


def import_files(
    load: Load,
    files: Sequence[Path],
    mapping: Mapping | None = None,
    *,
    set_aside: Path,
    arrives_at: Instant | None = None,
    progress: Progress = lambda done, total: None,
    slice_bytes: int = slices.SLICE_BYTES,
) -> ImportReport:
    """Imports `files` by `load` (of an Engine); `mapping` says how a foreign table is read.

    `set_aside` is the folder for broken rows; `slice_bytes` is how much of a file of JSON lines is loaded at once. `arrives_at` is the
    import's instant once the project has gone live; before, events count as received when they happened. Raises SourceFault for a file
    that cannot be read at all, ProblemsFound for a bad map.
    """
    report = ImportReport()
    for file in files:
        with tempfile.TemporaryDirectory(prefix="opportune-import-") as folder:
            report = _added(report, _import(load, file, mapping, Path(folder), arrives_at, progress, slice_bytes))
    if not report.set_aside:
        return report
    return replace(report, set_aside_in=write_asides(report.set_aside, set_aside))


def _import(
    load: Load, file: Path, mapping: Mapping | None, folder: Path, arrives_at: Instant | None, progress: Progress, slice_bytes: int
) -> ImportReport:
    if not file.is_file():
        raise SourceFault(f"{file}: there is no such file; check the path")
    kind, (source, torn) = tables.kind_of(file), (tables.unpacked(file, folder) if file.suffix == ".gz" else (file, ""))
    source, remark = (source, "") if kind == "parquet" else in_utf8(source, folder, is_csv=kind == "csv")
    if kind == "ndjson" and mapping is None:
        report = _sliced(load, source, folder, arrives_at, progress, slice_bytes)
    else:
        source = tables.ended(source, folder) if kind == "ndjson" else source
        report = _converted(load, source, kind, mapping, folder, arrives_at, progress, About.of(file))
    asides = [replace(aside, file=str(file)) for aside in report.set_aside] + ([SetAside(str(file), 0, torn)] if torn else [])
    remarks = (f"{file} {remark}",) if remark else ()
    return replace(report, set_aside=tuple(sorted(asides, key=lambda aside: aside.line)), remarks=remarks)


def _sliced(load: Load, source: Path, folder: Path, arrives_at: Instant | None, progress: Progress, slice_bytes: int) -> ImportReport:
    """Imports JSON lines slice by slice; only a slice that is not log lines already is converted."""
    report, done, total = ImportReport(), 0, slices.lines_of(source)
    for segment, number, is_log in slices.ahead(_segments(source, folder, arrives_at, slice_bytes)):
        if is_log:
            found = load([segment])
            sliced = replace(_counted(found, number), set_aside=found.set_aside)
        else:
            sliced = _converted(load, segment, "ndjson", None, folder, arrives_at, lambda _done, _total: None)
        segment.unlink()
        asides = tuple(replace(aside, line=aside.line + done) for aside in sliced.set_aside)
        report, done = _added(report, replace(sliced, set_aside=asides)), done + number
        progress(done, total)
    return report


def _segments(source: Path, folder: Path, arrives_at: Instant | None, slice_bytes: int) -> Iterator[tuple[Path, int, bool]]:
    """The slices as files, each with its number of lines and whether it is log lines already; the same slice again has the same name."""
    for place, block in enumerate(slices.slices(source, slice_bytes)):
        log = slices.as_log(block, arrives_at)
        content = block if log is None else log
        segment = folder / str(place) / f"import-{hashlib.blake2b(content, digest_size=16).hexdigest()}.ndjson"
        segment.parent.mkdir()
        segment.write_bytes(content)
        yield segment, block.count(b"\n"), log is not None


def _converted(
    load: Load,
    source: Path,
    kind: str,
    mapping: Mapping | None,
    folder: Path,
    arrives_at: Instant | None,
    progress: Progress,
    about: About | None = None,
) -> ImportReport:
    """Imports a file by way of a table of its rows."""
    with duckdb.connect(str(folder / "import.duckdb")) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY}'")
        unread = tables.read(connection, source, as_columns=mapping is not None, as_text=mapping.text if mapping else ())
        query, left_out = told_by(connection, kind, mapping, About.of(source) if about is None else about)
        connection.execute(f"CREATE OR REPLACE TABLE {TOLD} AS {query}")
        report = ImportReport(left_out=left_out)
        refused = connection.execute(f"SELECT place, refused FROM {TOLD} WHERE refused IS NOT NULL").fetchall()
        for segment, places in _parts(connection, folder, mapping, arrives_at, progress):
            loaded = load([segment])
            report = _added(report, _counted(loaded, len(places)))
            refused += [(places[aside.line - 1], aside.reason) for aside in loaded.set_aside]
            segment.unlink()
    return replace(report, set_aside=(*unread, *placed(source, kind, unread, refused)))


def told_by(
    connection: duckdb.DuckDBPyConnection, kind: str, mapping: Mapping | None, about: About, *, needs_time: bool = True
) -> tuple[str, int]:
    """The query for `told_calls`, and how many rows the map leaves out."""
    if mapping is not None:
        query, left_out = from_mapping(mapping, tables.columns(connection), about, needs_time=needs_time)
        return f"SELECT * FROM ({query}) ORDER BY place", int(connection.execute(left_out).fetchall()[0][0])
    if kind == "ndjson":
        return plain.from_json(needs_time=needs_time), 0
    return plain.from_columns(tables.columns(connection), needs_time=needs_time), 0


def dated() -> str:
    """The properties of a call of TOLD. A consent without a time of its own is marked: it outweighs no objection."""
    undated = "event = 'Consent Given' AND \"timestamp\" IS NULL AND json_type(properties) = 'OBJECT'"
    return f"CASE WHEN {undated} THEN json_merge_patch(properties, '{{\"dated\": false}}'::JSON) ELSE properties END"


def _parts(
    connection: duckdb.DuckDBPyConnection, folder: Path, mapping: Mapping | None, arrives_at: Instant | None, progress: Progress
) -> Iterator[tuple[Path, list[int]]]:
    """Log segments of the calls that can be stored, each with the source places of its lines, in order of their times."""
    source = "'import' AS source" + (f', {text(Path(mapping.file).name)} AS "importedBy"' if mapping else "")
    total = int(connection.execute(f"SELECT count(*) FROM {TOLD}").fetchall()[0][0])
    received = text(format_instant(arrives_at)) if arrives_at is not None else 'coalesce("receivedAt", "timestamp")'
    shown = {name: quoted(name) for name in (*FIELDS, *DOCUMENTS)}
    shown |= {"messageId": "coalesce(nullif(\"messageId\", ''), content)", "receivedAt": received, "properties": dated()}
    picked = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in shown.items())
    for start in range(0, total, PART):
        part = f"{TOLD}.rowid >= {start} AND {TOLD}.rowid < {start + PART} AND refused IS NULL"
        places = [row[0] for row in connection.execute(f"SELECT place FROM {TOLD} WHERE {part}").fetchall()]
        if places:
            target = folder / "part.ndjson"
            connection.execute(f"COPY (SELECT {picked}, {source} FROM {TOLD} WHERE {part}) TO {text(str(target))} (FORMAT json)")
            yield target.rename(folder / f"import-{_hash(target)}.ndjson"), places
        progress(min(start + PART, total), total)


def _hash(file: Path) -> str:
    """Names a part by its content: the same part again is known without being read."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _counted(loaded: LoadReport, number: int) -> ImportReport:
    return ImportReport(
        loaded=loaded.loaded,
        repeated=number if loaded.skipped else loaded.repeated,
        changed_content=loaded.changed_content,
        clamped=loaded.clamped,
        unconverted=loaded.unconverted,
        unlinked=loaded.unlinked,
    )


def _added(one: ImportReport, other: ImportReport) -> ImportReport:
    counts = {name: getattr(one, name) + getattr(other, name) for name in _COUNTS}
    return ImportReport(**counts, set_aside=one.set_aside + other.set_aside, remarks=one.remarks + other.remarks)


def placed(source: Path, kind: str, unread: list[SetAside], refused: list[tuple[int, str]]) -> list[SetAside]:
    """Refused source rows with the lines at which they stand; a row of a Parquet file counts from 1."""
    if not refused:
        return []
    reasons = dict(refused)
    lines = {"csv": lambda: tables.csv_lines(source, unread), "ndjson": lambda: tables.json_lines(source)}.get(
        kind, lambda: itertools.count(1)
    )()
    last = max(reasons)
    return [SetAside(source.name, line, reasons[place]) for place, line in zip(range(last + 1), lines, strict=False) if place in reasons]


def write_asides(asides: Sequence[SetAside], folder: Path, source: str = "import") -> Path:
    """Writes the broken rows' places and reasons to a file named by its content."""
    content = b"".join(msgspec.json.encode({"file": a.file, "line": a.line, "reason": a.reason}) + b"\n" for a in asides)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{source}-{hashlib.blake2b(content, digest_size=8).hexdigest()}.ndjson"
    target.write_bytes(content)
    return target
