"""Stored events by id, whole.

Reads   events
Gives   event_id, line, name, ts, the hot properties in the order of HOT, rest (JSON text)
Cost    a scan of one text column, narrowed by the zone maps of ts
"""

import json
from collections.abc import Sequence

from opportune.language.relations.plans import Input, Plan, Row, query_of
from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.kinds import MONEY_SCALE, Json, Kind

ASKED = Input("wanted", (("event_id", "VARCHAR"), ("line", "INTEGER")))


def events_by_id() -> Plan:
    """The events asked for, with $first and $last bounding their ts."""
    hot = ", ".join(f'e."{name}"' for name in HOT)
    query = (
        f"SELECT e.event_id, e.line, e.name, e.ts, {hot}, CAST(e.rest AS VARCHAR) AS rest FROM events AS e "
        "JOIN wanted AS w ON w.event_id = e.event_id AND w.line = e.line WHERE e.ts >= $first AND e.ts <= $last"
    )
    columns = (
        ("event_id", Kind.TEXT),
        ("line", Kind.NUMBER),
        ("name", Kind.TEXT),
        ("ts", Kind.TIME),
        *((name, PROPERTIES[name]) for name in HOT),
        ("rest", Kind.TEXT),
    )
    return Plan(query_of(query), columns, ("first", "last"), (ASKED,))


def properties_of(row: Row) -> dict[str, Json]:
    """The properties of a row as a person or a template reads them: money in units, durations in seconds."""
    hot: Sequence[object] = row[4 : 4 + len(HOT)]
    rest = row[-1]
    properties: dict[str, Json] = dict(json.loads(str(rest))) if rest else {}
    for name, value in zip(HOT, hot, strict=True):
        if value is not None:
            properties[name] = _shown(PROPERTIES[name], value)
    return properties


def _shown(kind: Kind, value: object) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    match kind:
        case Kind.MONEY:
            return value / MONEY_SCALE
        case Kind.DURATION:
            return value / 1_000_000
        case _:
            return int(value) if float(value).is_integer() else value
