"""Spans: who an identity belongs to at every (at, seen), laid out from its links and un-merges.

Reads   links
Gives   spans
Cost    identities whose links all have one rank and lead to nobody who is linked on: without an un-merge one sort of their links; with
        one, each link is compared with the others of its identity. Others (`winding`): see there
Held to tests/customers/test_spans.py (a literal reading at every pair of a grid)
"""

from opportune.language.vocabulary.identity import Rank
from opportune.stages.customers import winding

NEVER = 2**63 - 1
"""Later than FOREVER."""


def are_parted(keys: str) -> str:
    """The query that gives whether any of the identities that the query `keys` gives was ever parted."""
    return f"SELECT count(*) > 0 FROM links WHERE to_key IS NULL AND rank IS NOT NULL AND from_key IN ({keys})"


def laid_out(keys: str, *, parted: bool = True, ranked: bool = True) -> list[str]:
    """The statements that lay out the spans of the identities that the query `keys` gives, in place of those there were; with `parted`
    False, none of them `are_parted`; with `ranked` False, no stored link was found otherwise than by a user id beside it."""
    only = f"rank IS NOT NULL AND NOT {winding.is_winding('links')} AND" if ranked else ""
    mine = f"SELECT *, bool_or(to_key IS NULL) OVER (PARTITION BY from_key) AS is_parted FROM links WHERE {only} from_key IN ({keys})"
    statements = [
        f"DELETE FROM spans WHERE from_key IN ({keys})",
        f"INSERT INTO spans {_of_links_alone(f'SELECT * FROM ({mine}) WHERE NOT is_parted')}",
        f"INSERT INTO spans {_with_partings(f'SELECT * FROM ({mine}) WHERE is_parted')}",
    ]
    of_numbers, of_devices = (Rank.CLAIM, Rank.BOTH), (Rank.USER, Rank.EMAIL, Rank.PHONE, Rank.CLICK)
    return [
        *(statements if parted else statements[:2]),
        *([f"INSERT INTO spans {winding.laid_out(keys, ranks)}" for ranks in (of_numbers, of_devices)] if ranked else []),
    ]


def _of_links_alone(links: str) -> str:
    """A link counts from its arrival until an earlier one in (ts, event_id) order arrives; those that never count are left out."""
    before = "OVER (PARTITION BY from_key ORDER BY ts, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    bounded = f"SELECT *, coalesce(min(received_at) {before}, {NEVER}) AS seen_until FROM ({links})"
    return f"""SELECT from_key, to_key, ts, {NEVER}, received_at, seen_until FROM ({bounded})
        WHERE received_at < seen_until ORDER BY from_key, ts, received_at"""


def _with_partings(links: str) -> str:
    """A link decides after the un-merge `parted` (place 0: after none) while it and that one are received, nothing between them is,
    and of the un-merges after it those received lie ahead of `at`: each of them that does so earlier begins another span."""
    return f"""
        WITH placed AS MATERIALIZED (SELECT *, row_number() OVER (PARTITION BY from_key ORDER BY ts, event_id) AS place FROM ({links})),
        partings AS (
            SELECT from_key, place, received_at FROM placed WHERE to_key IS NULL
            UNION ALL SELECT DISTINCT from_key, 0, -{NEVER} FROM placed),
        opened AS (
            SELECT l.from_key, l.to_key, l.ts, l.place, p.place AS parted, greatest(l.received_at, p.received_at) AS seen_from
            FROM placed AS l JOIN partings AS p ON p.from_key = l.from_key AND p.place < l.place WHERE l.to_key IS NOT NULL),
        bounded AS (
            SELECT o.*, coalesce(min(b.received_at), {NEVER}) AS seen_until FROM opened AS o
            LEFT JOIN placed AS b ON b.from_key = o.from_key AND b.place > o.parted AND b.place < o.place
            GROUP BY ALL HAVING o.seen_from < coalesce(min(b.received_at), {NEVER})),
        turned AS (
            SELECT *, seen_from AS seen FROM bounded
            UNION SELECT b.*, w.received_at FROM bounded AS b JOIN placed AS w ON w.from_key = b.from_key AND w.to_key IS NULL
                AND w.place > b.place AND w.received_at > b.seen_from AND w.received_at < b.seen_until),
        stepped AS (
            SELECT *, lead(seen, 1, seen_until) OVER (PARTITION BY from_key, place, parted ORDER BY seen) AS next_seen FROM turned)
        SELECT s.from_key, s.to_key, s.ts, coalesce(min(w.ts), {NEVER}) AS at_until, s.seen, s.next_seen FROM stepped AS s
        LEFT JOIN placed AS w ON w.from_key = s.from_key AND w.to_key IS NULL AND w.place > s.place AND w.received_at <= s.seen
        GROUP BY s.from_key, s.to_key, s.ts, s.place, s.parted, s.seen, s.next_seen
        HAVING s.ts < coalesce(min(w.ts), {NEVER}) ORDER BY s.from_key, s.ts, s.seen"""
