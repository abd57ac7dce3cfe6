"""A shop's pages on one origin, a real collector on another, and what of the pages reached its log."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.collector.edge import Edge
from tests.collector.serving import served
from tests.live.serving import until

from opportune.adapters.logs.segments import Segments
from opportune.adapters.places import Place
from opportune.collector.consent import rules_of
from opportune.collector.script import PATHS, ScriptEndpoints
from opportune.collector.sources import Source, hash_of, keyring
from opportune.collector.threshold import Threshold
from opportune.language.vocabulary.instants import Instant

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "sample-shop"
KEY = "a-browsers-key"
TAG = 'data-banner data-policy="privacy.html"'
"""What the sample shop's own tag says beside its key."""
FOLLOWED = 'data-opt-in="no"'
"""A region where silence means yes."""
ASKED = 'data-opt-in="yes"'
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def now() -> Instant:
    """The real time: what a page sends is corrected by its own clock."""
    return Instant(time.time_ns() // 1000)


@dataclass
class Stage:
    """A collector whose answers can be made to fail, and a shop whose pages and tag can be set."""

    edge: Edge
    address: str = ""
    host: str = ""
    tag: str = FOLLOWED
    pages: dict[str, str] = field(default_factory=dict)
    """Path → the body of a page beside those of the sample shop."""
    country: str | None = "US"
    """Where the collector takes the visitor to be."""
    turned_away: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers of the next answers to calls."""
    bodies: list[bytes] = field(default_factory=list)
    """Of every request for calls, taken or not."""
    asked: list[str] = field(default_factory=list)
    """The paths asked of the collector."""

    def lines(self) -> list[dict[str, Any]]:
        """Everything in the log, in order."""
        return self.edge.lines()

    def events(self) -> list[str]:
        """Names of what happened, pages as `Page Viewed`, other calls by their kind."""
        return [name_of(line) for line in self.lines()]

    def arrived(self, name: str, n: int = 1) -> list[dict[str, Any]]:
        """The lines of that name, once there are `n` of them."""
        until(f"{n} of {name}", lambda: self.events().count(name) >= n, 10)
        return [line for line in self.lines() if name_of(line) == name]


def name_of(line: dict[str, Any]) -> str:
    """`Product Viewed`, `Page Viewed`, `identify`."""
    return "Page Viewed" if line["type"] == "page" else str(line.get("event") or line["type"])


def failing(stage: Stage, app: Any) -> Callable[..., Any]:
    """The collector, behind what keeps count and turns away."""

    async def answered(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        stage.asked.append(scope["path"])
        if scope["path"] != "/v1/batch" or scope["method"] != "POST":
            return await app(scope, receive, send)
        body, has_more = b"", True
        while has_more:
            message = await receive()
            body, has_more = body + message.get("body", b""), message.get("more_body", False)
        stage.bodies.append(body)
        if stage.turned_away:
            status, headers = stage.turned_away.pop(0)
            told = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after", **headers}
            await send({"type": "http.response.start", "status": status, "headers": [(k.encode(), v.encode()) for k, v in told.items()]})
            return await send({"type": "http.response.body", "body": b""})

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        return await app(scope, again, send)

    return answered


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """A stage with the sample shop on it."""
    rules = rules_of(home="DE", opt_in=("EU", "EEA", "UK", "CH"), double_opt_in=(), categories={})
    threshold = Threshold(rules=rules, place_of=lambda _: Place(stage.country, None, "test") if stage.country else None)
    script = ScriptEndpoints(lambda: threshold)

    async def following(scope: Any, receive: Any, send: Any) -> None:
        assert scope["path"] in PATHS, scope["path"]
        await script(scope, receive, send)

    keys = keyring({hash_of(KEY): Source(name="web", is_browser=True)})
    edge = Edge(folder, Segments.open(folder, clock=now), sources=keys, clock=now, following=following, threshold=threshold)
    stage = Stage(edge)
    with served(failing(stage, edge.collector)) as stage.host, _shop(stage) as stage.address:
        yield stage
    edge.close()


@contextmanager
def _shop(stage: Stage) -> Iterator[str]:
    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            body = _page(stage, path)
            self.send_response(200 if body else 404)
            self.send_header("content-type", KINDS.get(Path(path).suffix, KINDS[".html"]))
            self.send_header("content-security-policy", _policy(stage.host))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _policy(host: str) -> str:
    """As docs/browser.md gives it: scripts and connections of the collector, and nothing inline."""
    return f"default-src 'self'; img-src 'self' data:; script-src 'self' {host}; connect-src {host}; require-trusted-types-for 'script'"


def _page(stage: Stage, path: str) -> bytes:
    """A page of the test, with the tag in its head, or a file of the sample shop whose tag is the test's."""
    snippet = f'<script async src="{stage.host}/opportune.js" data-key="{KEY}" {stage.tag}></script>'
    if path in stage.pages:
        title = path.strip("/") or "page"
        return f'<!doctype html><html lang="en"><title>{title}</title><link rel="icon" href="data:,">{snippet}{stage.pages[path]}'.encode()
    file = SHOP / (path.strip("/") or "index.html")
    if not file.is_file():
        return b""
    body = file.read_bytes()
    if file.suffix != ".html":
        return body
    text = body.decode().replace("http://127.0.0.1:8000", stage.host).replace("WRITE_KEY", KEY).replace(TAG, stage.tag)
    return text.encode()
