"""One customer's whole past out of the event store, as the oracle reads it; what all customers together came to is told, not counted.

Cost    six queries of a few ms; of events one scan of their keys
Held to tests/explaining/test_explained.py: what the oracle makes of it equals `evaluate`
"""

import json
from collections.abc import Iterable
from functools import cache

from opportune.adapters.engines.engine import Engine
from opportune.language.meaning.history import Event, Frozen, History, Link, TableRow, TraitSet
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.expressions import Distance, Lookup, Population
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.addresses import is_address
from opportune.language.vocabulary.events import HOT
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json
from opportune.shell.ground import Ground
from opportune.shell.preparing import Calibration, calibrations_by_hash, inner_first, prepare_populations, reach_back
from opportune.stages.customers import whole
from opportune.stages.events.lookup import properties_of

_SHOWN = 5 + len(HOT)
"""Columns of an event before its fate."""


def history_of(ground: Ground, customer: str, read: Iterable[object], until: Instant) -> History:
    """What is stored of a customer and of what these expressions, moments or journeys look up; empty for an id nobody sent."""
    trees = list(read)
    people = ground.rows(_identities(), {"identity": customer})
    hers: list[Row] = [(key,) for key, _, _ in people]
    looking = (node.source for tree in trees for node in walk(tree) if isinstance(node, Lookup | Distance))
    tables = {table for table in looking if table is not None}
    things = sorted({table.event for table in tables if table.event is not None})
    files = sorted(table.name for table in tables if table.event is None)
    links = ground.rows(_links(), {}, {whole.HERS.name: hers})
    linked_to = {str(row[2]) for row in links if row[2] is not None and not is_address(str(row[2]))}
    known = {str(identity) for _, identity, is_known in people if is_known} | linked_to
    return History(
        events=tuple(map(_event, ground.rows(_events(), {}, {whole.HERS.name: hers, whole.THINGS.name: [(name,) for name in things]}))),
        links=tuple(map(_link, links)),
        traits=tuple(map(_trait, ground.rows(_traits(), {}, {whole.HERS.name: hers}))),
        table_rows=tuple(map(_table_row, ground.rows(_table_rows(), {}, {whole.TABLES.name: [(name,) for name in files]}))),
        known=frozenset(known),
        frozen=_frozen(ground, trees, until),
        answered={},
    )


def _frozen(engine: Engine, trees: list[object], until: Instant) -> dict[str, tuple[Frozen, ...]]:
    """Every population function the trees read, at the instants that a question at `until` asks for."""
    populations = inner_first(part for tree in trees for part in walk(tree) if isinstance(part, Population))
    prepare_populations(engine, populations, until, since=Instant(until - reach_back(trees)))
    return {name: tuple(map(_told, kept)) for name, kept in calibrations_by_hash(engine, populations).items()}


def _told(one: Calibration) -> Frozen:
    return Frozen(instant=one.instant, by_value=one.by_value, value=one.value, known=one.known)


def _event(row: Row) -> Event:
    identity, received_at, is_imported, withdrawn_at = row[_SHOWN:]
    return Event(
        event_id=str(row[0]),
        line=_whole(row[1]),
        identity=None if identity is None else str(identity),
        name=str(row[2]),
        ts=Instant(_whole(row[3])),
        received_at=Instant(_whole(received_at)),
        properties=_as_plans_read(row),
        is_imported=bool(is_imported),
        withdrawn_at=None if withdrawn_at is None else Instant(_whole(withdrawn_at)),
    )


def _as_plans_read(row: Row) -> dict[str, Json]:
    """The properties; one with a column of its own that did not fit it, such as money without a rate, is unknown to definitions."""
    empty = {name for name, value in zip(HOT, row[4 : 4 + len(HOT)], strict=True) if value is None}
    return {name: value for name, value in properties_of(row[:_SHOWN]).items() if name not in empty}


def _link(row: Row) -> Link:
    event_id, source, target, ts, received_at, rank = row
    return Link(
        event_id=str(event_id),
        from_identity=str(source),
        to_identity=None if target is None else str(target),
        ts=Instant(_whole(ts)),
        received_at=Instant(_whole(received_at)),
        rank=_whole(rank),
    )


def _trait(row: Row) -> TraitSet:
    event_id, identity, name, value, ts, received_at = row
    return TraitSet(
        event_id=str(event_id),
        identity=str(identity),
        name=str(name),
        value=json.loads(str(value)),
        ts=Instant(_whole(ts)),
        received_at=Instant(_whole(received_at)),
    )


def _table_row(row: Row) -> TableRow:
    table, key, columns, ordinal, ts = row
    return TableRow(table=str(table), key=str(key), columns=json.loads(str(columns)), ordinal=_whole(ordinal), ts=Instant(_whole(ts)))


def _whole(value: object) -> int:
    return int(str(value or 0))


@cache
def _identities() -> Plan:
    return whole.identities_of()


@cache
def _links() -> Plan:
    return whole.links_of()


@cache
def _traits() -> Plan:
    return whole.traits_of()


@cache
def _events() -> Plan:
    return whole.events_of()


@cache
def _table_rows() -> Plan:
    return whole.table_rows_of()
