"""The closed word lists of expressions."""

from enum import Enum


class Aggregate(Enum):
    """What a metric computes over the events it selects; with no such event see SEMANTICS section 3."""

    COUNT = "count"
    DID = "did"
    SUM = "sum"
    AVG = "avg"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"
    FIRST = "first"
    LAST = "last"
    TOP = "top"
    AGE = "age"
    TENURE = "tenure"
    TIME = "time"
    FIRST_TIME = "first_time"
    DECAYED = "decayed"
    GAP = "gap"
    ACTIVE = "active"
    """Sum of `dwell` where any of the events has one, else of the gaps of at most five minutes between consecutive ones."""


class Comparison(Enum):
    """Comparison operators; any comparison with null is false."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Operator(Enum):
    """Arithmetic; with null, division by zero, and a power of what is not positive: null."""

    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    POW = "**"


class Since(Enum):
    """Where a metric's window may begin besides `within` and a time."""

    ENTRY = "entry"
    PREVIOUS = "previous"
    """In derived events: later than the one of this name before it (`ts` greater than its own)."""


class Census(Enum):
    """What is asked of all customers."""

    QUANTILE = "quantile"
    MEAN = "mean"
    CUT = "cut"
    """The least value of a tier's band and those above it."""


class Rhythm(Enum):
    """How often a population is counted: at 00:00 UTC of the first of the month, of Monday, of each day."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


class Extreme(Enum):
    """Which of several values."""

    LEAST = "least"
    GREATEST = "greatest"


class TextTest(Enum):
    """How a text is compared with a pattern."""

    CONTAINS = "contains"
    STARTSWITH = "startswith"
    MATCHES = "matches"
    """The whole text, `*` any characters, `?` one."""


class CalendarPart(Enum):
    """A part of a date or time of day."""

    YEAR = "year"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"


MOMENTS = ("event", "nth", "reaches", "lapse", "enters", "leaves", "changes", "before", "after", "every")
"""The words a moment begins with."""
