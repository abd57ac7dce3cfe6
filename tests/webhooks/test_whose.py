"""Whose the events are, once loaded: a guest, her refund, her ticket and the account she opens later are one customer."""

import json
from pathlib import Path

from tests.docs.asking import imported, values
from tests.webhooks.hooks import payload, told

from opportune.language.vocabulary.instants import parse_instant

LATER = parse_instant("2026-04-01T00:00:00Z")
ASKED = ['count("Order Completed")', 'sum("Order Refunded", total)', 'count("Ticket Opened")', "trait.email"]
ADA = "ada@example.org"


def guest_order():
    return {**payload("shopify-orders-create"), "customer": None, "email": ADA, "contact_email": ADA, "phone": None}


def user_of_the_desk():
    said = payload("zendesk-user-active-changed")
    said["detail"] |= {"id": "8447388090494", "email": "Ada@Example.ORG", "updated_at": "2025-01-09T00:00:00Z"}
    return said


def asked(folder: Path, calls) -> dict:
    """Customer → what she did, of those who did anything we ask about."""
    engine, report = imported(folder, "calls.ndjson", "\n".join(json.dumps(call) for call in calls) + "\n")
    assert report.set_aside == ()
    found = values(folder, engine, ASKED, LATER)
    engine.close()
    rows = {customer: [found[expression].get(customer) for expression in ASKED] for customer in found[ASKED[0]]}
    return {customer: row for customer, row in rows.items() if row[:3] != ["0", "0", "0"]}


def test_a_guests_order_her_refund_and_her_ticket_are_one_customers(tmp_path):
    calls = [
        *told("shopify-refunds-create").calls,
        *told("shopify-orders-create", guest_order()).calls,
        *told("zendesk-ticket-created").calls,
        *told("zendesk-user-active-changed", user_of_the_desk()).calls,
    ]
    assert asked(tmp_path, calls) == {f"email:{ADA}": ["1", "85", "1", "Ada@Example.ORG"]}


def test_when_she_opens_an_account_everything_is_hers(tmp_path):
    account = {"type": "identify", "messageId": "a", "userId": "77", "traits": {"email": ADA}, "timestamp": "2026-01-01T00:00:00Z"}
    calls = [*told("shopify-orders-create", guest_order()).calls, *told("shopify-refunds-create").calls, account]
    assert asked(tmp_path, calls) == {"77": ["1", "85", "0", ADA]}


def test_two_shops_whose_ids_meet_are_kept_apart_by_a_prefix(tmp_path):
    orders = [told("woocommerce-order-refunded").calls, told("woocommerce-order-refunded", id_prefix="us-").calls]
    again = [{**call, "messageId": f"us:{call['messageId']}"} for call in orders[1]]
    assert set(asked(tmp_path, [*orders[0], *again])) == {"26", "us-26"}


def test_an_import_with_the_ids_of_the_connector_counts_no_order_twice(tmp_path):
    order = next(call for call in told("woocommerce-order").calls if call["type"] == "track")
    old = {**order, "properties": {"total": 29.35}, "messageId": "shop:order:727:completed"}
    assert asked(tmp_path, [old, order])["email:john.doe@example.com"][0] == "1"
