"""When `every("mon 09:00", tz=)` comes round: the instants of its wall times.

Gives   `occurrences(every, zone, lo, hi)`, in order: what the input OCCURRENCES holds for one zone; `first_occurrence`, for a wait
Source  SEMANTICS section 5, "every"; a time the clocks skip that day is taken right after the gap, one that comes twice the first time
"""

from collections.abc import Collection
from datetime import timedelta

from opportune.language.tree.moments import Every
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.zones import instant_of_wall_time, wall_clock


def occurrences(every: Every, zone: str, lo: Instant, hi: Instant) -> list[Instant]:
    """The instants in (lo, hi] at which the clocks of `zone` say the time, on the weekdays. Raises ValueError for an unknown zone."""
    if hi <= lo:
        return []
    first, last = wall_clock(lo, zone), wall_clock(hi, zone)
    if first is None or last is None:
        raise ValueError("wall times are looked for in the years 1 to 9999")
    found = []
    # A day to each side: a gap at midnight belongs to the day before it.
    for number in range(-1, (last.date() - first.date()).days + 2):
        day = first.date() + timedelta(days=number)
        if day.isoweekday() in every.weekdays:
            found.append(instant_of_wall_time(day, every.minute, zone))
    return sorted({at for at in found if lo < at <= hi})


def first_occurrence(minute: int, weekdays: Collection[int], zone: str, at: Instant) -> Instant:
    """The first instant >= `at` at which the clocks of `zone` say `minute` of the day, on one of the weekdays (1 Monday)."""
    every = Every(weekdays=tuple(weekdays), minute=minute)
    return occurrences(every, zone, Instant(at - 1), Instant(at + span_of(timedelta(days=9))))[0]
