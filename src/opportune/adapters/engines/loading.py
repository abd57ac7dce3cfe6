"""Closed log segments into the stored relations: one transaction, each segment and each call exactly once.

Reads   NDJSON segments
Gives   identities, events, links, spans, traits, calls, loads, facts, rollup_days (the rooms `stages.events` and
        `stages.customers` say what they hold)
Cost    about 10 µs of one core a line; a small load costs 4 ms for every million calls stored
Held to tests/events/test_load.py (a naive loader, any split into segments), tests/engines/test_crash_points.py
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from opportune.language.relations.arrivals import ACCEPTED, ARRIVALS, CANDIDATES, LINES, NAMED, REPEATED
from opportune.language.relations.loads import LoadReport, SetAside
from opportune.language.relations.rollups import ARRIVING
from opportune.stages.customers import identities, links, spans, traits
from opportune.stages.events import calls, events, facts, lines, order_keys, rollups


def load(
    connection: duckdb.DuckDBPyConnection, segments: Sequence[Path], *, currency: str | None, reached: Callable[[str], None]
) -> LoadReport:
    """Load the segments that are not loaded yet. Either all of them are stored afterwards or, on any error, none."""
    new = _not_loaded(connection, segments)
    if not new:
        return LoadReport(skipped=len(segments))
    with TemporaryDirectory(prefix="opportune-load-") as folder:
        sources = [_ended(segment, Path(folder)) for segment in new]
        connection.execute(lines.read_lines([str(source) for source in sources]))
        connection.execute("BEGIN TRANSACTION")
        try:
            reached("load")
            _store(connection, new, sources, currency)
            report = _report(connection, sources, currency, skipped=len(segments) - len(new))
            reached("commit")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    for table in (LINES, ACCEPTED, REPEATED, ARRIVALS, NAMED, CANDIDATES, order_keys.TIED, order_keys.KIN, ARRIVING):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    return report


def _not_loaded(connection: duckdb.DuckDBPyConnection, segments: Sequence[Path]) -> list[Path]:
    names = [segment.name for segment in segments]
    there = {
        row[0]
        for row in connection.execute(
            "SELECT segment FROM loads SEMI JOIN (SELECT unnest($n::VARCHAR[]) AS segment) USING (segment)", {"n": names}
        ).fetchall()
    }
    return [segment for name, segment in {segment.name: segment for segment in segments}.items() if name not in there]


def _ended(segment: Path, folder: Path) -> Path:
    """The segment, or where its last line has no end a copy that has one: DuckDB 2.0 may give an unended line out of turn."""
    with segment.open("rb") as content:
        if not content.seek(0, os.SEEK_END) or content.seek(-1, os.SEEK_END) < 0 or content.read(1) == b"\n":
            return segment
    copy = folder / segment.name
    shutil.copyfile(segment, copy)
    with copy.open("ab") as content:
        content.write(b"\n")
    return copy


def _store(connection: duckdb.DuckDBPyConnection, segments: Sequence[Path], sources: Sequence[Path], currency: str | None) -> None:
    """Runs the rooms' statements in the order in which they need each other."""
    for statement in (*calls.accept(), *identities.store()):
        connection.execute(statement)
    has_orders, has_traits, has_links = _has(connection, events.ORDERS, traits.TOLD, links.TOLD)
    _store_events(connection, currency, has_orders=has_orders)
    if has_traits:
        connection.execute(traits.store())
    if has_links:
        connection.execute(links.candidates())
        refused = links.chained(connection.execute(links.contested()).fetchall())
        connection.execute(links.store(), {"refused": refused})
        (parted,) = connection.execute(spans.are_parted(links.touched())).fetchall()[0]
        for statement in spans.laid_out(links.touched(), parted=parted):
            connection.execute(statement)
    _rank(connection, has_links=has_links)
    connection.execute(calls.record(), {"segments": [s.name for s in segments], "files": [str(s) for s in sources]})


def _store_events(connection: duckdb.DuckDBPyConnection, currency: str | None, *, has_orders: bool) -> None:
    """Events and order lines; where roll-ups are kept by way of ARRIVING, which they read."""
    kept = connection.execute(rollups.KEPT).fetchall()
    into = ARRIVING if kept else "events"
    if kept:
        connection.execute(events.set_apart())
    connection.execute(events.store(currency, into))
    if has_orders:
        connection.execute(events.store_lines(currency, into))
    if kept:
        connection.execute(rollups.added([(int(number), str(query)) for number, _, query in kept]))
        connection.execute(events.store_set_apart())


def _rank(connection: duckdb.DuckDBPyConnection, *, has_links: bool) -> None:
    """Order keys of the new events, of those stored before at the same instants and, where new links connect crowds, of these."""
    connection.execute(order_keys.tied(events.told()))
    has_ties, is_crowded, are_crowds, is_far = connection.execute(order_keys.found(events.told())).fetchall()[0]
    if has_ties:
        connection.execute(order_keys.rank())
    is_joined = has_links and are_crowds and connection.execute(order_keys.joins_crowds(links.touched())).fetchall()[0][0]
    if is_crowded or is_joined:
        for statement in order_keys.crowd(events.told(), links.connected() if has_links else ""):
            connection.execute(statement)
    if is_far:
        connection.execute(facts.keys_are_full())


def _has(connection: duckdb.DuckDBPyConnection, *kinds: str) -> tuple[bool, ...]:
    """Whether there are arrivals of each kind. Asking is a tenth of what the statements cost that store nothing."""
    asked = ", ".join(f"coalesce(bool_or({kind}), false)" for kind in kinds)
    found: tuple[bool, ...] = connection.execute(f"SELECT {asked} FROM {ARRIVALS}").fetchall()[0]
    return found


def _report(connection: duckdb.DuckDBPyConnection, segments: Sequence[Path], currency: str | None, *, skipped: int) -> LoadReport:
    """What the load found; repeated calls are compared with the stored ones only when there are any."""

    def count(sql: str) -> int:
        return int(connection.execute(sql).fetchall()[0][0])

    repeated = count(f"SELECT count(*) FROM {REPEATED}")
    last = connection.execute(f"SELECT max(received_at) FROM {LINES} WHERE refused IS NULL").fetchall()[0][0]
    return LoadReport(
        loaded=count(f"SELECT count(*) FROM {ACCEPTED}"),
        repeated=repeated,
        changed_content=count(events.changed()) if repeated else 0,
        clamped=count(f"SELECT count(*) FROM {ARRIVALS} WHERE is_clamped"),
        unconverted=count(events.unconverted(currency)) if currency else 0,
        set_aside=tuple(_set_aside(connection, segments)),
        skipped=skipped,
        last_received_at=last,
    )


def _set_aside(connection: duckdb.DuckDBPyConnection, segments: Sequence[Path]) -> Iterator[SetAside]:
    """The refused lines with their numbers in their files; only files that have some are read again."""
    if not connection.execute(f"SELECT count(refused) FROM {LINES}").fetchall()[0][0]:
        return
    places = f"SELECT file, rowid - min(rowid) OVER (PARTITION BY file) AS place, refused FROM {LINES}"
    found: dict[str, dict[int, str]] = {}
    for file, place, reason in connection.execute(f"SELECT * FROM ({places}) WHERE refused IS NOT NULL").fetchall():
        found.setdefault(file, {})[place] = reason
    for segment in segments:
        reasons = found.get(str(segment), {})
        for place, number in enumerate(_full_lines(segment) if reasons else ()):
            if place in reasons:
                yield SetAside(segment.name, number, reasons[place])


def _full_lines(segment: Path) -> Iterator[int]:
    """The numbers, from 1, of the lines that are not blank: the engine skips blank ones."""
    with segment.open("rb") as written:
        for number, line in enumerate(written, 1):
            if line.strip():
                yield number
