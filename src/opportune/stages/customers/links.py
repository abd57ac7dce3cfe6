"""Links: that two ids are one customer's, each from an id to one of a higher class, by what it was found (`vocabulary.identity.Rank`);
`Identity Unlinked` parts an id from what it was linked to before.

A call that carries a device and a user id links them where the device's id was never sent as a userId before, and the user id was never
itself linked away: user ids make no chains. What addresses prove `claims` tells.
A link is not stored again where an earlier one of the same pair and rank is visible wherever it would be and comes first in
(ts, event_id), unless an un-merge of the lower id was received in between. Nor is one beyond the limit of the higher id.

Reads   ARRIVALS, NAMED, CLAIMED, claims, identities, links
Gives   CANDIDATES; links (those that others carry on: `carried`)
Held to tests/events/test_load.py, tests/customers/test_claims.py
"""

from collections.abc import Iterable

from opportune.language.relations.arrivals import ARRIVALS, CANDIDATES, MENTIONS, NAMED, PLACES
from opportune.language.vocabulary.events import UNLINKED
from opportune.language.vocabulary.identity import REFERENCE, IdentityRules, Rank
from opportune.stages.customers import claims

_OTHER = "CASE call WHEN 'alias' THEN previous_id ELSE anonymous_id END"
_PARTED = f"call = 'track' AND name = '{UNLINKED}'"
_MERGED = f"user_id <> {_OTHER} AND NOT ({_PARTED})"
TOLD = f"({_MERGED}) OR ({_PARTED})"
"""Which arrivals say that two ids are one customer, or no longer, but for what addresses prove."""
ARE_PARTED = f"""SELECT EXISTS (SELECT 1 FROM links WHERE to_key IS NULL AND rank IS NOT NULL)
    OR EXISTS (SELECT 1 FROM {ARRIVALS} WHERE {_PARTED}),
    EXISTS (SELECT 1 FROM links WHERE rank > {Rank.USER}) OR EXISTS (SELECT 1 FROM {ARRIVALS} WHERE is_clicked)"""
"""The query that gives whether there is any un-merge, stored or arriving, and any link found otherwise than by a user id beside it, but
for those by addresses that arrive."""


def candidates(*, parted: bool = True, by_users: bool = True, by_others: bool = True) -> str:
    """The statement that collects the links that may be stored; those in `contested` are for `chained` to decide. With `parted` False
    there is no un-merge, stored or arriving; with `by_users` False nothing CLAIMED; with `by_others` False no address that calls without
    a user id tell."""
    told = [_merges(), *([claims.by_others()] if by_others else []), *([claims.by_users()] if by_users or by_others or parted else [])]
    merges = f"({' UNION ALL '.join(told)})"
    return _candidates(merges) if parted else _candidates_alone(merges)


def _merges() -> str:
    return f"""SELECT a.position * {PLACES} AS place, a.event_id, f.identity_key AS from_key, t.identity_key AS to_key, a.ts, a.received_at,
        CASE WHEN a.is_clicked THEN {Rank.CLICK} ELSE {Rank.USER} END AS rank, true AS is_to_user
        FROM {ARRIVALS} AS a JOIN {NAMED} AS f ON f.identity = {_OTHER}
        JOIN {NAMED} AS t ON t.identity = a.user_id
        WHERE {_MERGED} AND f.identity_key <> t.identity_key AND NOT f.was_known
        AND (f.known_place IS NULL OR f.known_place > a.position * {MENTIONS})"""


_SAME = "l.from_key = c.from_key AND l.to_key = c.to_key AND l.rank = c.rank AND l.received_at <= c.received_at"


def _candidates_alone(merges: str) -> str:
    window = "PARTITION BY from_key, to_key, rank ORDER BY received_at, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    return f"""CREATE OR REPLACE TEMP TABLE {CANDIDATES} AS
        SELECT c.* FROM (SELECT * FROM {merges} QUALIFY coalesce(min((ts, event_id)) OVER ({window}) > (ts, event_id), true)) AS c
        ANTI JOIN links AS l ON {_SAME} AND l.ts < c.ts
        ANTI JOIN links AS l ON {_SAME} AND l.ts = c.ts AND l.event_id <= c.event_id
        ANTI JOIN links AS away ON away.from_key = c.to_key AND c.is_to_user"""


def _candidates(merges: str) -> str:
    parted = f"""SELECT a.position * {PLACES} AS place, a.event_id, f.identity_key AS from_key, NULL::INTEGER AS to_key, a.ts,
        a.received_at, {Rank.USER} AS rank, false AS is_to_user
        FROM {ARRIVALS} AS a JOIN {NAMED} AS f ON f.identity = a.previous_id WHERE {_PARTED}"""
    partings = "(SELECT count(*) FROM parted AS p WHERE p.from_key = m.from_key AND p.place < m.place)"
    window = "PARTITION BY from_key, to_key, rank, partings ORDER BY received_at, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    # stored links before the last stored un-merge, in order of arrival, make no later one a repeat
    last_parted = "(SELECT from_key, max(rowid) AS place FROM links WHERE to_key IS NULL AND rank IS NOT NULL GROUP BY from_key)"
    stored = f"""SELECT l.* FROM links AS l LEFT JOIN {last_parted} AS p ON p.from_key = l.from_key
        WHERE l.rowid > coalesce(p.place, -1)"""
    return f"""CREATE OR REPLACE TEMP TABLE {CANDIDATES} AS
        WITH merged AS (SELECT * FROM {merges}), parted AS ({parted}),
        counted AS (SELECT *, {partings} AS partings FROM merged AS m),
        firsts AS (SELECT * FROM counted QUALIFY coalesce(min((ts, event_id)) OVER ({window}) > (ts, event_id), true))
        SELECT c.* EXCLUDE (partings) FROM firsts AS c
        ANTI JOIN ({stored}) AS l ON {_SAME} AND c.partings = 0 AND (l.ts, l.event_id) <= (c.ts, c.event_id)
        ANTI JOIN (SELECT from_key FROM links WHERE to_key IS NOT NULL) AS away ON away.from_key = c.to_key AND c.is_to_user
        UNION ALL FROM parted"""


def contested() -> str:
    """Candidates whose user id is linked away by another candidate, and those: place, from_key, to_key (null: no user) in log order."""
    return f"""SELECT place, from_key, CASE WHEN is_to_user THEN to_key END FROM {CANDIDATES} WHERE to_key IS NOT NULL
        AND ((is_to_user AND to_key IN (SELECT from_key FROM {CANDIDATES} WHERE to_key IS NOT NULL))
            OR from_key IN (SELECT to_key FROM {CANDIDATES} WHERE is_to_user)) ORDER BY place"""


def chained(links: Iterable[tuple[int, int, int | None]]) -> list[int]:
    """The places of links (place, from, to), in log order, whose `to` an accepted link before them has linked away."""
    away: set[int] = set()
    refused = []
    for place, from_key, to_key in links:
        if to_key in away:
            refused.append(place)
        else:
            away.add(from_key)
    return refused


def beyond(rules: IdentityRules) -> str:
    """The query that gives the places of the candidates, but those at `$refused`, that would give their higher id more of a class than
    it may have: decided in log order, the first stand. What users claim is limited before (`claims.claimed`)."""
    limit = f"CASE WHEN p.is_phone THEN {rules.phone} ELSE {rules.anonymous} END"
    is_phone, of_others = f"rank = {Rank.BOTH}", f"rank <> {Rank.CLAIM} AND to_key IS NOT NULL"
    is_reference = f"i.identity_key = c.from_key AND starts_with(i.identity, '{REFERENCE}')"
    new = f"""SELECT from_key, to_key, {is_phone} AS is_phone, min(place) AS place FROM {CANDIDATES} AS c
        ANTI JOIN {NAMED} AS i ON {is_reference}
        WHERE {of_others} AND place NOT IN (SELECT unnest($refused::BIGINT[])) GROUP BY ALL"""
    held = f"""SELECT DISTINCT from_key, to_key, {is_phone} AS is_phone FROM links AS c
        WHERE {of_others} AND to_key IN (SELECT to_key FROM new)"""
    held = f"SELECT * FROM ({held}) AS c ANTI JOIN identities AS i ON {is_reference}"
    order = "PARTITION BY p.to_key, p.is_phone ORDER BY p.place"
    return f"""WITH new AS MATERIALIZED ({new}), held AS MATERIALIZED ({held}),
        counted AS (SELECT to_key, is_phone, count(*) AS number FROM held GROUP BY ALL),
        refused AS (
            SELECT p.from_key, p.to_key FROM new AS p ANTI JOIN held USING (from_key, to_key, is_phone)
            LEFT JOIN counted AS c USING (to_key, is_phone)
            QUALIFY row_number() OVER ({order}) + coalesce(c.number, 0) > {limit})
        SELECT place FROM {CANDIDATES} SEMI JOIN refused USING (from_key, to_key) WHERE rank <> {Rank.CLAIM}"""


def store() -> str:
    """The statement that stores the candidates but those at the places `$refused`."""
    return f"""INSERT INTO links SELECT event_id, from_key, to_key, ts, received_at, rank FROM {CANDIDATES}
        WHERE place NOT IN (SELECT unnest($refused::BIGINT[])) ORDER BY place"""


def connected() -> str:
    """The query that gives, as `identity_key`, both ends of the candidates, stored or not."""
    return f"SELECT from_key AS identity_key FROM {CANDIDATES} UNION SELECT to_key FROM {CANDIDATES} WHERE to_key IS NOT NULL"


def touched() -> str:
    """The query that gives the identities of the candidates, stored or not."""
    return f"SELECT from_key FROM {CANDIDATES}"
