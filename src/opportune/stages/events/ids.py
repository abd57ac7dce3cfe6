"""Whose a line is: the ids it names, without those that stand for none, and the addresses it tells in their one form.

Reads   user_given, anonymous_given, previous_given, call, name, is_parting, traits of a line
Gives   user_id, anonymous_id, previous_id; email, phone: ids of the addresses told (`vocabulary.addresses`), null where none is; owner_id,
        the highest of them: the line's own; is_blocked; foreign_email: an address with letters beyond ASCII as it was told, for Python
        to bring into its form (`foreign`, `mended`), which few lines need
Held to tests/customers/test_addresses.py, tests/customers/test_claims.py
"""

from collections.abc import Sequence

from opportune.language.relations.addresses import email_id, phone_id, text, trimmed
from opportune.language.relations.arrivals import LINES
from opportune.language.vocabulary.addresses import EMAIL, PHONE


def is_blocked(value: str, blocked: Sequence[str]) -> str:
    """Whether the term is one of the values that stand for no id; patterns have a `*`. Null where the term is."""
    exact = [entry for entry in blocked if "*" not in entry]
    patterns = [entry for entry in blocked if "*" in entry]
    plain = f"lower({trimmed(value)})"
    found = [f"{plain} IN ({', '.join(map(text, exact))})"] if exact else []
    found += [f"{plain} GLOB {text(_as_glob(entry))}" for entry in patterns]
    return f"({' OR '.join(found)})" if found else "false"


def _as_glob(entry: str) -> str:
    """The pattern with nothing but `*` that means anything else than itself."""
    return "".join(f"[{sign}]" if sign in "?[" else sign for sign in entry)


def kept(value: str, blocked: Sequence[str]) -> str:
    """The id in the term `value`, null where it is blocked or that of an address."""
    return f"CASE WHEN {_is_address(value)} OR {is_blocked(value, blocked)} THEN NULL ELSE {value} END"


def _is_address(value: str) -> str:
    return f"regexp_matches({value}, '^(?i:{EMAIL}|{PHONE})')"


def _told(prefix: str, trait: str) -> str:
    """What a line says behind `prefix` in one of its ids; else, unless it parts two, its trait."""
    ids = ("previous_given",), ("user_given", "anonymous_given", "CASE call WHEN 'alias' THEN previous_given END")
    behind = [
        [f"CASE WHEN lower(left({each}, {len(prefix)})) = {text(prefix)} THEN substr({each}, {len(prefix) + 1}) END" for each in some]
        for some in ids
    ]
    # nothing but identify and alias says of whom its traits are: those of a group are the group's
    of_hers = f"CASE WHEN call IN ('identify', 'alias') AND traits IS NOT NULL THEN traits->>{text('$.' + trait)} END"
    return f"CASE WHEN is_parting THEN {', '.join(behind[0])} ELSE coalesce({', '.join([*behind[1], of_hers])}) END"


def told(blocked: Sequence[str]) -> str:
    """The columns that `named` reads, of a line with its three ids as given."""
    ids = ", ".join(f"{kept(f'{each}_given', blocked)} AS {each}_id" for each in ("user", "anonymous", "previous"))
    given = "coalesce(user_given, anonymous_given)"
    return f"{ids}, {_told(EMAIL, 'email')} AS email_told, {_told(PHONE, 'phone')} AS phone_told, {given} AS id_given"


def named(blocked: Sequence[str]) -> str:
    """The columns that come of `told`, but for `owner`."""
    email = f"CASE WHEN NOT {is_blocked('email_told', blocked)} THEN {email_id('email_told')} END"
    phone = f"CASE WHEN NOT {is_blocked('phone_told', blocked)} THEN {phone_id('phone_told')} END"
    foreign = "CASE WHEN strlen(email_told) > length(email_told) AND contains(email_told, '@') THEN email_told END"
    return f"{email} AS email_named, {phone} AS phone_named, {foreign} AS foreign_email"


def owned() -> str:
    """The ids of a line in the end: an un-merge speaks of an address, it does not tell it as anybody's."""
    return """CASE WHEN NOT is_parting THEN email_named END AS email, CASE WHEN NOT is_parting THEN phone_named END AS phone,
        CASE WHEN is_parting THEN coalesce(previous_id, email_named, phone_named) ELSE previous_id END AS previous_id,
        coalesce(user_id, CASE WHEN NOT is_parting THEN coalesce(email_named, phone_named) END, anonymous_id) AS owner_id"""


FOREIGN = f"SELECT DISTINCT foreign_email FROM {LINES} WHERE foreign_email IS NOT NULL"
"""The query that gives the addresses that are still to be brought into their form."""


def mended(refused: str) -> list[str]:
    """The statements that put the ids `$identities` of the addresses `$told` into LINES, and look again at what is refused."""
    found = "(SELECT unnest($told::VARCHAR[]) AS told, unnest($identities::VARCHAR[]) AS identity)"
    return [
        f"""UPDATE {LINES} SET email = CASE WHEN NOT is_parting THEN m.identity END,
            previous_id = CASE WHEN is_parting THEN coalesce(previous_id, m.identity) ELSE previous_id END,
            owner_id = coalesce(user_id, CASE WHEN NOT is_parting THEN coalesce(m.identity, phone) END, anonymous_id)
            FROM {found} AS m WHERE m.told = foreign_email""",
        f"UPDATE {LINES} SET refused = {refused} WHERE foreign_email IN (SELECT unnest($told::VARCHAR[])) AND len($identities) >= 0",
    ]
