"""Traits: what identify and group calls say of a customer, kept as history.

Those named `prediction.…` are what our own models foretold (`prediction.churn_30d`): from anybody else they are left out.

Reads   ARRIVALS, NAMED
Gives   traits: one row a trait named; JSON null is kept, it clears
Held to tests/events/test_load.py
"""

from opportune.language.relations.arrivals import ARRIVALS, NAMED

TOLD = "call IN ('identify', 'group') AND traits IS NOT NULL"
"""Which arrivals set traits."""
FORETOLD = "prediction."
"""How the traits that only our own models set begin."""


def store() -> str:
    """The statement that stores the traits ARRIVALS set."""
    told = f"""SELECT a.position, a.event_id, n.identity_key, a.is_foretold, a.ts, a.received_at, unnest(json_keys(a.traits)) AS name,
        unnest(json_extract(a.traits, '$.*')) AS value, generate_subscripts(json_keys(a.traits), 1) AS place
        FROM {ARRIVALS} AS a JOIN {NAMED} AS n ON n.identity = a.owner_id
        WHERE {TOLD}"""
    once = "QUALIFY row_number() OVER (PARTITION BY event_id, name ORDER BY place DESC) = 1"
    kept = f"WHERE is_foretold OR NOT starts_with(name, '{FORETOLD}')"
    return f"""INSERT INTO traits SELECT event_id, identity_key, name, value, ts, received_at FROM ({told}) {kept} {once}
        ORDER BY position, place"""
