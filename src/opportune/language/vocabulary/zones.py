"""Time zones by their IANA names, and what a wall clock there says.

A name counts as known exactly as the time zone database writes it. Conversions are the database's own, so that gaps and folds of
daylight saving come out the same wherever they are asked for.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from opportune.language.vocabulary.instants import EPOCH, Instant, instant_of

MIDNIGHT = 86_400_000_000
"""Microseconds of a day: 00:00 UTC lies at every multiple of it."""


NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Files of some time zone databases that name no place: the machine's own setting and the makers' defaults. Engines know them not."""


@cache
def zone_names() -> frozenset[str]:
    """Every name the time zone database knows a place by."""
    return frozenset(available_timezones() - NO_ZONES)


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone. Raises ValueError for a name the database does not know."""
    if name not in zone_names():
        raise ValueError(f"{name!r} is no time zone; write an IANA name such as 'Europe/Berlin'")
    return ZoneInfo(name)


def zone_or(said: object, otherwise: str) -> str:
    """What is said, where that is the name of a zone."""
    return said if isinstance(said, str) and said in zone_names() else otherwise


def wall_clock(instant: Instant, zone: str) -> datetime | None:
    """What the clocks of a zone say; None beyond the years 1 to 9999."""
    try:
        return (EPOCH + timedelta(microseconds=instant)).astimezone(zone_named(zone))
    except OverflowError:
        return None


@lru_cache(maxsize=100_000)
def instant_of_wall_time(day: date, minute: int, zone: str) -> Instant:
    """When the clocks of a zone say `minute` of a day.

    A time that the clocks skip that day is taken at the first instant after the gap, one that comes twice at the first of the two.
    """
    clock = zone_named(zone)
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=clock)
    # `fold=0` reads a skipped time by the clock before the gap, `fold=1` by the one after it.
    early, late = instant_of(local.replace(fold=1)), instant_of(local)
    is_skipped = early < late and _clock_says(late, clock) != (minute // 60, minute % 60)
    return _end_of_gap(early, late, clock) if is_skipped else late


def _clock_says(instant: Instant, clock: ZoneInfo) -> tuple[int, int]:
    said = (EPOCH + timedelta(microseconds=instant)).astimezone(clock)
    return said.hour, said.minute


def _end_of_gap(lo: Instant, hi: Instant, clock: ZoneInfo) -> Instant:
    """The instant in (lo, hi] from which the later offset holds; halved until found."""
    target = _offset(hi, clock)
    while hi - lo > 1:
        middle = Instant((lo + hi) // 2)
        lo, hi = (lo, middle) if _offset(middle, clock) == target else (middle, hi)
    return hi


def _offset(instant: Instant, clock: ZoneInfo) -> timedelta | None:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(UTC).astimezone(clock).utcoffset()
