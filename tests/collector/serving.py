"""The collector under a real server, and edges that turn their first request away."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from tests.collector.edge import NOON, Edge

from opportune.adapters.logs.segments import Segments


@contextmanager
def served(app) -> Iterator[str]:
    """The address of a server in a thread of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


class BusyOnce:
    """A log that has too much to do when it is asked for the first time."""

    def __init__(self, log) -> None:
        self.submit, self.seal, self.close = log.submit, log.seal, log.close
        self._waiting = iter([2**30])

    @property
    def waiting_bytes(self) -> int:
        return next(self._waiting, 0)


def turning_away_once(folder, status: int) -> Edge:
    """An edge that answers its first request with 429, its log being busy, or with 503, its disk being full."""
    log = Segments.open(folder, clock=lambda: NOON)
    if status == 429:
        return Edge(folder, log=BusyOnce(log))
    free = iter([0])
    return Edge(folder, log=log, free_bytes=lambda: next(free, 10**12))
