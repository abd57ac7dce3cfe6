"""A Segment call as sent: decoded, or refused with the field that is in the way."""

import re
from typing import Any

import msgspec

from opportune.collector.flaws import flaw_in, read_leniently
from opportune.collector.refusals import Refusal

LARGEST_CALL_BYTES = 32 * 1024
Id = str | int | float | None


class Call(msgspec.Struct, kw_only=True, rename="camel"):
    """The fields we keep of a call, with the types Segment gives them; other fields are ignored."""

    type: str | None = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    click: str | None = msgspec.field(default=None, name="$click")
    """A token of a click on a mail, once it was taken out of the context."""


_DECODER = msgspec.json.Decoder(Call)
_FIELD = re.compile(r"at `\$\.(\w+)")
_OBJECTS = ("properties", "traits", "context")
_IDS = ("messageId", "userId", "anonymousId", "previousId", "groupId")
_TIMES = ("timestamp", "originalTimestamp", "sentAt")
MUST_BE_TIME = 'must be an ISO 8601 time, such as "2026-03-01T12:00:00.000Z"; leave it out for the time of arrival'


def call_of(raw: bytes) -> Call | Refusal:
    """The call in `raw`, which is one JSON value."""
    if len(raw) > LARGEST_CALL_BYTES:
        return Refusal(None, f"is larger than {LARGEST_CALL_BYTES // 1024} KB; send less with one call")
    try:
        return _DECODER.decode(raw)
    except RecursionError:
        return Refusal(None, "nests too deeply; flatten it")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _refusal_of(raw, error)


def _refusal_of(raw: bytes, error: Exception) -> Refusal:
    """Why strict decoding failed: a flaw that can be named, JSON that is none, or a field of the wrong type."""
    try:
        flaw = flaw_in(read_leniently(raw))
    except RecursionError:
        return Refusal(None, "nests too deeply; flatten it")
    except ValueError as broken:
        return Refusal(None, f"is not JSON: {broken}")
    if flaw:
        return flaw
    named = _FIELD.search(str(error))
    return Refusal(named[1], _type_wanted(named[1])) if named else Refusal(None, "must be a JSON object")


def _type_wanted(field: str) -> str:
    if field in _OBJECTS:
        return 'must be a JSON object, such as {"price": 12.5}'
    if field in _IDS:
        return "must be text or a number"
    return MUST_BE_TIME if field in _TIMES else "must be text"
