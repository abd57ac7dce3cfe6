"""E-mail addresses fit for an envelope and a header: one mailbox, nothing else.

Source  RFC 5322 section 3.4.1 (dot-atom local parts only), RFC 5321 section 4.5.3.1 (lengths), RFC 5890 (IDNA), RFC 6531 (SMTPUTF8).
"""

import re
import unicodedata
from dataclasses import dataclass

import idna

from opportune.stages.content.refusal import Reason, Refusal

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_NAMED = re.compile(r"([^<>]*)<([^<>]+)>")
_LONGEST_LOCAL = 64
_LONGEST = 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, any text, and an ASCII address that cannot be anything but one address."""

    name: str
    address: str


def mailbox(address: str, name: str = "") -> Mailbox | Refusal:
    """The mailbox of an address somebody typed: white space around it is dropped, a domain in any script becomes ASCII."""
    written = unicodedata.normalize("NFC", address.strip())
    local, at, domain = written.rpartition("@")
    shown = written[:100]
    if not at or not local or not domain:
        return Refusal(Reason.BAD_ADDRESS, f"{shown!r} is no e-mail address")
    if not local.isascii() and "@" not in local:
        return Refusal(Reason.NON_ASCII_ADDRESS, f"{shown!r} has letters before the @ that only mail servers with SMTPUTF8 accept")
    host = _host(domain)
    if host is None or not _LOCAL.fullmatch(local) or len(local) > _LONGEST_LOCAL or len(local) + 1 + len(host) > _LONGEST:
        return Refusal(Reason.BAD_ADDRESS, f"{shown!r} is no e-mail address")
    return Mailbox(name, f"{local}@{host}")


def mailbox_written(text: str) -> Mailbox | Refusal:
    """The mailbox of `Name <address>` or a bare address, as in the settings."""
    written = _NAMED.fullmatch(text.strip())
    name = written[1].strip() if written else ""
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"')
    found = mailbox(written[2] if written else text, name)
    if isinstance(found, Mailbox):
        return found
    return Refusal(Reason.BAD_SENDER, f"{text[:100]!r} is neither 'address' nor 'Name <address>'")


def _host(domain: str) -> str | None:
    """The domain in ASCII, or None when it is none. A single label is allowed: `localhost`, and mail servers on a private network."""
    try:
        ascii_domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    return ascii_domain if all(_LABEL.fullmatch(label) for label in ascii_domain.split(".")) else None
