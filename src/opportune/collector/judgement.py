"""From a body to log lines: each call of it is taken or refused on its own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opportune.adapters.logs.line import written
from opportune.collector.calls import MUST_BE_TIME, Call, call_of
from opportune.collector.flaws import DEEPEST, LONGEST_INTEGER, flaw_in
from opportune.collector.parcels import Parcel
from opportune.collector.refusals import Refusal
from opportune.collector.shape import is_time, line_of
from opportune.language.vocabulary.instants import Instant

_LONG_INTEGER = re.compile(rb"\d{%d}" % LONGEST_INTEGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What of a body can be stored, and what cannot, by its place in the batch (from 0)."""

    lines: Sequence[bytes]
    refusals: tuple[tuple[int, Refusal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How a body came: through which endpoint (None: batch), from which source, when; and where missing message ids come from."""

    kind: str | None
    source: str
    arrived_at: Instant
    message_id: Callable[[], str]


def judged(parcel: Parcel, how: Circumstances) -> Judged | Refusal:
    """Every call of a parcel judged; a Refusal when what stands beside the calls is wrong."""
    if parcel.sent_at and not is_time(parcel.sent_at):
        return Refusal("sentAt", MUST_BE_TIME)
    lines, refusals = [], []
    for index, sent in enumerate(parcel.calls):
        line = sent if isinstance(sent, Refusal) else _line_of(sent, parcel, how)
        if isinstance(line, Refusal):
            refusals.append((index, line))
        else:
            lines.append(line)
    return Judged(lines=tuple(lines), refusals=tuple(refusals))


def _line_of(raw: bytes, parcel: Parcel, how: Circumstances) -> bytes | Refusal:
    call = call_of(raw)
    if isinstance(call, Refusal):
        return call
    call.type = how.kind or call.type
    call.sent_at = call.sent_at or parcel.sent_at
    if parcel.context:
        call.context = {**parcel.context, **(call.context or {})}
    line = line_of(call, source=how.source, arrived_at=how.arrived_at, message_id=how.message_id)
    if isinstance(line, Refusal):
        return line
    content = written(line)
    return (_is_suspect(content) and _flaw_in(call)) or content


def _is_suspect(content: bytes) -> bool:
    """Whether a line could hold what strict decoding lets through: looked for cheaply, since nearly none does."""
    return b"\\u0000" in content or content.count(b"{") + content.count(b"[") > DEEPEST or _LONG_INTEGER.search(content) is not None


def _flaw_in(call: Call) -> Refusal | None:
    fields = {"properties": call.properties, "traits": call.traits, "context": call.context, "name": call.name, "category": call.category}
    return flaw_in(fields)
