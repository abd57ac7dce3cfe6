"""WooCommerce's documented payloads, as calls."""

import pytest
from tests.webhooks.hooks import by_event, payload, told


def test_a_guests_order_is_of_her_address():
    mapped = told("woocommerce-order")
    order, customer = by_event(mapped)["Order Completed"], by_event(mapped)["identify"]
    assert mapped.failures == ()
    assert order["anonymousId"] == customer["anonymousId"] == "email:john.doe@example.com"
    assert (order["messageId"], order["timestamp"]) == ("shop:order:727:completed", "2017-03-22T19:28:08Z")
    assert order["properties"] == {
        "order_id": "727",
        "order_number": "727",
        "total": "29.35",
        "tax": "1.35",
        "shipping": "10.00",
        "discount": "0.00",
        "currency": "USD",
        "channel": "rest-api",
        "products": [
            {"product_id": "93", "name": "Woo Single #1", "price": 3, "quantity": 2},
            {
                "product_id": "22",
                "variant_id": "23",
                "sku": "Bar3",
                "name": "Ship Your Idea &ndash; Color: Black, Size: M Test",
                "price": 12,
                "quantity": 1,
            },
        ],
    }
    assert customer["traits"]["email"] == "john.doe@example.com"


def test_a_known_customers_order_is_hers_and_its_refunds_are_too():
    calls = told("woocommerce-order-refunded").calls
    assert {call.get("userId") for call in calls} == {"26"}
    refunds = [(call["messageId"], call["properties"]["total"]) for call in calls if call.get("event") == "Order Refunded"]
    assert refunds == [("shop:refund:726", 10), ("shop:refund:724", 9)]


@pytest.mark.parametrize("status", ["pending", "on-hold", "failed", "cancelled", "trash"])
def test_an_order_that_waits_for_its_money_is_not_completed(status):
    assert "Order Completed" not in by_event(told("woocommerce-order", {**payload("woocommerce-order"), "status": status}))


def test_a_cancelled_order_says_so():
    cancelled = by_event(told("woocommerce-order", {**payload("woocommerce-order"), "status": "cancelled"}))["Order Cancelled"]
    assert (cancelled["messageId"], cancelled["timestamp"]) == ("shop:order:727:cancelled", "2017-03-22T19:28:08Z")


def test_a_customer_is_known_by_the_shops_own_id():
    (customer,) = told("woocommerce-customer").calls
    assert (customer["userId"], customer["traits"]["email"], customer["traits"]["country"]) == ("25", "john.doe@example.com", "US")


def test_a_product_stands_with_its_price_and_what_is_known_of_its_stock():
    (product,) = told("woocommerce-product").calls
    assert product["properties"] == {
        "product_id": "794",
        "title": "Premium Quality",
        "url": "https://example.com/product/premium-quality-19/",
        "image_url": "https://example.com/wp-content/uploads/2017/03/T_2_front-4.jpg",
        "category": "Clothing",
        "categories": ["Clothing", "T-shirts"],
        "price": 21.99,
        "compare_at_price": 21.99,
        "rating": 0,
        "reviews": 0,
        "deleted": False,
    }
    (sold_out,) = told("woocommerce-product", {**payload("woocommerce-product"), "stock_status": "outofstock"}).calls
    assert sold_out["properties"]["stock"] == 0


def test_a_variation_is_a_variant_of_its_product():
    (variation,) = told("woocommerce-product", {**payload("woocommerce-product"), "id": 732, "parent_id": 22}).calls
    assert (variation["properties"]["product_id"], variation["properties"]["variant_id"]) == ("22", "732")
