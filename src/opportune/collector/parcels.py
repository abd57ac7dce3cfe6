"""A body as sent: one call, or a batch of them that are judged one by one, so that a broken call does not lose its neighbours."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from opportune.collector.flaws import flaw_in, read_leniently
from opportune.collector.refusals import Refusal

MOST_CALLS = 2_500
LARGEST_CONTEXT_BYTES = 4 * 1024
"""Of the context beside a batch, which is copied into each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The calls of one body, each as JSON or already refused, and what was said for all of them."""

    calls: tuple[bytes | Refusal, ...]
    sent_at: str | None = None
    context: dict[str, Any] = field(default_factory=dict)
    write_key: str | None = None


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: str | None = None
    context: dict[str, Any] | None = None
    write_key: str | None = None


class _Keyed(msgspec.Struct, rename="camel"):
    write_key: str | None = None


def parcel_of_one(body: bytes) -> Parcel:
    """The body of `/v1/track` and its like."""
    try:
        key = msgspec.json.decode(body, type=_Keyed).write_key
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        key = None
    return Parcel(calls=(body,), write_key=key)


def parcel_of_batch(body: bytes) -> Parcel | Refusal:
    """The body of `/v1/batch`. One bad text would make the whole of it undecodable, so it is then read leniently, call by call."""
    try:
        sent = msgspec.json.decode(body, type=_Batch)
    except msgspec.ValidationError as error:
        return _refusal_of(error)
    except RecursionError:
        return Refusal(None, "the body nests too deeply; flatten it")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _batch_with_flaws(body)
    return _parcel(sent, tuple(map(bytes, sent.batch)))


def _batch_with_flaws(body: bytes) -> Parcel | Refusal:
    try:
        sent = read_leniently(body)
    except RecursionError:
        return Refusal(None, "the body nests too deeply; flatten it")
    except ValueError as error:
        return Refusal(None, f"the body is not JSON: {error}")
    if not isinstance(sent, dict) or not isinstance(sent.get("batch"), list):
        return Refusal("batch", 'must be a list of calls: {"batch": [...]}')
    calls = tuple(flaw_in(call) or msgspec.json.encode(call) for call in sent["batch"])
    beside = {**sent, "batch": []}
    flaw = flaw_in(beside)
    if flaw:
        return flaw
    try:
        return _parcel(msgspec.json.decode(msgspec.json.encode(beside), type=_Batch), calls)
    except msgspec.ValidationError as error:
        return _refusal_of(error)


def _parcel(sent: _Batch, calls: tuple[bytes | Refusal, ...]) -> Parcel | Refusal:
    if len(calls) > MOST_CALLS:
        return Refusal("batch", f"holds {len(calls)} calls; send at most {MOST_CALLS} in one batch")
    context = sent.context or {}
    if context and len(msgspec.json.encode(context)) > LARGEST_CONTEXT_BYTES:
        return Refusal("context", f"is larger than {LARGEST_CONTEXT_BYTES // 1024} KB; put it into the calls that need it")
    return Parcel(calls=calls, sent_at=sent.sent_at, context=context, write_key=sent.write_key)


def _refusal_of(error: msgspec.ValidationError) -> Refusal:
    """Which field beside the calls is of the wrong type."""
    for name, wanted in (("sentAt", "must be an ISO 8601 time"), ("context", "must be a JSON object"), ("writeKey", "must be text")):
        if f"$.{name}" in str(error):
            return Refusal(name, wanted)
    return Refusal("batch", 'must be a list of calls: {"batch": [...]}')
