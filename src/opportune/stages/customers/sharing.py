"""Who else told an address: the customers behind every trait `email` with it, and when each told it first.

Reads   traits, spans
Gives   asked, identity_key, ts, event_id of the first telling: of those asked for whom more than one customer told it
Cost    one scan of the trait, 40 ms a million
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.kinds import Kind

ASKED = Input("addresses_asked", (("asked", "BIGINT"), ("address", "VARCHAR"), ("at", "BIGINT"), ("seen", "BIGINT")))
"""`address`: as JSON text in small letters without blanks; each number may come with several spellings."""

_TOLD = """
WITH told AS (
  SELECT a.asked, a.at, a.seen, t.identity_key, t.ts, t.event_id
  FROM traits AS t JOIN addresses_asked AS a ON replace(lower(CAST(t.value AS VARCHAR)), ' ', '') = a.address
  WHERE t.name = 'email' AND t.ts <= a.at AND t.received_at <= a.seen
), whose AS (
  SELECT t.asked, coalesce(s.to_key, t.identity_key) AS identity_key, t.ts, t.event_id
  FROM told AS t LEFT JOIN spans AS s ON s.from_key = t.identity_key
    AND s.at_from <= t.at AND t.at < s.at_until AND s.seen_from <= t.seen AND t.seen < s.seen_until
), firsts AS (
  SELECT asked, identity_key, ts, event_id, row_number() OVER (PARTITION BY asked, identity_key ORDER BY ts, event_id) AS place FROM whose
), several AS (
  SELECT asked FROM whose GROUP BY asked HAVING count(DISTINCT identity_key) > 1
)
SELECT f.asked, f.identity_key, f.ts, f.event_id FROM firsts AS f JOIN several AS s ON s.asked = f.asked
WHERE f.place = 1 ORDER BY f.asked, f.ts, f.event_id, f.identity_key
"""


def tellers() -> Plan:
    """The customers who told the addresses asked for, each at its own (at, seen)."""
    columns = (("asked", Kind.NUMBER), ("identity_key", Kind.NUMBER), ("ts", Kind.NUMBER), ("event_id", Kind.TEXT))
    return Plan(query_of(_TOLD), columns, (), (ASKED,))
