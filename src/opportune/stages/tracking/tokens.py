"""The opaque ids in tracking links: short, signed, not to be forged or counted through.

A token names a message and perhaps one of its links; where a link leads is in the database only, never in the URL, so that there is
no open redirect. 96 bits of keyed BLAKE2 stand behind it: guessing one is hopeless at any rate a server answers.

Gives   about 20 characters of base64url
Source  RFC 8058 section 3.1: the URI alone must say who and what, and must be hard to forge
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import Enum

from opportune.language.vocabulary.instants import Instant

HOUR = 3_600_000_000
"""Microseconds."""
MAC_BYTES = 12
LONGEST = 80
"""Characters; longer is refused before anything is computed."""


class Purpose(Enum):
    """What a token allows; one made for a link opens no unsubscribe page."""

    OPEN = "o"
    CLICK = "c"
    UNSUBSCRIBE = "u"
    WHY = "w"
    CONFIRM = "d"
    """The link in a mail that asks for the second yes."""
    BUTTON = "b"
    """What the button of its page sends back; `link`: the hour it was shown in, see `hour_after`."""
    ARRIVAL = "a"
    """What a click takes along to the shop's page; `link`: the hour of the click."""


@dataclass(frozen=True, slots=True)
class Token:
    """`message`: its number or 128-bit id as a number. `link`: of a CLICK; of BUTTON and ARRIVAL an hour; else 0."""

    purpose: Purpose
    message: int
    link: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.message < 1 << 128 or not 0 <= self.link < 1 << 16:
            raise ValueError(f"no token can name message {self.message}, link {self.link}")


def mint(secret: bytes, token: Token) -> str:
    """The text of a token. `secret`: 32 bytes, the project's."""
    body = token.purpose.value.encode("ascii") + _varint(token.message) + _varint(token.link)
    return urlsafe_b64encode(body + _mac(secret, body)).rstrip(b"=").decode("ascii")


def read(secret: bytes, purpose: Purpose, text: str) -> Token | None:
    """The token we minted for this purpose, else None; compares in constant time, accepts one spelling only."""
    if not text.isascii() or len(text) > LONGEST:
        return None
    try:
        octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mac = octets[:-MAC_BYTES], octets[-MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(secret, body)):
        return None
    message, rest = _from_varint(body[1:])
    link, _ = _from_varint(rest)
    token = Token(purpose, message, link)
    # Written again it must be the same text: so another purpose, or another spelling of the same octets, is refused.
    return token if hmac.compare_digest(mint(secret, token), text) else None


def hour_after(sent_at: Instant, at: Instant) -> int:
    """Which hour after a mail was sent `at` is in, as `Token.link` can hold it: from 0 to seven years later."""
    return min(max((at - sent_at) // HOUR, 0), (1 << 16) - 1)


def _mac(secret: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=secret[:64], digest_size=MAC_BYTES, person=b"opportune-track").digest()


def _varint(number: int) -> bytes:
    octets = bytearray()
    while number > 0x7F:
        octets.append(0x80 | (number & 0x7F))
        number >>= 7
    octets.append(number)
    return bytes(octets)


def _from_varint(octets: bytes) -> tuple[int, bytes]:
    number = 0
    for i, octet in enumerate(octets):
        number |= (octet & 0x7F) << (7 * i)
        if octet < 0x80:
            return number, octets[i + 1 :]
    return number, b""
