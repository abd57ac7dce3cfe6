"""One value of many, to show what was sent: whole where it is nobody's, and of what may be personal only its shape."""

import re

LONGEST = 60
"""Characters of a value that are looked at."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
PERSONAL = frozenset(
    (
        "mail email phone mobile tel fax name firstname lastname surname fullname username nickname address street city zip "
        "zipcode postcode postal birth birthday birthdate dob age gender ip ipaddress lat latitude lon lng longitude location "
        "token password secret iban bic card vat tax ssn passport text comment message note body subject query answer feedback "
        "url referrer referer userid user customer account"
    ).split()
)
"""Words in a property's name that say that its values may be somebody's."""
_LOOKS_PERSONAL = re.compile(r"@|[+(]?\d[\d ()./-]{6,}")
"""Addresses, numbers of phones, accounts and cards, dates."""


def specimen(name: str, value: str) -> str:
    """What may be shown of a property's value: `Ada` of `firstName` is `Aaa`."""
    words = {word.lower() for word in _WORD.findall(name)}
    cut = value[:LONGEST] + ("…" if len(value) > LONGEST else "")
    return _shape(cut) if words & PERSONAL or _LOOKS_PERSONAL.search(cut) else cut


def _shape(value: str) -> str:
    """Letters as `a` or `A`, digits as 9, signs as they are."""
    return "".join("9" if sign.isdigit() else "A" if sign.isupper() else "a" if sign.isalpha() else sign for sign in value)
