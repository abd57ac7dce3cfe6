"""`serve` fetches by itself, survives being killed between log and memory, and does what `opportune pull` asks of it."""

import json
import os
import time
from pathlib import Path

import pytest
from tests.live.serving import done, serving, until
from tests.pulls.shop import SHOP

pytestmark = pytest.mark.processes
HEAD = "event_id,customer_id,name,ts,order_id,total\n"


def row(n: int) -> str:
    return f"o-{n},ada,Order Completed,2026-03-09T10:00:00Z,{n},10\n"


def put(folder: Path, name: str, *rows: int) -> None:
    path = folder / "sales" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + "".join(map(row, rows)))
    os.utime(path, (time.time() - 100, time.time() - 100))


def told(folder: Path) -> list[str]:
    """The message ids of all lines in the log."""
    files = sorted((folder / ".opportune" / "log").rglob("*.*"))
    lines = [line for file in files if file.suffix in (".ndjson", ".open") for line in file.read_bytes().splitlines()]
    return [json.loads(line)["messageId"] for line in lines if line.endswith(b"}")]


def test_serve_fetches_is_killed_fetches_again_and_stores_each_row_once(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "opportune.yml").write_text(f"{SHOP}sources:\n  till: {{folder: sales, every: 1s}}\n")
    put(folder, "a.csv", 1, 2)
    put(folder, "b.csv", 3)
    with serving(folder, crash="pull:2") as serve:
        assert serve.wait() == -9
    assert sorted(told(folder)) == ["o-1", "o-2", "o-3"]
    with serving(folder) as serve:
        until("b.csv is told once more, for nobody had noted it", lambda: len(told(folder)) == 4)
        put(folder, "c.csv", 4)
        until("c.csv is told", lambda: "o-4" in told(folder))
        assert done("pull", "till", project=folder) == "till: 0 read, 0 calls, 0 rows set aside\n"
        assert orders(folder) == "ada,4"
        assert serve.stop() == 0


def orders(folder: Path) -> str:
    """What the running shop says of Ada's orders."""
    (folder / "metrics.yml").write_text('metrics:\n  orders: count("Order Completed")\n')
    out = folder / "values.csv"
    done("evaluate", "--names", "orders", "--out", out, project=folder)
    return out.read_text().splitlines()[1]


def test_a_source_that_is_not_there_does_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    sources = "  gone: {folder: nowhere, every: 1s}\n  till: {folder: sales, every: 1s}\n"
    (folder / "opportune.yml").write_text(f"{SHOP}sources:\n{sources}")
    put(folder, "a.csv", 1)
    with serving(folder) as serve:
        until("the other is told", lambda: told(folder) == ["o-1"])
        assert "there is no such folder" in serve.said()
        assert serve.stop() == 0
