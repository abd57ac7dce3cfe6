"""From ids as people write them to keys.

Reads   identities, claims, traits
Gives   identity, identity_key of those asked for, each once
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.kinds import Kind

ASKED = Input("identities_asked", (("identity", "VARCHAR"),))


KEYS = Input("keys_asked", (("identity_key", "INTEGER"),))

_KEYS_OF = """
SELECT i.identity, i.identity_key FROM identities AS i JOIN identities_asked AS a ON a.identity = i.identity ORDER BY i.identity_key
"""


def keys_of() -> Plan:
    """The keys of the identities asked for; unknown ones are missing."""
    return Plan(query_of(_KEYS_OF), (("identity", Kind.TEXT), ("identity_key", Kind.NUMBER)), (), (ASKED,))


def anonymous_among() -> Plan:
    """Those of the keys asked for that were never sent as a userId."""
    query = "SELECT i.identity_key FROM identities AS i JOIN keys_asked AS a ON a.identity_key = i.identity_key WHERE NOT i.is_known"
    return Plan(query_of(query), (("identity_key", Kind.NUMBER),), (), (KEYS,))


def zones_in_use() -> Plan:
    """Every text that trait `timezone` was ever set to."""
    query = """SELECT DISTINCT json_extract_string(t.value, '$') AS zone FROM traits AS t
    WHERE t.name = 'timezone' AND json_type(t.value) = 'VARCHAR' ORDER BY zone"""
    return Plan(query_of(query), (("zone", Kind.TEXT),))


def claimants() -> Plan:
    """The users who told the address with the id $identity as theirs by $at, each once, the first first."""
    query = """SELECT i.identity FROM claims AS c JOIN identities AS i ON i.identity_key = c.identity_key
    WHERE c.address_hash = md5_number($identity) AND c.ts <= $at GROUP BY i.identity ORDER BY min(c.ts), i.identity"""
    return Plan(query_of(query), (("identity", Kind.TEXT),), ("identity", "at"))
