"""Durations as people write them: "30s", "10m", "2h", "7d", "2w"; a day is 24 hours."""

import re
from datetime import timedelta

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
}
LONGEST = timedelta(days=36_525)
"""A hundred years; longer is a slip of the pen."""
_WRITTEN = re.compile(r"(\d{1,18})(w|d|h|ms|us|m|s)")


def parse_duration(text: str) -> timedelta:
    """The duration `text` writes. Raises ValueError saying what is wrong with it."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError(f"{text!r} is no duration; write a whole number and a unit, such as '30s', '10m', '2h', '7d' or '2w'")
    try:
        length = int(written[1]) * UNITS[written[2]]
    except OverflowError as error:
        raise ValueError(f"{text!r} is longer than a hundred years") from error
    if length > LONGEST:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return length


def is_duration(text: str) -> bool:
    """Whether `text` writes a duration."""
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True


def format_duration(length: timedelta) -> str:
    """The canonical text: the largest unit up to days that divides it exactly; weeks are written in days."""
    for unit in ("d", "h", "m", "s", "ms", "us"):
        if not length % UNITS[unit] and length:
            return f"{length // UNITS[unit]}{unit}"
    return "0s"
