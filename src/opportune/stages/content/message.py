"""A mail as bytes: headers that nothing can break out of, a text part, then HTML.

Gives   CRLF lines of at most 78 bytes, ASCII only
Source  RFC 5322 (format), RFC 2045-2047 (MIME, encoded-words), RFC 2919 (List-Id), RFC 2369 and 8058 (List-Unsubscribe)
Held to the standard library's parser, by tests/content/test_message.py
"""

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import urlsplit

from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.stages.content.addresses import Mailbox
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.render import one_line
from opportune.stages.content.rendered import Rendered

LINE_BYTES = 78
_WORD_BYTES = 42
"""Octets of UTF-8 in one encoded-word: 56 of base64 and 12 around them, beside `Reply-To: `, fill a line."""
_PLAIN = re.compile(r"[\x20-\x7e]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands above the words. `list_id` and `unsubscribe_url` are empty for a transactional mail."""

    sender: Mailbox
    recipient: Mailbox
    reply_to: Mailbox | None
    at: Instant
    message_id: str
    """The part before the @; the sender's domain follows it."""
    list_id: str
    """A host-like name that stays the same for all mail of the list."""
    list_name: str
    unsubscribe_url: str


def message_bytes(heading: Heading, rendered: Rendered) -> bytes | Refusal:
    """The whole message, or why it may not be sent."""
    if heading.unsubscribe_url and not is_one_click_url(heading.unsubscribe_url):
        return Refusal(Reason.BAD_UNSUBSCRIBE_URL, "one-click unsubscribe needs https, or http on loopback")
    boundary = "=_" + hashlib.blake2b(heading.message_id.encode("utf-8", "replace"), digest_size=12).hexdigest()
    lines = [
        *_headers(heading, rendered.subject),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
        "",
        f"--{boundary}",
        *_part("plain", rendered.text),
        f"--{boundary}",
        *_part("html", rendered.html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def is_one_click_url(url: str) -> bool:
    """Whether a URL may stand in List-Unsubscribe with List-Unsubscribe-Post: https (RFC 8058), or http to this machine."""
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        return False
    return is_fit and bool(parts.hostname) and re.fullmatch(r"[\x21-\x3b\x3d\x3f-\x7e]{1,900}", url) is not None


def _headers(heading: Heading, subject: str) -> Iterator[str]:
    domain = heading.sender.address.rpartition("@")[2]
    yield f"From: {_mailbox(heading.sender)}"
    yield f"To: {_mailbox(heading.recipient)}"
    if heading.reply_to is not None:
        yield f"Reply-To: {_mailbox(heading.reply_to)}"
    yield f"Subject: {_unstructured(subject, len('Subject: '))}"
    yield f"Date: {format_datetime(datetime_of(heading.at))}"
    yield f"Message-ID: <{_token(heading.message_id)}@{domain}>"
    if heading.list_id:
        yield f"List-Id: {_list_name(heading.list_name)}<{_token(heading.list_id)}>"
    if heading.unsubscribe_url:
        yield f"List-Unsubscribe: <{heading.unsubscribe_url}>"
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def _part(subtype: str, text: str) -> Iterator[str]:
    """One part, quoted-printable: no line is long, no `.` or `From ` is special, and a person can read it."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    encoded = binascii.b2a_qp(normal.encode("utf-8", "replace"), istext=True).decode("ascii")
    yield f'Content-Type: text/{subtype}; charset="utf-8"'
    yield "Content-Transfer-Encoding: quoted-printable"
    yield ""
    yield encoded.replace("\r", "=0D").replace("\n", "\r\n").removesuffix("\r\n")


def _mailbox(box: Mailbox) -> str:
    name = one_line(box.name)
    if not name:
        return box.address
    if _ATOMS.fullmatch(name) and "=?" not in name and len(name) <= 60:
        phrase = name
    elif _PLAIN.fullmatch(name) and "=?" not in name and len(name) <= 60:
        phrase = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        phrase = _encoded_words(name)
    return f"{phrase}\r\n <{box.address}>" if len(phrase) + len(box.address) > LINE_BYTES - 12 else f"{phrase} <{box.address}>"


def _list_name(name: str) -> str:
    clean = one_line(name)
    return f"{_encoded_words(clean)}\r\n " if clean else ""


def _unstructured(text: str, taken: int) -> str:
    """A subject: as it is when it is short ASCII, else encoded-words."""
    clean = one_line(text)
    return clean if _PLAIN.fullmatch(clean) and "=?" not in clean and len(clean) + taken <= LINE_BYTES else _encoded_words(clean)


def _encoded_words(text: str) -> str:
    """RFC 2047 encoded-words, one a line, never splitting a character."""
    words: list[str] = []
    octets = b""
    for character in text:
        written = character.encode("utf-8", "replace")
        if len(octets) + len(written) > _WORD_BYTES:
            words.append(_word(octets))
            octets = b""
        octets += written
    words.append(_word(octets))
    return "\r\n ".join(words)


def _word(octets: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(octets, newline=False).decode('ascii')}?="


def _token(text: str) -> str:
    """The characters of an id that are safe between angle brackets."""
    return re.sub(r"[^A-Za-z0-9.+=_-]", "-", text).strip(".") or "-"
