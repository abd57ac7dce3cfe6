"""Whether a webhook really comes from who it says: signatures over the raw bytes, compared in constant time.

Nothing of a body is read before its signature was found right. Each scheme is data that a connector file declares; a provider whose
scheme is none of these gets a class of its own here, and an arm in `refused`.

Source  RFC 2104 (HMAC); RFC 7617 (Basic); the pages that tests/webhooks/fixtures name
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import assert_never

from opportune.language.vocabulary.instants import Instant, parse_instant, span_of

ALGORITHMS = {"hmac-sha1": hashlib.sha1, "hmac-sha256": hashlib.sha256, "hmac-sha512": hashlib.sha512}
ENCODINGS = ("base64", "hex")
MOST_CANDIDATES = 10
"""Signatures in one header that are looked at."""
BODY, TIMESTAMP = "body", "timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A request as it came: header names in small letters, the raw query as names and values, the raw body."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where the sender's time stands, and how far it may lie from ours: what was recorded is not sent again later."""

    header: str
    prefix: str = ""
    """`t=` of `t=1492774577,v1=...`: then `separator` parts the header."""
    tolerance: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hmac:
    """A keyed hash in a header. `signs` is what was hashed: texts, and BODY, TIMESTAMP or names of headers in braces."""

    header: str
    algorithm: str = "hmac-sha256"
    encoding: str = "base64"
    prefix: str = ""
    """Before each signature, such as `sha256=`."""
    separator: str = ""
    """Between several of them, or between them and the time."""
    signs: tuple[str, ...] = (f"{{{BODY}}}",)
    stamp: Stamp | None = None
    secret_prefix: str = ""
    """What stands before a secret that is written in base64, such as `whsec_`; empty: the secret is used as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The secret itself, in a header or in the address: all that some systems can send."""

    header: str = ""
    prefix: str = ""
    """Before the secret, such as `Bearer `."""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """The secret, `user:password`, as HTTP Basic."""


PROVIDERS = (
    *("amazon-ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill"),
    *("postal", "postmark", "resend", "sendgrid", "sparkpost", "unisender-go"),
)
"""Mail providers whose webhooks are believed and read by `adapters.providers`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """As a mail provider has it, named by the setting `provider`: `Hook.reader` knows how."""


Scheme = Hmac | Token | Basic | Provided


def refused(scheme: Scheme, request: Requested, secrets: Sequence[str], at: Instant) -> str | None:
    """Why a request is not believed; None when it is. `secrets`: those of now, and of before while they are changed; not empty."""
    match scheme:
        case Hmac():
            return _hmac_refused(scheme, request, secrets, at)
        case Token():
            given = request.query.get(scheme.query, "") if scheme.query else _after(request.headers.get(scheme.header, ""), scheme.prefix)
            return None if _is_one_of(given.encode("utf-8", "replace"), [each.encode() for each in secrets]) else "wrong token"
        case Basic():
            given = _after(request.headers.get("authorization", ""), "Basic ")
            wanted = [b64encode(each.encode()) for each in secrets]
            return None if _is_one_of(given.encode("utf-8", "replace"), wanted) else "wrong user or password"
        case Provided():
            return "nobody reads this provider"
        case _:
            assert_never(scheme)


def is_signed(scheme: Scheme, request: Requested) -> bool:
    """Whether a request bears a signature at all, right or wrong."""
    match scheme:
        case Hmac():
            return scheme.header in request.headers
        case Token():
            return bool(scheme.query and scheme.query in request.query) or scheme.header in request.headers
        case Basic():
            return "authorization" in request.headers
        case Provided():
            return True
        case _:
            assert_never(scheme)


def signed(scheme: Hmac, request: Requested, secret: str) -> str:
    """The signature that `secret` gives a request, as its header writes it: what a sender computes. Raises ValueError for a bad secret."""
    digest = hmac.new(_key(scheme, secret), _content(scheme, request), ALGORITHMS[scheme.algorithm]).digest()
    return scheme.prefix + (b64encode(digest).decode() if scheme.encoding == "base64" else digest.hex())


def _hmac_refused(scheme: Hmac, request: Requested, secrets: Sequence[str], at: Instant) -> str | None:
    said = request.headers.get(scheme.header)
    if not said:
        return "no signature"
    if scheme.stamp is not None and (stale := _stale(scheme.stamp, scheme.separator, request, at)):
        return stale
    try:
        wanted = [signed(scheme, request, secret).encode() for secret in secrets]
    except ValueError:
        return "the secret is not of the form the connector wants"
    candidates = [each.encode("utf-8", "replace") for each in _parts(said, scheme.separator, scheme.prefix)]
    if scheme.encoding == "hex":
        candidates = [scheme.prefix.encode() + each[len(scheme.prefix) :].lower() for each in candidates]
    matches = [_is_one_of(each, wanted) for each in candidates]
    return None if any(matches) else "wrong signature"


def _parts(said: str, separator: str, prefix: str) -> list[str]:
    """The parts of a header that begin with `prefix`, at most MOST_CANDIDATES."""
    parts = [part.strip() for part in said.split(separator)] if separator else [said.strip()]
    return [part for part in parts if part.startswith(prefix)][:MOST_CANDIDATES]


def _is_one_of(given: bytes, wanted: Sequence[bytes]) -> bool:
    """Compared with all of them, each in constant time, so that the time tells nothing."""
    matches = [hmac.compare_digest(given, each) for each in wanted]
    return any(matches)


def _stale(stamp: Stamp, separator: str, request: Requested, at: Instant) -> str | None:
    said = _timestamp(stamp, separator, request)
    try:
        sent_at = Instant(int(said) * 1_000_000) if said.isdigit() and len(said) < 13 else parse_instant(said)
    except (ValueError, OverflowError):
        return "no timestamp"
    return "old timestamp" if abs(at - sent_at) > span_of(stamp.tolerance) else None


def _timestamp(stamp: Stamp, separator: str, request: Requested) -> str:
    said = request.headers.get(stamp.header, "")
    found = _parts(said, separator if stamp.prefix else "", stamp.prefix)
    return found[0].removeprefix(stamp.prefix) if found else ""


def _content(scheme: Hmac, request: Requested) -> bytes:
    return b"".join(_signed_parts(scheme, request))


def _signed_parts(scheme: Hmac, request: Requested) -> Iterator[bytes]:
    for part in scheme.signs:
        if part == f"{{{BODY}}}":
            yield request.body
        elif part == f"{{{TIMESTAMP}}}" and scheme.stamp is not None:
            yield _timestamp(scheme.stamp, scheme.separator, request).encode()
        elif part.startswith("{"):
            yield request.headers.get(part.strip("{}"), "").encode()
        else:
            yield part.encode()


def _key(scheme: Hmac, secret: str) -> bytes:
    if not scheme.secret_prefix:
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(scheme.secret_prefix), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is no base64") from error


def _after(said: str, prefix: str) -> str:
    """What stands after a prefix, in whatever case; empty where something else does."""
    return said[len(prefix) :].strip() if said[: len(prefix)].lower() == prefix.lower() else ""
