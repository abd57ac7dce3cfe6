"""How many events a second does `import` store, against what reading the same file and writing it to a plain table takes?

Settles  that a shop's whole past is a matter of minutes: aim 100,000 events/s on two idle cores
Run      make bench ARGS="benchmarks/bench_import.py" · OPPORTUNE_BENCH=large: ten times the events as well
"""

import os
import resource
import time
from pathlib import Path

import duckdb
import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files
from opportune.language.vocabulary.instants import parse_instant
from opportune.samples.shop import Shop

CUSTOMERS = (20_000, 200_000) if os.environ.get("OPPORTUNE_BENCH") == "large" else (20_000,)
"""A year of so many is about 56 events each."""


@pytest.mark.slow
@pytest.mark.parametrize("customers", CUSTOMERS)
def test_a_year_is_imported(tmp_path: Path, customers: int) -> None:
    history = tmp_path / "history.ndjson"
    shop = Shop.build(customers=customers, seed=1, start=parse_instant("2025-01-01T00:00:00Z"), days=365)
    lines = shop.write_history(history)
    took = stored(history, tmp_path)
    limit = read_and_written(history, tmp_path)
    print(
        f"\n{lines:,} lines ({history.stat().st_size / 2**20:,.0f} MiB), load average {os.getloadavg()[0]:.1f}: imported in {took:.1f} s = "
        f"{lines / took:,.0f} events/s; read and written to a plain table in {limit:.1f} s, ratio {took / limit:.2f}; "
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:,.0f} MiB"
    )


def stored(history: Path, folder: Path) -> float:
    """Seconds of the real import into a fresh store on disk."""
    engine = DuckDB.open(folder / "events.duckdb", currency="USD")
    began = time.perf_counter()
    report = import_files(engine.load, [history], set_aside=folder / "set_aside")
    took = time.perf_counter() - began
    engine.close()
    assert report.loaded > 0
    assert not report.set_aside
    return took


def read_and_written(history: Path, folder: Path) -> float:
    """Seconds of the least there is to do: read the JSON lines, write the columns; no keys, no kinds, no repeats, no lines of orders."""
    with duckdb.connect(str(folder / "plain.duckdb")) as connection:
        began = time.perf_counter()
        connection.execute(
            "CREATE TABLE plain AS SELECT * FROM read_ndjson($file, columns = {type: 'VARCHAR', messageId: 'VARCHAR', userId: 'VARCHAR', "
            "anonymousId: 'VARCHAR', event: 'VARCHAR', timestamp: 'VARCHAR', receivedAt: 'VARCHAR', properties: 'JSON', traits: 'JSON'})",
            {"file": str(history)},
        )
        return time.perf_counter() - began
