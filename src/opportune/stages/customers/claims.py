"""Claims: which e-mail addresses and phone numbers users told as theirs, and what calls without a user id prove by them.

A user's claim links nobody by itself, for user ids never merge; once an id of that address is there, because some call without a user id
told it, the claims become links from it to the users, those told before included. So a shop whose customers all sign in has claims only.

Reads   ARRIVALS, NAMED, claims, identities
Gives   CLAIMED; claims: of each user and address the first claim wherever it would be visible
Held to tests/customers/test_claims.py (a naive reading of calls, any split into segments, any order of arrival)
"""

from opportune.language.relations.addresses import email_id, phone_id
from opportune.language.relations.arrivals import ARRIVALS, CLAIMED, MENTIONS, NAMED, PLACES
from opportune.language.vocabulary.addresses import EMAIL, PHONE
from opportune.language.vocabulary.identity import IdentityRules, Rank
from opportune.stages.customers.identities import TELLS_ADDRESS

TOLD_BY_USERS = f"user_id IS NOT NULL AND {TELLS_ADDRESS}"
"""Which arrivals claim an address for a user."""
TOLD_BY_OTHERS = f"user_id IS NULL AND {TELLS_ADDRESS}"
"""Which arrivals tell an address and no user id."""


def claimed(*, parted: bool) -> str:
    """The statement that makes CLAIMED of what is new among the claims of ARRIVALS; with `parted`, an un-merge being stored or arriving,
    of all of them: one that repeats an earlier one may link again what was parted."""
    told = " UNION ALL ".join(
        f"""SELECT a.position, a.event_id, n.identity_key, md5_number(a.{kind}) AS address_hash, {is_phone} AS is_phone, a.ts, a.received_at
            FROM {ARRIVALS} AS a JOIN {NAMED} AS n ON n.identity = a.user_id WHERE a.user_id IS NOT NULL AND a.{kind} IS NOT NULL"""
        for kind, is_phone in (("email", "false"), ("phone", "true"))
    )
    held = """ANTI JOIN claims AS s ON s.identity_key = c.identity_key AND s.address_hash = c.address_hash
        AND s.received_at <= c.received_at AND s.ts < c.ts"""
    return f"CREATE OR REPLACE TEMP TABLE {CLAIMED} AS SELECT c.* FROM ({told}) AS c {'' if parted else held}"


def beyond(rules: IdentityRules) -> str:
    """The statement that takes out of CLAIMED what is beyond the limits, and gives how many: decided in the order of the log, a user's
    first addresses stand."""
    pairs = "SELECT identity_key, is_phone, address_hash, min(position) AS position FROM told GROUP BY ALL"
    of_them = "SELECT DISTINCT identity_key, is_phone, address_hash FROM claims WHERE identity_key IN (SELECT identity_key FROM told)"
    order = "PARTITION BY p.identity_key, p.is_phone ORDER BY p.position"
    limit = f"CASE WHEN p.is_phone THEN {rules.phone} ELSE {rules.email} END"
    return f"""DELETE FROM {CLAIMED} AS c USING (
        WITH told AS (FROM {CLAIMED}), held AS MATERIALIZED ({of_them}),
        counted AS (SELECT identity_key, is_phone, count(*) AS number FROM held GROUP BY ALL),
        new AS (SELECT * FROM ({pairs}) AS p ANTI JOIN held USING (identity_key, is_phone, address_hash)),
        refused AS (
            SELECT p.* FROM new AS p LEFT JOIN counted AS c USING (identity_key, is_phone)
            QUALIFY row_number() OVER ({order}) + coalesce(c.number, 0) > {limit})
        FROM refused) AS r
        WHERE r.identity_key = c.identity_key AND r.is_phone = c.is_phone AND r.address_hash = c.address_hash"""


def store() -> str:
    """The statement that stores CLAIMED but what repeats an earlier claim of the same pair."""
    window = "PARTITION BY identity_key, address_hash ORDER BY received_at, position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    firsts = f"SELECT * FROM {CLAIMED} QUALIFY coalesce(min((ts, event_id)) OVER ({window}) > (ts, event_id), true)"
    same = "s.identity_key = c.identity_key AND s.address_hash = c.address_hash AND s.received_at <= c.received_at"
    return f"""INSERT INTO claims SELECT identity_key, address_hash, is_phone, event_id, ts, received_at FROM ({firsts}) AS c
        ANTI JOIN claims AS s ON {same} AND s.ts < c.ts
        ANTI JOIN claims AS s ON {same} AND s.ts = c.ts AND s.event_id <= c.event_id
        ORDER BY position, is_phone"""


def by_users(stored: str = "claims") -> str:
    """The query that gives candidates from addresses to the users who claim them: new claims of an address that has an id, and, of
    an address whose id is new, those in `stored`, the claims from before this load."""
    new = f"""SELECT c.position * {PLACES} + 4 + c.is_phone::INTEGER AS place, c.event_id, i.identity_key AS from_key,
        c.identity_key AS to_key, c.ts, c.received_at FROM {CLAIMED} AS c JOIN identities AS i ON i.identity_hash = c.address_hash"""
    is_new = f"n.is_new AND (starts_with(n.identity, '{EMAIL}') OR starts_with(n.identity, '{PHONE}'))"
    before = f"""SELECT -row_number() OVER (ORDER BY c.received_at DESC, c.ts DESC, c.event_id DESC, c.is_phone DESC), c.event_id,
        n.identity_key, c.identity_key, c.ts, c.received_at
        FROM {stored} AS c JOIN {NAMED} AS n ON {is_new} AND md5_number(n.identity) = c.address_hash"""
    return f"SELECT *, {Rank.CLAIM} AS rank, true AS is_to_user FROM ({new} UNION ALL {before})"


def by_others() -> str:
    """The query that gives candidates that calls without a user id tell: from the device they name to the address, or to the number
    where they tell no address; from the number to the address. An id that is a user's links nothing here."""
    device = "CASE a.call WHEN 'alias' THEN coalesce(a.previous_id, a.anonymous_id) ELSE a.anonymous_id END"
    is_device = f"NOT f.was_known AND (f.known_place IS NULL OR f.known_place > a.position * {MENTIONS})"
    rank = f"CASE WHEN a.is_clicked THEN {Rank.CLICK} WHEN a.email IS NOT NULL THEN {Rank.EMAIL} ELSE {Rank.PHONE} END"
    devices = f"""SELECT a.position * {PLACES} + 1 AS place, a.event_id, f.identity_key AS from_key, t.identity_key AS to_key, a.ts,
        a.received_at, {rank} AS rank FROM {ARRIVALS} AS a JOIN {NAMED} AS f ON f.identity = {device}
        JOIN {NAMED} AS t ON t.identity = a.owner_id WHERE {TOLD_BY_OTHERS} AND {is_device}"""
    numbers = f"""SELECT a.position * {PLACES} + 2, a.event_id, f.identity_key, t.identity_key, a.ts, a.received_at, {Rank.BOTH}
        FROM {ARRIVALS} AS a JOIN {NAMED} AS f ON f.identity = a.phone
        JOIN {NAMED} AS t ON t.identity = a.email WHERE {TOLD_BY_OTHERS}"""
    return f"SELECT *, false AS is_to_user FROM ({devices} UNION ALL {numbers})"


def filled() -> list[str]:
    """The statements that give a store from before ranks and claims theirs: users' claims by what traits tell, in ASCII. What calls without
    a user id told before links nothing by itself."""
    said = "(value->>'$')"
    told = " UNION ALL ".join(
        f"SELECT event_id, identity_key, ts, received_at, {is_phone} AS is_phone, {id} AS address FROM traits WHERE name = '{kind}'"
        for kind, is_phone, id in (("email", "false", email_id(said)), ("phone", "true", phone_id(said)))
    )
    window = "PARTITION BY identity_key, address ORDER BY received_at, ts, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    firsts = (
        f"SELECT * FROM ({told}) WHERE address IS NOT NULL QUALIFY coalesce(min((ts, event_id)) OVER ({window}) > (ts, event_id), true)"
    )
    return [
        f"UPDATE links SET rank = {Rank.USER}",
        f"""INSERT INTO claims SELECT t.identity_key, md5_number(t.address), t.is_phone, t.event_id, t.ts, t.received_at
            FROM ({firsts}) AS t SEMI JOIN (SELECT identity_key FROM identities WHERE is_known) AS i USING (identity_key)
            ORDER BY t.received_at, t.ts, t.event_id, t.is_phone""",
    ]
