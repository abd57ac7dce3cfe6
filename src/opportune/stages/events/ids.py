"""Whose a line is: the ids it names, without those that stand for none, and the addresses it tells in their one form.

Nearly all lines name plain ids: of these the traits alone are looked at. A line is *odd* that may name a blocked value or an address where
ids stand, or tells an address with letters beyond ASCII; these few are looked at again, the last by Python.

Reads   call, user_id, anonymous_id, previous_id, is_parting, traits of a line, the ids as they were sent
Gives   user_id, anonymous_id, previous_id; email, phone: ids of the addresses told (`vocabulary.addresses`), null where none is; owner_id,
        the highest of them: the line's own
Cost    0.2 µs a line; a load with odd lines 15 ms more, and 3 µs each of them
Held to tests/customers/test_addresses.py, tests/customers/test_claims.py (a naive reading)
"""

import re
from collections.abc import Sequence

from opportune.language.relations.addresses import email_id, phone_id, text, trimmed
from opportune.language.relations.arrivals import LINES
from opportune.language.relations.one_of import is_one_of
from opportune.language.vocabulary.addresses import EMAIL, PHONE

_OWNER = "coalesce(user_id, email, phone, anonymous_id)"


def told() -> str:
    """The column `told`, [address, number], of a line: nothing but identify and alias says of whom its traits are, those of a group are
    the group's."""
    is_hers = "call IN ('identify', 'alias') AND traits IS NOT NULL"
    return f"CASE WHEN {is_hers} THEN json_extract_string(traits, ['$.email', '$.phone']) END AS told"


def named(blocked: Sequence[str]) -> str:
    """The columns email, phone, is_odd of a line with `told`, as if it were not odd."""
    said = "concat_ws(chr(10), user_id, anonymous_id, previous_id, told[1], told[2])"
    is_odd = f"regexp_matches({said}, {text(_odd(blocked))}) OR coalesce(strlen(told[1]) > length(told[1]), false)"
    return f"{email_id('told[1]')} AS email, {phone_id('told[2]')} AS phone, {is_odd} AS is_odd, NULL::VARCHAR AS foreign_email"


def owned() -> str:
    """The column owner_id."""
    return f"{_OWNER} AS owner_id"


def _odd(blocked: Sequence[str]) -> str:
    """A pattern that matches a line of text that may be blocked, or begins as the id of an address does."""
    blank = r"[ \t\r]*"
    values = "|".join(re.escape(entry).replace(r"\*", ".*") for entry in blocked)
    return f"(?im)^{blank}(?:{values}){blank}$|^(?:{EMAIL}|{PHONE})"


def is_blocked(value: str, blocked: Sequence[str]) -> str:
    """Whether the term is one of the values that stand for no id; patterns have a `*`. Null where the term is."""
    exact = [entry for entry in blocked if "*" not in entry]
    patterns = [entry for entry in blocked if "*" in entry]
    plain = f"lower({trimmed(value)})"
    found = [is_one_of(plain, exact)] if exact else []
    found += [f"{plain} GLOB {text(_as_glob(entry))}" for entry in patterns]
    return f"({' OR '.join(found)})" if found else "false"


def _as_glob(entry: str) -> str:
    """The pattern with nothing but `*` that means anything else than itself."""
    return "".join(f"[{sign}]" if sign in "?[" else sign for sign in entry)


ARE_ODD = f"SELECT coalesce(bool_or(is_odd), false) FROM {LINES}"
"""The query that gives whether there are odd lines."""


def mended(blocked: Sequence[str]) -> str:
    """The statement that looks at the odd lines again; addresses beyond ASCII are put aside as `foreign_email`."""
    ids = ", ".join(f"{_kept(f'{each}_id', blocked)} AS {each}_kept" for each in ("user", "anonymous", "previous"))
    behind = f"{_behind(EMAIL, 'told[1]')} AS email_told, {_behind(PHONE, 'told[2]')} AS phone_told"
    split = f"SELECT rowid AS position, is_parting, {ids}, {behind} FROM {LINES} WHERE is_odd"
    email = f"CASE WHEN NOT {is_blocked('email_told', blocked)} THEN {email_id('email_told')} END"
    phone = f"CASE WHEN NOT {is_blocked('phone_told', blocked)} THEN {phone_id('phone_told')} END"
    foreign = "CASE WHEN strlen(email_told) > length(email_told) AND contains(email_told, '@') THEN email_told END"
    found = f"SELECT *, {email} AS email, {phone} AS phone, {foreign} AS foreign_email FROM ({split})"
    return f"""UPDATE {LINES} SET user_id = f.user_kept, anonymous_id = f.anonymous_kept, foreign_email = f.foreign_email,
        {_said_by("f.email", "f.phone", "f.previous_kept", "f.user_kept", "f.anonymous_kept")}
        FROM ({found}) AS f WHERE {LINES}.rowid = f.position"""


FOREIGN = f"SELECT DISTINCT foreign_email FROM {LINES} WHERE foreign_email IS NOT NULL"
"""The query that gives the addresses that are still to be brought into their form."""


def translated() -> str:
    """The statement that puts the ids `$identities` of the addresses `$told` into LINES."""
    found = "(SELECT unnest($told::VARCHAR[]) AS told, unnest($identities::VARCHAR[]) AS identity)"
    return f"""UPDATE {LINES} SET {_said_by("m.identity", "phone", "previous_id", "user_id", "anonymous_id")}
        FROM {found} AS m WHERE m.told = foreign_email"""


def judged(refused: str) -> str:
    """The statement that says anew which odd lines are refused."""
    return f"UPDATE {LINES} SET refused = {refused} WHERE is_odd"


def _said_by(email: str, phone: str, previous: str, user: str, anonymous: str) -> str:
    """The assignments that follow from an address and a number: an un-merge speaks of them, it does not tell them as anybody's."""
    return f"""email = CASE WHEN NOT {LINES}.is_parting THEN {email} END, phone = CASE WHEN NOT {LINES}.is_parting THEN {phone} END,
        previous_id = CASE WHEN {LINES}.is_parting THEN coalesce({previous}, {email}, {phone}) ELSE {previous} END,
        owner_id = coalesce({user}, CASE WHEN NOT {LINES}.is_parting THEN coalesce({email}, {phone}) END, {anonymous})"""


def _kept(value: str, blocked: Sequence[str]) -> str:
    """The id in the term `value`, null where it is blocked or that of an address."""
    return f"CASE WHEN regexp_matches({value}, '^(?i:{EMAIL}|{PHONE})') OR {is_blocked(value, blocked)} THEN NULL ELSE {value} END"


def _behind(prefix: str, trait: str) -> str:
    """What a line says behind `prefix` in one of its ids; else, unless it parts two, its trait."""
    ids = ("user_id", "anonymous_id", "CASE call WHEN 'alias' THEN previous_id END")
    cut = [f"CASE WHEN lower(left({each}, {len(prefix)})) = {text(prefix)} THEN substr({each}, {len(prefix) + 1}) END" for each in ids]
    of_parting = cut[1].replace("anonymous_id", "previous_id")
    return f"CASE WHEN is_parting THEN {of_parting} ELSE coalesce({', '.join(cut)}, {trait}) END"
