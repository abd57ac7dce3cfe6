"""Segment's own client for Node, unchanged, against the collector under a real server."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.collector.edge import KEY
from tests.collector.serving import served, turning_away_once

pytestmark = pytest.mark.processes
SCRIPT = Path(__file__).with_name("segment_node.cjs")
TRACK = ("track", {"userId": "u1", "event": "Cart Viewed"})
EVERY_CALL = [
    ("identify", {"userId": "u1", "anonymousId": "a1", "traits": {"email": "ann@example.com"}}),
    ("track", {"userId": "u1", "event": "Order Completed", "properties": {"total": 12.5, "products": [{"product_id": 7}]}}),
    ("page", {"userId": "u1", "category": "Shop", "name": "Home", "properties": {"path": "/"}}),
    ("screen", {"userId": "u1", "category": "Shop", "name": "Home"}),
    ("group", {"userId": "u1", "groupId": "g1", "traits": {"plan": "x"}}),
    ("alias", {"previousId": "a1", "userId": "u1"}),
]


@pytest.fixture
def node(segment_clients):
    """Runs the client: (address, calls) → what it was told."""

    def run(address, calls, *, packed=False, leave="closeAndFlush", **settings):
        settings = {"writeKey": KEY, "host": address, "maxRetries": 2, **settings}
        asked = json.dumps({"settings": settings, "calls": calls, "packed": packed, "leave": leave})
        ended = subprocess.run(
            [segment_clients.node, SCRIPT], cwd=segment_clients.folder, input=asked, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return run


@pytest.mark.parametrize("is_packed", [False, True])
def test_every_call_of_segments_node_client_lands_in_the_log(edge, node, is_packed):
    with served(edge.collector) as address:
        told = node(address, EVERY_CALL, packed=is_packed)
    assert told == {"statuses": [[200, None]], "errors": [], "left": 0}
    lines = edge.lines()
    assert [line["type"] for line in lines] == [method for method, _ in EVERY_CALL]
    assert (lines[0]["traits"], lines[0]["anonymousId"]) == ({"email": "ann@example.com"}, "a1")
    assert (lines[1]["event"], lines[1]["properties"]) == ("Order Completed", {"total": 12.5, "products": [{"product_id": 7}]})
    assert (lines[2]["name"], lines[2]["category"], lines[2]["properties"]["path"]) == ("Home", "Shop", "/")
    assert (lines[4]["groupId"], lines[4]["traits"]) == ("g1", {"plan": "x"})
    assert (lines[5]["previousId"], lines[5]["userId"]) == ("a1", "u1")
    assert {line["source"] for line in lines} == {"shop"}
    assert {line["context"]["library"]["name"] for line in lines} == {"@segment/analytics-node"}


def test_a_hundred_calls_go_in_batches_and_none_is_left_behind_when_the_client_is_closed(edge, node):
    calls = [("track", {**TRACK[1], "messageId": f"m{number}"}) for number in range(100)]
    with served(edge.collector) as address:
        told = node(address, calls, flushAt=15)
    assert told["statuses"] == [[200, None]] * 7
    assert sorted(line["messageId"] for line in edge.lines()) == sorted(f"m{number}" for number in range(100))


def test_a_client_that_stays_sends_when_its_pause_is_over(edge, node):
    with served(edge.collector) as address:
        node(address, [TRACK], leave=None, flushInterval=50)
    assert [line["event"] for line in edge.lines()] == ["Cart Viewed"]


@pytest.mark.parametrize("status", [429, 503])
def test_segments_node_client_keeps_what_was_turned_away_and_comes_back_with_it(tmp_path, node, status):
    edge = turning_away_once(tmp_path, status)
    with served(edge.collector) as address:
        told = node(address, [TRACK])
    assert ([status for status, _ in told["statuses"]], told["errors"]) == ([status, 200], [])
    assert told["statuses"][0][1] is not None
    assert [line["event"] for line in edge.lines()] == ["Cart Viewed"]
    edge.close()


def test_segments_node_client_learns_what_it_sent_wrong_and_does_not_send_it_again(edge, node):
    with served(edge.collector) as address:
        told = node(address, [("track", {**TRACK[1], "event": "Product Purchased"}), TRACK])
    assert told["statuses"] == [[400, None]]
    assert told["errors"] == ["Error: [400] Bad Request"] * 2
    assert [line["event"] for line in edge.lines()] == ["Cart Viewed"]


def test_an_order_of_an_hour_ago_is_stored_an_hour_before_it_arrived(edge, node):
    calls = [("track", {**TRACK[1], "timestamp": "2026-02-01T09:30:00Z"})]
    with served(edge.collector) as address:
        node(address, calls)
    (line,) = edge.lines()
    assert line["originalTimestamp"] == "2026-02-01T09:30:00.000Z"
