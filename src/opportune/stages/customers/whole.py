"""All that is stored of one customer, as it arrived: what the oracle reads when it is asked why.

Reads   identities, links, traits, events, table_rows
Gives   rows with ids in place of keys; nothing is left out because it is late, linked away or withdrawn: (at, seen) decides that
Cost    a scan of the keys of `events`, and of the other columns only where hers are
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.events import HOT, PROPERTIES
from opportune.language.vocabulary.kinds import Kind

HERS = Input("hers", (("identity_key", "INTEGER"),))
"""Every id that is or ever was hers."""
THINGS = Input("things", (("name", "VARCHAR"),))
"""Events of things that definitions look up."""
TABLES = Input("tables_read", (("table_name", "VARCHAR"),))

_IDENTITIES = """
SELECT i.identity_key, i.identity, i.is_known FROM identities AS i WHERE i.identity_key IN (
  SELECT a.identity_key FROM identities AS a WHERE a.identity = $identity
  UNION SELECT l.from_key FROM links AS l JOIN identities AS a ON a.identity_key = l.to_key WHERE a.identity = $identity
) ORDER BY i.identity_key
"""
_LINKS = """
SELECT l.event_id, f.identity AS from_identity, t.identity AS to_identity, l.ts, l.received_at, l.rank
FROM links AS l JOIN hers AS h ON h.identity_key = l.from_key
JOIN identities AS f ON f.identity_key = l.from_key LEFT JOIN identities AS t ON t.identity_key = l.to_key
WHERE l.rank IS NOT NULL ORDER BY l.ts, l.event_id, f.identity
"""
_TRAITS = """
SELECT t.event_id, i.identity, t.name, CAST(t.value AS VARCHAR) AS value, t.ts, t.received_at
FROM traits AS t JOIN hers AS h ON h.identity_key = t.identity_key JOIN identities AS i ON i.identity_key = t.identity_key
ORDER BY t.ts, t.event_id, t.name
"""
_ROWS = """
SELECT r.table_name, r.key, CAST(r.row AS VARCHAR) AS row_text, r.ordinal, r.ts FROM table_rows AS r
JOIN tables_read AS a ON a.table_name = r.table_name ORDER BY r.table_name, r.ordinal
"""


def identities_of() -> Plan:
    """identity_key, identity, is_known of everybody who is or ever was $identity."""
    return Plan(query_of(_IDENTITIES), (("identity_key", Kind.NUMBER), ("identity", Kind.TEXT), ("is_known", Kind.BOOLEAN)), ("identity",))


def links_of() -> Plan:
    """event_id, from_identity, to_identity, ts, received_at, rank of the links of these ids; to null is an un-merge."""
    columns = (("event_id", Kind.TEXT), ("from_identity", Kind.TEXT), ("to_identity", Kind.TEXT), ("ts", Kind.TIME))
    return Plan(query_of(_LINKS), (*columns, ("received_at", Kind.TIME), ("rank", Kind.NUMBER)), (), (HERS,))


def traits_of() -> Plan:
    """event_id, identity, name, value (JSON text), ts, received_at."""
    columns = (("event_id", Kind.TEXT), ("identity", Kind.TEXT), ("name", Kind.TEXT), ("value", Kind.TEXT))
    return Plan(query_of(_TRAITS), (*columns, ("ts", Kind.TIME), ("received_at", Kind.TIME)), (), (HERS,))


def table_rows_of() -> Plan:
    """table_name, key, row (JSON text), ordinal, ts of these tables."""
    columns = (("table_name", Kind.TEXT), ("key", Kind.TEXT), ("row_text", Kind.TEXT), ("ordinal", Kind.NUMBER), ("ts", Kind.TIME))
    return Plan(query_of(_ROWS), columns, (), (TABLES,))


def events_of() -> Plan:
    """event_id, line, name, ts, the hot properties in the order of HOT, rest; then identity, received_at, is_imported, withdrawn_at.

    The first as `stages.events.lookup` gives them, so that `properties_of` reads them. Hers, and those of THINGS."""
    return Plan(query_of(_events()), (*_event_columns(), *_fate()), (), (HERS, THINGS))


def _events() -> str:
    hot = ", ".join(f'e."{name}"' for name in HOT)
    shown = f"e.event_id, e.line, e.name, e.ts, {hot}, CAST(e.rest AS VARCHAR) AS rest"
    fate = "e.received_at, e.is_imported, e.withdrawn_at"
    hers = f"SELECT {shown}, i.identity, {fate} FROM events AS e JOIN identities AS i ON i.identity_key = e.identity_key"
    things = f"SELECT {shown}, NULL AS identity, {fate} FROM events AS e"
    return (
        f"{hers} WHERE e.identity_key IN (SELECT h.identity_key FROM hers AS h) UNION ALL "
        f"{things} WHERE e.identity_key IS NULL AND e.name IN (SELECT t.name FROM things AS t)"
    )


def _event_columns() -> tuple[tuple[str, Kind], ...]:
    known = (("event_id", Kind.TEXT), ("line", Kind.NUMBER), ("name", Kind.TEXT), ("ts", Kind.TIME))
    return (*known, *((name, PROPERTIES[name]) for name in HOT), ("rest", Kind.TEXT))


def _fate() -> tuple[tuple[str, Kind], ...]:
    return (("identity", Kind.TEXT), ("received_at", Kind.TIME), ("is_imported", Kind.BOOLEAN), ("withdrawn_at", Kind.TIME))
