"""Payloads nobody documented: with more in them, with nothing in them, sent twice, or made to do harm. Each ends, and each counts."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.webhooks.hooks import TOPICS, hook, hook_of, payload, told

from opportune.adapters.logs.line import line_of_call, written
from opportune.collector.judgement import Circumstances, judged
from opportune.collector.parcels import Parcel
from opportune.language.vocabulary.instants import parse_instant
from opportune.stages.mapping.calls import MOST_CALLS

NOON = parse_instant("2026-03-01T12:00:00Z")
HOW = Circumstances(kind=None, source="shop", arrived_at=NOON, message_id=lambda: "made up")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def nulls(value):
    """The same shape with nothing in it."""
    if isinstance(value, dict):
        return {key: nulls(part) for key, part in value.items()}
    return [nulls(part) for part in value] if isinstance(value, list) else None


def strewn(value):
    """The same with a field more in every object."""
    if isinstance(value, dict):
        return {**{key: strewn(part) for key, part in value.items()}, "brand_new_field": {"deep": [1, "two", None]}}
    return [strewn(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("fixture", sorted(TOPICS))
def test_fields_that_nobody_knew_of_change_nothing(fixture):
    assert told(fixture, strewn(payload(fixture))) == told(fixture)


@pytest.mark.parametrize("fixture", sorted(TOPICS))
def test_nulls_everywhere_are_a_payload_that_says_nothing(fixture):
    said = {**nulls(payload(fixture)), **({"type": payload(fixture)["type"]} if fixture.startswith("zendesk") else {})}
    mapped = told(fixture, said)
    assert (mapped.calls, mapped.failures) == ((), ())


@pytest.mark.parametrize("fixture", sorted(TOPICS))
@pytest.mark.parametrize("nothing", [{}, [], None, "text", 7, [None], {"id": {}}, {"id": []}])
def test_no_payload_at_all_is_a_payload_that_says_nothing(fixture, nothing):
    assert not told(fixture, nothing if nothing is not None else {}).calls


@pytest.mark.parametrize("fixture", sorted(TOPICS))
def test_a_payload_sent_twice_gives_the_same_calls(fixture):
    first, again = told(fixture), told(fixture)
    assert first.calls == again.calls != ()
    ids = [call["messageId"] for call in first.calls]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("fixture", sorted(TOPICS))
def test_every_call_passes_the_collectors_own_judgement(fixture):
    lines = tuple(json.dumps(call).encode() for call in told(fixture).calls)
    verdict = judged(Parcel(calls=lines), HOW)
    assert verdict.refusals == ()
    ours = [json.loads(written(line_of_call(call, source="shop"))) for call in told(fixture).calls]
    assert ours == [json.loads(line) for line in verdict.lines]


@pytest.mark.parametrize("fixture", ["shopify-orders-create", "woocommerce-order-refunded", "zendesk-ticket-created"])
@given(instead=st.lists(json_values, min_size=1, max_size=6), seed=st.randoms(use_true_random=False))
def test_whatever_stands_in_a_field_the_payload_ends_as_calls_or_reasons(fixture, instead, seed):
    said = payload(fixture)
    for value in instead:
        said[seed.choice(sorted(said))] = value
    mapped = told(fixture, said)
    verdict = judged(Parcel(calls=tuple(json.dumps(call).encode() for call in mapped.calls)), HOW)
    assert verdict.refusals == ()


BODIES = {
    "no JSON": b"nonsense",
    "nothing": b"",
    "half an object": b'{"id": 1',
    "NaN": b'{"id": NaN}',
    "three thousand arrays": b"[" * 3000 + b"]" * 3000,
    "a hundred objects": b'{"a":' * 100 + b"1" + b"}" * 100,
    "100,000 digits": b'{"id": ' + b"9" * 100_000 + b"}",
    "an exponent": b'{"id": 1e400}',
    "bytes": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("what", sorted(BODIES))
def test_a_body_that_cannot_be_read_is_one_failure_without_a_word_of_it(what):
    mapped = hook("shopify").mapped(BODIES[what], media="application/json", headers=TOPICS["shopify-orders-create"])
    assert mapped.calls == ()
    assert len(mapped.failures) == 1
    assert "999999" not in str(mapped.failures[0])


def test_half_a_surrogate_pair_and_bytes_that_are_no_utf_8_do_not_lose_an_order():
    order = json.dumps(payload("shopify-orders-create")).replace('"#9999"', '"\\ud83d \\u0000#9999"').encode()
    mapped = hook_of("shopify-orders-create").mapped(
        order.replace(b"IPOD2008PINK", b"IPOD\xff"), media="application/json", headers=TOPICS["shopify-orders-create"]
    )
    properties = mapped.calls[0]["properties"]
    assert (properties["order_number"], properties["products"][0]["sku"]) == ("? #9999", "IPOD\N{REPLACEMENT CHARACTER}")
    assert json.loads(written(line_of_call(mapped.calls[0], source="shop")))["properties"] == properties


def test_duplicate_keys_are_what_the_last_says():
    body = b'{"id": 1, "id": 2}'
    (gone,) = hook("shopify").mapped(body, media="application/json", headers=TOPICS["shopify-products-delete"]).calls
    assert gone["properties"]["product_id"] == "2"


def test_a_megabyte_of_refunds_ends_in_a_second_or_two_with_a_reason():
    order = {**payload("woocommerce-order"), "refunds": [{"id": number, "total": "-1"} for number in range(32_000)]}
    body = json.dumps(order).encode()
    started = time.monotonic()
    mapped = hook("woocommerce").mapped(body, media="application/json", headers=TOPICS["woocommerce-order"])
    assert len(body) > 900_000
    assert len(mapped.calls) <= MOST_CALLS
    assert any("at most" in str(failed) or "too long" in str(failed) for failed in mapped.failures)
    assert time.monotonic() - started < 20, "a bound of steps holds on any machine; this one only says that it is one of seconds"


def test_what_fails_does_not_lose_its_neighbours():
    order = {**payload("woocommerce-order-refunded"), "refunds": [{"id": 1, "total": "ten"}, {"id": 2, "total": "-9.00"}]}
    mapped = told("woocommerce-order-refunded", order)
    assert [str(failed) for failed in mapped.failures] == ["connectors/woocommerce.yml:52: minus(`0`, total): a number is wanted"]
    assert "shop:refund:2" in {call["messageId"] for call in mapped.calls}


def test_an_id_that_no_log_could_keep_is_a_failure_with_its_place():
    mapped = told("woocommerce-customer", {**payload("woocommerce-customer"), "id": "x" * 300})
    assert mapped.calls == ()
    assert "longer than 256 characters" in str(mapped.failures[0])
