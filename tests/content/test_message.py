"""Messages as bytes, read back by the standard library's parser."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.content.mails import AT

from opportune.stages.content.addresses import Mailbox, mailbox, mailbox_written
from opportune.stages.content.message import Heading, message_bytes
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.render import one_line
from opportune.stages.content.rendered import Rendered

HEADING = Heading(
    sender=Mailbox("Lumen & Söhne", "hello@lumen.test"),
    recipient=Mailbox("", "zoe@example.test"),
    reply_to=None,
    at=AT,
    message_id="0123abcd",
    list_id="marketing.lumen.test",
    list_name="Lumen",
    unsubscribe_url="https://mail.lumen.test/u/abc",
)
WORDS = Rendered(subject="Hello", preheader="", html="<p>Hello</p>", text="Hello", links=(), warnings=())
NASTY = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from([
            "\r\n", "\n", "\r", "Bcc: x@y.test", "=?utf-8?q?x?=", "😀", "👩‍👩‍👧", "שלום", "مرحبا",
            '"', "\\", "<", ">", ",", "(", "x" * 200, " ", "\t", "\x00", "ü", ".",
        ]),
        max_size=40,
    ).map("".join),
)  # fmt: skip


def bytes_of(heading: Heading = HEADING, words: Rendered = WORDS) -> bytes:
    outcome = message_bytes(heading, words)
    assert isinstance(outcome, bytes), outcome
    return outcome


def parsed(heading: Heading = HEADING, words: Rendered = WORDS) -> EmailMessage:
    return message_from_bytes(bytes_of(heading, words), policy=policy.default)


def test_the_whole_message_is_what_the_standards_ask_for():
    assert bytes_of(HEADING, replace(WORDS, html="<p>Zoë</p>\n.\n")).decode() == (
        "From: =?utf-8?b?THVtZW4gJiBTw7ZobmU=?= <hello@lumen.test>\r\n"
        "To: zoe@example.test\r\n"
        "Subject: Hello\r\n"
        "Date: Sun, 01 Mar 2026 09:30:00 +0000\r\n"
        "Message-ID: <0123abcd@lumen.test>\r\n"
        "List-Id: =?utf-8?b?THVtZW4=?=\r\n <marketing.lumen.test>\r\n"
        "List-Unsubscribe: <https://mail.lumen.test/u/abc>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative;\r\n boundary="=_cdacb798e10539d6bf1b8fd3"\r\n'
        "\r\n"
        "--=_cdacb798e10539d6bf1b8fd3\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hello\r\n"
        "--=_cdacb798e10539d6bf1b8fd3\r\n"
        'Content-Type: text/html; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>Zo=C3=AB</p>\r\n"
        "=2E\r\n"
        "--=_cdacb798e10539d6bf1b8fd3--\r\n"
    )


@given(subject=NASTY, name=NASTY, text=NASTY, html=NASTY)
def test_whatever_the_words_the_message_parses_back_to_them_and_to_nothing_else(subject, name, text, html):
    heading = replace(HEADING, recipient=Mailbox(name, "zoe@example.test"), list_name=name)
    raw = bytes_of(heading, replace(WORDS, subject=subject, text=text or "x", html=html))
    message = message_from_bytes(raw, policy=policy.default)
    assert not message.defects
    assert not [defect for key in message for defect in message[key].defects]
    assert message.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
    ]
    assert [box.addr_spec for box in message["To"].addresses] == ["zoe@example.test"]
    assert name_of(raw) == one_line(name)
    assert message["Subject"] == one_line(subject)
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert lines_of(parts[0].get_content()) == lines_of(text or "x")
    assert lines_of(parts[1].get_content()) == lines_of(html)


@given(subject=NASTY, name=NASTY, text=NASTY)
def test_every_line_is_short_ascii_and_ends_in_crlf(subject, name, text):
    raw = bytes_of(replace(HEADING, recipient=Mailbox(name, "z" * 50 + "@example.test")), replace(WORDS, subject=subject, text=text))
    assert raw.isascii()
    assert b"\x00" not in raw
    assert not re.search(rb"[^\r]\n|\r[^\n]", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]*\?b\?[^?]*\?=", raw))


def name_of(raw: bytes) -> str:
    """The recipient's name by the older parser: the newer one of Python 3.11 keeps the space between encoded-words of a phrase."""
    phrase, _ = parseaddr(str(message_from_bytes(raw, policy=policy.compat32)["To"]))
    return str(make_header(decode_header(phrase)))


def lines_of(text: str) -> str:
    """Line ends as one kind, none at the end; lone surrogates as written."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def test_a_transactional_mail_has_no_list_headers():
    keys = parsed(replace(HEADING, list_id="", unsubscribe_url="")).keys()
    assert not [key for key in keys if key.startswith("List-")]


@pytest.mark.parametrize("url", ["https://a.test/u/x", "http://127.0.0.1:8000/u/x", "http://localhost/u/x", "http://[::1]:80/u/x"])
def test_one_click_takes_https_and_http_on_loopback(url):
    assert parsed(replace(HEADING, unsubscribe_url=url))["List-Unsubscribe"] == f"<{url}>"


@pytest.mark.parametrize(
    "url",
    ["http://a.test/u/x", "mailto:a@b.test", "https://a.test/>\r\nBcc: x", "https://a.test/ x", "https://", "http://127.0.0.1.evil.test/"],
)
def test_one_click_refuses_anything_else(url):
    outcome = message_bytes(replace(HEADING, unsubscribe_url=url), WORDS)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.BAD_UNSUBSCRIBE_URL


@pytest.mark.parametrize(
    "typed, address",
    [
        (" zoe@example.test ", "zoe@example.test"),
        ("Zoe.O'Neil+shop@EXAMPLE.test", "Zoe.O'Neil+shop@example.test"),
        ("zoe@müller.test", "zoe@xn--mller-kva.test"),
        ("zoe@faß.test", "zoe@xn--fa-hia.test"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_one_ascii_address(typed, address):
    assert mailbox(typed) == Mailbox("", address)


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "zoe", "zoe@", "@a.test", "a@b@c.test", "a b@c.test", "a@b.test, c@d.test", "a@b.test\r\nBcc: c@d.test", "<a@b.test>",
        ".a@b.test",
        "a..b@c.test", "a@-b.test", "a@b..test", "a@[127.0.0.1]", "a@b.test>",
        "x" * 65 + "@a.test", "a@" + "b" * 64 + ".test", '"a b"@c.test',
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(typed):
    outcome = mailbox(typed)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.BAD_ADDRESS


def test_letters_beyond_ascii_before_the_at_are_refused_with_that_reason():
    outcome = mailbox("zoë@example.test")
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.NON_ASCII_ADDRESS


@given(st.text(max_size=80))
def test_no_text_becomes_an_address_with_anything_to_break_out_of(typed):
    outcome = mailbox(typed)
    assert isinstance(outcome, Refusal) or re.fullmatch(r"[!-~]+@[a-z0-9.-]+", outcome.address)


def test_the_sender_is_written_as_people_write_it():
    assert mailbox_written("Lumen, Inc <hi@lumen.test>") == Mailbox("Lumen, Inc", "hi@lumen.test")
    assert mailbox_written("hi at lumen") == Refusal(Reason.BAD_SENDER, "'hi at lumen' is neither 'address' nor 'Name <address>'")
    assert mailbox_written('"Lumen, Inc" <hi@lumen.test>') == Mailbox("Lumen, Inc", "hi@lumen.test")
    assert mailbox_written("hi@lumen.test") == Mailbox("", "hi@lumen.test")
