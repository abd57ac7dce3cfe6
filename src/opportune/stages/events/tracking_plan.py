"""What arrived: which events, which properties, of which kinds, how often and when.

Reads   events
Gives   of each name how often it was sent; of each property what its values were, raw events only. Properties with a typed column
        (`vocabulary.events.HOT`) are told only where a value did not fit it
Cost    one scan of the names; one of the JSON of the rows asked for, each value looked at once
"""

from dataclasses import dataclass

from opportune.language.relations.plans import Plan, query_of
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.events.specimens import LONGEST

RECENT = 100_000
"""Rows looked at where not all are."""
EXACT = 2**53
"""Whole numbers beyond it are not all different as numbers."""
_TIME = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?"
_DIGITS = r"[+-]?(\d+\.?\d*|\.\d+)"
_SAID = f"""CASE
    WHEN p.type = 'BOOLEAN' THEN 'boolean'
    WHEN p.type IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') THEN 'number'
    WHEN p.type IN ('OBJECT', 'ARRAY') THEN 'list'
    WHEN REGEXP_FULL_MATCH(p.value ->> '$', '{_TIME}') THEN 'time'
    WHEN REGEXP_FULL_MATCH(p.value ->> '$', '{_DIGITS}') THEN 'digits'
    ELSE 'text' END"""
_BEYOND = f"p.type IN ('BIGINT', 'UBIGINT', 'DOUBLE') AND ABS(TRY_CAST(CAST(p.value AS VARCHAR) AS DECIMAL(38, 0))) > {EXACT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Values of one property of one event that are written in one way.

    `said` is boolean, number, text, `time` and `digits` (texts that write one), or `list`, which no definition can read.
    """

    event: str
    property: str
    said: str
    seen: int
    beyond: int
    """Numbers among them too large to be exact."""
    first: Instant
    last: Instant
    sample: str = ""
    """One of them, cut, as `specimens` shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the store holds: how often each event was sent, and what its properties were."""

    events: dict[str, int]
    properties: tuple[Arrived, ...]


def event_counts() -> Plan:
    """(event, seen) of raw events."""
    counted = 'SELECT name AS event, COUNT(*) AS seen FROM events WHERE "line" = 0 GROUP BY name'
    return Plan(query_of(counted), (("event", Kind.TEXT), ("seen", Kind.NUMBER)))


def property_kinds() -> Plan:
    """(event, property, said, seen, beyond, first, last, sample) of the rows from number $since on; the sample is as it was sent, cut."""
    rows = 'SELECT name, ts, rest FROM events WHERE rowid >= $since AND "line" = 0 AND rest IS NOT NULL'
    told = f"""
        SELECT e.name AS event, p.key AS property, {_SAID} AS said, COUNT(*) AS seen,
            COUNT(*) FILTER (WHERE {_BEYOND}) AS beyond, MIN(e.ts) AS first_ts, MAX(e.ts) AS last_ts,
            MIN(SUBSTRING(p.value ->> '$', 1, {LONGEST + 1})) AS sample
        FROM ({rows}) AS e CROSS JOIN LATERAL JSON_EACH(e.rest) AS p WHERE p.type <> 'NULL' GROUP BY 1, 2, 3"""
    texts = (("event", Kind.TEXT), ("property", Kind.TEXT), ("said", Kind.TEXT))
    return Plan(
        query_of(told),
        (*texts, ("seen", Kind.NUMBER), ("beyond", Kind.NUMBER), ("first_ts", Kind.TIME), ("last_ts", Kind.TIME), ("sample", Kind.TEXT)),
        ("since",),
    )


def first_recent() -> Plan:
    """The number of the first row of what came last."""
    recent = f"SELECT COALESCE(MAX(rowid), 0) - {RECENT} AS since FROM events"
    return Plan(query_of(recent), (("since", Kind.NUMBER),))


def span() -> Plan:
    """(first_ts, last_ts) of all events, null where there are none."""
    bounds = "SELECT MIN(ts) AS first_ts, MAX(ts) AS last_ts FROM events"
    return Plan(query_of(bounds), (("first_ts", Kind.TIME), ("last_ts", Kind.TIME)))
