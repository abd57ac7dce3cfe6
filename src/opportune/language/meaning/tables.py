"""Tables: the latest row visible at the pair for a key. SEMANTICS section 4, "table".

Keys and columns are read as declared: a number is its JSON text where text is wanted. A row without a key is no row; the latest row
wins also where it lacks the column.

Source  great-circle distance: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984) 159; the radius of the Earth is R1 of
        the IUGG's Geodetic Reference System 1980
"""

from math import asin, cos, pi, sin, sqrt

from opportune.language.meaning.answers import Answer
from opportune.language.meaning.history import Event, TableRow, is_standing, is_visible
from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.expressions import Distance, Lookup, Table
from opportune.language.vocabulary.kinds import Json, Kind, Value, read_as


def looked_up(wanted: Lookup, pair: Pair, ask: Ask, event: Event | None) -> Answer:
    """A column of the latest row, null when there is none."""
    kind = wanted.kind or Kind.TEXT
    key = ask(wanted.key, pair, event).value
    table = wanted.source or Table(wanted.table, wanted.table)
    columns = (_latest_event if table.event is not None else _latest_row)(table, str(key), pair) if key is not None else {}
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


def _latest_rows(table: Table, pair: Pair) -> list[dict[str, Json]]:
    """What the table says of each of its keys."""
    if table.event is not None:
        things = (event for event in pair.history.events if event.identity is None and event.name == table.event)
        keys = {read_as(Kind.TEXT, event.properties.get(table.key), declared=True) for event in things}
        return [_latest_event(table, str(key), pair) for key in keys if key is not None]
    return [_latest_row(table, key, pair) for key in {row.key for row in pair.history.table_rows if row.table == table.name}]


def _latest_event(table: Table, key: str, pair: Pair) -> dict[str, Json]:
    """The properties of the last event of things of the table for the key."""
    rows = [
        event
        for event in pair.history.events
        if event.identity is None
        and event.name == table.event
        and is_standing(event, pair.at, pair.seen)
        and read_as(Kind.TEXT, event.properties.get(table.key), declared=True) == key
    ]
    return max(rows, key=lambda event: event.order).properties if rows else {}


def _latest_row(table: Table, key: str, pair: Pair) -> dict[str, Json]:
    """The last row of the file for the key; of rows of one instant the one furthest down."""

    def is_hers(row: TableRow) -> bool:
        return (row.table, row.key) == (table.name, key) and is_visible(row, pair.at, pair.seen)

    return max((row for row in pair.history.table_rows if is_hers(row)), key=lambda row: (row.ts, row.ordinal), default=_NOTHING).columns


_NOTHING = TableRow(table="", key="", columns={})
