"""Calibrations: values of population functions, kept for the instants at which they are frozen.

A cache of a pure function of what was received by the instant: what a later load brought that was received by then makes it stale.

Reads   loads; what `compiler.census` counted
Gives   calibrations
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.relations.writes import Write
from opportune.language.tree.words import Rhythm
from opportune.language.vocabulary.instants import Instant, datetime_of, instant_of
from opportune.language.vocabulary.kinds import Kind

ASKED = Input("populations_asked", (("population", "VARCHAR"),))
COUNTED = Input(
    "calibrations_counted",
    (
        ("population", "VARCHAR"),
        ("instant", "BIGINT"),
        ("by_value", "VARCHAR"),
        ("whole", "BIGINT"),
        ("real", "DOUBLE"),
        ("known", "BIGINT"),
        ("is_unstable", "BOOLEAN"),
        ("loads", "BIGINT"),
    ),
)
"""The columns of `calibrations`."""
_IS_STALE = """EXISTS (SELECT 1 FROM loads AS l WHERE l.number > c.loads AND l.first_received_at <= c.instant)"""
_IS_OTHER = "c.population NOT IN (SELECT a.population FROM populations_asked AS a)"


def scheduled(rhythm: Rhythm, first: Instant, last: Instant) -> Iterator[Instant]:
    """The instants of a rhythm in [first, last]: 00:00 UTC of the first of the month, of Monday, of each day."""
    day = _begun(rhythm, datetime_of(Instant(first - 1)) + timedelta(days=1))
    if instant_of(day) < first:
        day = _next(rhythm, day)
    while instant_of(day) <= last:
        yield instant_of(day)
        day = _next(rhythm, day)


def last_scheduled(rhythm: Rhythm, at: Instant) -> Instant:
    """The instant of a rhythm at or before `at`."""
    return instant_of(_begun(rhythm, datetime_of(at)))


def _begun(rhythm: Rhythm, moment: datetime) -> datetime:
    """The beginning of the month, week or day of a moment."""
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    match rhythm:
        case Rhythm.DAY:
            return midnight
        case Rhythm.WEEK:
            return midnight - timedelta(days=midnight.weekday())
        case Rhythm.MONTH:
            return midnight.replace(day=1)


def _next(rhythm: Rhythm, begun: datetime) -> datetime:
    match rhythm:
        case Rhythm.DAY:
            return begun + timedelta(days=1)
        case Rhythm.WEEK:
            return begun + timedelta(days=7)
        case Rhythm.MONTH:
            return (begun + timedelta(days=31)).replace(day=1)


@cache
def received() -> Plan:
    """One row: how many loads there are, and the first arrival of all; 0 and null while nothing is loaded."""
    query = "SELECT coalesce(max(number), 0) AS loads, min(first_received_at) AS first FROM loads"
    return Plan(query_of(query), (("loads", Kind.NUMBER), ("first", Kind.TIME)))


@cache
def identities() -> Plan:
    """One row: how many ids there are, at least as many as customers."""
    return Plan(query_of("SELECT count(*) AS identities FROM identities"), (("identities", Kind.NUMBER),))


@cache
def stored() -> Plan:
    """population, instant, known, is_stale of those asked for, over all customers; by population and instant."""
    query = f"""
        SELECT c.population, c.instant, c.known, {_IS_STALE} AS is_stale FROM calibrations AS c
        JOIN populations_asked AS a ON a.population = c.population WHERE c.by_value IS NULL ORDER BY c.population, c.instant
    """
    kinds = (Kind.TEXT, Kind.TIME, Kind.NUMBER, Kind.BOOLEAN)
    names = ("population", "instant", "known", "is_stale")
    return Plan(query_of(query), tuple(zip(names, kinds, strict=True)), (), (ASKED,))


@cache
def shown() -> Plan:
    """instant, by_value, whole, real, known, is_unstable of the populations asked for, with their hash; by instant."""
    query = """
        SELECT c.population, c.instant, c.by_value, c.whole, c.real, c.known, c.is_unstable FROM calibrations AS c
        JOIN populations_asked AS a ON a.population = c.population ORDER BY c.population, c.instant, c.by_value NULLS FIRST
    """
    kinds = (Kind.TEXT, Kind.TIME, Kind.TEXT, Kind.NUMBER, Kind.NUMBER, Kind.NUMBER, Kind.BOOLEAN)
    names = ("population", "instant", "by_value", "whole", "real", "known", "is_unstable")
    return Plan(query_of(query), tuple(zip(names, kinds, strict=True)), (), (ASKED,))


def forget_stale() -> Write:
    """Calibrations that more was received for than they were counted from."""
    return Write(f"DELETE FROM calibrations AS c WHERE {_IS_STALE}")


def others() -> Plan:
    """One row: how many population functions are kept that are not asked for."""
    query = f"SELECT count(DISTINCT c.population) AS others FROM calibrations AS c WHERE {_IS_OTHER}"
    return Plan(query_of(query), (("others", Kind.NUMBER),), (), (ASKED,))


def forget_others() -> Write:
    """What is kept of population functions that are not asked for."""
    return Write(f"DELETE FROM calibrations AS c WHERE {_IS_OTHER}", inputs=(ASKED,))


def keep() -> Write:
    """Those counted that are not there yet, unless more was received for them since."""
    columns = ", ".join(f"c.{name}" for name, _ in COUNTED.columns)
    return Write(
        f"""INSERT INTO calibrations SELECT {columns} FROM calibrations_counted AS c
            WHERE NOT {_IS_STALE} AND NOT EXISTS (
                SELECT 1 FROM calibrations AS s WHERE s.population = c.population AND s.instant = c.instant
            )""",
        inputs=(COUNTED,),
    )
