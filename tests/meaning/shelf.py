"""Where a drawn history meets the engine: the stored relations in memory, filled straight from a `History`."""

import json
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pytest
from tests.meaning.histories import CUSTOMERS

from opportune.adapters.engines import tables
from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.meaning.history import Entry, Event, History
from opportune.language.relations.map import CROWDED_INSTANTS, EVENTS, IDENTITIES, LINKS, TABLE_ROWS, TRAITS, Relation
from opportune.language.relations.plans import Input, Plan, Row, Scalar
from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.kinds import read_as
from opportune.stages.customers import carried, spans
from opportune.stages.events import order_keys

KEYS = {identity: key for key, identity in enumerate(("jar", "ada", "cookie", "bob", "email:a@b.test"), 1)}
"""Numbers that follow no order of their texts."""


class Shelf:
    """An engine that holds one history at a time."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        for statement in tables.stored_tables():
            self._connection.execute(statement)
        self.engine = DuckDB(self._connection)

    def store(self, history: History) -> None:
        """Forget what was held and hold `history`; its derived events must have been written into it (`deriving.with_derived`)."""
        assert not history.derived
        self.fill(IDENTITIES, [(key, identity, identity in history.known) for identity, key in KEYS.items()])
        self.fill(EVENTS, [_event_row(event) for event in history.events])
        links = [
            (e.event_id, KEYS[e.from_identity], e.to_identity and KEYS[e.to_identity], e.ts, e.received_at, e.rank) for e in history.links
        ]
        self.fill(LINKS, links)
        self.fill(CROWDED_INSTANTS, [])
        keys, parted = "SELECT from_key FROM links UNION SELECT from_key FROM spans", any(row[2] is None for row in links)
        with pytest.MonkeyPatch.context() as small:
            # of every other history two events of people make a crowd, so that others' have the same places in event order
            small.setattr(order_keys, "CROWD", 1 if len(history.events) % 2 else order_keys.RANKS)
            links_carried = (carried.relaid("SELECT from_key FROM links"), *carried.store()) if any(row[-1] for row in links) else ()
            for statement in (*links_carried, *order_keys.filled(), *spans.laid_out(keys, parted=parted)):
                self._connection.execute(statement)
        traits = [(t.event_id, KEYS[t.identity], t.name, json.dumps(t.value), t.ts, t.received_at) for t in history.traits]
        self.fill(TRAITS, traits)
        self.fill(TABLE_ROWS, [(r.table, r.key, r.ordinal, r.ts, r.received_at, json.dumps(r.columns)) for r in history.table_rows])

    def rows(
        self, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> list[Row]:
        """What the engine answers."""
        return self.engine.rows(plan, parameters, inputs)

    def close(self) -> None:
        """Let go of the engine."""
        self.engine.close()

    def fill(self, relation: Relation, rows: Sequence[Row]) -> None:
        """Hold these rows of a relation, and no others."""
        self._connection.execute(f'DELETE FROM "{relation.name}"')
        if rows:
            columns = tuple((column.name, "VARCHAR" if column.type == "JSON" else column.type) for column in relation.columns)
            self._connection.execute(*tables.input_table(Input("arriving", columns), rows))
            self._connection.execute(f'INSERT INTO "{relation.name}" SELECT * FROM arriving')


def _event_row(event: Event) -> Row:
    hot = {name: read_as(PROPERTIES[name], event.properties.get(name), declared=True) for name in HOT}
    rest = {name: raw for name, raw in event.properties.items() if name not in HOT or (hot[name] is None and raw is not None)}
    identity_key = None if event.identity is None else KEYS[event.identity]
    head = (event.event_id, event.line, identity_key, event.name, event.ts, event.received_at, event.is_imported)
    return (*head, *hot.values(), json.dumps(rest) if rest else None, event.withdrawn_at, 0)


def entry_columns(entry: Entry | None) -> Row:
    """The last six columns of `pairs` and `watches`."""
    if entry is None:
        return (None,) * 6
    return (entry.at, entry.id, entry.trigger_event_id, entry.trigger_line, entry.is_event_moment, entry.told)


def is_same(found: Scalar, meant: Scalar) -> bool:
    """Equal, of one sort, and where both are fractions as near as sums in another order can be."""
    if isinstance(found, bool) or isinstance(meant, bool) or not isinstance(found, int | float) or not isinstance(meant, int | float):
        return type(found) is type(meant) and found == meant
    return found == meant or abs(found - meant) <= 1e-9 * max(1.0, abs(meant))


def all_same(found: Iterable[Scalar], meant: Iterable[Scalar]) -> bool:
    """Column by column."""
    return all(is_same(one, other) for one, other in zip(found, meant, strict=True))


assert set(KEYS) == set(CUSTOMERS)
