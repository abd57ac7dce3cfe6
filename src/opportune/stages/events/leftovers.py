"""What is stored for definitions that nothing needs any more: versions stand side by side, so each change leaves one behind.

Reads   the input NEEDED; derivations, table_rows, rollups
Gives   how many there are, and the writes that end them
Cost    a few ms to count; one scan of the names of events where a derived one is to go
Held to tests/stories/test_sweeping.py
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.relations.writes import Write
from opportune.language.vocabulary.kinds import Kind

NEEDED = Input("needed_names", (("sort", "VARCHAR"), ("name", "VARCHAR")))
"""Stored names of DERIVED events and TABLES, hashes of ROLLUPS."""
DERIVED, TABLES, ROLLUPS = "derived", "tables", "rollups"


def _others(relation: str, name: str, sort: str) -> str:
    """The names in a relation that are not needed."""
    needed = f"SELECT n.name FROM needed_names AS n WHERE n.sort = '{sort}'"
    return f"SELECT DISTINCT x.{name} FROM {relation} AS x WHERE x.{name} NOT IN ({needed})"


_DERIVED = _others("derivations", "name", DERIVED)
_TABLES = _others("table_rows", "table_name", TABLES)
_ROLLUPS = _others("rollups", "hash", ROLLUPS)
_SORTS = ((DERIVED, _DERIVED), (TABLES, _TABLES), (ROLLUPS, _ROLLUPS))


def counted() -> Plan:
    """One row: how many derived events, tables and roll-ups nothing needs."""
    parts = ", ".join(f"(SELECT count(*) FROM ({names})) AS {sort}" for sort, names in _SORTS)
    return Plan(query_of(f"SELECT {parts}"), tuple((sort, Kind.NUMBER) for sort, _ in _SORTS), (), (NEEDED,))


def ended() -> list[Write]:
    """All of them gone."""
    texts = (
        f"DELETE FROM events WHERE line > 0 AND name IN ({_DERIVED})",
        f"DELETE FROM derivations WHERE name IN ({_DERIVED})",
        f"DELETE FROM table_rows WHERE table_name IN ({_TABLES})",
        f"DELETE FROM rollup_days WHERE rollup IN (SELECT r.rollup FROM rollups AS r WHERE r.hash IN ({_ROLLUPS}))",
        f"DELETE FROM rollups WHERE hash IN ({_ROLLUPS})",
    )
    return [Write(text, inputs=(NEEDED,)) for text in texts]
