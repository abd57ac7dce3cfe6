"""Addresses and numbers in their one form, in Python and in SQL."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.language.relations.addresses import email_id, phone_id, text
from opportune.language.vocabulary.addresses import EMAIL, PHONE, identity_of, normal_email, normal_phone

STORE = duckdb.connect()


@pytest.mark.parametrize(
    "said, normal",
    [
        (" Ada.Love+Lamps@Example.ORG\t", "ada.love+lamps@example.org"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("U\u0308ma@b.test", "üma@b.test"),
        ("o'neil@b.test", "o'neil@b.test"),
        ("ada@localhost", None),
        ("Ada <ada@b.test>", None),
        ("ada@b..test", None),
        ("ada@-b.test", None),
        ("a@b@c.test", None),
        ("@b.test", None),
        ("ada b@c.test", None),
        (f"{'a' * 250}@b.test", None),
        ("", None),
    ],
)
def test_an_address_has_one_form_or_none(said: str, normal: str | None) -> None:
    assert normal_email(said) == normal


@pytest.mark.parametrize(
    "said, normal",
    [
        ("+49 30 123456", "+4930123456"),
        ("0049 (30) 123-456", "+4930123456"),
        (" +1.212.555.1234 ", "+12125551234"),
        ("030 123456", None),
        ("+49 (0)30 123456", None),
        ("+0 12345678", None),
        ("+49 123", None),
        ("+49 30 123456 ext. 7", None),
        ("+1234567890123456", None),
        ("49 30 123456", None),
    ],
)
def test_a_number_without_its_country_is_not_guessed(said: str, normal: str | None) -> None:
    assert normal_phone(said) == normal


def test_an_address_is_found_as_it_is_written() -> None:
    assert identity_of(" Ada@B.test") == identity_of("EMAIL:ada@b.test") == "email:ada@b.test"
    assert identity_of("+49 30 123456") == identity_of("phone:004930123456") == "phone:+4930123456"
    assert identity_of("c000027") is None


@given(said=st.text("aZ9 .+-_@'\"<\t(0)/xn", max_size=14) | st.from_regex(r" ?[aB.]{1,4}@([a-c-]{1,3}\.){1,2}[a-c]{1,2}", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_in_ascii_the_sql_says_what_python_says(said: str) -> None:
    found = STORE.execute(f"SELECT {email_id(text(said))}, {phone_id(text(said))}").fetchone()
    email, phone = normal_email(said), normal_phone(said)
    assert found == (email and EMAIL + email, phone and PHONE + phone)


@given(said=st.from_regex(r"(\+|00)[0-9 ()./-]{6,18}", fullmatch=True))
@settings(max_examples=200, deadline=None)
def test_and_so_of_numbers(said: str) -> None:
    (found,) = STORE.execute(f"SELECT {phone_id(text(said))}").fetchone()
    phone = normal_phone(said)
    assert found == (phone and PHONE + phone)
