"""Shopify's documented payloads, as calls."""

import json

from tests.webhooks.hooks import by_event, hook, payload, told

ORDER = 820982911946154508
CUSTOMER = "115310627314723954"


def test_an_order_is_completed_once_with_its_lines_and_links_its_customer_to_her_address():
    mapped = told("shopify-orders-create")
    assert mapped.failures == ()
    assert by_event(mapped) == {
        "Order Completed": {
            "type": "track",
            "event": "Order Completed",
            "messageId": f"shop:order:{ORDER}:completed",
            "userId": CUSTOMER,
            "timestamp": "2022-01-01T00:00:00Z",
            "properties": {
                "order_id": str(ORDER),
                "order_number": "#9999",
                "total": "403.00",
                "revenue": "393.00",
                "tax": "0.00",
                "shipping": "10.00",
                "discount": "5.00",
                "currency": "USD",
                "channel": "web",
                "products": [
                    {
                        "product_id": "632910392",
                        "variant_id": "808950810",
                        "sku": "IPOD2008PINK",
                        "name": "IPod Nano - 8GB",
                        "price": "199.00",
                        "quantity": 1,
                    }
                ]
                * 2,
            },
        },
        "identify": {
            "type": "identify",
            "messageId": f"shop:order:{ORDER}:customer",
            "userId": CUSTOMER,
            "anonymousId": f"ref:shop:order:{ORDER}",
            "timestamp": "2022-01-01T00:00:00Z",
            "traits": {"email": "john@example.com", "first_name": "John", "last_name": "Smith", "country": "CA", "language": "en"},
        },
    }


def test_a_test_order_is_no_order_unless_the_settings_say_so():
    assert told("shopify-orders-create", test_orders="no").calls == ()


def test_an_order_without_a_customer_is_of_its_address():
    order = {**payload("shopify-orders-create"), "customer": None}
    calls = by_event(told("shopify-orders-create", order))
    assert calls["Order Completed"]["anonymousId"] == "email:jon@example.com"
    assert calls["identify"]["traits"]["email"] == "jon@example.com"
    assert "userId" not in calls["identify"]


def test_the_settings_may_put_a_prefix_before_the_shops_customer_ids():
    assert by_event(told("shopify-orders-create", id_prefix="us-"))["Order Completed"]["userId"] == f"us-{CUSTOMER}"


def test_a_cancelled_order_says_so_whichever_payload_tells_it():
    order = payload("shopify-orders-create")
    hooked = [told_as(topic, order) for topic in ("orders/cancelled", "orders/updated")]
    assert hooked[0].calls == hooked[1].calls
    assert by_event(hooked[0])["Order Cancelled"]["properties"] == {"order_id": str(ORDER), "reason": "customer"}


def test_a_refund_is_what_was_paid_back_and_belongs_to_its_order():
    (refund,) = told("shopify-refunds-create").calls
    assert refund["anonymousId"] == f"ref:shop:order:{ORDER}"
    assert refund["properties"] == {"order_id": str(ORDER), "total": 85}


def test_an_order_that_brings_its_refund_along_tells_the_same_event():
    refund = payload("shopify-refunds-create")
    order = {**payload("shopify-orders-create"), "refunds": [refund], "cancelled_at": None}
    (told_again,) = told_as("orders/updated", order).calls
    (alone,) = told("shopify-refunds-create").calls
    assert told_again["userId"] == CUSTOMER
    assert (told_again["messageId"], told_again["properties"]) == (alone["messageId"], alone["properties"])


def test_an_order_is_delivered_when_a_carrier_says_so():
    fulfilled = {"created_at": "2022-01-02T10:00:00Z", "updated_at": "2022-01-03T10:00:00Z", "tracking_company": "DHL"}
    order = {**payload("shopify-orders-create"), "fulfillments": [{**fulfilled, "shipment_status": "delivered"}]}
    calls = by_event(told_as("orders/fulfilled", order))
    assert calls["Order Fulfilled"]["timestamp"] == "2022-01-02T10:00:00Z"
    assert calls["Order Delivered"]["timestamp"] == "2022-01-03T10:00:00Z"


def test_a_checkout_begins_once_however_often_it_changes():
    mapped = told("shopify-checkouts-update")
    begun = by_event(mapped)["Checkout Started"]
    assert begun["userId"] == "603851970716743426"
    assert begun["messageId"] == "shop:checkout:123123123"
    assert (begun["properties"]["cart_id"], begun["properties"]["value"]) == ("eeafa272cebfd4b22385bc4b645e762c", "421.88")
    later = {**payload("shopify-checkouts-update"), "updated_at": "2022-01-05T00:00:00Z", "total_price": "1.00"}
    assert by_event(told("shopify-checkouts-update", later))["Checkout Started"]["messageId"] == begun["messageId"]


def test_a_checkout_of_nobody_known_is_left_to_the_pages():
    nobody = {**payload("shopify-checkouts-update"), "customer": None, "email": None}
    assert told("shopify-checkouts-update", nobody).calls == ()


def test_a_customer_has_her_address_and_her_country():
    (customer,) = told("shopify-customers-update").calls
    assert customer["userId"] == "706405506930370084"
    assert customer["traits"] == {
        "email": "bob@biller.com",
        "first_name": "Bob",
        "last_name": "Biller",
        "country": "CA",
        "city": "Ottawa",
    }


def test_consent_is_given_and_withdrawn_as_the_shop_recorded_it_and_told_once():
    at = "2022-02-01T12:00:00Z"
    consent = {"opt_in_level": "confirmed_opt_in", "consent_updated_at": at}
    customer = payload("shopify-customers-update")
    given = told("shopify-customers-update", {**customer, "email_marketing_consent": {**consent, "state": "subscribed"}})
    taken = told("shopify-customers-update", {**customer, "sms_marketing_consent": {**consent, "state": "unsubscribed"}})
    call = by_event(given)["Consent Given"]
    assert (call["properties"], call["timestamp"]) == ({"purpose": "email", "method": "confirmed_opt_in"}, at)
    assert by_event(taken)["Consent Withdrawn"]["properties"]["purpose"] == "sms"
    order = {**payload("shopify-orders-create")}
    order["customer"] = {**order["customer"], "id": customer["id"], "email_marketing_consent": {**consent, "state": "subscribed"}}
    assert by_event(told("shopify-orders-create", order))["Consent Given"] == call


def test_consent_that_was_never_asked_for_says_nothing():
    customer = {**payload("shopify-customers-update"), "email_marketing_consent": {"state": "not_subscribed", "consent_updated_at": None}}
    assert set(by_event(told("shopify-customers-update", customer))) == {"identify"}


def test_each_variant_of_a_product_stands_with_its_price_and_stock():
    small, medium = told("shopify-products-update").calls
    assert small["properties"] == {
        "product_id": "788032119674292922",
        "variant_id": "642667041472713922",
        "title": "Example T-Shirt",
        "category": "Shirts",
        "url": "https://jsmith.myshopify.com/products/example-t-shirt",
        "price": "19.99",
        "compare_at_price": "24.99",
        "stock": 75,
        "deleted": False,
    }
    assert (medium["properties"]["stock"], "userId" in medium or "anonymousId" in medium) == (50, False)


def test_a_deleted_product_is_gone():
    (gone,) = told("shopify-products-delete").calls
    assert gone["properties"] == {"product_id": "788032119674292922", "deleted": True}
    assert gone["timestamp"] == "2026-03-01T10:00:00.123456Z"


def told_as(topic, changed):
    """A payload under another topic than its fixture's."""
    source = hook("shopify", test_orders="yes")
    return source.mapped(json.dumps(changed).encode(), media="application/json", headers={"x-shopify-topic": topic})
