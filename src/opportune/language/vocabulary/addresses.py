"""E-mail addresses and phone numbers in the one form in which two of them are the same, and as ids.

An address is compared without blanks around it, in small letters and Unicode's normal form C, its domain as DNS has it (`xn--…`).
Dots and `+words` before the `@` stay: whether a mail provider ignores them nobody tells us. A number needs its country (`+` or `00`).
What is neither is no identifier, rather than a guessed one.

Held to tests/customers/test_addresses.py, which also holds the SQL of `stages.events.ids` to it
Source  RFC 5321 section 4.1.2 (what may stand before and after the @), UTS 46 (domains), E.164 (numbers)
"""

import re
import unicodedata
from functools import lru_cache

import idna

EMAIL = "email:"
"""How the id of an e-mail address begins."""
PHONE = "phone:"
"""How the id of a phone number begins."""
BLANKS = " \t\r\n"
LOCAL_PART = r"[!#-'*+/-9=?A-Z^-~.-]+"
"""What may stand before the @, in ASCII and without quotes."""
DOMAIN = r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
LONGEST_EMAIL = 254
GROUPING = " ./()-"
"""With these people group digits."""
TRUNK = "(0)"
"""Some dial it, some do not: a number with it is not guessed."""
DIGITS = r"(\+|00)[1-9][0-9]{7,14}"
"""A number without GROUPING: its country's code in front."""
_ASCII_EMAIL = re.compile(f"{LOCAL_PART}@{DOMAIN}")
_UNICODE_LOCAL_PART = re.compile(r"[^\s@\"<>(),:;\\\[\]\x00-\x1f\x7f]+")


@lru_cache(maxsize=4096)
def normal_email(said: str) -> str | None:
    """The address in its one form; None for what is none."""
    local, at, domain = unicodedata.normalize("NFC", said.strip(BLANKS)).lower().rpartition("@")
    if not at or not _UNICODE_LOCAL_PART.fullmatch(local):
        return None
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    whole = f"{local}@{domain}"
    shape = whole if local.isascii() else f"a@{domain}"
    return whole if _ASCII_EMAIL.fullmatch(shape) and len(whole) <= LONGEST_EMAIL else None


def normal_phone(said: str) -> str | None:
    """`+` and the digits of an international number; None for what is none."""
    digits = said.strip(BLANKS).translate(dict.fromkeys(map(ord, GROUPING)))
    if TRUNK in said or not re.fullmatch(DIGITS, digits):
        return None
    return f"+{digits.removeprefix('+').removeprefix('00')}"


def identity_of(asked: str) -> str | None:
    """The id of an address as somebody writes it, with `email:` or `phone:` before it or bare; None where it is neither."""
    for prefix, normal in ((EMAIL, normal_email), (PHONE, normal_phone)):
        said = asked.strip(BLANKS)
        found = normal(said[len(prefix) :] if said.lower().startswith(prefix) else said)
        if found is not None:
            return prefix + found
    return None


def is_address(identity: str) -> bool:
    """Whether an id is that of an address or a number, and so never a user's."""
    return identity.startswith((EMAIL, PHONE))
