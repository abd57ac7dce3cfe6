"""How far the stored events reach. What is derived from them may lie ahead, where somebody asked about a later moment, and does not count.

Reads   events, traits
Gives   one row: the first ts, the last ts, the last received_at, the number of events as they were sent;
        nulls and 0 while nothing is stored
Held to tests/events/test_stretch.py
"""

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.kinds import Kind

_STRETCH = """
SELECT least(e.first_ts, t.first_ts) AS first_ts, greatest(e.last_ts, t.last_ts) AS last_ts,
       greatest(e.last_received_at, t.last_received_at) AS last_received_at, e.number
FROM (
    SELECT min(ts) AS first_ts, max(ts) AS last_ts, max(received_at) AS last_received_at, count(*) AS number FROM events WHERE line = 0
) AS e
CROSS JOIN (SELECT min(ts) AS first_ts, max(ts) AS last_ts, max(received_at) AS last_received_at FROM traits) AS t
"""


def stretch() -> Plan:
    """first_ts, last_ts, last_received_at, number."""
    columns = (("first_ts", Kind.TIME), ("last_ts", Kind.TIME), ("last_received_at", Kind.TIME), ("number", Kind.NUMBER))
    return Plan(query_of(_STRETCH), columns)
