"""Where somebody was when she was last heard of, as traits: `geo_country`, `geo_region`, `geo_timezone`.

They stand beside what she says of herself (`country`, `timezone`), which is another thing and asked first. A call sets them when it says
otherwise than the last one before it that spoke of the same id did: in order of arrival, so however the log is cut, the same rows.

Reads   ARRIVALS (from a call's `context`: what the collector made of an address, and the browser's own time zone), NAMED, traits
Gives   traits
Cost    only where calls say it: one scan of the names of stored traits
Held to tests/events/test_whereabouts.py
"""

from opportune.language.relations.arrivals import ARRIVALS, NAMED

NAMES = {"country": "geo_country", "region": "geo_region", "timezone": "geo_timezone"}
"""Column of ARRIVALS → trait."""
TOLD = f"coalesce({', '.join(NAMES)}) IS NOT NULL"
"""Which arrivals say where they come from."""


def store() -> str:
    """The statement that stores what ARRIVALS changed."""
    named = " UNION ALL ".join(
        f"SELECT position, event_id, owner_id, ts, received_at, '{trait}' AS name, {column} AS said "
        f"FROM {ARRIVALS} WHERE {column} IS NOT NULL"
        for column, trait in NAMES.items()
    )
    whose = f"SELECT a.*, n.identity_key FROM ({named}) AS a JOIN {NAMED} AS n ON n.identity = a.owner_id"
    before = "lag(said, 1, NULL) OVER (PARTITION BY identity_key, name ORDER BY position) AS before"
    traits = ", ".join(f"'{trait}'" for trait in NAMES.values())
    known = f"""SELECT identity_key, name, max_by(value ->> '$', rowid) AS known FROM traits
        WHERE name IN ({traits}) AND identity_key IN (SELECT identity_key FROM {NAMED}) GROUP BY ALL"""
    return f"""INSERT INTO traits
        SELECT w.event_id, w.identity_key, w.name, to_json(w.said), w.ts, w.received_at
        FROM (SELECT *, {before} FROM ({whose})) AS w LEFT JOIN ({known}) AS k USING (identity_key, name)
        WHERE w.said IS DISTINCT FROM coalesce(w.before, k.known) ORDER BY w.position, w.name"""
