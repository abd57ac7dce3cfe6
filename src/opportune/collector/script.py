"""The script for the shop's pages, and the one thing it asks before it stores or sends anything: whether people are asked first here.

Reads   GET or HEAD /opportune.js, /opportune-banner.js, /opportune/region
Gives   files of `collector/browser` (built by `npm --prefix browser run build`), open to pages of any origin, since they hold nothing of
        anybody; the region is looked up from the address, which goes no further
Held to tests/browser
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import msgspec

from opportune.collector.answers import Receive, Scope, Send
from opportune.collector.threshold import Threshold
from opportune.collector.visits import visit_of

FOLDER = Path(__file__).parent / "browser"
FILES = {"/opportune.js": FOLDER / "opportune.js", "/opportune-banner.js": FOLDER / "opportune-banner.js"}
REGION = "/opportune/region"
PATHS = (*FILES, REGION)
FRESH_SECONDS = 3600
"""For so long a browser uses the script and its region without asking; then it asks whether they changed."""
Headers = list[tuple[bytes, bytes]]
_OPEN: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class Built:
    """A file as it is sent: plain, packed, and the tag that names its content."""

    plain: bytes
    packed: bytes
    tag: bytes


@cache
def built(path: Path) -> Built:
    """A built file; it does not change while the process lives."""
    plain = path.read_bytes()
    return Built(plain, gzip.compress(plain, 9, mtime=0), b'"%s"' % hashlib.sha256(plain).hexdigest()[:32].encode())


@dataclass(frozen=True, slots=True)
class ScriptEndpoints:
    """ASGI application for PATHS. `threshold` gives the rules in force."""

    threshold: Callable[[], Threshold]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; asking changes nothing."""
        if scope["method"] not in ("GET", "HEAD"):
            return await _give(scope, send, 405, b"", [(b"allow", b"GET, HEAD")])
        if scope["path"] == REGION:
            return await self._region(scope, send)
        return await _file(built(FILES[scope["path"]]), scope, send)

    async def _region(self, scope: Scope, send: Send) -> None:
        """The country: as the page says by `of`, else that of the address; and whether silence means no there."""
        rules = self.threshold()
        said = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("of", [""])[0].partition("-")[0].upper()
        address = visit_of(scope, rules.trusted).address
        place = rules.place_of(address) if address and len(said) != 2 else None
        country = said if len(said) == 2 else place.country if place else None
        body = msgspec.json.encode({"region": country, "opt_in": rules.rules.asks(country)})
        kept = (b"cache-control", b"private, max-age=%d" % FRESH_SECONDS)
        await _give(scope, send, 200, body, [(b"content-type", b"application/json"), kept])


async def _file(file: Built, scope: Scope, send: Send) -> None:
    asked = dict(scope["headers"])
    kept: Headers = [
        (b"cache-control", b"public, max-age=%d, stale-while-revalidate=86400" % FRESH_SECONDS),
        (b"etag", file.tag),
        (b"vary", b"accept-encoding"),
    ]
    if file.tag in asked.get(b"if-none-match", b""):
        return await _give(scope, send, 304, b"", kept)
    kept.append((b"content-type", b"text/javascript; charset=utf-8"))
    if b"gzip" in asked.get(b"accept-encoding", b""):
        return await _give(scope, send, 200, file.packed, [*kept, (b"content-encoding", b"gzip")])
    return await _give(scope, send, 200, file.plain, kept)


async def _give(scope: Scope, send: Send, status: int, body: bytes, headers: Headers) -> None:
    length: Headers = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*_OPEN, *length, *headers]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
