"""Amazon's notifications (SNS), by which SES tells what became of mail: believed by Amazon's signature, and only of the topics expected.

A signature alone says that some customer of Amazon sent it, so the topics that may are named, in place of a secret.
Source  https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from opportune.language.vocabulary.instants import Instant, datetime_of, parse_instant, span_of
from opportune.stages.mapping.signature import Requested

_HOST = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {"Notification": _NOTIFICATION, "SubscriptionConfirmation": _CONFIRMATION, "UnsubscribeConfirmation": _CONFIRMATION}
"""Which fields are signed, in this order, by type."""
_HASHES: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
TOLERANCE = span_of(timedelta(hours=1))
"""Amazon tries again for so long, with the time of the first try."""
MOST_KEYS = 8


@dataclass(slots=True)
class Sns:
    """`fetch` gives what stands at an address, or raises OSError; it is asked for certificates and to confirm subscriptions."""

    fetch: Callable[[str], bytes]
    _keys: dict[str, x509.Certificate] = field(default_factory=dict)

    def refused(self, request: Requested, topics: Sequence[str], at: Instant) -> str | None:
        """Why a request is not believed; None when it is. A subscription of an expected topic is then confirmed."""
        try:
            told = msgspec.json.decode(request.body, type=dict[str, str | bool | float | None])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return "no notification of Amazon"
        said = {name: value for name, value in told.items() if isinstance(value, str)}
        why = _misplaced(said, topics, at) or self._unsigned(said, at)
        if why is None and said["Type"] == "SubscriptionConfirmation":
            return self._unconfirmed(said["SubscribeURL"])
        return why

    def _unsigned(self, said: Mapping[str, str], at: Instant) -> str | None:
        try:
            certificate = self._certificate(said.get("SigningCertURL", ""))
        except (OSError, ValueError):
            return "no certificate of Amazon"
        key, when = certificate.public_key(), datetime_of(at)
        if not certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc or not isinstance(key, RSAPublicKey):
            return "no certificate of Amazon"
        content = "".join(f"{name}\n{said[name]}\n" for name in _SIGNED[said["Type"]] if name in said)
        try:
            hashed = _HASHES[said.get("SignatureVersion", "")]()
            key.verify(b64decode(said.get("Signature", "")), content.encode(), PKCS1v15(), hashed)
        except (InvalidSignature, ValueError, KeyError):
            return "wrong signature"
        return None

    def _certificate(self, url: str) -> x509.Certificate:
        """Raises ValueError for an address that is not Amazon's own."""
        if not _is_amazon(url) or not urlsplit(url).path.endswith(".pem"):
            raise ValueError(url)
        if url not in self._keys:
            if len(self._keys) >= MOST_KEYS:
                self._keys.clear()
            self._keys[url] = x509.load_pem_x509_certificate(self.fetch(url))
        return self._keys[url]

    def _unconfirmed(self, url: str) -> str | None:
        """Confirm; why it could not be."""
        if not _is_amazon(url):
            return "no address of Amazon"
        try:
            self.fetch(url)
        except OSError:
            return "subscription not confirmed"
        return None


def _misplaced(said: Mapping[str, str], topics: Sequence[str], at: Instant) -> str | None:
    """What is wrong before any signature is looked at."""
    if said.get("Type") not in _SIGNED:
        return "no notification of Amazon"
    topic = said.get("TopicArn", "").encode()
    expected = [compare_digest(topic, each.encode()) for each in topics]
    if not any(expected):
        return "unexpected topic"
    try:
        sent_at = parse_instant(said.get("Timestamp", ""))
    except ValueError:
        return "no timestamp"
    return "old timestamp" if abs(at - sent_at) > TOLERANCE else None


def _is_amazon(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and parts.port in (None, 443)
            and _HOST.fullmatch(parts.hostname or "") is not None
            and "@" not in parts.netloc
        )
    except ValueError:
        return False
