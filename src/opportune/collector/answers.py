"""What the collector answers: JSON with a status, open to scripts of any origin unless keys are bound to some."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from opportune.collector.refusals import Refusal

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""ASGI, https://asgi.readthedocs.io/en/latest/specs/www.html"""

MOST_REFUSALS_TOLD = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    code: str = ""
    """Of a failure."""
    origin: bytes | None = b"*"
    """Which pages may read it; None: none."""

    async def give(self, send: Send) -> None:
        """Send it, with its length and the headers that let web pages read it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self._all_headers()})
        await send({"type": "http.response.body", "body": self.body})

    def _all_headers(self) -> Sequence[tuple[bytes, bytes]]:
        if self is STORED:
            return _OF_STORED
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.body)).encode()), *self.headers]
        if self.origin is not None:
            headers += ((b"access-control-allow-origin", self.origin), (b"access-control-expose-headers", b"retry-after"))
        if self.origin != b"*":
            headers.append((b"vary", b"origin"))
        return headers


STORED = Answer(200, b'{"success": true}')
_OF_STORED = replace(STORED)._all_headers()
"""Made once: it is nearly every answer."""
PREFLIGHT = Answer(
    204,
    b"",
    (
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", b"authorization, content-type, content-encoding, x-retry-count"),
        (b"access-control-max-age", b"86400"),
    ),
)


def failure(status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """An answer for a whole request. Segment's client libraries show `code` and `message`."""
    return Answer(status, msgspec.json.encode({"success": False, "code": code, "message": message}), headers, code)


def try_again(status: int, code: str, message: str, *, seconds: int) -> Answer:
    """Nothing was stored; the sender keeps it and comes back. Segment's client libraries do so on 429 and 5xx."""
    return failure(status, code, message, (b"retry-after", str(seconds).encode()))


def refused(refusals: Sequence[tuple[int | None, Refusal]], *, accepted: int) -> Answer:
    """400: what was refused, and how many calls of the same body were stored."""
    told = [{"index": index, "field": refusal.field, "message": refusal.message} for index, refusal in refusals[:MOST_REFUSALS_TOLD]]
    body = {
        "success": False,
        "code": "refused",
        "message": _sentence(*refusals[0]),
        "error": told[0],
        "errors": told,
        "accepted": accepted,
        "refused": len(refusals),
    }
    return Answer(400, msgspec.json.encode(body))


def _sentence(index: int | None, refusal: Refusal) -> str:
    where = [*([] if index is None else [f"call {index}"]), *([refusal.field] if refusal.field else [])]
    return f"{', '.join(where)}: {refusal.message}" if where else refusal.message
