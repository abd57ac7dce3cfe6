"""A log line: one Segment call as JSON, checked for shape and nothing else. What it means is decided at load.

`receivedAt` is added by the log when the line is written.
"""

from collections.abc import Mapping
from typing import Any

import msgspec


class Line(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, rename="camel"):
    """One call. Its texts hold no control characters in names and ids, and nowhere a NUL or half a surrogate pair."""

    type: str
    """track, page, screen, identify, alias or group."""
    message_id: str
    source: str
    """Name of the source whose key sent it; `import` for imports."""
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    group_id: str | None = None
    event: str | None = None
    name: str | None = None
    """Of a page or screen."""
    category: str | None = None
    """Of a page or screen."""
    timestamp: str | None = None
    """ISO 8601, corrected for clock skew; absent: when it is received."""
    original_timestamp: str | None = None
    """As sent, when `timestamp` was corrected."""


_ENCODER = msgspec.json.Encoder()


def written(line: Line) -> bytes:
    """The JSON of a line, as `Log.append` takes it: one object without a raw line break."""
    return _ENCODER.encode(line)


def line_of_call(call: Mapping[str, Any], *, source: str) -> Line:
    """The line of a Segment call that our own code made: sound in shape, keys as Segment writes them."""
    return msgspec.convert({"properties": {}, "traits": {}, "context": {}, **call, "source": source}, Line)
