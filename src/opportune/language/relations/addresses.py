"""The one form of addresses (`vocabulary.addresses`) in SQL, as ids, for text in ASCII; what has other letters is null here.

Held to tests/customers/test_addresses.py
"""

from opportune.language.vocabulary.addresses import BLANKS, DOMAIN, EMAIL, LOCAL_PART, LONGEST_EMAIL, PHONE, PHONE_DIGITS, PHONE_SIGNS


def text(value: str) -> str:
    """A value as an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


_BLANKS = " || ".join(f"chr({ord(blank)})" for blank in BLANKS)


def trimmed(said: str) -> str:
    """The text in the term `said` without blanks around it."""
    return f"trim({said}, {_BLANKS})"


def email_id(said: str) -> str:
    """The id of the address in the term `said`, null where it is none."""
    address = f"lower({trimmed(said)})"
    is_one = f"regexp_full_match({address}, {text(f'{LOCAL_PART}@{DOMAIN}')}) AND length({address}) <= {LONGEST_EMAIL}"
    return f"CASE WHEN contains({said}, '@') AND {is_one} THEN {text(EMAIL)} || {address} END"


def phone_id(said: str) -> str:
    """The id of the number in the term `said`, null where it is none."""
    number = trimmed(said)
    digits = f"regexp_replace(regexp_replace({number}, '^00', ''), '[^0-9]', '', 'g')"
    is_one = f"regexp_full_match({number}, {text(PHONE_SIGNS)}) AND NOT contains({number}, '(0)')"
    is_one += f" AND regexp_full_match({digits}, {text(PHONE_DIGITS)})"
    return f"CASE WHEN left({number}, 1) IN ('+', '0') AND {is_one} THEN {text(PHONE + '+')} || {digits} END"
