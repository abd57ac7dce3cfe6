"""Zendesk's documented payloads, and the one that our page shows for triggers, as calls."""

import json

from tests.webhooks.hooks import by_event, hook, payload, told

TRIGGER = {
    "ticket_id": "35436",
    "status": "Solved",
    "subject": "Where is my parcel?",
    "priority": "Normal",
    "via": "Web form",
    "email": "Ada@Example.org",
    "name": "Ada",
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-02T09:00:00Z",
}


def test_a_ticket_is_opened_by_a_requester_of_whom_only_the_id_is_known():
    (opened,) = told("zendesk-ticket-created").calls
    assert (opened["event"], opened["anonymousId"]) == ("Ticket Opened", "ref:shop:user:8447388090494")
    assert (opened["messageId"], opened["timestamp"]) == ("shop:ticket:5158:opened", "2025-01-08T10:12:07Z")
    assert opened["properties"]["ticket_id"] == "5158"


def test_a_user_event_says_whose_address_that_id_is():
    (user,) = told("zendesk-user-active-changed").calls
    assert (user["type"], user["anonymousId"], user["traits"]) == (
        "identify",
        "ref:shop:user:6596848315901",
        {"email": "person@example.org"},
    )
    assert "userId" not in user


def test_an_external_id_is_the_shops_customer_id_where_the_settings_say_so():
    said = payload("zendesk-user-active-changed")
    said["detail"]["external_id"] = "77"
    assert told("zendesk-user-active-changed", said, external_id="yes", id_prefix="c-").calls[0]["userId"] == "c-77"
    assert "userId" not in told("zendesk-user-active-changed", said).calls[0]


def test_a_ticket_is_closed_when_it_is_solved():
    said = {**payload("zendesk-ticket-created"), "type": "zen:event-type:ticket.status_changed"}
    (closed,) = told("zendesk-ticket-created", {**said, "event": {"current": "SOLVED", "previous": "OPEN"}}).calls
    assert (closed["event"], closed["properties"]) == ("Ticket Closed", {"ticket_id": "5158", "status": "solved"})
    assert told("zendesk-ticket-created", {**said, "event": {"current": "PENDING", "previous": "OPEN"}}).calls == ()


def test_a_trigger_tells_the_requesters_address_itself():
    mapped = hook("zendesk").mapped(json.dumps(TRIGGER).encode(), media="application/json", headers={})
    calls = by_event(mapped)
    assert set(calls) == {"Ticket Opened", "Ticket Closed", "identify"}
    assert {call["anonymousId"] for call in calls.values()} == {"email:ada@example.org"}
    assert calls["Ticket Closed"]["timestamp"] == "2026-03-02T09:00:00Z"
