"""What do roll-ups save where a window allows them? Those of the fifty definitions that add up, with what is kept of days and without.

Settles  that days of events are worth keeping: DESIGN section 2. Aim: at most 5 s at 100 M, with equal rows
Run      make bench ARGS="benchmarks/bench_rollups.py" · OPPORTUNE_BENCH=large: 100 M as well
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from benchmarks.bench_engine import HERE, MEMORY, ROUNDS, SNAPSHOT, STORES, Best, made

from opportune.adapters.engines import tables
from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import read_project
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.rollups import rollup_of, rollups_for
from opportune.language.compiler.snapshot import snapshot
from opportune.language.tree.expressions import Expr


def added_up() -> dict[str, Expr]:
    """Those of the fifty definitions that read nothing but what adds up over days."""
    found = read_project(HERE / "fifty").definitions
    every: dict[str, Expr] = {**found.metrics, **found.segments, **found.scores, **found.ladders}
    return {name: expr for name, expr in every.items() if _adds_up(expr)}


def _adds_up(expr: Expr) -> bool:
    needs = Needs()
    needs.gather([expr])
    return not needs.traits and all(rollup_of(measure) is not None for _, measure in needs.measures.values())


@contextmanager
def kept_in_a_copy(store: Path, folder: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, DuckDB]]:
    """A copy of the store that may be written, with the tables that an older one lacks."""
    copy = Path(shutil.copyfile(store, folder / store.name))
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": MEMORY, "temp_directory": str(folder / "spill")}
    with duckdb.connect(str(copy), config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in tables.stored_tables():
            connection.execute(statement)
        yield connection, DuckDB(connection)
    copy.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("size", STORES)
def test_values_told_from_days(size: str, tmp_path: Path) -> None:
    named = added_up()
    assert len(named) > 30
    with kept_in_a_copy(STORES[size](), tmp_path) as (connection, engine):
        before, began = time.perf_counter(), time.process_time()
        engine.keep(rollups_for(named.values()))
        connection.execute("CHECKPOINT")
        filled = time.perf_counter() - before, time.process_time() - began
        texts = {"ours from days": snapshot(named, engine.kept()).sql("duckdb"), "ours from events": snapshot(named).sql("duckdb")}
        best = {name: Best() for name in texts}
        for _ in range(ROUNDS[size]):
            for name, text in texts.items():
                best[name].take(*made(connection, text, SNAPSHOT, name))
        rows = equal_rows(connection, *texts)
    print(f"\n{len(named)} definitions that add up, {size} events, {rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, times in best.items():
        print(f"  {name:26} wall {times.wall:7.3f} s   processor {times.processor:7.3f} s")
    print(f"  days of what is stored already, once: wall {filled[0]:.1f} s, processor {filled[1]:.1f} s")


def equal_rows(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """How many rows both have; fails where any differ. Fractions agree to nine digits."""
    columns = connection.execute(f'SELECT column_name, column_type FROM (DESCRIBE "found {one}")').fetchall()
    shown = ", ".join(f'round("{name}", 7) AS "{name}"' if kind == "DOUBLE" else f'"{name}"' for name, kind in columns)
    for left, right in ((one, other), (other, one)):
        missing = f'SELECT {shown} FROM "found {left}" EXCEPT ALL SELECT {shown} FROM "found {right}"'
        assert connection.execute(f"SELECT any_value(x) FROM ({missing}) AS x").fetchall() == [(None,)]
    (number,) = connection.execute(f'SELECT count(*) FROM "found {one}"').fetchall()[0]
    assert number > 0, "an empty answer measures nothing"
    return int(number)
