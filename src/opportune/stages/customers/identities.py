"""Identities: the ids people are sent with, each with a dense number in order of its first mention.

Reads   ARRIVALS, identities
Gives   NAMED; identities
Cost    one scan of the hashes of all ids, 7 ms a million. A whole MD5 is compared, so two different ids are never taken for one
Held to tests/events/test_load.py
"""

from opportune.language.relations.arrivals import ARRIVALS, MENTIONS, NAMED

TELLS_ADDRESS = "coalesce(email, phone) IS NOT NULL"
"""Which arrivals tell an address."""


def store(*, tell_addresses: bool = True) -> list[str]:
    """The statements that number the ids ARRIVALS names and note which were sent as a userId. `tell_addresses`: some of them do; an
    address that nobody but users told has no number, for it decides nothing."""
    named = [("user_id", "true", ""), ("anonymous_id", "false", ""), ("previous_id", "false", "")]
    named += [(kind, "false", "AND user_id IS NULL") for kind in ("email", "phone")] if tell_addresses else []
    mentions = " UNION ALL ".join(
        f"""SELECT {column} AS identity, position * {MENTIONS} + {turn} AS place, {is_known} AS is_known FROM {ARRIVALS}
            WHERE {column} IS NOT NULL {only}"""
        for turn, (column, is_known, only) in enumerate(named)
    )
    found = f"SELECT identity, min(place) AS place, min(place) FILTER (is_known) AS known_place FROM ({mentions}) GROUP BY identity"
    number = (
        "(SELECT coalesce(max(identity_key), 0) FROM identities) + row_number() OVER (PARTITION BY i.identity_key IS NULL ORDER BY m.place)"
    )
    return [
        f"""CREATE OR REPLACE TEMP TABLE {NAMED} AS
            SELECT m.identity, coalesce(i.identity_key, {number})::INTEGER AS identity_key, m.place, m.known_place,
                i.identity_key IS NULL AS is_new, coalesce(i.is_known, false) AS was_known
            FROM ({found}) AS m LEFT JOIN identities AS i ON i.identity_hash = md5_number(m.identity)""",
        f"""INSERT INTO identities SELECT identity_key, identity, known_place IS NOT NULL, md5_number(identity) FROM {NAMED}
            WHERE is_new ORDER BY identity_key""",
        f"""UPDATE identities SET is_known = true FROM {NAMED} AS n
            WHERE n.identity_key = identities.identity_key AND NOT n.is_new AND NOT n.was_known AND n.known_place IS NOT NULL""",
    ]


def hashed() -> str:
    """The statement that gives the ids their hashes: for a store that had none."""
    return "UPDATE identities SET identity_hash = md5_number(identity) WHERE identity_hash IS NULL"
