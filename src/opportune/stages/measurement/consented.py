"""What an audit says of consents: those that could not be proved, and those asked for and never confirmed.

Reads   events
Held to tests/measurement/test_consented.py
"""

from datetime import timedelta

from opportune.language.relations.plans import Plan, Row, query_of
from opportune.language.vocabulary.events import CONSENT_REQUESTED
from opportune.language.vocabulary.instants import span_of
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.measurement.audited import Finding, Level, counted

PATIENCE = span_of(timedelta(days=30))
"""After it nobody confirms any more."""

_PROOFS = """
SELECT count(*) AS given,
  count(CASE WHEN json_extract_string(e.rest, '$.method') IS NULL THEN 1 END) AS no_method,
  count(CASE WHEN json_extract_string(e.rest, '$.wording') IS NULL THEN 1 END) AS no_wording
FROM events AS e WHERE e.name = 'Consent Given' AND e.line = 0
"""
_UNCONFIRMED = f"""
WITH requests AS (
  SELECT e.event_id, e.identity_key, e.ts FROM events AS e WHERE e.name = '{CONSENT_REQUESTED}' AND e.line = 0
), confirmed AS (
  SELECT DISTINCT r.identity_key FROM requests AS r
  JOIN events AS g ON g.name = 'Consent Given' AND json_extract_string(g.rest, '$.request_id') = r.event_id
)
SELECT count(DISTINCT r.identity_key) AS people FROM requests AS r
LEFT JOIN confirmed AS c ON c.identity_key = r.identity_key
WHERE c.identity_key IS NULL AND r.ts <= $before
"""


def proofs() -> Plan:
    """How many consents there are, how many do not say how they were given, how many not to which words."""
    return Plan(query_of(_PROOFS), (("given", Kind.NUMBER), ("no_method", Kind.NUMBER), ("no_wording", Kind.NUMBER)))


def unconfirmed() -> Plan:
    """How many ids asked for mail by $before and never confirmed any request of theirs."""
    return Plan(query_of(_UNCONFIRMED), (("people", Kind.NUMBER),), ("before",))


def about_consents(proof: Row, waiting: Row) -> list[Finding]:
    """Findings from the answers to both."""
    given, no_method, no_wording = (int(number or 0) for number in proof)
    people = int(waiting[0] or 0)
    findings = []
    if no_method or no_wording:
        findings.append(
            Finding(
                level=Level.LOOK,
                what=f"Of {counted(given, 'consent')} some say too little to be proved",
                why="A consent of which nobody can show when, how and to which words it was given counts for none where it is disputed.",
                remedy="Send `method`, `wording` and `page` with `Consent Given`.",
                cases=(("without a method", f"{no_method:,}"), ("without a wording", f"{no_wording:,}")),
                weight=max(no_method, no_wording) / given,
            )
        )
    if people:
        findings.append(
            Finding(
                level=Level.LOOK,
                what=f"{counted(people, 'person', 'people')} asked for mail and did not confirm it within 30 days",
                why="Nobody may write to them, so their addresses are kept for nothing.",
                remedy="Have them erased. They get no marketing mail meanwhile.",
            )
        )
    return findings
