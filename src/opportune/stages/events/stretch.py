"""How far the stored events reach.

Reads   events, traits
Gives   one row: the first ts, the last ts, the last received_at, the number of events; nulls and 0 while nothing is stored
"""

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.kinds import Kind

_STRETCH = """
SELECT least((SELECT min(ts) FROM events), (SELECT min(ts) FROM traits)) AS first_ts,
       greatest((SELECT max(ts) FROM events), (SELECT max(ts) FROM traits)) AS last_ts,
       greatest((SELECT max(received_at) FROM events), (SELECT max(received_at) FROM traits)) AS last_received_at,
       (SELECT count(*) FROM events) AS number
"""


def stretch() -> Plan:
    """first_ts, last_ts, last_received_at, number."""
    columns = (("first_ts", Kind.TIME), ("last_ts", Kind.TIME), ("last_received_at", Kind.TIME), ("number", Kind.NUMBER))
    return Plan(query_of(_STRETCH), columns)
