"""Links: a call that carries an anonymous and a user id says that both are one customer; `Identity Unlinked` parts them again.

Accepted only where the anonymous id was never sent as a userId before, and the user id was never itself linked away: no chains.
A link is not stored again where an earlier one of the same pair is visible wherever it would be and comes first in (ts, event_id),
unless an un-merge of the anonymous id was received in between.

Reads   ARRIVALS, NAMED, links
Gives   CANDIDATES; links
Held to tests/events/test_load.py
"""

from collections.abc import Iterable

from opportune.language.relations.arrivals import ARRIVALS, CANDIDATES, NAMED
from opportune.language.vocabulary.events import UNLINKED

_OTHER = "CASE call WHEN 'alias' THEN previous_id ELSE anonymous_id END"
_PARTED = f"call = 'track' AND name = '{UNLINKED}'"
_MERGED = f"user_id <> {_OTHER} AND NOT ({_PARTED})"
TOLD = f"({_MERGED}) OR ({_PARTED})"
"""Which arrivals say that two ids are one customer, or no longer."""
ARE_PARTED = f"""SELECT EXISTS (SELECT 1 FROM links WHERE to_key IS NULL)
    OR EXISTS (SELECT 1 FROM {ARRIVALS} WHERE {_PARTED})"""
"""The query that gives whether there is any un-merge, stored or arriving."""


def candidates(*, parted: bool = True) -> str:
    """The statement that collects the links that may be stored; those in `contested` are for `chained` to decide. With `parted` False
    there is no un-merge, stored or arriving."""
    return _candidates() if parted else _candidates_alone()


def _merges() -> str:
    return f"""SELECT a.position, a.event_id, f.identity_key AS from_key, t.identity_key AS to_key, a.ts, a.received_at
        FROM {ARRIVALS} AS a JOIN {NAMED} AS f ON f.identity = {_OTHER}
        JOIN {NAMED} AS t ON t.identity = a.user_id
        WHERE {_MERGED} AND f.identity_key <> t.identity_key AND NOT f.was_known
        AND (f.known_place IS NULL OR f.known_place > a.position * 3)"""


def _candidates_alone() -> str:
    window = "PARTITION BY from_key, to_key ORDER BY received_at, position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"""CREATE OR REPLACE TEMP TABLE {CANDIDATES} AS
        SELECT c.* FROM ({_merges()} QUALIFY coalesce(min((ts, event_id)) OVER ({window}) > (ts, event_id), true)) AS c
        ANTI JOIN links AS l ON l.from_key = c.from_key AND l.to_key = c.to_key AND l.received_at <= c.received_at AND l.ts < c.ts
        ANTI JOIN links AS t ON t.from_key = c.from_key AND t.to_key = c.to_key AND t.received_at <= c.received_at
            AND t.ts = c.ts AND t.event_id <= c.event_id
        ANTI JOIN links AS away ON away.from_key = c.to_key"""


def _candidates() -> str:
    parted = f"""SELECT a.position, a.event_id, f.identity_key AS from_key, NULL::INTEGER AS to_key, a.ts, a.received_at
        FROM {ARRIVALS} AS a JOIN {NAMED} AS f ON f.identity = a.previous_id WHERE {_PARTED}"""
    partings = "(SELECT count(*) FROM parted AS p WHERE p.from_key = m.from_key AND p.position < m.position)"
    window = "PARTITION BY from_key, to_key, partings ORDER BY received_at, position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    # stored links before the last stored un-merge, in order of arrival, make no later one a repeat
    last_parted = "(SELECT from_key, max(rowid) AS place FROM links WHERE to_key IS NULL GROUP BY from_key)"
    stored = f"""SELECT l.* FROM links AS l LEFT JOIN {last_parted} AS p ON p.from_key = l.from_key
        WHERE l.rowid > coalesce(p.place, -1)"""
    return f"""CREATE OR REPLACE TEMP TABLE {CANDIDATES} AS
        WITH merged AS ({_merges()}), parted AS ({parted}),
        counted AS (SELECT *, {partings} AS partings FROM merged AS m),
        firsts AS (SELECT * FROM counted QUALIFY coalesce(min((ts, event_id)) OVER ({window}) > (ts, event_id), true))
        SELECT c.* EXCLUDE (partings) FROM firsts AS c
        ANTI JOIN ({stored}) AS l ON l.from_key = c.from_key AND l.to_key = c.to_key AND c.partings = 0
            AND l.received_at <= c.received_at AND (l.ts, l.event_id) <= (c.ts, c.event_id)
        ANTI JOIN (SELECT from_key FROM links WHERE to_key IS NOT NULL) AS away ON away.from_key = c.to_key
        UNION ALL FROM parted"""


def contested() -> str:
    """Candidates whose user id is linked away by another candidate, and those: position, from_key, to_key in log order."""
    return f"""SELECT position, from_key, to_key FROM {CANDIDATES}
        WHERE to_key IN (SELECT from_key FROM {CANDIDATES} WHERE to_key IS NOT NULL)
        OR (to_key IS NOT NULL AND from_key IN (SELECT to_key FROM {CANDIDATES})) ORDER BY position"""


def chained(links: Iterable[tuple[int, int, int]]) -> list[int]:
    """The positions of links (position, from, to), in log order, whose `to` an accepted link before them has linked away."""
    away: set[int] = set()
    refused = []
    for position, from_key, to_key in links:
        if to_key in away:
            refused.append(position)
        else:
            away.add(from_key)
    return refused


def store() -> str:
    """The statement that stores the candidates but those at the positions `$refused`."""
    return f"""INSERT INTO links SELECT event_id, from_key, to_key, ts, received_at FROM {CANDIDATES}
        WHERE position NOT IN (SELECT unnest($refused::BIGINT[])) ORDER BY position"""


def connected() -> str:
    """The query that gives, as `identity_key`, both ends of the candidates, stored or not."""
    return f"SELECT from_key AS identity_key FROM {CANDIDATES} UNION SELECT to_key FROM {CANDIDATES} WHERE to_key IS NOT NULL"


def touched() -> str:
    """The query that gives the identities of the candidates, stored or not."""
    return f"SELECT from_key FROM {CANDIDATES}"
