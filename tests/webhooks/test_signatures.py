"""Signatures: published vectors, every byte covered, several secrets, old times, and no secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.webhooks.hooks import hook

from opportune.adapters.project.connectors import connector_in
from opportune.adapters.project.form import Form
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.stages.mapping.signature import Basic, Hmac, Requested, Stamp, Token, refused, signed

NOON = parse_instant("2026-03-01T12:00:00Z")
GITHUB = Hmac(header="x-hub-signature-256", encoding="hex", prefix="sha256=")
STANDARD = Hmac(
    header="webhook-signature",
    prefix="v1,",
    separator=" ",
    signs=("{webhook-id}", ".", "{timestamp}", ".", "{body}"),
    stamp=Stamp(header="webhook-timestamp"),
    secret_prefix="whsec_",
)
STRIPE = Hmac(
    header="stripe-signature",
    encoding="hex",
    prefix="v1=",
    separator=",",
    signs=("{timestamp}", ".", "{body}"),
    stamp=Stamp(header="stripe-signature", prefix="t="),
)


def test_the_vector_that_github_publishes():
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries, "Testing the webhook payload validation"
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    request = Requested(headers={"x-hub-signature-256": signature}, body=b"Hello, World!")
    assert refused(GITHUB, request, ["It's a Secret to Everybody"], NOON) is None
    assert refused(GITHUB, request, ["another"], NOON) == "wrong signature"


def test_the_vector_of_standard_webhooks():
    # https://docs.svix.com/receiving/verifying-payloads/how-manual, the example
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    request = Requested(headers=headers, body=b'{"test": 2432232314}')
    assert refused(STANDARD, request, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], Instant(1614265330_000_000)) is None


def test_zendesks_own_scheme_with_the_secret_of_its_test_requests():
    # https://developer.zendesk.com/documentation/webhooks/verifying: base64(HMACSHA256(TIMESTAMP + BODY)), and the static test secret
    zendesk = hook("zendesk").connector.scheme
    headers = {
        "x-zendesk-webhook-signature": "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
        "x-zendesk-webhook-signature-timestamp": "2021-03-25T05:09:27Z",
    }
    request = Requested(headers=headers, body=b'{"event":"ticket.updated","id":123}')
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    at = parse_instant("2021-03-25T05:09:30Z")
    assert refused(zendesk, request, [secret], at) is None
    assert refused(zendesk, request, [secret], NOON) == "old timestamp"
    assert refused(zendesk, Requested(headers={**headers, "x-zendesk-webhook-signature-timestamp": "now"}, body=b""), [secret], at) == (
        "no timestamp"
    )


@pytest.mark.parametrize("connector", ["shopify", "woocommerce"])
@given(body=st.binary(max_size=200), at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_byte_that_differs_is_not_believed(connector, body, at, flip):
    scheme = hook(connector).connector.scheme
    body = body or b"x"
    signature = signed(scheme, Requested(headers={}, body=body), "secret")
    request = Requested(headers={scheme.header: signature}, body=body)
    place = at % len(body)
    other = body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :]
    assert refused(scheme, request, ["secret"], NOON) is None
    assert refused(scheme, Requested(headers=request.headers, body=other), ["secret"], NOON) == "wrong signature"


def test_a_secret_of_before_is_believed_while_it_is_named():
    scheme = hook("shopify").connector.scheme
    request = Requested(headers={scheme.header: signed(scheme, Requested(headers={}, body=b"{}"), "old")}, body=b"{}")
    assert refused(scheme, request, ["new", "old"], NOON) is None
    assert refused(scheme, request, ["new"], NOON) == "wrong signature"


@pytest.mark.parametrize("said", ["", "not base64!", "é", "=" * 5000, "v1,", "sha256="])
def test_whatever_stands_for_a_signature_is_refused(said):
    for scheme in (GITHUB, STANDARD, STRIPE, hook("shopify").connector.scheme):
        headers = {scheme.header: said, "webhook-timestamp": str(NOON // 1_000_000), "webhook-id": "1"}
        assert refused(scheme, Requested(headers=headers, body=b"{}"), ["whsec_c2VjcmV0"], NOON) is not None


def test_a_time_in_the_same_header_is_covered_and_may_be_five_minutes_off():
    def sent(seconds, body=b"{}"):
        at = {"stripe-signature": f"t={seconds}"}
        signature = signed(STRIPE, Requested(headers=at, body=body), "secret")
        return Requested(headers={"stripe-signature": f"t={seconds},{signature},v0=old"}, body=body)

    now = NOON // 1_000_000
    assert refused(STRIPE, sent(now), ["secret"], NOON) is None
    assert refused(STRIPE, sent(now - 300), ["secret"], NOON) is None
    assert refused(STRIPE, sent(now - 301), ["secret"], NOON) == "old timestamp"
    moved = sent(now - 299).headers["stripe-signature"].replace(f"t={now - 299}", f"t={now}")
    assert refused(STRIPE, Requested(headers={"stripe-signature": moved}, body=b"{}"), ["secret"], NOON) == "wrong signature"


def test_a_token_stands_in_a_header_or_in_the_address():
    bearer, query = Token(header="authorization", prefix="Bearer "), Token(query="token")
    assert refused(bearer, Requested(headers={"authorization": "bearer secret"}, body=b""), ["secret"], NOON) is None
    assert refused(bearer, Requested(headers={"authorization": "secret"}, body=b""), ["secret"], NOON) == "wrong token"
    assert refused(query, Requested(headers={}, body=b"", query={"token": "secret"}), ["secret"], NOON) is None
    assert refused(query, Requested(headers={}, body=b""), ["secret"], NOON) == "wrong token"


def test_a_user_and_a_password_are_the_secret():
    request = Requested(headers={"authorization": "Basic dXNlcjpwYXNz"}, body=b"")
    assert refused(Basic(), request, ["user:pass"], NOON) is None
    assert refused(Basic(), request, ["user:word"], NOON) == "wrong user or password"


@pytest.mark.parametrize(
    "said, wanted",
    [
        ('{header: X-S, signs: "{timestamp}"}', "signature.signs must have {body} in it"),
        ('{header: X-S, signs: "{timestamp}{body}"}', "nothing says where it stands"),
        ("{header: X-S, algorithm: md5}", "signature.algorithm must be hmac-sha1 or hmac-sha256"),
        ("{algorithm: hmac-sha256}", "signature has no 'header'"),
        ("{scheme: token}", "a token stands in a 'header' or in the 'query'"),
        ("{scheme: none}", "signature.scheme must be hmac or token or basic"),
        ("{header: X S}", "signature.header must be the name of a header"),
    ],
)
def test_a_signature_that_proves_nothing_is_a_problem(said, wanted):
    form = Form()
    connector_in(f"signature: {said}\nevents: []\n", "own.yml", form)
    assert any(wanted in str(problem) for problem in form.problems), [str(problem) for problem in form.problems]
