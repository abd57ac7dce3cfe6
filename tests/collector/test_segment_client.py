"""Segment's own Python client, unchanged, against the collector under a real server."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import segment.analytics as segment
from tests.collector.edge import KEY
from tests.collector.serving import served, turning_away_once

pytestmark = pytest.mark.processes


def client(address, **options):
    return segment.Client(KEY, host=address, **{"max_retries": 1, "timeout": 5, "upload_interval": 0.05, **options})


@pytest.mark.parametrize("is_packed", [False, True])
def test_every_call_of_segments_client_lands_in_the_log(edge, is_packed):
    failures = []
    with served(edge.collector) as address:
        sender = client(address, gzip=is_packed, on_error=lambda error, batch: failures.append(error))
        sender.identify("u1", {"email": "ann@example.com"}, anonymous_id="a1")
        sender.track("u1", "Order Completed", {"total": 12.5, "products": [{"product_id": 7}]})
        sender.page("u1", "Shop", "Home", {"path": "/"})
        sender.screen("u1", "Shop", "Home")
        sender.group("u1", "g1", {"plan": "x"})
        sender.alias("a1", "u1")
        sender.shutdown()
    assert failures == []
    lines = edge.lines()
    assert [line["type"] for line in lines] == ["identify", "track", "page", "screen", "group", "alias"]
    assert (lines[0]["traits"], lines[0]["anonymousId"]) == ({"email": "ann@example.com"}, "a1")
    assert (lines[1]["event"], lines[1]["properties"]) == ("Order Completed", {"total": 12.5, "products": [{"product_id": 7}]})
    assert (lines[2]["name"], lines[2]["category"], lines[2]["properties"]) == ("Home", "Shop", {"path": "/"})
    assert (lines[4]["groupId"], lines[4]["traits"]) == ("g1", {"plan": "x"})
    assert (lines[5]["previousId"], lines[5]["userId"]) == ("a1", "u1")
    assert {line["source"] for line in lines} == {"shop"}
    assert {line["context"]["library"]["name"] for line in lines} == {"analytics-python"}


def test_an_order_of_an_hour_ago_is_stored_an_hour_before_it_arrived(edge):
    with served(edge.collector) as address:
        client(address, sync_mode=True).track("u1", "Order Completed", timestamp=datetime.now(UTC) - timedelta(hours=1))
    (line,) = edge.lines()
    assert "2026-03-01T10:59:50" < line["timestamp"] <= "2026-03-01T11:00:00Z"


def test_segments_client_learns_what_it_sent_wrong(edge):
    failures = []
    with served(edge.collector) as address:
        sender = client(address, on_error=lambda error, batch: failures.append(str(error)))
        sender.track("u1", "Product Purchased")
        sender.track("u1", "Cart Viewed")
        sender.shutdown()
    assert [line["event"] for line in edge.lines()] == ["Cart Viewed"]
    assert failures == [
        '[Segment] refused: call 0, event: "Product Purchased" is derived from the products of "Order Completed"; '
        "send that event, with its products, instead (400)"
    ]


def test_segments_client_keeps_what_was_turned_away_and_comes_back_with_it(tmp_path):
    edge = turning_away_once(tmp_path, 429)
    with served(edge.collector) as address:
        sender = client(address, max_retries=3)
        sender.track("u1", "Cart Viewed")
        sender.shutdown()
    assert [line["event"] for line in edge.lines()] == ["Cart Viewed"]
    assert edge.collector.counters.turned_away == {429: 1}
    edge.close()


def test_an_over_long_body_gets_its_answer_over_a_real_connection(edge):
    with served(edge.collector) as address:
        reply = httpx.post(f"{address}/v1/batch", content=b" " * 5_000_000, auth=(KEY, ""))
        streamed = httpx.post(f"{address}/v1/batch", content=(b" " * 100_000 for _ in range(50)), auth=(KEY, ""))
        other = httpx.get(f"{address}/anything")
    assert (reply.status_code, streamed.status_code, other.status_code) == (413, 413, 299)
