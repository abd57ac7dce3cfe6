"""The server that is measured, in a process of its own on one core: the collector with its log on disk, or an empty ASGI application.

Run      python benchmarks/edge/server.py collector|empty FOLDER [--core N]
Gives    its port on the first line; ends by SIGTERM
"""

import argparse
import os
import socket
import time
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from opportune.adapters.logs.segments import Segments
from opportune.collector.app import Collector
from opportune.collector.sources import Source
from opportune.language.vocabulary.instants import Instant
from opportune.shell.memory import look_rarely

ANSWER = b'{"success": true}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def empty(scope: Any, receive: Any, send: Any) -> None:
    """What no collector can be faster than: the body read, nothing done with it, the same answer."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


def now() -> Instant:
    """The machine's clock."""
    return Instant(time.time_ns() // 1_000)


def collector(folder: Path) -> Any:
    """The collector as `serve` has it, but that nobody loads what it writes."""
    log, source = Segments.open(folder / "log", clock=now), Source(name="shop")
    return Collector(log=log, sources=lambda key: source, clock=now, following=empty, ready=lambda: True, free_bytes=lambda: 2**40)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("collector", "empty"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--core", type=int)
    chosen = parser.parse_args()
    if chosen.core is not None:
        os.sched_setaffinity(0, {chosen.core})
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    app = empty if chosen.kind == "empty" else collector(chosen.folder)
    config = uvicorn.Config(app, interface="asgi3", lifespan="off", log_level="warning", access_log=False, server_header=False)
    look_rarely()  # as serve does; so does the empty application
    print(listening.getsockname()[1], flush=True)
    uvloop.run(uvicorn.Server(config).serve([listening]))


if __name__ == "__main__":
    main()
