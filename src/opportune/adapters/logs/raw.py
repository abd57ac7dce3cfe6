"""What webhooks brought, as it came: a second log, `raw/` in the data folder, kept for a while so that it can be told again.

Lines are written by a `Segments` of its own, durable before anything is made of them; `receivedAt` is its to give.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import msgspec

from opportune.adapters.logs.folder import LOADED
from opportune.adapters.logs.log import Log
from opportune.adapters.logs.segment import CLOSED, stamp_of
from opportune.language.vocabulary.instants import Instant, parse_instant

FOLDER = "raw"


class Raw(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, rename="camel"):
    """One believed request. `headers` are those its connector keeps, none of them a secret."""

    source: str
    media: str = "application/json"
    headers: dict[str, str] = {}
    text: str | None = None
    """The body where it is UTF-8, else in base64 as `packed`."""
    packed: str | None = None
    received_at: str = ""

    @classmethod
    def of(cls, *, source: str, media: str, headers: dict[str, str], body: bytes) -> "Raw":
        """A request, its body exactly as it came."""
        try:
            return cls(source=source, media=media, headers=headers, text=body.decode("utf-8"))
        except UnicodeDecodeError:
            return cls(source=source, media=media, headers=headers, packed=b64encode(body).decode())

    @property
    def body(self) -> bytes:
        """What came, byte for byte."""
        return self.text.encode() if self.text is not None else b64decode(self.packed or "")


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Raw)


def raw_line(raw: Raw) -> bytes:
    """As `Log.append` takes it."""
    return _ENCODER.encode(raw)


def put_by(log: Log) -> None:
    """Close what was written so far and put it under its day, where `raw_since` finds it and `drop_before` takes it out."""
    log.release(log.seal().segments)


def raw_since(folder: Path, since: Instant) -> Iterator[Raw]:
    """What was put by and received at `since` or later, oldest first, one segment in memory at a time."""
    paths = sorted(folder.glob(f"{LOADED}/*/*{CLOSED}"), key=lambda path: path.name)
    first = _name(max(since, Instant(0)))
    # A segment is named by its first instant, so one whose follower begins by `since` holds nothing later.
    passed = sum(following.name[: len(first)] <= first for following in paths[1:])
    for path in paths[passed:]:
        with path.open("rb") as lines:
            for line in lines:
                raw = _DECODER.decode(line)
                if parse_instant(raw.received_at) >= since:
                    yield raw


def drop_before(folder: Path, before: Instant) -> int:
    """Delete the days that ended before an instant; gives how many segments went."""
    day = stamp_of(before)[:10]
    dropped = 0
    for old in sorted(folder.glob(f"{LOADED}/*")):
        if old.name < day:
            for path in sorted(old.glob(f"*{CLOSED}")):
                path.unlink()
                dropped += 1
            old.rmdir()
    return dropped


def _name(instant: Instant) -> str:
    return stamp_of(instant).replace("-", "").replace(":", "")
