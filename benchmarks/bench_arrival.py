"""What does a sender wait for while the shop is busy deciding, how soon is what he sent decided on, and what does an event keep?

Settles  that one process takes in a shop's traffic beside its ticks. Events have the shape of the sample shop's; the load comes from
         another process. Aims: acknowledged p50 <= 10 ms, p99 <= 50 ms at 5,000 events a second, decided on within 2 s (p95), with the
         starter pack over 10 M stored events; then as fast as they go: resident below 1 GB, at most 30 bytes an event on disk.
Run      OPPORTUNE_BENCH_PROJECT=DIR (a project with a history, copied before it is used; without it an empty one of the starter pack)
         OPPORTUNE_BENCH_EVENTS=50000000 (of the second part; 500,000 without it)
Needs    a quiet machine of two cores
"""

import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from opportune.language.vocabulary.instants import parse_instant
from opportune.samples.shop import Shop

HERE = Path(__file__).parent / "edge"
A_SECOND, A_REQUEST, SECONDS = 5_000, 10, 30
AS_FAST = int(os.environ.get("OPPORTUNE_BENCH_EVENTS", "500000"))
LARGE_REQUEST = 100


def bodies(folder: Path, events: int) -> Path:
    """Batches of so many events of the sample shop, one a line: now instead of then, by customers that are new in every turn."""
    history, made = folder / "history.ndjson", folder / f"bodies-{events}.ndjson"
    if not history.exists():
        Shop.build(customers=2_000, seed=1, start=parse_instant("2026-01-01T00:00:00Z"), days=20).write_history(history)
    calls = [as_of_now(json.loads(line), number) for number, line in enumerate(history.read_text().splitlines())][-20_000:]
    whole = [calls[at : at + events] for at in range(0, len(calls) - events, events)]
    made.write_text("".join(json.dumps({"batch": batch}, separators=(",", ":")) + "\n" for batch in whole))
    return made


def as_of_now(call: dict[str, Any], number: int) -> dict[str, Any]:
    """The call as if it happened when it arrives."""
    told = {name: value for name, value in call.items() if name not in ("timestamp", "receivedAt")}
    whose = {name: f"{told[name]}-%ROUND%" for name in ("userId", "anonymousId") if told.get(name)}
    return {**told, **whose, "messageId": f"{number:08x}-0000-4000-8000-%SERIAL%0000"}


def opportune(*words: str, folder: Path) -> str:
    command = [sys.executable, "-m", "opportune.cli.main", *words, "--project", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def shop_in(folder: Path) -> Path:
    """The project that is served."""
    given = os.environ.get("OPPORTUNE_BENCH_PROJECT")
    if given:
        shutil.copytree(given, folder / "shop")
    else:
        opportune_init(folder / "shop")
    return folder / "shop"


def opportune_init(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "opportune.cli.main", "init", str(folder)], check=True, capture_output=True)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """`opportune serve`, ready; gives its port."""
    command = [sys.executable, "-m", "opportune.cli.main", "serve", "--port", "0", "--project", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = next(int(found[1]) for line in process.stdout if (found := re.search(r":(\d+)/", line)))
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(600)
        process.stdout.close()


def load(port: int, key: str, made: Path, requests: int, *, rate: float = 0.0) -> dict[str, Any]:
    """What the load of another process saw."""
    words = [str(port), "/v1/batch", str(made), "--requests", str(requests), "--key", key, "--rate", str(rate), "--connections", "32"]
    done = subprocess.run([sys.executable, str(HERE / "load.py"), *words], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


class Watch:
    """How far behind the clock decisions are, and how much memory there is, looked at all the time."""

    def __init__(self, folder: Path, process: psutil.Process) -> None:
        self._state, self._process = folder / ".opportune" / "state.sqlite", process
        self._stopping = threading.Event()
        self.behind: list[float] = []
        self.resident = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        """An event received just after a watermark is decided on with the next one: it waits from then until that is there."""
        last, seen = self.watermark(), time.time()
        while not self._stopping.wait(0.02):
            self.resident = max(self.resident, self._process.memory_info().rss)
            now = self.watermark()
            if now > last:
                seen = time.time()
                self.behind.append(seen - last)
                last = now

    def watermark(self) -> float:
        """Everything received by then is decided on, seconds."""
        with sqlite3.connect(f"file:{self._state}?mode=ro", uri=True, timeout=30) as state:
            found = state.execute("SELECT value FROM facts WHERE name = 'watermark'").fetchone()
        return int(found[0]) / 1e6 if found else 0.0

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()


@pytest.mark.slow
@pytest.mark.processes
def test_a_busy_shop_takes_in_what_comes(tmp_path: Path) -> None:
    folder = shop_in(tmp_path)
    key = opportune("keys", "add", "bench", folder=folder).split()[-1]
    steady = bodies(tmp_path, A_REQUEST)
    with serving(folder) as (port, process):
        load(port, key, steady, 500, rate=50)
        watch = Watch(folder, process)
        told = load(port, key, steady, SECONDS * A_SECOND // A_REQUEST, rate=A_SECOND / A_REQUEST)
        watch.stop()
        longest = sorted(watch.behind)
        print(
            f"\n{A_SECOND:,} events/s for {SECONDS} s, load average {os.getloadavg()[0]:.1f}: acknowledged p50 {told['p50_ms']} ms, "
            f"p99 {told['p99_ms']} ms; decided on at the latest after p50 {statistics.median(longest):.2f} s, "
            f"p95 {longest[int(0.95 * len(longest))]:.2f} s ({len(longest)} ticks); resident {watch.resident / 2**20:,.0f} MiB"
        )
        assert set(told["statuses"]) == {"200"}, told


@pytest.mark.slow
@pytest.mark.processes
def test_as_fast_as_they_go(tmp_path: Path) -> None:
    opportune_init(tmp_path / "shop")
    folder = tmp_path / "shop"
    key, large = opportune("keys", "add", "bench", folder=folder).split()[-1], bodies(tmp_path, LARGE_REQUEST)
    with serving(folder) as (port, process):
        before, began = stored(folder), time.time()
        watch = Watch(folder, process)
        told = load(port, key, large, AS_FAST // LARGE_REQUEST)
        sent = time.time()
        while watch.watermark() < sent:
            time.sleep(0.1)
        done = time.time()
        watch.stop()
    events = told["requests"] * LARGE_REQUEST
    print(
        f"\n{events:,} events as fast as they go, load average {os.getloadavg()[0]:.1f}: {events / (sent - began):,.0f} events/s "
        f"acknowledged ({told['statuses']}), decided on {done - sent:.0f} s later; resident at most {watch.resident / 2**20:,.0f} MiB; "
        f"{(stored(folder) - before) / events:.1f} bytes an event on disk"
    )


def stored(folder: Path) -> int:
    """Octets of the event store."""
    return sum(path.stat().st_size for path in (folder / ".opportune").glob("events.duckdb*"))
