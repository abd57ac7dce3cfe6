"""How far away the nearest row of a table is, among those that hold at a pair.

Reads   a step with at, seen, latitude, longitude; events or table_rows
Gives   at, seen, latitude, longitude, value (kilometres, to the metre); nothing where no place is known
Cost    one scan of the table's rows for each instant asked about, and a row for each place asked about times those that hold
Held to meaning.tables, by tests/meaning/test_compiled_distances.py
Source  great-circle distance by haversines, see meaning.tables
"""

from math import pi

from opportune.language.compiler.lookups import rows_in, standing
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.tree.expressions import Distance
from opportune.language.vocabulary.kinds import Kind

PLACE = ("latitude", "longitude")
ASKED = ("at", "seen", *PLACE)
_DEGREE = pi / 180
_DIAMETER_OF_THE_EARTH = 2 * 6_371_008.8
"""Metres; the mean radius R1 of the Geodetic Reference System 1980."""


def nearest_of(steps: Steps, asked: str, distance: Distance) -> str:
    """The distance for each of `asked` that is a place, each once."""
    places = _standing(steps, asked, distance)
    alone = {part: column(part, "q") for part in ASKED}
    once = steps.add(f"{asked}_once", sql.query(alone, Source(asked, "q"), where=_is_place("q"), distinct=True))
    metres = sql.call("round_even", sql.times(sql.real(_DIAMETER_OF_THE_EARTH), _arc(sql.smallest(_half_chord("q", "r")))), sql.number(0))
    shown = {part: column(part, "q") for part in ASKED} | {"value": sql.over(metres, sql.real(1000))}
    same = sql.both(*(sql.equal(column(part, "r"), column(part, "q")) for part in ("at", "seen")))
    joins = [Join(Source(places, "r"), same)]
    return steps.add(f"{asked}_nearest", sql.query(shown, Source(once, "q"), joins, where=_is_place("r"), group=len(ASKED)))


def _standing(steps: Steps, asked: str, distance: Distance) -> str:
    """at, seen, latitude, longitude: the rows that hold at each instant asked about."""
    if distance.source is None:
        raise ValueError(f"{distance.table} was not resolved before it was compiled")
    rows = rows_in(distance.source, {name: (name, Kind.NUMBER) for name in PLACE})
    found = standing(steps, asked, rows)

    def degrees(part: str) -> Term:
        return sql.part_of(sql.part_of(column("latest", "r"), "record"), part)

    told = {part: column(part, "r") for part in ("at", "seen")} | {part: degrees(part) for part in PLACE}
    return steps.add(f"{asked}_standing", sql.query(told, Source(found, "r")))


def _is_place(table: str) -> list[Term]:
    """Known, and on the globe."""
    limits = zip(PLACE, (90, 180), strict=True)
    return [sql.at_most(sql.call("abs", column(part, table)), sql.real(limit)) for part, limit in limits]


def _half_chord(here: str, there: str) -> Term:
    """The square of half the chord between two places of a globe of radius 1: it grows as the distance does."""
    latitude, longitude = PLACE

    def half_sine(part: str) -> Term:
        apart = sql.minus(_radians(part, there), _radians(part, here))
        return sql.call("sin", sql.over(apart, sql.real(2)))

    across = sql.times(half_sine(latitude), half_sine(latitude))
    along = sql.times(half_sine(longitude), half_sine(longitude))
    cosines = sql.times(sql.call("cos", _radians(latitude, here)), sql.call("cos", _radians(latitude, there)))
    return sql.plus(across, sql.times(cosines, along))


def _arc(half_chord: Term) -> Term:
    return sql.call("asin", sql.call("sqrt", sql.smaller(half_chord, sql.real(1))))


def _radians(part: str, table: str) -> Term:
    return sql.times(column(part, table), sql.real(_DEGREE))
