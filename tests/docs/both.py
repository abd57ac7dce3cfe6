"""Examples of pages, answered twice: by the compiled plan on an engine and by the naive reading of the same stored history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.docs.asking import read_csv
from tests.meaning.shelf import is_same

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project
from opportune.language.compiler.moments import moments
from opportune.language.compiler.values import snapshot
from opportune.language.meaning.history import Event, History, Link, TableRow, TraitSet
from opportune.language.meaning.moments import moments as naive_moments
from opportune.language.meaning.value import value
from opportune.language.relations.plans import Plan, query_of
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment
from opportune.language.tree.wall_times import occurrences
from opportune.language.vocabulary.events import HOT
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, Instant, Span, format_instant
from opportune.language.vocabulary.kinds import Json
from opportune.language.vocabulary.reading import Reading
from opportune.shell.deriving import compiled, derive
from opportune.shell.evaluation import evaluate_all, moments_shown
from opportune.shell.preparing import prepare
from opportune.shell.tabling import keep_tables
from opportune.stages.events.lookup import properties_of

_EVENTS = f"""
    SELECT e.event_id, e.line, e.name, e.ts, {", ".join(f'e."{name}"' for name in HOT)}, CAST(e.rest AS VARCHAR) AS rest,
        i.identity, e.received_at, e.is_imported
    FROM events AS e LEFT JOIN identities AS i ON i.identity_key = e.identity_key
    WHERE e.line = 0 OR e.name = 'Product Purchased'"""
_LINKS = """
    SELECT l.event_id, f.identity AS from_identity, t.identity AS to_identity, l.ts, l.received_at, l.rank
    FROM links AS l JOIN identities AS f ON f.identity_key = l.from_key LEFT JOIN identities AS t ON t.identity_key = l.to_key
    WHERE l.rank IS NOT NULL"""
_TRAITS = """
    SELECT t.event_id, i.identity, t.name, CAST(t.value AS VARCHAR) AS said, t.ts, t.received_at
    FROM traits AS t JOIN identities AS i ON i.identity_key = t.identity_key"""

_ROW = {
    "acted_at": "acted_at",
    "at": "at",
    "trigger_event_id": "trigger_event_id",
    "trigger_line": "trigger_line",
    "customer_id": "customer",
}
"""Column of a plan of moments → field of a naive row."""


@dataclass(frozen=True)
class Shop:
    """A store with a history in it, the same history for the naive reading, and a project."""

    engine: DuckDB
    history: History
    project: Project


def opened(engine: DuckDB, project: Project, at: Instant) -> Shop:
    """The shop, its tables filled and everything derived up to `at`."""
    keep_tables(engine, project.tables)
    derive(engine, compiled(project.definitions.derived.values()), at)
    return Shop(engine, _history(engine, project), project)


def answered(shop: Shop, columns: Mapping[str, Expr], at: Instant, out: Path) -> dict[str, dict[str, str]]:
    """Column → customer → value as `evaluate` writes it, `null` where it is empty; both readings have been asked."""
    names = {f"c{number}": expr for number, expr in enumerate(columns.values())}
    plan = snapshot(names)
    prepare(shop.engine, [plan], at)
    for row in shop.engine.rows(plan, {"at": at, "seen": FOREVER}):
        for (column, expr), found in zip(columns.items(), row[1:], strict=True):
            meant = value(expr, shop.history, str(row[0]), at, FOREVER)
            assert is_same(found, meant), f"{column} of {row[0]}: the plan says {found!r}, the naive reading {meant!r}"
    evaluate_all(shop.engine, names, at, out)
    rows = read_csv(out)
    return {column: {row["customer_id"]: row[name] or "null" for row in rows} for column, name in zip(columns, names, strict=True)}


def happened(shop: Shop, moment: Moment, hi: Instant, out: Path) -> list[tuple[str, str, str]]:
    """(customer, at, trigger) of a moment up to `hi`; both readings have been asked, and both say as seen what they say as known."""
    plan = moments(moment, Reading.AS_KNOWN)
    prepare(shop.engine, [plan], hi)
    late = Span(2**61)
    bounds = {"lo": EARLIEST, "hi": hi, "max_lateness": late}
    for reading in (Reading.AS_KNOWN, Reading.AS_SEEN):
        asked = moments(moment, reading)
        places = [[name for name, _ in asked.columns].index(name) for name in _ROW]
        found = [tuple(row[place] for place in places) for row in shop.engine.rows(asked, bounds, _wall_times(shop, asked, hi))]
        meant = [
            tuple(getattr(row, _ROW[name]) for name in _ROW) for row in naive_moments(moment, shop.history, EARLIEST, hi, reading, late)
        ]
        assert sorted(found, key=str) == sorted(meant, key=str), f"{reading} {found} {meant}"
    if plan.occurrences:
        return [(str(row[4]), format_instant(row[1]), "") for row in sorted(meant)]
    shop.engine.export(moments_shown((moment,)), out, bounds)
    return [(row["customer_id"], row["at"], row["trigger_event_id"]) for row in read_csv(out)]


def _wall_times(shop: Shop, plan: Plan, hi: Instant) -> dict[str, list[tuple[str, Instant]]]:
    """The instants of a moment's wall times since the first event, in every zone of a customer."""
    first = Instant(min(event.ts for event in shop.history.events if event.identity is not None) - 1)
    zones = {str(one.value) for one in shop.history.traits if one.name == "timezone"}
    rows = [(zone, at) for every in plan.occurrences for zone in sorted({every.zone, *zones}) for at in occurrences(every, zone, first, hi)]
    return {"occurrences": rows} if plan.occurrences else {}


def _read(row: Sequence[object]) -> dict[str, Json]:
    """The properties as definitions read them: what did not fit the column of its kind is stored, but no value."""
    unread = {name for name, value in zip(HOT, row[4 : 4 + len(HOT)], strict=True) if value is None}
    return {name: value for name, value in properties_of(tuple(row)).items() if name not in unread}  # type: ignore[arg-type]


def _history(engine: DuckDB, project: Project) -> History:
    def rows(query: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in engine.rows(Plan(query_of(query), ()))]

    events = tuple(
        Event(
            event_id=str(row[0]),
            line=int(str(row[1])),
            name=str(row[2]),
            ts=Instant(int(str(row[3]))),
            properties=_read(row[:-3]),
            identity=None if row[-3] is None else str(row[-3]),
            received_at=Instant(int(str(row[-2]))),
            is_imported=bool(row[-1]),
        )
        for row in rows(_EVENTS)
    )
    links = tuple(
        Link(
            event_id=str(id),
            from_identity=str(one),
            to_identity=None if other is None else str(other),
            ts=Instant(int(str(ts))),
            received_at=Instant(int(str(received))),
            rank=int(str(rank)),
        )
        for id, one, other, ts, received, rank in rows(_LINKS)
    )
    traits = tuple(
        TraitSet(
            event_id=str(id),
            identity=str(who),
            name=str(name),
            value=json.loads(str(said)),
            ts=Instant(int(str(ts))),
            received_at=Instant(int(str(received))),
        )
        for id, who, name, said, ts, received in rows(_TRAITS)
    )
    known = frozenset(str(row[0]) for row in rows("SELECT identity FROM identities WHERE is_known"))
    table_rows = tuple(
        TableRow(table=name, key=row.key, columns=dict(row.values), ordinal=row.ordinal, ts=row.ts)
        for name, table in project.tables.items()
        for row in table.rows
    )
    derived = tuple(project.definitions.derived.values())
    return History(events=events, links=links, traits=traits, table_rows=table_rows, derived=derived, known=known)
