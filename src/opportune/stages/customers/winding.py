"""Spans of identities whose links have several ranks, or lead to an address that is itself linked on.

All instants at which anything of an identity's links, or of the spans of those they lead to, begins or ends cut (at, seen) into cells. In
a cell nothing changes: of the links visible there after the last visible un-merge the one of the lowest rank decides, among equal ones the
first in (ts, event_id) order, and its end belongs to whom the end's own span says. Neighbouring cells of one owner are put together.

Reads   links, spans (of the identities linked to: they are laid out before)
Gives   rows of spans
Cost    cells are the square of the links that ever decide; a link that an earlier one of its rank outdoes wherever it is visible is left
        out first, so they are few however many devices or users share an id
Held to tests/customers/test_spans.py (a literal reading at every pair of a grid)
"""

from collections.abc import Sequence

from opportune.language.vocabulary.identity import Rank

NEVER = 2**63 - 1
"""Later than FOREVER."""


def is_winding(links: str) -> str:
    """Whether the identity of a row of `links` is one of these."""
    several = "SELECT from_key FROM links WHERE rank IS NOT NULL AND to_key IS NOT NULL GROUP BY from_key HAVING min(rank) < max(rank)"
    onward = (
        f"SELECT l.from_key FROM links AS l JOIN links AS m ON m.from_key = l.to_key WHERE l.rank <> {Rank.CLAIM} AND l.rank IS NOT NULL"
    )
    return f"({links}.from_key IN ({several}) OR {links}.from_key IN ({onward}))"


def laid_out(keys: str, ranks: Sequence[Rank]) -> str:
    """The query that gives the spans of those the query `keys` gives that are winding and have links of one of these ranks."""
    listed = ", ".join(str(int(rank)) for rank in ranks)
    mine = f"""SELECT from_key, to_key, ts, received_at, event_id, rank FROM links WHERE rank IS NOT NULL AND from_key IN ({keys})
        AND from_key IN (SELECT l.from_key FROM links AS l WHERE l.to_key IS NOT NULL AND l.rank IN ({listed})) AND {is_winding("links")}"""
    return f"""
        WITH placed AS (
            SELECT *, row_number() OVER (PARTITION BY from_key ORDER BY ts, event_id) AS place,
                count(*) FILTER (WHERE to_key IS NULL) OVER (PARTITION BY from_key ORDER BY ts, event_id) AS partings FROM ({mine})),
        mine AS MATERIALIZED (
            SELECT * FROM placed QUALIFY to_key IS NULL OR coalesce(min(received_at) OVER (
                PARTITION BY from_key, rank, partings, to_key IS NULL ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) > received_at, true)),
        onward AS MATERIALIZED (
            SELECT DISTINCT m.from_key, s.at_from, s.at_until, s.seen_from, s.seen_until
            FROM mine AS m JOIN spans AS s ON s.from_key = m.to_key),
        {_cut("at", "ts")}, {_cut("seen", "received_at")},
        cells AS (SELECT * FROM at_stretches JOIN seen_stretches USING (from_key)),
        visible AS (
            SELECT c.*, m.to_key, m.rank, m.place,
                max(m.place) FILTER (WHERE m.to_key IS NULL) OVER (PARTITION BY c.from_key, c.at_from, c.seen_from) AS parted
            FROM cells AS c JOIN mine AS m ON m.from_key = c.from_key AND m.ts <= c.at_from AND m.received_at <= c.seen_from),
        decided AS (
            SELECT from_key, at_from, at_until, seen_from, seen_until, arg_min(to_key, (rank, place)) AS to_key FROM visible
            WHERE to_key IS NOT NULL AND place > coalesce(parted, 0) GROUP BY ALL),
        owned AS (
            SELECT d.* REPLACE (coalesce(s.to_key, d.to_key) AS to_key) FROM decided AS d LEFT JOIN spans AS s ON s.from_key = d.to_key
                AND s.at_from <= d.at_from AND d.at_from < s.at_until AND s.seen_from <= d.seen_from AND d.seen_from < s.seen_until),
        {_together("upright", "owned", "at", "from_key, to_key, seen_from, seen_until")},
        {_together("level", "upright", "seen", "from_key, to_key, at_from, at_until")}
        SELECT from_key, to_key, at_from, at_until, seen_from, seen_until FROM level ORDER BY from_key, at_from, seen_from"""


def _cut(side: str, own: str) -> str:
    """The step `…_stretches`: what lies between any two instants next to each other, on one side of a pair."""
    begin, end = f"{side}_from", f"{side}_until"
    every = " UNION ".join(
        [f"SELECT from_key, {own} AS {begin} FROM mine", *(f"SELECT from_key, {each} FROM onward" for each in (begin, end))]
    )
    until = f"lead({begin}, 1, {NEVER}) OVER (PARTITION BY from_key ORDER BY {begin}) AS {end}"
    return f"{side}_stretches AS MATERIALIZED (SELECT from_key, {begin}, {until} FROM ({every}) WHERE {begin} < {NEVER})"


def _together(name: str, cells: str, side: str, same: str) -> str:
    """The step `name`: `cells` that touch on one side of a pair and are alike in `same` as one."""
    begin, end = f"{side}_from", f"{side}_until"
    begins = f"coalesce(lag({end}) OVER (PARTITION BY {same} ORDER BY {begin}) < {begin}, true)"
    begun = f"SELECT *, {begins} AS begins FROM {cells}"
    numbered = f"SELECT *, sum(begins::INTEGER) OVER (PARTITION BY {same} ORDER BY {begin}) AS run FROM ({begun})"
    return f"{name} AS (SELECT {same}, min({begin}) AS {begin}, max({end}) AS {end} FROM ({numbered}) GROUP BY {same}, run)"
