"""The built-in connectors as sources, and the documented payloads that their systems send."""

import json
from pathlib import Path

from opportune.adapters.project.connectors import connector_named
from opportune.stages.mapping.connector import Hook

FIXTURES = Path(__file__).with_name("fixtures")
TOPICS = {
    "shopify-orders-create": {"x-shopify-topic": "orders/create"},
    "shopify-checkouts-update": {"x-shopify-topic": "checkouts/update"},
    "shopify-customers-update": {"x-shopify-topic": "customers/update"},
    "shopify-products-update": {"x-shopify-topic": "products/update", "x-shopify-shop-domain": "jsmith.myshopify.com"},
    "shopify-products-delete": {"x-shopify-topic": "products/delete", "x-shopify-triggered-at": "2026-03-01T10:00:00.123456789Z"},
    "shopify-refunds-create": {"x-shopify-topic": "refunds/create"},
    "woocommerce-order": {"x-wc-webhook-topic": "order.updated"},
    "woocommerce-order-refunded": {"x-wc-webhook-topic": "order.updated"},
    "woocommerce-customer": {"x-wc-webhook-topic": "customer.updated"},
    "woocommerce-product": {"x-wc-webhook-topic": "product.updated"},
    "zendesk-ticket-created": {},
    "zendesk-user-active-changed": {},
}
"""Fixture → the headers that come with it."""
SETTINGS = {"shopify": {"test_orders": "yes"}}
"""Shopify's own sample is a test order."""


def hook(connector: str, secret: str = "secret", **settings: str) -> Hook:
    """A source `shop` of a built-in connector."""
    return Hook(source="shop", connector=connector_named(connector, {}), secrets=(secret,), settings=settings)


def hook_of(fixture: str) -> Hook:
    connector = fixture.partition("-")[0]
    return hook(connector, **SETTINGS.get(connector, {}))


def payload(fixture: str):
    return json.loads((FIXTURES / f"{fixture}.json").read_text(encoding="utf-8"))


def told(fixture: str, changed=None, **settings: str):
    """What becomes of a documented payload, or of one `changed` from it."""
    connector = fixture.partition("-")[0]
    body = json.dumps(payload(fixture) if changed is None else changed).encode()
    source = hook(connector, **{**SETTINGS.get(connector, {}), **settings})
    return source.mapped(body, media="application/json", headers=TOPICS[fixture])


def by_event(mapped) -> dict:
    """Event name, or identify → the one call of it."""
    return {call.get("event", "identify"): call for call in mapped.calls}
