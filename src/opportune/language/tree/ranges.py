"""What values an expression can have at all: numbers and durations between bounds, and whether it can be null."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    At,
    Calendar,
    CalendarPart,
    Clamp,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Coverage,
    Expr,
    IsNamed,
    Known,
    Labelled,
    Literal,
    Member,
    Metric,
    Not,
    Score,
    TextMatch,
)

Value: TypeAlias = bool | int | float | str | timedelta | datetime
_COUNTS = (Aggregate.COUNT, Aggregate.DISTINCT, Aggregate.DECAYED)
_LENGTHS = (Aggregate.AGE, Aggregate.TENURE, Aggregate.GAP, Aggregate.ACTIVE)
_CALENDAR = {CalendarPart.YEAR: (1, 9999), CalendarPart.MONTH: (1, 12), CalendarPart.WEEKDAY: (1, 7), CalendarPart.HOUR: (0, 23)}


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `low` to `high`, None where there is no bound; open at an end whose flag says so."""

    low: Value | None = None
    high: Value | None = None
    is_low_open: bool = False
    is_high_open: bool = False

    def is_empty(self) -> bool:
        """Whether no value lies in it."""
        if self.low is None or self.high is None:
            return False
        return _less(self.high, self.low) or (self.low == self.high and (self.is_low_open or self.is_high_open))

    def meet(self, other: "Range") -> "Range":
        """What lies in both."""
        low, is_low_open = self.low, self.is_low_open
        if other.low is not None and (low is None or _less(low, other.low) or (low == other.low and other.is_low_open)):
            low, is_low_open = other.low, other.is_low_open
        high, is_high_open = self.high, self.is_high_open
        if other.high is not None and (high is None or _less(other.high, high) or (high == other.high and other.is_high_open)):
            high, is_high_open = other.high, other.is_high_open
        return Range(low, high, is_low_open, is_high_open)


EVERYTHING = Range()


def range_of(expr: Expr) -> Range:
    """The values `expr` can have where it is not null."""
    match expr:
        case Literal(value=None):
            return EVERYTHING
        case Literal(value=value):
            return Range(value, value)
        case Metric(function=function) if function in _COUNTS:
            return Range(0)
        case Metric(function=function) if function in _LENGTHS:
            return Range(timedelta(0))
        case Calendar(part=part):
            return Range(*_CALENDAR[part])
        case Score():
            return Range(0, 10)
        case Coverage():
            return Range(0, 1)
        case Labelled(part=part):
            return range_of(part)
        case Clamp(part=part, low=Literal(value=int() | float() as low), high=Literal(value=int() | float() as high)):
            return range_of(part).meet(Range(low, high)) if low <= high else EVERYTHING
        case _:
            return EVERYTHING


def is_never_null(expr: Expr) -> bool:
    """Whether there is always a value."""
    match expr:
        case Literal(value=value):
            return value is not None
        case Metric(function=function):
            return function in (*_COUNTS, Aggregate.DID)
        case Coalesce(parts=parts):
            return any(is_never_null(part) for part in parts)
        case Labelled(part=part):
            return is_never_null(part)
        case Calendar(time=time):
            return is_never_null(time)
        case At() | Consent() | Compare() | Member() | Not() | All() | Any() | Known() | TextMatch() | IsNamed():
            return True
        case _:
            return False


def where_true(operator: Comparison, value: Value) -> Range | None:
    """The values for which a comparison with a constant is true; None for `!=`, which is no range."""
    match operator:
        case Comparison.EQ:
            return Range(value, value)
        case Comparison.LT:
            return Range(None, value, False, True)
        case Comparison.LE:
            return Range(None, value)
        case Comparison.GT:
            return Range(value, None, True)
        case Comparison.GE:
            return Range(value)
        case Comparison.NE:
            return None


def _less(left: Value, right: Value) -> bool:
    """Whether one constant is less than another of its kind; constants of different kinds are told apart elsewhere."""
    try:
        return bool(left < right)  # type: ignore[operator]
    except TypeError:
        return False
