"""A real HTTP server on loopback that answers what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Said:
    """An answer; `body` is JSON unless it is bytes."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """A request: path, its query, its headers."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class Site:
    """`asked` are the requests so far; `answer` says what comes back."""

    def __init__(self, answer: Callable[[Asked], Said]) -> None:
        self.asked: list[Asked] = []
        site = self

        class Answering(BaseHTTPRequestHandler):
            """Every path."""

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, {name: said[-1] for name, said in parse_qs(parts.query).items()}, dict(self.headers))
                site.asked.append(asked)
                said = answer(asked)
                body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
                self.send_response(said.status)
                for name, value in {"Content-Length": str(len(body)), **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.port = self._server.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.place}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def site(answer: Callable[[Asked], Said]) -> Iterator[Site]:
    """A server for the length of a block."""
    opened = Site(answer)
    try:
        yield opened
    finally:
        opened.close()
