"""Parts of dates and times of day on the calendar of a zone, and times read from text."""

from collections.abc import Callable
from datetime import UTC, datetime

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term
from opportune.language.tree.expressions import CalendarPart
from opportune.language.vocabulary.instants import instant_of
from opportune.language.vocabulary.zones import zone_names

_FIRST = instant_of(datetime(1, 1, 2, tzinfo=UTC))
_LAST = instant_of(datetime(9999, 12, 31, tzinfo=UTC))
"""Between them there is a date in every zone."""
_WRITTEN = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?"
)
_ZONED = ".*(Z|[+-][0-9]{2}:[0-9]{2})"
_FUNCTIONS = {CalendarPart.YEAR: "year", CalendarPart.MONTH: "month", CalendarPart.WEEKDAY: "isodow", CalendarPart.HOUR: "hour"}


def part_of(part: CalendarPart, time: Callable[[], Term], zone: Term) -> Term:
    """A part of the local time, as BIGINT; null where there is no time, or no date for it."""
    is_date = sql.both(sql.at_most(sql.number(_FIRST), time()), sql.less(time(), sql.number(_LAST)))
    local = sql.call("timezone", zone, sql.call("make_timestamptz", sql.cast(time(), "BIGINT")))
    return sql.choose(is_date, sql.cast(sql.call(_FUNCTIONS[part], local), "BIGINT"))


def zone_or(named: Callable[[], Term], zone: str) -> Term:
    """The zone a customer names where there is one of that name, else `zone`."""
    return sql.choose(sql.one_of(named(), map(sql.text, sorted(zone_names()))), named(), sql.text(zone))


def instant(content: Callable[[], Term]) -> Term:
    """ISO 8601 text (`vocabulary.kinds.time_of`) as microseconds; null where it is none."""
    has_zone = sql.call("regexp_full_match", content(), sql.text(_ZONED))
    is_date = sql.equal(sql.call("length", content()), sql.number(10))
    zone = sql.choose(has_zone, sql.text(""), sql.choose(is_date, sql.text("T00:00Z"), sql.text("Z")))
    read = sql.call("epoch_us", sql.try_cast(sql.call("concat", content(), zone), "TIMESTAMPTZ"))
    return sql.choose(sql.both(is_written(content()), sql.unequal(_year(content()), sql.text("0000"))), read)


def is_written(content: Term) -> Term:
    """Whether a text is written as a time."""
    return sql.call("regexp_full_match", content, sql.text(_WRITTEN))


def _year(content: Term) -> Term:
    return sql.call("substr", content, sql.number(1), sql.number(4))
