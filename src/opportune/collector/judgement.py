"""From a body to log lines: each call of it is taken or refused on its own."""

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from opportune.adapters.logs.line import written
from opportune.collector.calls import MUST_BE_TIME, Call, call_of
from opportune.collector.consent import Withheld
from opportune.collector.flaws import DEEPEST, LONGEST_INTEGER, flaw_in
from opportune.collector.parcels import Parcel
from opportune.collector.refusals import Refusal
from opportune.collector.shape import is_time, line_of, refusal_of
from opportune.language.vocabulary.instants import Instant

_LONG_INTEGER = re.compile(rb"\d{%d}" % LONGEST_INTEGER)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What of a body can be stored, and what cannot, by its place in the batch (from 0)."""

    lines: Sequence[bytes]
    refusals: tuple[tuple[int, Refusal], ...]
    withheld: tuple[str, ...] = ()
    """The purpose of each call its visitor had not consented to."""
    beside: int = 0
    """How many of the lines are ours: what a browser's signals say besides its calls."""


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """How a body came: through which endpoint (None: batch), from which source, when; and where missing message ids come from."""

    kind: str | None
    source: str
    arrived_at: Instant
    message_id: Callable[[], str]
    passed: Callable[[Call], Call | Withheld | Refusal] = lambda call: call
    """What a call of good shape becomes before it is stored: see `threshold`."""
    beside: Callable[[Call], Iterable[tuple[str, Call]]] = lambda _call: ()
    """What is stored together with a call, and as of which source."""


def judged(parcel: Parcel, how: Circumstances) -> Judged | Refusal:
    """Every call of a parcel judged; a Refusal when what stands beside the calls is wrong."""
    if parcel.sent_at and not is_time(parcel.sent_at):
        return Refusal("sentAt", MUST_BE_TIME)
    lines: list[bytes] = []
    refusals: list[tuple[int, Refusal]] = []
    withheld: list[str] = []
    beside: dict[object, bytes] = {}
    for index, sent in enumerate(parcel.calls):
        call = sent if isinstance(sent, Refusal) else _call_of(sent, parcel, how)
        line = call if isinstance(call, Refusal | Withheld) else _line_of(call, how)
        if isinstance(line, Refusal):
            refusals.append((index, line))
        elif isinstance(line, Withheld):
            withheld.append(line.purpose)
        else:
            lines.append(line)
            beside |= _beside(call, how)
    return Judged(lines=(*lines, *beside.values()), refusals=tuple(refusals), withheld=tuple(withheld), beside=len(beside))


def _call_of(raw: bytes, parcel: Parcel, how: Circumstances) -> Call | Withheld | Refusal:
    """A call as it may be stored."""
    call = call_of(raw)
    if isinstance(call, Refusal):
        return call
    call.type = how.kind or call.type
    call.sent_at = call.sent_at or parcel.sent_at
    if parcel.context:
        call.context = {**parcel.context, **(call.context or {})}
    return refusal_of(call) or how.passed(call)


def _line_of(call: Call, how: Circumstances) -> bytes | Refusal:
    content = written(line_of(call, source=how.source, arrived_at=how.arrived_at, message_id=how.message_id))
    return (_is_suspect(content) and _flaw_in(call)) or content


def _beside(call: object, how: Circumstances) -> dict[object, bytes]:
    """The lines that go with a stored call, by their ids: once, however many calls of the body bring it along."""
    found = how.beside(call) if isinstance(call, Call) else ()
    lines = {each.message_id: _line_of(each, replace(how, source=source)) for source, each in found}
    return {message_id: line for message_id, line in lines.items() if isinstance(line, bytes)}


def _is_suspect(content: bytes) -> bool:
    """Whether a line could hold what strict decoding lets through: looked for cheaply, since nearly none does."""
    return b"\\u0000" in content or content.count(b"{") + content.count(b"[") > DEEPEST or _LONG_INTEGER.search(content) is not None


def _flaw_in(call: Call) -> Refusal | None:
    fields = {"properties": call.properties, "traits": call.traits, "context": call.context, "name": call.name, "category": call.category}
    return flaw_in(fields)
