"""A shop's history as one file in the order of arrival: NDJSON lines of Segment calls, or flat Parquet rows, by the file's suffix.

Parts of the customers are drawn one after the other and laid by week of arrival in a temporary folder next to the file; then week
by week is sorted and written, so memory holds one part or one week only.
Cost    NDJSON about 5 µs an event; Parquet a little more
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import duckdb
import numpy as np

from opportune.samples.calls import Columns, Scribe
from opportune.samples.history import World, rows_of_part, things_of
from opportune.samples.rows import ROW, Rows
from opportune.samples.seasons import DAY
from opportune.samples.signing import Standing

Progress = Callable[[float], None]
"""Told the share done, 0 to 1."""
WEEK = 7 * DAY
BLOCK = 25_000
"""Rows turned into text at a time."""
_DRAWING = 0.35
"""Share of the time that goes by before the first line is written."""


def write_history(world: World, path: Path, *, scribe: Scribe, standing: Standing, progress: Progress) -> tuple[int, Rows]:
    """Write everything received before the end of the history. Gives the number of calls and the rows that come after it, sorted."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".history-") as folder:
        weeks, pending = lay_by(world, Path(folder), standing=standing, progress=lambda share: progress(_DRAWING * share))
        write = _write_parquet if path.suffix == ".parquet" else _write_lines
        blocks = _sorted_weeks(weeks, lambda share: progress(_DRAWING + (1 - _DRAWING) * share))
        return write(path, blocks, scribe), pending


def lay_by(world: World, folder: Path, *, standing: Standing, progress: Progress) -> tuple[list[Path], Rows]:
    """Draw all parts into one file a week; gives the files in order, and the sorted rows received at or after the end."""
    seasons = world.seasons
    weeks = [folder / f"{week:04d}" for week in range(-(-(seasons.end - seasons.start) // WEEK))]
    things = things_of(world)
    is_over = things["received_at"] >= seasons.end
    pending = [things[is_over]]
    _append(weeks, things[~is_over], start=seasons.start)
    for part in range(world.parts):
        rows = rows_of_part(world, part, standing)
        is_over = rows["received_at"] >= seasons.end
        pending.append(rows[is_over])
        _append(weeks, rows[~is_over], start=seasons.start)
        progress((part + 1) / world.parts)
    return weeks, in_order(np.concatenate(pending))


def _append(weeks: list[Path], rows: Rows, *, start: int) -> None:
    week = (rows["received_at"] - start) // WEEK
    order = np.argsort(week, kind="stable")
    ends = np.cumsum(np.bincount(week, minlength=len(weeks)))
    for path, block in zip(weeks, np.split(rows[order], ends[:-1]), strict=True):
        with path.open("ab") as file:
            block.tofile(file)


def in_order(rows: Rows) -> Rows:
    """The rows by arrival, ties by id."""
    ordered: Rows = rows[np.lexsort((rows["id"], rows["received_at"]))]
    return ordered


def _sorted_weeks(weeks: list[Path], progress: Progress) -> Iterator[Rows]:
    """All rows in order, in blocks; a week whose blocks are used up is done."""
    for number, path in enumerate(weeks):
        rows = in_order(np.fromfile(path, dtype=ROW))
        yield from (rows[first : first + BLOCK] for first in range(0, len(rows), BLOCK))
        progress((number + 1) / len(weeks))


def _write_lines(path: Path, blocks: Iterator[Rows], scribe: Scribe) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for rows in blocks:
            file.writelines(line + "\n" for line in scribe.lines(rows))
            count += len(rows)
    return count


def _write_parquet(path: Path, blocks: Iterator[Rows], scribe: Scribe) -> int:
    """Columns of `Columns`; ids that are absent are null, times are timestamps with time zone."""
    count, pieces = 0, []
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pieces-") as folder, duckdb.connect() as engine:
        for number, rows in enumerate(blocks):
            pieces.append(str(Path(folder) / f"{number:04d}.parquet"))
            _write_piece(engine, scribe.columns(rows), Path(pieces[-1]))
            count += len(rows)
        engine.execute("SET preserve_insertion_order = true")
        engine.execute(
            "COPY (FROM read_parquet($pieces)) TO $path (FORMAT parquet, COMPRESSION zstd)", {"pieces": pieces, "path": str(path)}
        )
    return count


def _write_piece(engine: duckdb.DuckDBPyConnection, told: Columns, path: Path) -> None:
    names = [field.name for field in fields(Columns)]
    engine.register("told", {name: np.array(getattr(told, name), dtype=object) for name in names})
    columns = ", ".join(
        f"CAST({name} AS TIMESTAMPTZ) AS {name}" if name in ("ts", "received_at") else f"nullif({name}, '') AS {name}" for name in names
    )
    engine.execute(f"COPY (SELECT {columns} FROM told) TO $path (FORMAT parquet)", {"path": str(path)})
    engine.unregister("told")
