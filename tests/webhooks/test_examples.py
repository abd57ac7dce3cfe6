"""The example connectors: documented forms become the events they should, whatever is new, missing or sent again."""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tests.docs.asking import imported, values
from tests.docs.pages import ROOT
from tests.webhooks.hooks import by_event, payload

from opportune.adapters.project.connectors import connector_named
from opportune.language.vocabulary.events import EVENTS
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.stages.mapping.connector import Hook
from opportune.stages.mapping.signature import Requested

EXAMPLES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "examples" / "sources").glob("*.yml")}
FIXTURES = (
    "stripe-checkout-session-completed",
    "stripe-charge-refunded",
    "typeform-form-response",
    "intercom-conversation-admin-closed",
    "intercom-conversation-rating-added",
    "intercom-contact-user-created",
    "aircall-call-ended",
)
NOON = parse_instant("2026-03-01T12:00:00Z")
LATER = parse_instant("2026-04-01T00:00:00Z")


def hook(fixture: str, **settings: str) -> Hook:
    connector = connector_named(f"{fixture.partition('-')[0]}.yml", EXAMPLES)
    return Hook(source="src", connector=connector, secrets=("tell-no-one",), settings=settings)


def told(fixture: str, changed=None, **settings: str):
    said = payload(fixture) if changed is None else changed
    return hook(fixture, **settings).mapped(json.dumps(said).encode(), media="application/json", headers={})


def changed(fixture: str, **values: Any):
    """A payload with other values: `data__object__currency` is a path."""
    said = payload(fixture)
    for path, value in values.items():
        *steps, last = path.split("__")
        here = said
        for step in steps:
            here = here[int(step)] if isinstance(here, list) else here[step]
        here[int(last) if isinstance(here, list) else last] = value
    return said


def leaves(said: Any, path: tuple = ()) -> Iterator[tuple]:
    """The paths of everything in a payload, lists and objects too."""
    inner = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def without(said: Any, path: tuple) -> Any:
    """The payload with null at a path."""
    found = deepcopy(said)
    here = found
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = None
    return found


def enriched(said: Any) -> Any:
    """The payload with fields nobody has heard of, everywhere."""
    match said:
        case dict():
            return {"zz_new": {"a": [1, None]}, **{key: enriched(value) for key, value in said.items()}, "zz_old": None}
        case list():
            return [enriched(value) for value in said]
        case _:
            return said


def hollow(said: Any) -> Any:
    """The payload with null for every value but what says which kind it is."""
    kinds = ("type", "topic", "event", "event_type")
    match said:
        case dict():
            return {key: value if key in kinds and isinstance(value, str) else hollow(value) for key, value in said.items()}
        case list():
            return [hollow(value) for value in said]
        case _:
            return None


@pytest.mark.parametrize("fixture", FIXTURES)
def test_fields_nobody_has_heard_of_change_nothing(fixture):
    assert told(fixture).calls != ()
    assert told(fixture, enriched(payload(fixture))) == told(fixture)


@pytest.mark.parametrize("fixture", FIXTURES)
def test_null_everywhere_tells_nothing_and_breaks_nothing(fixture):
    for said in (hollow(payload(fixture)), dict.fromkeys(payload(fixture)), {}):
        mapped = told(fixture, said)
        assert (mapped.calls, mapped.failures) == ((), ())


@pytest.mark.parametrize("fixture", FIXTURES)
def test_null_in_any_one_place_breaks_nothing_and_makes_no_new_id(fixture):
    whole = payload(fixture)
    kinds = {call.get("event") for call in told(fixture).calls}
    for path in leaves(whole):
        mapped = told(fixture, without(whole, path))
        assert mapped.failures == (), path
        assert {call.get("event") for call in mapped.calls} <= kinds
        assert all("null" not in call["messageId"] and "None" not in call["messageId"] for call in mapped.calls), path


@pytest.mark.parametrize("fixture", FIXTURES)
def test_only_events_everybody_knows_are_told(fixture):
    assert {call["event"] for call in told(fixture).calls if call["type"] == "track"} <= set(EVENTS)


def test_what_is_sent_again_is_stored_once_and_all_of_it_is_one_customers(tmp_path: Path):
    calls = [call for fixture in FIXTURES for call in told(fixture).calls]
    engine, report = imported(tmp_path, "calls.ndjson", "".join(json.dumps(call) + "\n" for call in (*calls, *calls)))
    assert (report.set_aside, report.loaded) == ((), len({call["messageId"] for call in calls}))
    asked = ['sum("Order Completed", total)', 'sum("Order Refunded", total)', 'count("Chat Ended")', 'count("Call Ended")']
    found = values(tmp_path, engine, [*asked, 'count("Survey Answered")'], LATER)
    engine.close()
    assert {customer: [found[each][customer] for each in found] for customer in found[asked[0]]} == {
        "email:ada@example.org": ["43.99", "10", "1", "1", "3"]
    }


# -- Stripe


def test_a_paid_session_is_an_order_in_the_currencys_own_unit():
    order = by_event(told("stripe-checkout-session-completed"))["Order Completed"]
    assert (order["messageId"], order["anonymousId"]) == ("src:order:cs_live_b1lampshop0001:completed", "email:ada@example.org")
    assert order["timestamp"] == "2026-03-01T12:00:05Z"
    wanted = {"total": 43.99, "tax": 7.02, "shipping": 4.99, "discount": 6, "currency": "eur", "order_id": "pi_3lampshop0001"}
    assert order["properties"] == wanted


@pytest.mark.parametrize(
    "currency, total, refunded", [("jpy", 4399, 1000), ("kwd", 4.399, 1), ("isk", 43.99, 10), ("ugx", 43.99, 10), ("mga", 4399, 1000)]
)
def test_yen_have_no_hundredths_dinars_thousandths_and_three_are_counted_as_stripe_counts_them(currency, total, refunded):
    order = by_event(
        told("stripe-checkout-session-completed", changed("stripe-checkout-session-completed", data__object__currency=currency))
    )
    assert order["Order Completed"]["properties"]["total"] == total
    refund = by_event(told("stripe-charge-refunded", changed("stripe-charge-refunded", data__object__currency=currency)))
    assert refund["Order Refunded"]["properties"]["total"] == refunded


def test_a_session_that_waits_for_its_money_is_told_when_the_money_is_there_and_once():
    waits = changed("stripe-checkout-session-completed", data__object__payment_status="unpaid")
    assert "Order Completed" not in by_event(told("stripe-checkout-session-completed", waits))
    comes = changed("stripe-checkout-session-completed", type="checkout.session.async_payment_succeeded")
    same = by_event(told("stripe-checkout-session-completed"))["Order Completed"]["messageId"]
    assert by_event(told("stripe-checkout-session-completed", comes))["Order Completed"]["messageId"] == same


def test_test_mode_counts_only_where_the_settings_say_so():
    trial = changed("stripe-checkout-session-completed", data__object__livemode=False)
    assert told("stripe-checkout-session-completed", trial).calls == ()
    assert len(told("stripe-checkout-session-completed", trial, test_orders="yes").calls) == 2


def test_each_refund_of_a_charge_is_one_of_its_own_and_tells_its_own_amount():
    second = by_event(told("stripe-charge-refunded"))["Order Refunded"]
    assert (second["messageId"], second["properties"]["total"]) == ("src:refund:ch_3lampshop0001:1500", 10)
    first = changed("stripe-charge-refunded", data__previous_attributes={"amount_refunded": 0}, data__object__amount_refunded=500)
    told_first = by_event(told("stripe-charge-refunded", first))["Order Refunded"]
    assert (told_first["messageId"], told_first["properties"]["total"]) == ("src:refund:ch_3lampshop0001:500", 5)
    alone = changed("stripe-charge-refunded", data__previous_attributes=None)
    assert by_event(told("stripe-charge-refunded", alone))["Order Refunded"]["properties"]["total"] == 15


def test_a_client_reference_is_a_customer_id_only_where_the_settings_say_so():
    assert all("userId" not in call for call in told("stripe-checkout-session-completed").calls)
    known = told("stripe-checkout-session-completed", client_reference_id="customer").calls
    assert {call["userId"] for call in known} == {"7001"}


# -- Typeform


def test_the_nps_question_is_answered_with_its_reason():
    nps, scale = (call for call in told("typeform-form-response").calls if call["type"] == "track")
    wanted = {"kind": "nps", "score": 9, "text": "It came in two days.", "form": "lAmp5s", "question": "recommend"}
    assert (nps["anonymousId"], nps["properties"], nps["timestamp"]) == ("email:ada@example.org", wanted, "2026-03-08T18:17:02Z")
    assert (scale["properties"]["kind"], scale["properties"]["score"]) == ("scale", 4)


def test_nought_is_an_answer():
    said = changed("typeform-form-response", form_response__answers__0={"type": "number", "number": 0, "field": {"id": "q", "type": "nps"}})
    assert told("typeform-form-response", said).calls[0]["properties"]["score"] == 0


def test_a_hidden_user_id_never_joins_the_address_somebody_typed():
    calls = told("typeform-form-response", user_id="yes").calls
    assert [call.get("userId") for call in calls] == ["7001", "7001", None]
    assert calls[2]["anonymousId"] == "email:ada@example.org"


# -- Intercom


def test_a_chat_ended_and_whether_only_a_program_answered():
    ended = by_event(told("intercom-conversation-admin-closed"))["Chat Ended"]
    assert ended["properties"] == {"bot": False, "via": "conversation", "chat_id": "2154700201"}
    assert (ended["timestamp"], ended["anonymousId"]) == ("2026-03-01T10:16:00Z", "ref:src:contact:5ba682d23d7cf92bef87bfd4")
    alone = changed("intercom-conversation-admin-closed", data__item__statistics__last_admin_reply_at=None)
    assert by_event(told("intercom-conversation-admin-closed", alone))["Chat Ended"]["properties"]["bot"] is True
    rated = changed("intercom-conversation-admin-closed", data__item__conversation_rating={"rating": 2})
    assert by_event(told("intercom-conversation-admin-closed", rated))["Chat Ended"]["properties"]["rating"] == 2


def test_a_chat_that_is_opened_again_ends_again():
    again = changed("intercom-conversation-admin-closed", data__item__statistics__last_close_at=1772400000)
    ids = {by_event(told("intercom-conversation-admin-closed", said))["Chat Ended"]["messageId"] for said in (None, again)}
    assert len(ids) == 2


def test_a_rating_is_a_surveys_answer():
    rated = by_event(told("intercom-conversation-rating-added"))["Survey Answered"]
    assert rated["properties"] == {"kind": "csat", "score": 5, "text": "Quick and kind", "chat_id": "2154700201"}


def test_whoever_works_for_the_shop_is_no_customer():
    ours = changed("intercom-conversation-admin-closed", data__item__source__author={"type": "admin", "email": "bo@shop.example.org"})
    assert [call["type"] for call in told("intercom-conversation-admin-closed", ours).calls] == ["track"]


def test_an_external_id_is_the_shops_only_where_the_settings_say_so():
    for fixture in FIXTURES[3:6]:
        assert all("userId" not in call for call in told(fixture).calls)
        assert {call["userId"] for call in told(fixture, external_id="yes").calls} == {"7001"}


# -- Aircall


def test_a_call_is_its_callers_and_an_address_book_proves_no_address():
    calls = by_event(told("aircall-call-ended"))
    assert {call["anonymousId"] for call in calls.values()} == {"phone:+49301234567"}
    assert calls["Call Ended"]["properties"]["answered"] is True
    assert calls["identify"]["traits"] == {"phone": "+49 30 1234567"}
    missed = changed("aircall-call-ended", data__answered_at=None, data__missed_call_reason="abandoned_in_ivr")
    said = by_event(told("aircall-call-ended", missed))["Call Ended"]["properties"]
    assert (said["answered"], said["missed_reason"]) == (False, "abandoned_in_ivr")


@pytest.mark.parametrize("hidden", ["anonymous", "", None, "030 1234567"])
def test_a_number_that_is_hidden_or_has_no_country_is_nobodys(hidden):
    mapped = told("aircall-call-ended", changed("aircall-call-ended", data__raw_digits=hidden))
    assert (mapped.calls, mapped.failures) == ((), ())


# -- who is believed: written out as the pages have it, not with our own words for it

BODY = b'{"a": 1}'


def _keyed(algorithm: str, content: bytes) -> bytes:
    return hmac.new(b"tell-no-one", content, algorithm).digest()


STRIPE_STAMPED = f"t={NOON // 1_000_000},v0=00,v1={_keyed('sha256', f'{NOON // 1_000_000}.'.encode() + BODY).hex()}"
SIGNED = {
    "stripe": {"stripe-signature": STRIPE_STAMPED},
    "typeform": {"typeform-signature": "sha256=" + b64encode(_keyed("sha256", BODY)).decode()},
    "intercom": {"x-hub-signature": "sha1=" + _keyed("sha1", BODY).hex()},
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_request_is_believed_as_its_system_signs_it_and_with_a_byte_changed_it_is_not(name):
    source = hook(name)
    assert source.refused(Requested(headers=SIGNED[name], body=BODY), NOON) is None
    assert source.refused(Requested(headers=SIGNED[name], body=BODY + b" "), NOON) == "wrong signature"
    assert source.refused(Requested(headers={}, body=BODY), NOON) == "no signature"


def test_what_was_recorded_from_stripe_is_believed_for_five_minutes():
    request = Requested(headers=SIGNED["stripe"], body=BODY)
    assert hook("stripe").refused(request, Instant(NOON + 299_000_000)) is None
    assert hook("stripe").refused(request, Instant(NOON + 301_000_000)) == "old timestamp"


def test_aircall_is_believed_by_the_secret_in_its_address():
    source = hook("aircall")
    assert source.refused(Requested(headers={}, body=BODY, query={"token": "tell-no-one"}), NOON) is None
    for query in ({}, {"token": ""}, {"token": "guess"}):
        assert source.refused(Requested(headers={}, body=BODY, query=query), NOON) == "wrong token"
