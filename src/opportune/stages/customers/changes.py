"""What changed about customers in a stretch of arrivals: who was merged, and whom anything happened to.

Reads   events, links, spans, traits, identities
Gives   `merges`: at, source, target, target_id, ordered by at · `touched`: identity_key, each once
Cost    a scan of the stretch; zone maps on received_at and ts skip the rest
"""

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.kinds import Kind

_MERGES = """
SELECT greatest(s.at_from, s.seen_from) AS at, s.from_key AS source, s.to_key AS target, i.identity AS target_id
FROM spans AS s JOIN identities AS i ON i.identity_key = s.to_key
WHERE greatest(s.at_from, s.seen_from) > $lo AND greatest(s.at_from, s.seen_from) <= $hi
  AND greatest(s.at_from, s.seen_from) < least(s.at_until, s.seen_until)
  AND NOT EXISTS (
    SELECT 1 FROM spans AS e WHERE e.from_key = s.from_key AND e.to_key = s.to_key
      AND greatest(e.at_from, e.seen_from) < greatest(s.at_from, s.seen_from)
      AND greatest(s.at_from, s.seen_from) <= least(e.at_until, e.seen_until)
  )
ORDER BY at, source, target
"""

_TOUCHED = """
WITH near AS (
  SELECT identity_key AS touched FROM events
  WHERE (received_at > $lo AND received_at <= $hi) OR (ts > $lo AND ts <= $hi AND received_at <= $hi)
  UNION SELECT identity_key FROM traits
  WHERE (received_at > $lo AND received_at <= $hi) OR (ts > $lo AND ts <= $hi AND received_at <= $hi)
  UNION SELECT coalesce(to_key, from_key) FROM links
  WHERE (received_at > $lo AND received_at <= $hi) OR (ts > $lo AND ts <= $hi AND received_at <= $hi)
)
SELECT touched AS identity_key FROM near WHERE touched IS NOT NULL
UNION SELECT l.to_key FROM links AS l
WHERE l.to_key IS NOT NULL AND l.received_at <= $hi AND l.from_key IN (SELECT touched FROM near)
"""


def merges() -> Plan:
    """Identities that came to another customer in (lo, hi], as seen: the first instant at which their link's `ts` and arrival were past."""
    columns = (("at", Kind.TIME), ("source", Kind.NUMBER), ("target", Kind.NUMBER), ("target_id", Kind.TEXT))
    return Plan(query_of(_MERGES), columns, ("lo", "hi"))


def touched() -> Plan:
    """Customers for whom anything became visible in (lo, hi]; more than they need be, never fewer."""
    return Plan(query_of(_TOUCHED), (("identity_key", Kind.NUMBER),), ("lo", "hi"))
