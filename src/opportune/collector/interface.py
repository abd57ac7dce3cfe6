"""The OpenAPI document of what `serve` answers to programs. It holds nothing of anybody, so anybody may read it.

Reads   GET or HEAD /api/openapi.json
Held to tests/collector/test_interface.py, which holds it to the code, and tests/live/test_interface.py, which has schemathesis ask by it
"""

from functools import cache
from pathlib import Path

from opportune.collector.answers import Answer, Receive, Scope, Send, failure

PATH = "/api/openapi.json"
FILE = Path(__file__).with_name("openapi.json")


@cache
def _document() -> Answer:
    return Answer(200, FILE.read_bytes())


async def interface(scope: Scope, _receive: Receive, send: Send) -> None:
    """ASGI application for PATH."""
    if scope["method"] not in ("GET", "HEAD"):
        return await failure(405, "not_allowed", "ask with GET", (b"allow", b"GET, HEAD")).give(send)
    await (_document() if scope["method"] == "GET" else Answer(200)).give(send)
