"""Makes the load, in a process of its own: the same request again and again over open connections, or at a steady rate.

Run      python benchmarks/edge/load.py PORT PATH BODIES_FILE --connections 64 --requests 20000 [--rate 500] [--key KEY]
Reads    a body a line, sent in turn
Gives    one line of JSON: requests, seconds, p50_ms, p99_ms, max_ms, statuses
Latency  at a rate it is counted from when the request should have left, so a server that stalls is not spared (coordinated omission)
"""

import argparse
import asyncio
import base64
import json
import re
import time
from collections import Counter
from pathlib import Path

import uvloop

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
SERIAL = b"%SERIAL%"
"""Where it stands in a body, every request has a number of its own of eight digits: message ids that are all different."""
ROUND = b"%ROUND%"
"""Where it stands, every turn through all bodies has a number of its own of five digits: customers that are new in each."""


class Connection(asyncio.Protocol):
    """One open connection with at most one request under way."""

    def __init__(self) -> None:
        self._received = b""
        self._awaited: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._awaited and not self._awaited.done():
            self._awaited.set_exception(exc or ConnectionResetError("the server closed the connection"))

    async def ask(self, request: bytes) -> int:
        """Send; gives the status of the answer."""
        self._awaited = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._awaited

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        told = LENGTH.search(head) if found else None
        if told and len(rest) >= int(told[1]) and self._awaited:
            self._received = b""
            self._awaited.set_result(int(head[9:12]))


class Load:
    """All connections, and what they saw."""

    def __init__(self, requests: list[bytes]) -> None:
        self._requests = requests
        self._serial = 0
        self.waits: list[float] = []
        self.statuses: Counter[int] = Counter()

    def request(self) -> bytes:
        """The next one."""
        turn, place = divmod(self._serial, len(self._requests))
        self._serial += 1
        return self._requests[place].replace(SERIAL, b"%08d" % self._serial).replace(ROUND, b"%05d" % turn)

    async def one(self, connection: Connection, began: float) -> None:
        """Ask once; the wait counts from `began`."""
        self.statuses[await connection.ask(self.request())] += 1
        self.waits.append(time.perf_counter() - began)

    async def storm(self, connections: list[Connection], requests: int) -> None:
        """Every connection asks again as soon as it was answered."""

        async def sender(connection: Connection) -> None:
            for _ in range(requests // len(connections)):
                await self.one(connection, time.perf_counter())

        await asyncio.gather(*map(sender, connections))

    async def steady(self, connections: list[Connection], requests: int, rate: float) -> None:
        """`rate` requests a second, whoever is free; who is late is late from the beginning of his turn."""
        free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in connections:
            free.put_nowait(connection)
        began = time.perf_counter()

        async def at(due: float) -> None:
            connection = await free.get()
            await self.one(connection, due)
            free.put_nowait(connection)

        running = set()
        for number in range(requests):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            running.add(asyncio.create_task(at(due)))
        await asyncio.gather(*running)


async def run(chosen: argparse.Namespace) -> dict[str, object]:
    """The whole load."""
    key = base64.b64encode(f"{chosen.key}:".encode()).decode()
    requests = [request_of(body, chosen.path, key) for body in chosen.bodies.read_bytes().splitlines()]
    load, loop = Load(requests), asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", chosen.port) for _ in range(chosen.connections)]
    connections = [protocol for _, protocol in made]
    began = time.perf_counter()
    if chosen.rate:
        await load.steady(connections, chosen.requests, chosen.rate)
    else:
        await load.storm(connections, chosen.requests)
    seconds = time.perf_counter() - began
    waits = sorted(load.waits)
    at = {name: round(1000 * waits[min(len(waits) - 1, int(share * len(waits)))], 2) for name, share in SHARES.items()}
    return {"requests": len(waits), "seconds": round(seconds, 3), **at, "statuses": dict(load.statuses)}


def request_of(body: bytes, path: str, key: str) -> bytes:
    """The whole request."""
    size = len(body.replace(SERIAL, b"0" * 8).replace(ROUND, b"0" * 5))
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Basic {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    )
    return head.encode() + body


SHARES = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--key", default="key")
    print(json.dumps(uvloop.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()
