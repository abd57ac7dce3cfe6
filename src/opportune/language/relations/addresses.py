"""The one form of addresses (`vocabulary.addresses`) in SQL, as ids, for text in ASCII; what has other letters is null here.

Held to tests/customers/test_addresses.py
"""

from opportune.language.vocabulary.addresses import BLANKS, DIGITS, DOMAIN, EMAIL, GROUPING, LOCAL_PART, LONGEST_EMAIL, PHONE, TRUNK


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
    digits = f"translate({trimmed(said)}, {text(GROUPING)}, '')"
    is_one = f"regexp_full_match({digits}, {text(DIGITS)}) AND NOT contains({said}, {text(TRUNK)})"
    return f"CASE WHEN {is_one} THEN {text(PHONE + '+')} || ltrim({digits}, '+0') END"
