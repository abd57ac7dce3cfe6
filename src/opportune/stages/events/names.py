"""The names that the stored events, their properties and the traits have.

Reads   events, traits
Gives   (room, of, name): ("event", "", name), ("property", event, name) or ("trait", "", name), each once, in no order
Cost    one scan of the names; of each event the properties of its first SAMPLE rows, and those of the last RECENT rows of all.
        Properties of the vocabulary are left out: everybody knows them
"""

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.kinds import Kind

SAMPLE = 500
RECENT = 100_000
_COLUMNS = (("room", Kind.TEXT), ("of", Kind.TEXT), ("name", Kind.TEXT))


def names() -> Plan:
    """Names of events and traits."""
    return Plan(
        query_of("SELECT DISTINCT 'event' AS room, '' AS \"of\", name FROM events UNION ALL SELECT DISTINCT 'trait', '', name FROM traits"),
        _COLUMNS,
    )


def recent_properties() -> Plan:
    """Properties of what came last."""
    last = f"SELECT name, rest FROM events WHERE rowid >= (SELECT max(rowid) - {RECENT} FROM events) AND rest IS NOT NULL"
    return Plan(query_of(_keys(last)), _COLUMNS)


def first_properties() -> Plan:
    """Properties of the first events called $name."""
    first = f"SELECT name, rest FROM events WHERE name = $name AND rest IS NOT NULL LIMIT {SAMPLE}"
    return Plan(query_of(_keys(first)), _COLUMNS, ("name",))


def _keys(rows: str) -> str:
    return f"SELECT DISTINCT 'property' AS room, name AS \"of\", unnest(json_keys(rest)) AS name FROM ({rows}) AS sampled"
