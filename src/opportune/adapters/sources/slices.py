"""Files of JSON lines in slices; a slice of nothing but Segment calls is log lines already and needs no reading into a table.

Reads   NDJSON
Gives   blocks of whole lines; `as_log`, a block with `source` and, where asked, `receivedAt` put before each line's own: the first of
        two equal names is the one the engine reads
Cost    0.8 µs a line of 280 bytes, a fifth of what a table of the same lines takes
Held to tests/imports/test_slices.py
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from opportune.language.vocabulary.instants import Instant, format_instant

_Made = TypeVar("_Made")
SLICE_BYTES = 64 << 20
"""Bounds the memory of an import, which holds two; one slice is loaded in one transaction."""


class _Sent(msgspec.Struct, gc=False, kw_only=True):
    """A line that is a Segment call and leaves nothing to be filled in: its id and times are there, no column of a flat row is."""

    type: Literal["track", "page", "screen", "identify", "alias", "group"]
    event_id: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="messageId")
    timestamp: str
    customer_id: None = None
    ts: None = None


class _Received(_Sent, kw_only=True):
    """And it says when it was received."""

    received_at: str = msgspec.field(name="receivedAt")


_SENT, _RECEIVED = msgspec.json.Decoder(_Sent), msgspec.json.Decoder(_Received)


def slices(file: Path, limit: int = SLICE_BYTES) -> Iterator[bytes]:
    """The file in blocks of whole lines, each a little over `limit` bytes or the last; every line ended."""
    with file.open("rb") as content:
        while block := content.read(limit):
            block += content.readline()
            yield block if block.endswith(b"\n") else block + b"\n"


def lines_of(file: Path) -> int:
    """How many lines the file has, one without an end counted."""
    number, last = 0, b"\n"
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            number, last = number + block.count(b"\n"), block[-1:]
    return number + (last != b"\n")


def ahead(made: Iterator[_Made]) -> Iterator[_Made]:
    """The same, the next one always being made while the last is in use: engines leave Python's thread idle."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, made, None)
        while (found := coming.result()) is not None:
            coming = pool.submit(next, made, None)
            yield found


def as_log(block: bytes, arrives_at: Instant | None) -> bytes | None:
    """The block as log lines of an import, one for each line; None where a line is not plainly a Segment call."""
    try:
        number = len((_RECEIVED if arrives_at is None else _SENT).decode_lines(block))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not number == block.count(b"\n") == block.count(b"\n{") + block.startswith(b"{"):
        return None
    received = b"" if arrives_at is None else f'"receivedAt":"{format_instant(arrives_at)}",'.encode()
    begins = b'{"source":"import",' + received
    return begins + block[1:].replace(b"\n{", b"\n" + begins)
