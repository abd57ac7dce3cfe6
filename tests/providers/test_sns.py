"""Amazon's notifications: believed by Amazon's signature, of expected topics, while they are fresh."""

import datetime as dt
import json
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from opportune.adapters.project.connectors import connector_named
from opportune.adapters.providers.reader import ProviderReader
from opportune.adapters.providers.sns import Sns
from opportune.language.vocabulary.instants import parse_instant
from opportune.stages.mapping.connector import Hook
from opportune.stages.mapping.signature import Requested

NOON = parse_instant("2026-03-01T12:00:00Z")
TOPIC = "arn:aws:sns:us-east-1:123456789012:mail"
CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"
SUBSCRIBE = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn&Token=t"
BOUNCE = (Path(__file__).with_name("fixtures") / "amazon-ses-bounce.json").read_text(encoding="utf-8")
FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
PEM = (
    x509.CertificateBuilder()
    .subject_name(NAME)
    .issuer_name(NAME)
    .public_key(KEY.public_key())
    .serial_number(1)
    .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    .not_valid_after(dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    .sign(KEY, hashes.SHA256())
    .public_bytes(serialization.Encoding.PEM)
)


class Amazon:
    """What stands at Amazon's addresses, and which were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return PEM if url == CERTIFICATE else b"<ConfirmSubscriptionResponse/>"


def notification(kind: str = "Notification", version: str = "2", **changed: str) -> dict[str, str]:
    said = {"Type": kind, "MessageId": "m-1", "TopicArn": TOPIC, "Message": BOUNCE, "Timestamp": "2026-03-01T11:59:30.000Z"}
    if kind == "SubscriptionConfirmation":
        said |= {"Token": "t", "SubscribeURL": SUBSCRIBE, "Message": "You have chosen to subscribe"}
    said |= changed
    content = "".join(f"{name}\n{said[name]}\n" for name in FIELDS[kind] if name in said)
    signature = KEY.sign(content.encode(), PKCS1v15(), hashes.SHA1() if version == "1" else hashes.SHA256())
    return {**said, "SignatureVersion": version, "Signature": b64encode(signature).decode(), "SigningCertURL": CERTIFICATE, **changed}


def request(said: dict[str, str]) -> Requested:
    return Requested(headers={"content-type": "text/plain; charset=UTF-8"}, body=json.dumps(said).encode())


@pytest.mark.parametrize("version", ["1", "2"])
def test_amazons_signature_is_believed(version):
    assert Sns(Amazon()).refused(request(notification(version=version)), [TOPIC], NOON) is None


@pytest.mark.parametrize(
    "said, why",
    [
        ({**notification(), "Message": "other"}, "wrong signature"),
        ({**notification(), "Subject": "added"}, "wrong signature"),
        ({**notification(), "Signature": "AAAA"}, "wrong signature"),
        ({**notification(), "SignatureVersion": "3"}, "wrong signature"),
        (notification(TopicArn="arn:aws:sns:us-east-1:666:theirs"), "unexpected topic"),
        (notification(Timestamp="2026-02-28T11:59:30.000Z"), "old timestamp"),
        (notification(Timestamp="yesterday"), "no timestamp"),
        (notification(SigningCertURL="https://sns.us-east-1.amazonaws.com.evil.example/a.pem"), "no certificate of Amazon"),
        (notification(SigningCertURL="http://sns.us-east-1.amazonaws.com/a.pem"), "no certificate of Amazon"),
        (notification(SigningCertURL="https://a@sns.us-east-1.amazonaws.com/a.pem"), "no certificate of Amazon"),
        (notification(SigningCertURL="https://sns.us-east-1.amazonaws.com/a.txt"), "no certificate of Amazon"),
        ({**notification(), "Type": "Other"}, "no notification of Amazon"),
        ({}, "no notification of Amazon"),
    ],
)
def test_anything_else_is_not(said, why):
    amazon = Amazon()
    assert Sns(amazon).refused(request(said), [TOPIC], NOON) == why
    assert all(url == CERTIFICATE for url in amazon.asked)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 5000, b'{"Type": {}}'])
def test_a_body_that_is_no_notification_is_refused(body):
    assert Sns(Amazon()).refused(Requested(headers={}, body=body), [TOPIC], NOON) == "no notification of Amazon"


def test_a_certificate_is_asked_for_once():
    amazon = Amazon()
    sns = Sns(amazon)
    assert [sns.refused(request(notification(MessageId=name)), [TOPIC], NOON) for name in ("a", "b")] == [None, None]
    assert amazon.asked == [CERTIFICATE]


def test_a_subscription_of_an_expected_topic_is_confirmed():
    amazon = Amazon()
    assert Sns(amazon).refused(request(notification("SubscriptionConfirmation")), [TOPIC], NOON) is None
    assert amazon.asked == [CERTIFICATE, SUBSCRIBE]


def test_nobody_elses_address_is_fetched_to_confirm():
    amazon = Amazon()
    said = notification("SubscriptionConfirmation", SubscribeURL="https://intranet.example/delete")
    assert Sns(amazon).refused(request(said), [TOPIC], NOON) == "no address of Amazon"
    assert amazon.asked == [CERTIFICATE]


def test_the_documented_bounce_becomes_a_bounce_for_good():
    reader = ProviderReader(provider="amazon-ses", sns=Sns(Amazon()))
    settings = {"provider": "amazon-ses"}
    hook = Hook(source="mail", connector=connector_named("mail", {}), secrets=(TOPIC,), settings=settings, reader=reader)
    asked = request(notification())
    assert hook.refused(asked, NOON) is None
    mapped = hook.mapped(asked.body, media="text/plain; charset=UTF-8", headers={})
    assert not mapped.failures
    (bounced,) = [call for call in mapped.calls if call.get("event")]
    assert (bounced["event"], bounced["anonymousId"]) == ("Email Bounced", "email:jane@example.com")
    assert bounced["properties"]["kind"] == "hard"
