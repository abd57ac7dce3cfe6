"""Years, months, weekdays and hours on the calendar of a zone: SEMANTICS section 3.

The zone of a customer is her trait `timezone` at the pair where that is a name the time zone database knows, else the one given.
"""

from opportune.language.meaning.answers import Answer
from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.expressions import Calendar, CalendarPart, Trait
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.zones import wall_clock, zone_names


def zone_at(zone: str, of_customer: bool, pair: Pair, ask: Ask) -> str:
    """The zone that holds for the customer at the pair."""
    own = ask(Trait("timezone", Kind.TEXT), pair).value if of_customer else None
    return own if isinstance(own, str) and own in zone_names() else zone


def part_of_time(part: CalendarPart, at: Instant, zone: str) -> int | None:
    """A part of what the clocks of a zone say at an instant; weekday 1 is Monday; None beyond the years 1 to 9999."""
    said = wall_clock(at, zone)
    if said is None:
        return None
    return {
        CalendarPart.YEAR: said.year,
        CalendarPart.MONTH: said.month,
        CalendarPart.WEEKDAY: said.isoweekday(),
        CalendarPart.HOUR: said.hour,
    }[part]


def on_the_calendar(wanted: Calendar, time: Answer, pair: Pair, ask: Ask) -> Answer:
    """`hour(TIME, tz=)` and the like; null where the time is."""
    if not isinstance(time.value, int):
        return Answer(Kind.NUMBER, None)
    return Answer(Kind.NUMBER, part_of_time(wanted.part, Instant(time.value), zone_at(wanted.zone, wanted.of_customer, pair, ask)))
