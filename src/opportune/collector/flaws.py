"""Values that are JSON and yet must not reach the log: half surrogate pairs, NUL, numbers out of range, towers of brackets.

Strict decoding refuses most of them without saying where; here they are looked for again, leniently, so that the field can be named.
"""

import json
import math
from typing import Any

from opportune.collector.refusals import Refusal

DEEPEST = 20
"""Levels of objects and lists in one call."""
LONGEST_INTEGER = 300
"""Digits; readers turn longer ones into infinity."""
LARGEST_NUMBER = 10**LONGEST_INTEGER
LONGEST_PATH = 200


def read_leniently(raw: bytes) -> Any:
    """JSON with whatever flaws in its texts and numbers. Bytes that are no UTF-8 become lone surrogates, numbers too large infinity.

    Raises ValueError where the text is no JSON at all, RecursionError where it nests beyond reason.
    """
    return json.loads(raw.decode("utf-8", "surrogateescape"), parse_int=_integer, parse_constant=_no_number)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else math.inf


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def flaw_in(value: Any, path: str = "", depth: int = 1) -> Refusal | None:
    """The first flaw in document order, with its path."""
    match value:
        case str():
            return _flaw_in_text(value, path)
        case float() | int() if not abs(value) < LARGEST_NUMBER:
            return Refusal(_shown(path), "holds a number too large to store; send it as text")
        case dict() | list() if depth > DEEPEST:
            return Refusal(_shown(path), f"nests deeper than {DEEPEST} levels; flatten it")
        case dict():
            flaws = (_flaw_in_text(key, path) or flaw_in(part, f"{path}.{key}" if path else key, depth + 1) for key, part in value.items())
            return next(filter(None, flaws), None)
        case list():
            return next(filter(None, (flaw_in(part, f"{path}[{n}]", depth + 1) for n, part in enumerate(value))), None)
        case _:
            return None


def _flaw_in_text(text: str, path: str) -> Refusal | None:
    if "\0" in text:
        return Refusal(_shown(path), "holds a NUL character; remove it")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return Refusal(_shown(path), "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs")
    return None


def _shown(path: str) -> str | None:
    return path[:LONGEST_PATH].encode("ascii", "backslashreplace").decode() or None
