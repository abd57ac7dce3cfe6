"""What is known of customers at a pair: their traits, as sent.

Reads   traits, spans
Gives   asked, name, value (JSON text), one row a trait that is set; latest in (ts, event_id) order over the customer's identities
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.kinds import Kind

ASKED = Input("asked", (("asked", "BIGINT"), ("identity_key", "INTEGER"), ("at", "BIGINT"), ("seen", "BIGINT")))

_TRAITS = """
WITH mine AS (
  SELECT a.asked, a.identity_key, a.at, a.seen FROM asked AS a
  UNION
  SELECT a.asked, s.from_key AS identity_key, a.at, a.seen
  FROM asked AS a JOIN spans AS s ON s.to_key = a.identity_key
    AND s.at_from <= a.at AND a.at < s.at_until AND s.seen_from <= a.seen AND a.seen < s.seen_until
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
