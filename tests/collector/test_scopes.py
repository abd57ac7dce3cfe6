"""What whoever reads a browser's key in the page's source cannot do with it: part, join or speak for customers as only a server may."""

import pytest
from tests.collector.edge import JSON, NOON, Edge

from opportune.collector.sources import Source, hash_of, keyring

KEY, SERVER = "browser-key-0123456789", "server-key-0123456789"
SOURCES = keyring({hash_of(KEY): Source(name="site", is_browser=True), hash_of(SERVER): Source(name="shop")})
TEXT = ("content-type", "text/plain")
SEEN = {"type": "track", "anonymousId": "a1", "event": "Product Viewed"}


@pytest.fixture
def edge(tmp_path):
    edge = Edge(tmp_path / "log", sources=SOURCES)
    yield edge
    edge.close()


def told(edge, call, key=KEY):
    """The refused field of one call; None where it was stored."""
    reply = edge.post("/v1/batch", {"batch": [call], "writeKey": key}, headers=[TEXT])
    assert reply.status in (200, 400)
    return reply.json["error"]["field"] if reply.status == 400 else None


@pytest.mark.parametrize(
    "call, field",
    [
        ({**SEEN, "event": "Email Marked as Spam"}, "event"),
        ({**SEEN, "event": "SMS Bounced"}, "event"),
        ({**SEEN, "event": "Push Link Clicked"}, "event"),
        ({**SEEN, "event": "Order Refunded"}, "event"),
        ({**SEEN, "event": "Order Cancelled"}, "event"),
        ({**SEEN, "event": "Order Delivered"}, "event"),
        ({**SEEN, "event": "Identity Unlinked", "properties": {"previous_id": "b"}}, "event"),
        ({**SEEN, "event": "Stock Changed", "properties": {"product_id": "p", "stock": 0}}, "event"),
        ({"type": "alias", "previousId": "another", "userId": "mallory"}, "previousId"),
        ({"type": "alias", "previousId": "another", "userId": "mallory", "anonymousId": "a1"}, "previousId"),
        ({"type": "alias", "previousId": "email:ada@example.org", "anonymousId": "email:ada@example.org", "userId": "m"}, "anonymousId"),
        ({**SEEN, "anonymousId": " Email:ada@example.org"}, "anonymousId"),
        ({**SEEN, "userId": "phone:+4930123"}, "userId"),
    ],
)
def test_a_browser_cannot_say_what_only_a_server_knows_and_a_server_can(edge, call, field):
    assert told(edge, call) == field
    assert edge.lines() == []
    assert [(each.source, each.reason) for each in edge.collector.counters.drained(NOON)] == [("site", field.partition(".")[0])]
    assert told(edge, call, SERVER) is None


@pytest.mark.parametrize("user", ["ada", 7])
def test_the_address_of_a_user_is_left_to_her_shops_server_and_the_rest_of_the_call_stands(edge, user):
    traits = {"Email ": "mallory@example.org", "phone": "+4930123", "first_name": "Ada"}
    assert told(edge, {"type": "identify", "userId": user, "anonymousId": "a1", "traits": traits}) is None
    (line,) = edge.lines()
    assert (line["userId"], line["traits"]) == (str(user), {"first_name": "Ada"})
    assert told(edge, {"type": "identify", "userId": user, "traits": traits}, SERVER) is None
    assert edge.lines()[-1]["traits"] == traits


@pytest.mark.parametrize(
    "call",
    [
        SEEN,
        {"type": "page", "anonymousId": "a1"},
        {"type": "identify", "userId": "ada", "anonymousId": "a1", "traits": {"first_name": "Ada"}},
        {"type": "identify", "anonymousId": "a1", "traits": {"email": "ada@example.org"}},
        {"type": "alias", "previousId": "a1", "anonymousId": "a1", "userId": "ada"},
        {"type": "track", "anonymousId": "a1", "event": "Order Completed", "properties": {"order_id": "1"}},
        {"type": "track", "anonymousId": "a1", "event": "Consent Withdrawn", "properties": {"purpose": "tracking"}},
    ],
)
def test_a_browser_can_say_what_its_visitor_did(edge, call):
    assert told(edge, call) is None
    assert len(edge.lines()) == 1


def test_a_browser_cannot_use_up_the_message_id_of_what_a_server_will_send(edge):
    told(edge, {**SEEN, "messageId": "order-1"})
    told(edge, {**SEEN, "messageId": "order-1"}, SERVER)
    told(edge, {**SEEN, "messageId": " "})
    assert [(line["source"], line["messageId"]) for line in edge.lines()] == [
        ("site", "site:order-1"),
        ("shop", "order-1"),
        ("site", "made-0"),
    ]


def test_what_a_browser_says_of_its_place_and_of_links_is_not_believed(edge):
    told(edge, {**SEEN, "context": {"ip": "192.0.2.1", "location": {"country": "US"}, "linked_by": "click", "locale": "de"}})
    assert [line["context"] for line in edge.lines()] == [{"locale": "de"}]


def test_a_source_said_in_a_call_is_not_believed(edge):
    told(edge, {**SEEN, "source": "import", "receivedAt": "2020-01-01T00:00:00Z"}, SERVER)
    told(edge, {**SEEN, "source": "import", "importedBy": "x"})
    assert [(line["source"], line["receivedAt"][:4], "importedBy" in line) for line in edge.lines()] == [
        ("shop", "2026", False),
        ("site", "2026", False),
    ]


def asked(edge, origin, key=KEY, method="POST"):
    headers = [TEXT, *([("origin", origin)] if origin else [])]
    return edge.ask(method, "/v1/track", b'{"anonymousId":"a","event":"A","writeKey":"%b"}' % key.encode(), headers=headers)


def test_a_key_that_is_bound_to_pages_is_of_use_on_no_other(tmp_path):
    bound = Source(name="site", is_browser=True, origins=frozenset({"https://shop.example", "http://localhost:8080"}))
    sources = keyring({hash_of(KEY): bound, hash_of(SERVER): Source(name="shop")})
    edge = Edge(tmp_path / "log", sources=sources, origins=lambda: bound.origins)
    for origin in ("https://shop.example", "HTTPS://Shop.Example", "http://localhost:8080"):
        reply = asked(edge, origin)
        assert (reply.status, reply.headers["access-control-allow-origin"], reply.headers["vary"]) == (200, origin.lower(), "origin")
        assert asked(edge, origin, method="OPTIONS").headers["access-control-allow-origin"] == origin.lower()
    for origin in ("https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null", ""):
        reply = asked(edge, origin)
        assert (reply.status, reply.json["code"], "access-control-allow-origin" in reply.headers) == (403, "wrong_origin", False)
        assert "access-control-allow-origin" not in asked(edge, origin, method="OPTIONS").headers
    assert asked(edge, "", SERVER).status == 200
    assert len(edge.lines()) == 4
    edge.close()


def test_without_bound_keys_any_page_reads_the_answer(edge):
    assert asked(edge, "https://anywhere.example").headers["access-control-allow-origin"] == "*"
    assert "vary" not in asked(edge, "https://anywhere.example").headers


def test_a_beacon_carries_its_key_in_the_body_and_is_answered_as_any(edge):
    reply = edge.post("/v1/batch", {"batch": [SEEN, {**SEEN, "event": "Cart Viewed"}], "writeKey": KEY}, headers=[TEXT])
    assert (reply.status, reply.json) == (200, {"success": True})
    assert edge.post("/v1/track", {**SEEN, "writeKey": KEY}, headers=[("content-type", "text/plain;charset=UTF-8")]).status == 200
    assert edge.post("/v1/track", {**SEEN, "writeKey": "wrong"}, headers=[JSON]).status == 401
    assert len(edge.lines()) == 3
