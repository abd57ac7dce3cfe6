"""A load killed with -9 at a crash point is repeated whole: nothing twice, nothing lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opportune.adapters.engines.duckdb import DuckDB

DYING = """
import os, signal, sys
from pathlib import Path
from opportune.adapters.engines.duckdb import DuckDB
point, store, *segments = sys.argv[1:]
def reached(name):
    if name == point:
        os.kill(os.getpid(), signal.SIGKILL)
DuckDB.open(Path(store), reached=reached).load([Path(segment) for segment in segments])
"""


def segment(folder: Path, number: int) -> Path:
    lines = [
        {"type": "track", "messageId": f"m{number}-{n}", "userId": f"u{n}", "event": "X", "receivedAt": f"2026-03-01T00:0{number}:00Z"}
        for n in range(500)
    ]
    path = folder / f"{number}.ndjson"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


@pytest.mark.processes
@pytest.mark.parametrize("point", ["load", "commit"])
def test_a_load_killed_at_a_crash_point_is_stored_exactly_once_after_all(tmp_path: Path, point: str):
    store, segments = tmp_path / "events.duckdb", [segment(tmp_path, number) for number in range(3)]
    first = DuckDB.open(store)
    first.load(segments[:1])
    first.close()
    command = [sys.executable, "-c", DYING, point, str(store), *map(str, segments)]
    died = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": "src"}, timeout=120)
    assert died.returncode == -signal.SIGKILL
    engine = DuckDB.open(store)
    assert engine._connection.execute("SELECT count(*) FROM events").fetchall() == [(500,)]
    assert engine.load(segments).loaded == 1000
    assert engine._connection.execute("SELECT count(*), count(DISTINCT event_id) FROM events").fetchall() == [(1500, 1500)]
    engine.close()
