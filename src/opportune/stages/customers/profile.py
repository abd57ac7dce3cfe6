"""What is known of customers at a pair: their traits, as sent.

Reads   traits, links
Gives   asked, name, value (JSON text), one row a trait that is set; latest in (ts, event_id) order over the customer's identities
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.kinds import Kind

ASKED = Input("asked", (("asked", "BIGINT"), ("identity_key", "INTEGER"), ("at", "BIGINT"), ("seen", "BIGINT")))

_TRAITS = """
WITH mine AS (
  SELECT a.asked, a.identity_key, a.at, a.seen FROM asked AS a
  UNION
  SELECT a.asked, l.from_key AS identity_key, a.at, a.seen
  FROM asked AS a JOIN links AS l ON l.to_key = a.identity_key AND l.ts <= a.at AND l.received_at <= a.seen
  WHERE NOT EXISTS (
    SELECT 1 FROM links AS e
    WHERE e.from_key = l.from_key AND e.ts <= a.at AND e.received_at <= a.seen
      AND (e.ts < l.ts OR (e.ts = l.ts AND e.event_id < l.event_id))
  )
), ranked AS (
  SELECT m.asked, t.name, t.value, row_number() OVER (PARTITION BY m.asked, t.name ORDER BY t.ts DESC, t.event_id DESC) AS place
  FROM mine AS m JOIN traits AS t ON t.identity_key = m.identity_key AND t.ts <= m.at AND t.received_at <= m.seen
)
SELECT asked, name, CAST(value AS VARCHAR) AS value FROM ranked
WHERE place = 1 AND value IS NOT NULL AND CAST(value AS VARCHAR) <> 'null'
ORDER BY asked, name
"""


def traits_at() -> Plan:
    """The traits of the customers asked for, each at its own (at, seen)."""
    columns = (("asked", Kind.NUMBER), ("name", Kind.TEXT), ("value", Kind.TEXT))
    return Plan(query_of(_TRAITS), columns, (), (ASKED,))
