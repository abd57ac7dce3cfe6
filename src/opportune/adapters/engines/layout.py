"""The layout of a store: made when it is new, brought up to the map when it is older, refused when it is newer.

Gives   the stored relations as `relations.map` lists them; what a column holds in a store that had none is filled from what it has
Cost    an older store is read once and written once, in one transaction
Held to tests/engines/test_layout.py
"""

import duckdb

from opportune.adapters.engines import tables
from opportune.adapters.engines.engine import EngineFault
from opportune.language.relations.map import LAYOUT, RELATIONS
from opportune.stages.customers import claims, identities, spans
from opportune.stages.events import facts, order_keys, source_days

FIRST_WITH_RANKS = 5
"""The layout from which on links have ranks and users claims."""
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'main'"


def settle(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the store follow the map; fails with EngineFault where a newer version wrote it."""
    there = {(table, column) for table, column in connection.execute(_COLUMNS).fetchall()}
    version = _version(connection, there)
    if version > LAYOUT:
        raise EngineFault(
            f"a newer version of Opportune wrote this event store (layout {version}; this one knows {LAYOUT}): "
            "run that version, or name another folder under `data:` in opportune.yml and import again"
        )
    missing = [(r.name, c) for r in RELATIONS for c in r.columns if (r.name, c.name) not in there]
    if version == LAYOUT and not missing:
        return
    connection.execute("BEGIN TRANSACTION")
    try:
        for statement in _statements(there, version):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: duckdb.DuckDBPyConnection, there: set[tuple[str, str]]) -> int:
    """0 for a store with nothing in it; stores of the first layout say nothing of it."""
    if ("events", "event_id") not in there:
        return 0
    found = connection.execute(facts.value_of(facts.LAYOUT_FACT)).fetchall() if ("facts", "value") in there else []
    return int(found[0][0]) if found else 1


def _statements(there: set[tuple[str, str]], version: int) -> list[str]:
    made = {table for table, _ in there}
    added = [
        f"ALTER TABLE {tables.quoted(relation.name)} ADD COLUMN {tables.quoted(column.name)} {column.type}"
        for relation in RELATIONS
        if relation.name in made
        for column in relation.columns
        if (relation.name, column.name) not in there
    ]
    ranked = claims.filled() if 0 < version < FIRST_WITH_RANKS else []
    filled = {1: [*order_keys.filled(), *spans.laid_out("SELECT from_key FROM links")], 2: order_keys.thinned()}
    counted = [source_days.filled()] if "events" in made and "source_days" not in made else []
    hashed = [identities.hashed()] if "identities" in made and ("identities", "identity_hash") not in there else []
    return [*tables.stored_tables(), *added, *hashed, *ranked, *filled.get(version, []), *counted, *facts.follows_the_map()]
