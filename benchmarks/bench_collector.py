"""How many calls a second are acknowledged on disk, and how long does each wait, against what the disk itself allows?

Settles the collector log of DESIGN section 2 (segments with group commit). The rival writes the same bytes in as many groups, one
fdatasync each, and does nothing else: what it takes is the physical limit. Aim: p99 of single calls below 50 ms with 64 senders on two
idle cores. It is told, not asserted, since it is the neighbours' figure as much as ours.
"""

import asyncio
import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest
import uvloop

from opportune.adapters.logs.segments import Segments
from opportune.collector.app import Collector
from opportune.collector.sources import Source
from opportune.language.vocabulary.instants import Instant

SENDERS = 64
REQUESTS = 200_000 if os.environ.get("OPPORTUNE_BENCH") == "large" else 8_000
TRACK = {
    "type": "track",
    "event": "Product Viewed",
    "userId": "customer-12345",
    "messageId": "0a1b2c3d-4e5f-6789-abcd-ef0123456789",
    "timestamp": "2026-03-01T12:00:00.123Z",
    "properties": {"product_id": "lamp-17", "category": "lamps", "price": 49.9, "dwell": 42.5, "url": "https://shop.example/lamp-17"},
    "context": {"library": {"name": "analytics-python", "version": "2.3.5"}},
}
SCOPE = {"type": "http", "method": "POST", "headers": [(b"authorization", b"Basic a2V5Og=="), (b"content-type", b"application/json")]}


def now() -> Instant:
    return Instant(time.time_ns() // 1_000)


async def no_app(scope, receive, send):
    raise AssertionError("only /v1 is asked")


async def post(app, path, body, waits):
    """One request; its wait in seconds is added to `waits`."""

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        assert message.get("status", 200) == 200

    began = time.perf_counter()
    await app({**SCOPE, "path": path}, receive, send)
    waits.append(time.perf_counter() - began)


async def storm(app, path, body, requests):
    """`requests` requests of SENDERS senders, each of which sends the next when the one before is acknowledged."""
    waits = []

    async def sender():
        for _ in range(requests // SENDERS):
            await post(app, path, body, waits)

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return sorted(waits)


def seconds_of_the_disk(folder: Path, total_bytes: int, groups: int) -> float:
    """The rival: the same bytes in as many groups."""
    group = b"x" * (total_bytes // groups)
    began = time.perf_counter()
    with (folder / "rival").open("wb", buffering=0) as file:
        for _ in range(groups):
            file.write(group)
            os.fdatasync(file.fileno())
    return time.perf_counter() - began


@pytest.mark.parametrize("calls_per_request", [1, 100])
def test_acknowledged_calls(benchmark, tmp_path, calls_per_request):
    reached = Counter()
    log = Segments.open(tmp_path / "log", clock=now, reached=lambda point: reached.update([point]))
    source = Source(name="shop")
    app = Collector(log=log, sources=lambda key: source, clock=now, following=no_app, ready=lambda: True, free_bytes=lambda: 2**40)
    path, content = ("/v1/track", TRACK) if calls_per_request == 1 else ("/v1/batch", {"batch": [TRACK] * calls_per_request})
    requests = max(SENDERS, REQUESTS // (1 if calls_per_request == 1 else 20)) // SENDERS * SENDERS
    body = json.dumps(content).encode()
    waits = benchmark.pedantic(lambda: uvloop.run(storm(app, path, body, requests)), rounds=1)
    stored_bytes = sum(path.stat().st_size for path in log.seal().segments)
    log.close()
    seconds, calls = sum(waits) / SENDERS, requests * calls_per_request
    rival = seconds_of_the_disk(tmp_path, stored_bytes, reached["log_fsync"])
    figures = {
        "calls": calls,
        "calls_per_second": round(calls / seconds),
        "p50_ms": round(1000 * waits[len(waits) // 2], 2),
        "p99_ms": round(1000 * waits[len(waits) * 99 // 100], 2),
        "calls_per_sync": round(calls / reached["log_fsync"], 1),
        "times_the_disk": round(seconds / rival, 2),
        "load_average": round(os.getloadavg()[0], 2),
    }
    benchmark.extra_info.update(figures)
    print(f"\n{calls_per_request} calls a request: {figures}")
    assert app.counters.accepted == calls
