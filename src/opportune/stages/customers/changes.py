"""What changed about customers in a stretch of arrivals: who was merged, and whom anything happened to.

Reads   events, links, traits, identities
Gives   `merges`: at, source, target, target_id, ordered by at · `touched`: identity_key, each once
Cost    a scan of the stretch; zone maps on received_at and ts skip the rest
"""

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.kinds import Kind

_MERGES = """
SELECT greatest(l.ts, l.received_at) AS at, l.from_key AS source, l.to_key AS target, i.identity AS target_id
FROM links AS l JOIN identities AS i ON i.identity_key = l.to_key
WHERE greatest(l.ts, l.received_at) > $lo AND greatest(l.ts, l.received_at) <= $hi
  AND NOT EXISTS (
    SELECT 1 FROM links AS e
    WHERE e.from_key = l.from_key AND greatest(e.ts, e.received_at) <= greatest(l.ts, l.received_at)
      AND (e.ts < l.ts OR (e.ts = l.ts AND e.event_id < l.event_id))
  )
ORDER BY at, source, target
"""

_TOUCHED = """
WITH near AS (
  SELECT identity_key AS touched FROM events
  WHERE (received_at > $lo AND received_at <= $hi) OR (ts > $lo AND ts <= $hi AND received_at <= $hi)
  UNION SELECT identity_key FROM traits
  WHERE (received_at > $lo AND received_at <= $hi) OR (ts > $lo AND ts <= $hi AND received_at <= $hi)
  UNION SELECT to_key FROM links
  WHERE (received_at > $lo AND received_at <= $hi) OR (ts > $lo AND ts <= $hi AND received_at <= $hi)
)
SELECT touched AS identity_key FROM near WHERE touched IS NOT NULL
UNION SELECT l.to_key FROM links AS l WHERE l.received_at <= $hi AND l.from_key IN (SELECT touched FROM near)
"""


def merges() -> Plan:
    """Links that took effect in (lo, hi]: the first instant at which both their `ts` and their arrival were past."""
    columns = (("at", Kind.TIME), ("source", Kind.NUMBER), ("target", Kind.NUMBER), ("target_id", Kind.TEXT))
    return Plan(query_of(_MERGES), columns, ("lo", "hi"))


def touched() -> Plan:
    """Customers for whom anything became visible in (lo, hi]; more than they need be, never fewer."""
    return Plan(query_of(_TOUCHED), (("identity_key", Kind.NUMBER),), ("lo", "hi"))
