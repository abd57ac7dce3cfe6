"""What of the HTTP server's own speed is left when every event is on disk before its 200, and what does an event cost?

Settles  the collector as raw ASGI over segments with group commit. The rival is an empty ASGI application under the same server, in the
         same run, on the same core; the load comes from another process on the other core. Aim: at least 60 % of the rival's requests a
         second with one event a request; 250,000 events a core-second with a hundred.
Run      make bench ARGS="benchmarks/bench_edge.py" · OPPORTUNE_BENCH=large for ten times the requests
Needs    a quiet machine of two cores
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent / "edge"
REQUESTS = {1: 20_000, 10: 10_000, 100: 2_000}
TIMES = 10 if os.environ.get("OPPORTUNE_BENCH") == "large" else 1
SERVER_CORE, LOAD_CORE = 0, 1


def body_of(events: int) -> bytes:
    """A product view as our own script sends it, `events` times."""
    call = {
        "type": "track",
        "event": "Product Viewed",
        "userId": "customer-12345",
        "messageId": "0a1b2c3d-4e5f-6789-abcd-%SERIAL%",
        "timestamp": "2026-03-01T12:00:00.123Z",
        "properties": {"product_id": "lamp-17", "category": "lamps", "price": 49.9, "dwell": 42.5, "url": "https://shop.example/lamp-17"},
        "context": {"library": {"name": "analytics-python", "version": "2.3.5"}},
    }
    calls = [{**call, "messageId": f"{call['messageId']}-{number}"} for number in range(events)]
    return json.dumps(calls[0] if events == 1 else {"batch": calls}).encode()


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A server of its own process; gives its port."""
    command = [sys.executable, str(HERE / "server.py"), kind, str(folder), "--core", str(SERVER_CORE)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


def loaded(port: int, path: str, body: Path, requests: int) -> dict[str, float]:
    """What the load of another process saw."""
    words = [str(port), path, str(body), "--requests", str(requests)]
    command = ["taskset", "-c", str(LOAD_CORE), sys.executable, str(HERE / "load.py"), *words]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert told["statuses"] == {"200": told["requests"]}, told
    return told


def measured(kind: str, events: int, folder: Path) -> dict[str, float]:
    """Requests a second and processor time a request of one kind of server, after a warm-up."""
    body = folder / f"{events}.json"
    body.write_bytes(body_of(events))
    path = "/v1/track" if events == 1 else "/v1/batch"
    with serving(kind, folder / f"{kind}-{events}") as (port, process):
        loaded(port, path, body, 640)
        before = sum(process.cpu_times()[:2])
        told = loaded(port, path, body, REQUESTS[events] * TIMES)
        spent = sum(process.cpu_times()[:2]) - before
    return {**told, "a_second": told["requests"] / told["seconds"], "core_seconds": spent}


@pytest.mark.parametrize("events", REQUESTS)
def test_durable_requests_beside_empty_ones(tmp_path: Path, events: int) -> None:
    empty, ours = measured("empty", events, tmp_path), measured("collector", events, tmp_path)
    an_event = ours["requests"] * events / ours["core_seconds"]
    above = ours["requests"] * events / max(0.01, ours["core_seconds"] - empty["core_seconds"] * ours["requests"] / empty["requests"])
    print(
        f"\n{events} event(s) a request, load average {os.getloadavg()[0]:.1f}: {ours['a_second']:,.0f} requests/s durable, "
        f"{empty['a_second']:,.0f} empty: {ours['a_second'] / empty['a_second']:.0%}; {an_event:,.0f} events a core-second "
        f"({above:,.0f} above the empty application's); p50 {ours['p50_ms']} ms (empty {empty['p50_ms']}), p99 {ours['p99_ms']} ms "
        f"(empty {empty['p99_ms']})"
    )
