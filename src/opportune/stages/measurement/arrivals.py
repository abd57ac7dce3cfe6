"""What arrived, counted for an audit: events by name and day, how often properties are filled, devices, who is quiet.

Reads   events, identities, links, spans, traits
Gives   see each plan; days are UTC, since 1970
Cost    one scan of the columns named, each
Held to tests/measurement/test_audited.py, tests/cli/test_audit.py
"""

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.events import HOT
from opportune.language.vocabulary.kinds import Kind

DAY = 86_400_000_000


def by_name_and_day() -> Plan:
    """(name, day, events, imported, first, last) of all that stands, derived events among it."""
    counted = f"""
        SELECT name, CAST(floor(ts / {DAY}) AS BIGINT) AS day, count(*) AS events, count(*) FILTER (WHERE is_imported) AS imported,
            min(ts) AS first_ts, max(ts) AS last_ts, max(received_at) AS received
        FROM events WHERE withdrawn_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2"""
    numbers = tuple((name, Kind.NUMBER) for name in ("day", "events", "imported", "first_ts", "last_ts", "received"))
    return Plan(query_of(counted), (("name", Kind.TEXT), *numbers))


def filled() -> Plan:
    """(name, events, then one number a property of HOT: in how many it is)."""
    counted = ", ".join(f'count("{name}") AS "{name}"' for name in HOT)
    query = f"SELECT name, count(*) AS events, {counted} FROM events WHERE withdrawn_at IS NULL GROUP BY 1 ORDER BY 1"
    return Plan(query_of(query), (("name", Kind.TEXT), ("events", Kind.NUMBER), *((name, Kind.NUMBER) for name in HOT)))


def traits() -> Plan:
    """(name, said, identities): how many ids ever told a trait, by the sort of its value as JSON has it."""
    query = "SELECT name, json_type(value) AS said, count(DISTINCT identity_key) AS ids FROM traits GROUP BY 1, 2 ORDER BY 1, 2"
    return Plan(query_of(query), (("name", Kind.TEXT), ("said", Kind.TEXT), ("ids", Kind.NUMBER)))


def devices() -> Plan:
    """One row: known ids, anonymous ids, of these ever linked, linked to two or more, to three or more, un-merged, the most owners."""
    query = """
        WITH linked AS (
            SELECT l.from_key, count(DISTINCT l.to_key) FILTER (WHERE k.is_known) AS owners,
                count(*) FILTER (WHERE l.to_key IS NULL AND l.rank IS NOT NULL) AS parted
            FROM links AS l LEFT JOIN identities AS k ON k.identity_key = l.to_key GROUP BY 1
        )
        SELECT count(*) FILTER (WHERE i.is_known) AS known, count(*) FILTER (WHERE NOT i.is_known) AS anonymous,
            count(l.from_key) AS linked, count(*) FILTER (WHERE l.owners >= 2) AS shared, count(*) FILTER (WHERE l.owners >= 3) AS crowded,
            count(*) FILTER (WHERE l.parted > 0) AS parted, max(l.owners) AS most
        FROM identities AS i LEFT JOIN linked AS l ON l.from_key = i.identity_key
        WHERE NOT starts_with(i.identity, 'email:') AND NOT starts_with(i.identity, 'phone:')"""
    names = ("known", "anonymous", "linked", "shared", "crowded", "parted", "most")
    return Plan(query_of(query), tuple((name, Kind.NUMBER) for name in names))


def quiet() -> Plan:
    """One row: customers, those whose last event lies before $since, those without any event."""
    query = """
        WITH own AS (
            SELECT s.from_key, s.to_key FROM spans AS s
            WHERE s.at_from <= $at AND $at < s.at_until AND s.seen_from <= $seen AND $seen < s.seen_until
        ),
        events_of AS (
            SELECT identity_key, max(ts) AS last_ts FROM events
            WHERE identity_key IS NOT NULL AND ts <= $at AND withdrawn_at IS NULL GROUP BY 1
        ),
        known AS (SELECT identity_key, last_ts FROM events_of UNION ALL SELECT DISTINCT identity_key, CAST(NULL AS BIGINT) FROM traits),
        customers AS (
            SELECT coalesce(o.to_key, k.identity_key) AS customer, max(k.last_ts) AS last_ts
            FROM known AS k LEFT JOIN own AS o ON o.from_key = k.identity_key GROUP BY 1
        )
        SELECT count(*) AS customers, count(*) FILTER (WHERE last_ts < $since) AS quiet, count(*) FILTER (WHERE last_ts IS NULL) AS silent
        FROM customers"""
    return Plan(query_of(query), tuple((name, Kind.NUMBER) for name in ("customers", "quiet", "silent")), ("at", "seen", "since"))
