"""Links carried on: where an id is linked to an address, and that to a user, the pair of the two ends is kept among the links too.

Plans ask which ids may ever be a customer's, and when that may change; with these pairs one look tells. They decide nothing: their `rank`
is null, and whose an id is `spans` say.

Reads   CANDIDATES, links
Gives   RELAID; links (rank null): for each two or three links in a row the ends, at the instants at which all are visible; to null where
        an end was parted
Cost    of a load that links nothing by addresses, nothing
Held to tests/customers/test_claims.py
"""

from opportune.language.relations.arrivals import CANDIDATES, RELAID

_FOUND = "(SELECT * FROM links WHERE rank IS NOT NULL)"


def relaid(seeds: str = f"SELECT from_key FROM {CANDIDATES}") -> str:
    """The statement that makes RELAID: those whose links are new (the query `seeds`), and all that are linked to one of them in two
    steps, as many as classes allow."""
    step = "SELECT l.from_key FROM links AS l WHERE l.rank IS NOT NULL AND l.to_key IN (SELECT from_key FROM {0})"
    return f"""CREATE OR REPLACE TEMP TABLE {RELAID} AS
        WITH first AS ({seeds}), second AS ({step.format("first")}), third AS ({step.format("second")})
        SELECT from_key FROM first UNION SELECT from_key FROM second UNION SELECT from_key FROM third"""


def store() -> list[str]:
    """The statements that keep the pairs of the ends for RELAID, in place of those there were."""
    both = "greatest(l.ts, m.ts) AS ts, greatest(l.received_at, m.received_at) AS received_at"
    mine = f"SELECT l.* FROM {_FOUND} AS l SEMI JOIN {RELAID} USING (from_key) WHERE l.to_key IS NOT NULL"
    onward = f"SELECT m.event_id, l.from_key, m.to_key, {both} FROM {{0}} AS l JOIN {_FOUND} AS m ON m.from_key = l.to_key"
    return [
        f"DELETE FROM links WHERE rank IS NULL AND from_key IN (SELECT from_key FROM {RELAID})",
        f"""INSERT INTO links WITH mine AS ({mine}), twice AS ({onward.format("mine")}), thrice AS ({onward.format("twice")})
            SELECT *, NULL AS rank FROM (SELECT * FROM twice UNION SELECT * FROM thrice) ORDER BY received_at, ts, event_id, from_key""",
    ]
