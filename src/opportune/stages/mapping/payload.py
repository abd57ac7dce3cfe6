"""The body of a webhook → what expressions read: JSON, or a form as an object of texts.

One broken character must not lose an order, so JSON that only strict readers refuse (half a surrogate pair, bytes that are no UTF-8) is
read again leniently.
"""

import json
import math
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import msgspec

from opportune.stages.mapping.expressions import Unmapped

DEEPEST = 64
"""Levels of objects and lists in a payload."""
MOST_FIELDS = 1_000
FORM = "application/x-www-form-urlencoded"


def payload_of(body: bytes, media: str = "application/json") -> Any:
    """The payload of a body whose Content-Type is `media`. Raises Unmapped where it is none."""
    try:
        if media.partition(";")[0].strip().lower() == FORM:
            return _fields(body)
        found = _json(body)
    except RecursionError as error:
        raise Unmapped("the body nests too deeply") from error
    except ValueError as error:
        raise Unmapped(f"the body cannot be read: {_place_of(error)}") from error
    if _is_deep(found):
        raise Unmapped(f"the body nests deeper than {DEEPEST} levels")
    return found


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(body.decode("utf-8", "replace"), parse_constant=_no_number, parse_float=_finite)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number("a number beyond all bounds")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _place_of(error: ValueError) -> str:
    """What is wrong and where, without a word of the body."""
    return str(error)[:100] if isinstance(error, json.JSONDecodeError) or "JSON number" in str(error) else "it is neither JSON nor a form"


def _fields(body: bytes) -> dict[str, str]:
    """The first value of each name."""
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    return dict(reversed(pairs))


def _is_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [part for each in level for part in (each.values() if isinstance(each, dict) else each)]
        level = [part for part in level if isinstance(part, dict | list)]
        if not level:
            return False
    return True
