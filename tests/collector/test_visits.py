"""Where a visitor is: from the connection or a trusted proxy's word, kept as a place and never as an address."""

import json

import pytest
from tests.collector.edge import NOON, Edge

from opportune.adapters.places import Place
from opportune.collector.consent import ConsentRules
from opportune.collector.sources import Source, hash_of, keyring
from opportune.collector.threshold import Threshold
from opportune.collector.visits import networks, visit_of

PROXIES = networks(["127.0.0.1", "10.0.0.0/8", "::1", "2001:db8:1::/48"])
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


def address(client, *headers):
    scope = {"headers": [(name.encode(), value.encode()) for name, value in headers], "client": client and (client, 1234)}
    return visit_of(scope, PROXIES).address


@pytest.mark.parametrize(
    "client, headers, found",
    [
        (HERE, [], HERE),
        (None, [], None),
        (HERE, [("x-forwarded-for", ELSEWHERE)], HERE),
        (HERE, [("forwarded", f"for={ELSEWHERE}")], HERE),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", [("x-forwarded-for", HERE)], HERE),
        ("127.0.0.1", [("x-forwarded-for", f"{ELSEWHERE}, {HERE}")], HERE),
        ("127.0.0.1", [("x-forwarded-for", f"{ELSEWHERE}, {HERE}, 10.1.2.3")], HERE),
        ("127.0.0.1", [("x-forwarded-for", ELSEWHERE), ("x-forwarded-for", HERE)], HERE),
        ("127.0.0.1", [("x-forwarded-for", f"{HERE}:4711")], HERE),
        ("127.0.0.1", [("x-forwarded-for", f"{ELSEWHERE}, unknown")], None),
        ("127.0.0.1", [("x-forwarded-for", "garbage")], None),
        ("127.0.0.1", [("forwarded", f'for={ELSEWHERE};proto=http, For="{HERE}:4711";by=10.0.0.1')], HERE),
        ("127.0.0.1", [("forwarded", 'for="[2001:db8:2::17]:4711"')], "2001:db8:2::17"),
        ("127.0.0.1", [("forwarded", "for=_hidden")], None),
        ("127.0.0.1", [("forwarded", f"for={ELSEWHERE}"), ("x-forwarded-for", HERE)], HERE),
        ("::1", [("x-forwarded-for", "2001:db8:2::17, 2001:db8:1::5")], "2001:db8:2::17"),
        ("::ffff:127.0.0.1", [("x-forwarded-for", HERE)], HERE),
        ("127.0.0.1", [("x-forwarded-for", ", ".join([ELSEWHERE] + ["10.0.0.1"] * 5000))], "10.0.0.1"),
    ],
)
def test_an_address_is_believed_as_far_as_trusted_proxies_vouch_for_it(client, headers, found):
    assert address(client, *headers) == found


KEY, SERVER = "browser-key-0123456789", "server-key-0123456789"
SOURCES = keyring({hash_of(KEY): Source(name="site", is_browser=True), hash_of(SERVER): Source(name="shop")})
SEEN = {"anonymousId": "a1", "event": "Product Viewed"}
PLACES = {HERE: Place(country="DE", region="BE", source="table"), ELSEWHERE: Place(country="US", region=None, source="table")}
ASKS = ConsentRules(home="US", opt_in=frozenset({"DE"}))


def edge_with(folder, **options):
    return Edge(
        folder / "log", client=("127.0.0.1", 1), sources=SOURCES, threshold=Threshold(place_of=PLACES.get, trusted=PROXIES, **options)
    )


def stored(edge, call, *headers, key=KEY):
    """The contexts of what is stored of one call through a proxy, and the raw log."""
    reply = edge.post("/v1/track", {**call, "writeKey": key}, headers=[("content-type", "text/plain"), *headers])
    assert (reply.status, reply.json) == (200, {"success": True})
    return [line.get("context") or None for line in edge.lines()]


def client_of(address):
    return ("x-forwarded-for", address)


def test_a_place_is_stored_and_the_address_nowhere(tmp_path):
    edge = edge_with(tmp_path)
    contexts = stored(edge, {**SEEN, "context": {"ip": ELSEWHERE}}, client_of(HERE), ("user-agent", "Mozilla/5.0"))
    assert contexts == [{"location": {"country": "DE", "region": "BE"}, "userAgent": "Mozilla/5.0"}]
    edge.close()
    raw = b"".join(path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file())
    assert raw
    assert HERE.encode() not in raw
    assert ELSEWHERE.encode() not in raw


def test_an_address_is_kept_on_request(tmp_path):
    edge = edge_with(tmp_path, keeps_ip=True)
    assert stored(edge, SEEN, client_of(HERE)) == [{"ip": HERE, "location": {"country": "DE", "region": "BE"}}]
    assert stored(edge, {"userId": "u", "event": "A", "context": {"ip": ELSEWHERE}}, key=SERVER)[1:] == [
        {"ip": ELSEWHERE, "location": {"country": "US"}}
    ]
    edge.close()


def test_a_servers_word_on_its_visitors_place_is_taken(tmp_path):
    edge = edge_with(tmp_path)
    bought = {"userId": "u", "event": "Order Completed"}
    stored(edge, {**bought, "context": {"ip": HERE, "locale": "de"}}, key=SERVER)
    stored(edge, {**bought, "context": {"ip": HERE, "location": {"country": "FR"}}}, key=SERVER)
    stored(edge, {**bought, "context": {"ip": 7}}, key=SERVER)
    assert stored(edge, bought, client_of(HERE), ("user-agent", "python-requests"), key=SERVER) == [
        {"location": {"country": "DE", "region": "BE"}, "locale": "de"},
        {"location": {"country": "FR"}},
        None,
        None,
    ]
    edge.close()


def test_the_header_of_global_privacy_control_counts_where_the_call_says_nothing(tmp_path):
    edge = edge_with(tmp_path)
    stored(edge, {**SEEN, "messageId": "1"}, ("sec-gpc", "1"))
    said = {line["event"]: line for line in edge.lines()}
    assert said["Product Viewed"]["context"]["consent"]["gpc"] is True
    assert (said["Consent Withdrawn"]["properties"]["purpose"], said["Consent Withdrawn"]["anonymousId"]) == ("ads", "a1")
    assert edge.collector.counters.accepted == 1, "the objection is ours, not one of its calls"
    edge.close()


def test_what_a_call_says_of_global_privacy_control_stands_and_only_one_is_a_signal(tmp_path):
    edge = edge_with(tmp_path)
    stored(edge, {**SEEN, "context": {"consent": {"gpc": False}}}, ("sec-gpc", "1"))
    stored(edge, SEEN, ("sec-gpc", "0"))
    assert [(line["event"], (line.get("context") or {}).get("consent", {}).get("gpc")) for line in edge.lines()] == [
        ("Product Viewed", False),
        ("Product Viewed", None),
    ]
    edge.close()


def test_an_objection_is_stored_once_for_all_calls_of_a_body(tmp_path):
    edge = edge_with(tmp_path)
    body = {"batch": [{**SEEN, "type": "track"}] * 5, "writeKey": KEY}
    for _ in range(2):
        edge.post("/v1/batch", body, headers=[("content-type", "text/plain"), ("sec-gpc", "1")])
    withdrawn = [line["messageId"] for line in edge.lines() if line["event"] == "Consent Withdrawn"]
    assert len(withdrawn) == 2
    assert len(set(withdrawn)) == 1, "a repeat is the same event"
    edge.close()


def test_what_its_visitor_did_not_consent_to_is_answered_counted_and_not_stored(tmp_path):
    edge = edge_with(tmp_path, rules=ASKS)
    assert stored(edge, SEEN, client_of(HERE)) == []
    assert stored(edge, {**SEEN, "context": {"location": {"country": "US"}}}, client_of(HERE)) == []
    assert edge.collector.counters.withheld == {"tracking": 2}
    (tally,) = edge.collector.counters.drained(NOON)
    assert (tally.source, tally.kind, tally.reason, tally.count, tally.sample) == ("site", "withheld", "tracking", 2, "")
    assert len(stored(edge, SEEN, client_of(ELSEWHERE))) == 1
    asked = {**SEEN, "context": {"consent": {"categoryPreferences": {"tracking": True}}}}
    assert len(stored(edge, asked, client_of(HERE))) == 2
    edge.close()


def test_a_batch_is_weighed_call_by_call(tmp_path):
    edge = edge_with(tmp_path, rules=ASKS)
    consented = {**SEEN, "type": "track", "context": {"consent": {"categoryPreferences": {"tracking": True}}}}
    body = json.dumps({"batch": [{**SEEN, "type": "track"}, consented, {"type": "track"}], "writeKey": KEY}).encode()
    reply = edge.ask("POST", "/v1/batch", body, headers=[("content-type", "text/plain"), client_of(HERE)])
    assert (reply.status, reply.json["accepted"], reply.json["refused"], reply.json["error"]["index"]) == (400, 1, 1, 2)
    assert edge.collector.counters.withheld == {"tracking": 1}
    edge.close()
