"""The body of a request: read up to a limit, unpacked up to the same limit."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from opportune.collector.answers import Answer, Message, Receive, failure, try_again
from opportune.collector.patience import Patience

PATIENCE_SECONDS = 30
"""For a whole body; who sends slower is cut off."""
MOST_SKIPPED_BYTES = 8 * 2**20
"""Of an over-long body this much is read and thrown away, since a sender that is cut off while it sends never reads the 413."""
_GZIP = 16 + zlib.MAX_WBITS
_JSON = (b"", b"application/json", b"text/plain")
"""Browsers send beacons as text/plain, to be spared a preflight."""


MOST_UNFINISHED_BYTES = 64 * 2**20
"""Of all bodies that have begun and not ended. Nobody has shown a key by then: without a bound, whoever opens connections fills memory."""


@dataclass(slots=True)
class Reading:
    """What all bodies share that are being read."""

    patience: Patience
    most_bytes: int = MOST_UNFINISHED_BYTES
    unfinished_bytes: int = 0


_READING = Reading(Patience(PATIENCE_SECONDS))


async def body_of(headers: Mapping[bytes, bytes], receive: Receive, most_bytes: int, reading: Reading = _READING) -> bytes | Answer | None:
    """The plain body, or why it is not taken; None when the sender went away."""
    sent = await raw_body_of(receive, most_bytes, reading)
    if not isinstance(sent, bytes):
        return sent
    packing = headers.get(b"content-encoding", b"").strip().lower()
    if packing not in (b"", b"identity", b"gzip", b"x-gzip"):
        return failure(415, "unknown_encoding", "Content-Encoding must be gzip or absent")
    media, _, parameters = headers.get(b"content-type", b"").lower().partition(b";")
    if media.strip() not in _JSON:
        return failure(415, "unknown_type", "Content-Type must be application/json")
    if b"charset=" in parameters and b"utf-8" not in parameters:
        return failure(415, "unknown_charset", "the body must be UTF-8")
    return _unpacked(sent, most_bytes) if b"gzip" in packing else sent


async def raw_body_of(receive: Receive, most_bytes: int, reading: Reading = _READING) -> bytes | Answer | None:
    """The body byte for byte as it was sent, or why it is not taken; None when the sender went away."""
    try:
        return await reading.patience.outlasts(_read(receive, most_bytes, reading))
    except TimeoutError:
        return failure(408, "slow_body", f"the body took longer than {PATIENCE_SECONDS} s", (b"connection", b"close"))


async def _read(receive: Receive, most_bytes: int, reading: Reading) -> bytes | Answer | None:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        return whole if len(whole) <= most_bytes else _too_long(most_bytes)
    kept = _Parts(reading)
    try:
        return await _put_together(message, receive, most_bytes, kept)
    finally:
        reading.unfinished_bytes -= kept.bytes


class _Parts:
    """What has come of one body so far."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.parts: list[bytes] = []
        self.bytes = 0

    def add(self, part: bytes) -> bool:
        """False where all bodies together have become too much."""
        self.parts.append(part)
        self.bytes += len(part)
        self._reading.unfinished_bytes += len(part)
        return self._reading.unfinished_bytes <= self._reading.most_bytes


async def _put_together(message: Message, receive: Receive, most_bytes: int, kept: _Parts) -> bytes | Answer | None:
    length = 0
    while message["type"] != "http.disconnect":
        part = message.get("body", b"")
        length += len(part)
        if length <= most_bytes and not kept.add(part):
            return try_again(429, "busy", "more arrives than there is room for; come back", seconds=1)
        if not message.get("more_body", False) or length > MOST_SKIPPED_BYTES:
            return b"".join(kept.parts) if length <= most_bytes else _too_long(most_bytes)
        message = await receive()
    return None


def _too_long(most_bytes: int) -> Answer:
    return failure(413, "too_long", f"the body is larger than {most_bytes // 1024} KB; send it in several", (b"connection", b"close"))


def _unpacked(packed: bytes, most_bytes: int) -> bytes | Answer:
    """One gzip member. What would unpack to more than `most_bytes` is not unpacked further."""
    unpacking = zlib.decompressobj(_GZIP)
    try:
        plain = unpacking.decompress(packed, most_bytes + 1)
    except zlib.error as error:
        return failure(400, "bad_gzip", f"the body is not gzip: {error}")
    if len(plain) > most_bytes:
        return _too_long(most_bytes)
    if not unpacking.eof or unpacking.unused_data:
        return failure(400, "bad_gzip", "the body is not one whole gzip member")
    return plain
