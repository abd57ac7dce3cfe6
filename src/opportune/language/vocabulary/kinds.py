"""The kinds of value a definition can speak of, and how a JSON value is read as each."""

import math
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum

from opportune.language.vocabulary.instants import instant_of

MONEY_SCALE = 10_000
"""Money is a whole number of 1/10000 of the shop's unit of currency."""
LARGEST = 2**62
"""Money and durations beyond this are read as null."""

_NUMERIC = re.compile(r"[ \t\r\n]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?[ \t\r\n]*", re.ASCII)
"""What text may say to be read as money or seconds; engines use the same pattern, so Python's `1_000` and `١` are not numbers."""

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
)
"""What text may say to be read as a time; a date alone is its midnight, no zone means UTC."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Kind(Enum):
    """What a value is. Values of different kinds never compare equal."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    MONEY = "money"
    DURATION = "duration"
    TIME = "time"
    NULL = "null"


Value = None | bool | int | float | str
"""A value in plans and in the naive reading: MONEY is int 1/10000, DURATION and TIME int microseconds."""


def _exact(raw: Json) -> Decimal | None:
    """The number a JSON number or a numeric text says."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str) or not _NUMERIC.fullmatch(str(raw)):
        return None
    return Decimal(str(raw).strip())


def money_of(raw: Json) -> int | None:
    """JSON number or numeric text as 1/10000 units, half to even; anything else is null."""
    exact = _exact(raw)
    if exact is None or abs(exact) > LARGEST // MONEY_SCALE:
        return None
    return int((exact * MONEY_SCALE).to_integral_value(ROUND_HALF_EVEN))


def duration_of(raw: Json) -> int | None:
    """JSON seconds as microseconds, rounded to whole milliseconds; anything else is null."""
    exact = _exact(raw)
    if exact is None or abs(exact) > LARGEST // 1_000_000:
        return None
    return int((exact * 1000).to_integral_value(ROUND_HALF_EVEN)) * 1000


def time_of(raw: Json) -> int | None:
    """ISO 8601 text as microseconds since 1970, in the years 1 to 9999; anything else is null."""
    if not isinstance(raw, str) or not _TIME.fullmatch(raw):
        return None
    try:
        moment = datetime.fromisoformat(raw)
        return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _finite(raw: float) -> float | None:
    """The number as definitions compute with it; null beyond what a double holds, and what is no number."""
    try:
        return float(raw) if math.isfinite(raw) else None
    except OverflowError:
        return None


def read_as(kind: Kind, raw: Json, *, declared: bool) -> Value:
    """A property's JSON value read as `kind`; null where it is not of that kind.

    A `declared` text property (see `events.PROPERTIES`) takes numbers too, as their JSON text: shops send product ids both ways.
    """
    match kind:
        case Kind.MONEY:
            return money_of(raw)
        case Kind.DURATION:
            return duration_of(raw)
        case Kind.NUMBER:
            return _finite(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else None
        case Kind.BOOLEAN:
            return raw if isinstance(raw, bool) else None
        case Kind.TEXT:
            if isinstance(raw, str):
                return raw
            is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
            return str(raw) if declared and is_number else None
        case Kind.TIME:
            return time_of(raw)
        case Kind.NULL:
            return None
