"""What mail providers tell: believed by their own signatures, and read as the same few events."""

import hashlib
import hmac
import json
import re
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from opportune.adapters.project.connectors import connector_named
from opportune.adapters.providers.reader import PROVIDERS, ProviderReader
from opportune.adapters.providers.sns import Sns
from opportune.language.vocabulary.instants import parse_instant
from opportune.stages.mapping.connector import Hook
from opportune.stages.mapping.signature import PROVIDERS as NAMED
from opportune.stages.mapping.signature import Requested, signed

FIXTURES = Path(__file__).with_name("fixtures")
NOON = parse_instant("2026-03-01T12:00:00Z")
MAILGUN = {
    "signature": {"timestamp": "1772366400", "token": "ab" * 25, "signature": ""},
    "event-data": {
        "id": "CPgfbmQMTCKtHW6uIWtuVe",
        "timestamp": 1772366399.5,
        "log-level": "error",
        "event": "failed",
        "severity": "temporary",
        "reason": "generic",
        "delivery-status": {"code": 452, "message": "", "description": "mailbox full"},
        "message": {"headers": {"message-id": "20260301.1@mail.example.com"}},
        "recipient": "alice@example.com",
        "user-variables": {"opportune_message": "m-17"},
        "tags": [],
    },
}


def nothing(url: str) -> bytes:
    raise OSError(url)


def hook(provider: str, *secrets: str) -> Hook:
    reader = ProviderReader(provider=provider, sns=Sns(nothing), public_url="https://events.example.org/webhooks/mail")
    settings = {"provider": provider}
    return Hook(source="mail", connector=connector_named("mail", {}), secrets=secrets, settings=settings, reader=reader)


def told(provider: str, payload: object, media: str = "application/json", **headers: str):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return hook(provider).mapped(body, media=media, headers=headers)


def documented(name: str):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def events(mapped) -> list:
    assert not mapped.failures
    return [call for call in mapped.calls if call["type"] == "track"]


def basic(secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(secret.encode()).decode(), "content-type": "application/json"}


def test_the_providers_that_files_may_name_are_those_we_read():
    assert tuple(PROVIDERS) == NAMED


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"event": 1}', b'[[{"a": {}}]]', b"mandrill_events=%5B1%5D"])
@pytest.mark.parametrize("media", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_of_any_kind_becomes_nothing_or_a_reason(provider, body, media):
    mapped = told(provider, body, media)
    assert not mapped.calls
    assert all("not read" in failed.reason for failed in mapped.failures)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_is_believed_without_the_secret(provider):
    request = Requested(headers={"content-type": "application/json", **basic("other:secret")}, body=b'{"signature": {}}')
    assert hook(provider, "user:secret").refused(request, NOON)


def test_postmarks_documented_bounce_is_for_good():
    (bounced,) = events(told("postmark", documented("postmark-bounce")))
    assert (bounced["event"], bounced["anonymousId"]) == ("Email Bounced", "email:john@example.com")
    assert bounced["timestamp"].startswith("2019-11-05T16:33:54.907")
    assert bounced["properties"]["kind"] == "hard"


def test_a_soft_bounce_is_not_for_good():
    said = {**documented("postmark-bounce"), "Type": "SoftBounce", "TypeCode": 4096, "Inactive": False}
    assert events(told("postmark", said))[0]["properties"]["kind"] == "soft"


def test_whoever_bounced_is_known_by_her_address():
    mapped = told("postmark", documented("postmark-bounce"))
    (identify,) = [call for call in mapped.calls if call["type"] == "identify"]
    assert (identify["anonymousId"], identify["traits"]) == ("email:john@example.com", {"email": "john@example.com"})


def test_a_repeat_has_the_same_ids_and_another_event_others():
    first, again = told("postmark", documented("postmark-bounce")), told("postmark", documented("postmark-bounce"))
    assert [call["messageId"] for call in first.calls] == [call["messageId"] for call in again.calls]
    other = told("postmark", {**documented("postmark-bounce"), "Email": "jane@example.com"})
    assert not {call["messageId"] for call in first.calls} & {call["messageId"] for call in other.calls}


def test_unknown_fields_and_nulls_change_nothing_that_is_said():
    said = documented("postmark-bounce")
    plain = events(told("postmark", said))[0]
    assert events(told("postmark", {**said, "New": {"deep": [1]}, "Tag": None, "Subject": None}))[0]["event"] == plain["event"]


def test_sendgrids_documented_events_are_ours():
    found = events(told("sendgrid", documented("sendgrid-events")))
    assert [call["event"] for call in found] == ["Email Delivered", "Email Opened", "Email Link Clicked", "Email Bounced"]
    assert found[3]["properties"]["kind"] == "soft"
    assert found[2]["properties"]["url"] == "http://www.sendgrid.com/"
    assert {call["timestamp"] for call in found} == {"2017-12-15T00:59:29Z"}


def test_what_a_program_opened_says_so():
    said = documented("sendgrid-events")
    opened = [{**said[3], "sg_machine_open": True}, said[3]]
    assert [call["properties"]["agent"] for call in events(told("sendgrid", opened))] == ["machine", "human"]


def test_mailgun_signs_inside_the_body():
    said = json.loads(json.dumps(MAILGUN))
    content = said["signature"]["timestamp"] + said["signature"]["token"]
    said["signature"]["signature"] = hmac.new(b"key", content.encode(), hashlib.sha256).hexdigest()
    request = Requested(headers={"content-type": "application/json"}, body=json.dumps(said).encode())
    assert hook("mailgun", "old", "key").refused(request, NOON) is None
    assert hook("mailgun", "old").refused(request, NOON) == "wrong signature"
    (bounced,) = events(told("mailgun", said))
    assert bounced["properties"]["kind"] == "soft"
    assert bounced["properties"]["message_id"] == "m-17"


def test_sendgrid_signs_with_a_key_of_its_own():
    key = ec.generate_private_key(ec.SECP256R1())
    written = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    public = re.sub(r"-----[^-]+-----|\s", "", written)
    body = (FIXTURES / "sendgrid-events.json").read_bytes()
    signature = b64encode(key.sign(b"1772366400" + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {"x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": "1772366400"}
    assert hook("sendgrid", public).refused(Requested(headers=headers, body=body), NOON) is None
    assert hook("sendgrid", public).refused(Requested(headers=headers, body=body + b" "), NOON) == "wrong signature"


def test_resend_signs_as_svix_does_and_old_signatures_are_refused():
    said = {"type": "email.bounced", "created_at": "2026-03-01T11:59:00.000Z", "data": {"email_id": "e-1", "to": ["bob@example.com"]}}
    scheme = PROVIDERS["resend"].believed
    request = Requested(headers={"svix-id": "msg_1", "svix-timestamp": "1772366400"}, body=json.dumps(said).encode())
    secret = "whsec_" + b64encode(b"0" * 24).decode()
    request = Requested(headers={**request.headers, "svix-signature": signed(scheme, request, secret)}, body=request.body)
    assert hook("resend", secret).refused(request, NOON) is None
    assert hook("resend", secret).refused(request, parse_instant("2026-03-01T13:00:00Z")) == "old timestamp"
    assert [call["anonymousId"] for call in events(told("resend", said, **{"svix-id": "msg_1"}))] == ["email:bob@example.com"]


@pytest.mark.parametrize("provider", ["brevo", "mailjet", "postmark", "sparkpost"])
def test_who_cannot_sign_sends_user_and_password(provider):
    request = Requested(headers=basic("user:secret"), body=b"{}")
    assert hook(provider, "user:secret").refused(request, NOON) is None
    assert hook(provider, "user:other").refused(request, NOON) == "wrong user or password"
