"""Tables: the latest row visible at the pair for a key. SEMANTICS section 4, "table".

Keys and columns are read as declared: a number is its JSON text where text is wanted. A row without a key is no row; the latest row
wins also where it lacks the column.

Source  great-circle distance: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984) 159; the radius of the Earth is R1 of
        the IUGG's Geodetic Reference System 1980
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, cos, pi, sin, sqrt

from opportune.language.meaning import texts
from opportune.language.meaning.answers import Answer
from opportune.language.meaning.history import Event, is_standing, is_visible
from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.expressions import Distance, Lookup, Table
from opportune.language.vocabulary.kinds import Json, Kind, Value, read_as


def looked_up(wanted: Lookup, pair: Pair, ask: Ask, event: Event | None) -> Answer:
    """A column of the latest row, null when there is none."""
    kind = wanted.kind or Kind.TEXT
    key = ask(wanted.key, pair, event).value
    table = wanted.source or Table(wanted.table, wanted.table)
    if key is None:
        columns: dict[str, Json] = {}
    elif wanted.by_term:
        columns = _by_term(table, str(key), pair)
    else:
        columns = next((row.columns for row in _rows(table, pair) if row.key == key), {})
    return Answer(kind, read_as(kind, columns.get(wanted.column), declared=True))


def kilometres_to(wanted: Distance, pair: Pair, ask: Ask, event: Event | None) -> Answer:
    """To the nearest of the rows that hold, to the metre, half to even; a place off the globe is not known."""
    here = _place(*(ask(part, pair, event).value for part in (wanted.latitude, wanted.longitude)))
    table = wanted.source or Table(wanted.table, wanted.table)
    rows = _latest_rows(table, pair) if here is not None else []
    places = [_place(*(read_as(Kind.NUMBER, row.get(name), declared=True) for name in ("latitude", "longitude"))) for row in rows]
    metres = [_metres(here, place) for place in places if here is not None and place is not None]
    return Answer(Kind.NUMBER, min(metres) / 1000 if metres else None)


_Place = tuple[float, float]
_RADIUS_OF_THE_EARTH = 6_371_008.8
"""Metres."""


def _place(latitude: Value, longitude: Value) -> _Place | None:
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _metres(here: _Place, there: _Place) -> int:
    (latitude, longitude), (latitude_there, longitude_there) = ((a * (pi / 180), b * (pi / 180)) for a, b in (here, there))
    across, along = sin((latitude_there - latitude) / 2), sin((longitude_there - longitude) / 2)
    half_chord = across * across + cos(latitude) * cos(latitude_there) * (along * along)
    return round(2 * _RADIUS_OF_THE_EARTH * asin(sqrt(min(1.0, half_chord))))


@dataclass(frozen=True, slots=True)
class _Row:
    """What holds for a key, and its place in the order of the table."""

    key: str
    order: tuple[object, ...]
    columns: dict[str, Json]


def _by_term(table: Table, text: str, pair: Pair) -> dict[str, Json]:
    """The row whose key, as words, is the longest of those in the text; of equally long ones the last to come."""
    said = texts.words(text)
    found = [row for row in _rows(table, pair) if texts.words(row.key) != " " and texts.words(row.key) in said]
    return max(found, key=lambda row: (len(texts.words(row.key)), row.order)).columns if found else {}


def _latest_rows(table: Table, pair: Pair) -> list[dict[str, Json]]:
    """What the table says of each of its keys."""
    return [row.columns for row in _rows(table, pair)]


def _rows(table: Table, pair: Pair) -> list[_Row]:
    """The latest row for each key."""
    latest: dict[str, _Row] = {}
    for row in sorted(_events(table, pair) if table.event is not None else _lines(table, pair), key=lambda row: row.order):
        latest[row.key] = row
    return list(latest.values())


def _events(table: Table, pair: Pair) -> Iterator[_Row]:
    for event in pair.history.events:
        key = read_as(Kind.TEXT, event.properties.get(table.key), declared=True)
        if event.identity is None and event.name == table.event and is_standing(event, pair.at, pair.seen) and key is not None:
            yield _Row(str(key), event.order, event.properties)


def _lines(table: Table, pair: Pair) -> Iterator[_Row]:
    """Of rows of one instant the one furthest down is the last."""
    for row in pair.history.table_rows:
        if row.table == table.name and is_visible(row, pair.at, pair.seen):
            yield _Row(row.key, (row.ts, row.ordinal), row.columns)
