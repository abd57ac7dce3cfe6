"""A refused call as an operator may see it: what was wrong and which fields it had, without anybody's values."""

import re
from typing import Any

from opportune.collector.calls import Call
from opportune.collector.flaws import read_leniently
from opportune.collector.refusals import Refusal

LONGEST_SAMPLE = 300
LONGEST_EVENT = 80
_SAID = ("type", "event")
"""Fields whose value is shown: names of things, not of people."""
_BESIDE = ("properties", "traits", "context")
_FIELDS = frozenset({*Call.__struct_encode_fields__, "batch", "writeKey"})
OTHER = "another field"
_FIRST = re.compile(r"[^.\[]*")


def reason_of(refusal: Refusal, whole: str) -> str:
    """The field a call or body was refused for, as one of few words; `whole` where it was refused as such."""
    if not refusal.field:
        return whole
    first = _FIRST.match(refusal.field)
    return first[0] if first and first[0] in _FIELDS else OTHER


def sample_of(raw: bytes | None, refusal: Refusal) -> str:
    """Which field, what was wrong with it, and the names of the fields that came with it."""
    wrong = f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message
    return f"{wrong}{_shape(raw)}"[:LONGEST_SAMPLE]


def _shape(raw: bytes | None) -> str:
    try:
        call = read_leniently(raw or b"")
    except (ValueError, RecursionError):
        return ""
    if not isinstance(call, dict):
        return f" · {type(call).__name__}"
    told = [
        *(_named(name, call[name]) for name in _SAID if name in call),
        *(_inside(name, call[name]) for name in call if name not in _SAID),
    ]
    return f" · {', '.join(told)}"


def _named(name: str, value: Any) -> str:
    return f"{name} {_clean(repr(value[:LONGEST_EVENT]))}" if isinstance(value, str) else f"{name} {type(value).__name__}"


def _inside(name: str, value: Any) -> str:
    """The name of a field, of an object also those of what is in it."""
    inside = f"({' '.join(map(_clean, value))})" if name in _BESIDE and isinstance(value, dict) else ""
    return _clean(name) + inside


def _clean(text: str) -> str:
    return text[:LONGEST_EVENT].encode("ascii", "backslashreplace").decode()
