"""Derived events stored: what `compiler.deriving` found, as rows of `events` that stand from one arrival to another.

A row stands from `received_at`, the first instant at which its moment follows with these properties, to `withdrawn_at`, the first at
which it does not follow any more, or with others.

Reads   derived_asked, derived_answered, derived_stored, derived_properties (inputs made by the shell)
Gives   events, derivations
Held to tests/meaning/test_compiled_derived.py
"""

import json
from collections.abc import Mapping

from opportune.language.compiler.deriving import ANSWERED, ASKED, STORED, property_columns
from opportune.language.compiler.deriving import PROPERTIES as VALUES
from opportune.language.compiler.visits import RUNS
from opportune.language.relations.addresses import text
from opportune.language.relations.map import EVENTS
from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.relations.writes import Write
from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.events.order_keys import crowd, first_key, is_crowded, rank, tied

DERIVATION = Input("derivation_kept", (("name", "VARCHAR"), ("hash", "VARCHAR"), ("until", "BIGINT"), ("loads", "BIGINT")))
NAMED = Input("derived_names", (("name", "VARCHAR"),))
CHANGES = "derived_changes"
_KEY_KINDS = (("event_id", Kind.TEXT), ("at", Kind.TIME), ("seen", Kind.TIME), ("until", Kind.TIME), ("is_stored", Kind.BOOLEAN))
_KEY = '"at", trigger_event_id, trigger_line, kept_apart, sent_key'
_IS_MINE = "name IN (SELECT n.name FROM derived_names AS n) AND line > 0"


def kept() -> Plan:
    """What is derived so far: name, until, and the first arrival, or null, that later loads brought to what was covered."""
    query = """
        SELECT d.name, d.until,
            (SELECT min(l.first_received_at) FROM loads AS l WHERE l.number > d.loads AND l.first_received_at <= d.until) AS again_from
        FROM derivations AS d ORDER BY d.name
    """
    kinds = (Kind.TEXT, Kind.TIME, Kind.TIME)
    return Plan(query_of(query), tuple(zip(("name", "until", "again_from"), kinds, strict=True)))


def record() -> list[Write]:
    """How far an event is derived now."""
    return [
        Write("DELETE FROM derivations WHERE name IN (SELECT k.name FROM derivation_kept AS k)", inputs=(DERIVATION,)),
        Write("INSERT INTO derivations SELECT k.name, k.hash, k.until, k.loads FROM derivation_kept AS k", inputs=(DERIVATION,)),
    ]


def forget_after() -> list[Write]:
    """Of the events named: everything after $lo, as if nothing had been received since."""
    return [
        Write(f"DELETE FROM events WHERE {_IS_MINE} AND received_at > $lo", ("lo",), (NAMED,)),
        Write(f"UPDATE events SET withdrawn_at = NULL WHERE {_IS_MINE} AND withdrawn_at > $lo", ("lo",), (NAMED,)),
    ]


def changes(kinds: Mapping[str, Kind]) -> Plan:
    """CHANGES: where the state of a key changes, with its properties as columns of `events`."""
    columns = (*_KEY_KINDS, *((name, Kind.TEXT) for name in (*HOT, "rest")))
    return Plan(query_of(_changes(kinds)), columns, (), (ASKED, ANSWERED, STORED))


def store(name: str) -> list[Write]:
    """What CHANGES says: events withdrawn, and those that stand from then on."""
    return [
        Write(f"""
            UPDATE events SET withdrawn_at = c.until FROM {CHANGES} AS c
            WHERE c.is_stored AND c.until IS NOT NULL AND events.event_id = c.event_id AND events.line = 1 AND events.received_at = c.seen
        """),
        Write(f"INSERT INTO events {_rows(name)}"),
        *_ranked(f'SELECT "at" AS ts, sent_key AS identity_key FROM {CHANGES}'),
    ]


def store_visits(name: str, kinds: Mapping[str, Kind]) -> list[Write]:
    """The events of the calm ones of RUNS, which stand for ever."""
    fixed = {"line": "1", "identity_key": "p.sent_key", "name": text(name), "ts": 'p."at"', "received_at": 'p."at"'}
    values = fixed | {"event_id": "p.event_id", "is_imported": "p.is_imported", "withdrawn_at": "NULL"} | _columns(kinds)
    values["order_key"] = first_key('p."at"')
    shown = ", ".join(f"{values[column.name]} AS {column.name}" for column in EVENTS.columns)
    return [
        Write(f'INSERT INTO events SELECT {shown} FROM {RUNS} AS p WHERE p.is_calm ORDER BY p."at", p.event_id'),
        *_ranked(f'SELECT p."at" AS ts, p.sent_key AS identity_key FROM {RUNS} AS p WHERE p.is_calm'),
    ]


def _ranked(told: str) -> list[Write]:
    """Order keys of those whose `ts` and `identity_key` the query `told` gives; kin matters to crowds alone."""
    return [*map(Write, (tied(told), rank())), *(Write(statement, only_if=is_crowded()) for statement in crowd(told))]


def _changes(kinds: Mapping[str, Kind]) -> str:
    """Where the state of a key changes, from the open event it has: event_id, seen, until, is_stored, and its properties."""
    stored = {key: f"e.{key}" for key in (*HOT, "rest")}
    told = _columns(kinds)
    states = f"""
        SELECT {", ".join(f"a.{part}" for part in _KEY.split(", "))}, a.event_id, a.seen, false AS is_stored, a.is_imported,
            CASE WHEN a.is_again THEN coalesce(w.follows, false) ELSE true END AS follows, {_listed(told)}
        FROM derived_asked AS a LEFT JOIN derived_answered AS w ON w.question = a.question
        LEFT JOIN {VALUES} AS p ON p.pair = a.question
        UNION ALL
        SELECT {", ".join(f"s.{part}" for part in _KEY.split(", "))}, s.event_id, s.received_at, true, false, true, {_listed(stored)}
        FROM derived_stored AS s
        JOIN events AS e ON e.event_id = s.event_id AND e.line = 1 AND e.received_at = s.received_at AND e.ts = s.at
    """
    content = ", ".join((*HOT, "rest::VARCHAR"))
    is_asked_again = 'EXISTS (SELECT 1 FROM derived_asked AS g WHERE g.is_again AND g."at" = a."at" AND g.sent_key = a.sent_key)'
    single = (
        f"SELECT *, NULL::VARCHAR AS state, NULL::VARCHAR AS state_before, NULL::BIGINT AS until FROM {{0}} AS a WHERE NOT {is_asked_again}"
    )
    marked = (
        f"SELECT *, CASE WHEN follows THEN event_id || md5(row({content})::VARCHAR) END AS state FROM {{0}} AS a WHERE {is_asked_again}"
    )
    before = f"lag(state, 1, NULL) OVER (PARTITION BY {_KEY} ORDER BY seen)"
    changed = f"SELECT * FROM (SELECT *, {before} AS state_before FROM ({marked})) WHERE state IS DISTINCT FROM state_before"
    several = f"SELECT *, lead(seen, 1, NULL) OVER (PARTITION BY {_KEY} ORDER BY seen) AS until FROM ({changed})"
    return f"WITH states AS ({states}) {single.format('states')} UNION ALL {several.format('states')}"


def _rows(name: str) -> str:
    """The rows of `events` for what begins to stand."""
    values = {
        "event_id": "c.event_id",
        "line": "1",
        "identity_key": "c.sent_key",
        "name": text(name),
        "ts": "c.at",
        "received_at": "c.seen",
        "is_imported": "c.is_imported",
        **{key: f"c.{key}" for key in (*HOT, "rest")},
        "withdrawn_at": "c.until",
        "order_key": first_key("c.at"),
    }
    shown = ", ".join(f"{values[column.name]} AS {column.name}" for column in EVENTS.columns)
    return f"SELECT {shown} FROM {CHANGES} AS c WHERE c.follows AND NOT c.is_stored ORDER BY c.seen, c.at, c.event_id"


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{value} AS {key}" for key, value in columns.items())


def _columns(kinds: Mapping[str, Kind]) -> dict[str, str]:
    """The properties as columns of `events`: those that have one of their kind, the others as one JSON object."""
    held = property_columns(kinds)
    hot = {key: f"p.{held[key]}" if kinds.get(key) is PROPERTIES[key] else "NULL" for key in HOT}
    others = [f"{_member(name, f'p.{held[name]}', kind)}" for name, kind in kinds.items() if hot.get(name, "NULL") == "NULL"]
    whole = f"nullif('{{' || concat_ws(',', {', '.join(others)}) || '}}', '{{}}')::JSON" if others else "NULL::JSON"
    return hot | {"rest": whole}


def _member(name: str, value: str, kind: Kind) -> str:
    """`"name":value` as JSON text, read back as the same value; null where it is null."""
    key = text(json.dumps(name) + ":")
    match kind:
        case Kind.MONEY:
            said = f"(CAST({value} AS DECIMAL(19, 0)) * CAST(0.0001 AS DECIMAL(5, 4)))::VARCHAR"
        case Kind.DURATION:
            said = f"(CAST({value} AS DECIMAL(19, 0)) * CAST(0.000001 AS DECIMAL(7, 6)))::VARCHAR"
        case Kind.TIME:
            said = f"'\"' || strftime(make_timestamp({value}), '%Y-%m-%dT%H:%M:%S.%fZ') || '\"'"
        case Kind.NUMBER:
            said = f"to_json({value}::DOUBLE)::VARCHAR"
        case Kind.TEXT | Kind.BOOLEAN | Kind.NULL:
            said = f"to_json({value})::VARCHAR"
    return f"CASE WHEN {value} IS NOT NULL THEN {key} || {said} END"
