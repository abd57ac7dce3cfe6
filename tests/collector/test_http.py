"""Statuses, limits and headers of the collector's edge."""

import errno
import gzip
import json
import tracemalloc
from types import SimpleNamespace

import pytest
from tests.collector.edge import BASIC, JSON, KEY, NOON, Edge

from opportune.adapters.logs.log import LogFault
from opportune.adapters.logs.segments import Segments

TRACK = {"type": "track", "event": "Cart Viewed", "userId": "u1", "messageId": "m1"}


def test_a_batch_is_acknowledged_and_then_in_the_log(edge):
    reply = edge.post("/v1/batch", {"batch": [TRACK, {**TRACK, "messageId": "m2"}]})
    assert (reply.status, reply.json) == (200, {"success": True})
    assert edge.lines() == [
        {
            "type": "track",
            "messageId": message_id,
            "source": "shop",
            "userId": "u1",
            "event": "Cart Viewed",
            "receivedAt": "2026-03-01T12:00:00.000000Z",
        }
        for message_id in ("m1", "m2")
    ]
    assert edge.arrived == [1]
    assert edge.collector.counters.by_minute(NOON, minutes=3) == [0, 0, 2]


@pytest.mark.parametrize(
    "kind, call",
    [
        ("track", {"event": "Cart Viewed", "userId": "u"}),
        ("identify", {"userId": "u", "traits": {"email": "a@example.com"}}),
        ("page", {"anonymousId": "a", "name": "Home", "category": "Shop"}),
        ("screen", {"anonymousId": "a", "name": "Home"}),
        ("group", {"userId": "u", "groupId": 7}),
        ("alias", {"previousId": "a", "userId": "u"}),
    ],
)
def test_each_call_has_an_endpoint_of_its_own(edge, kind, call):
    assert edge.post(f"/v1/{kind}", call).status == 200
    (line,) = edge.lines()
    expected = {key: "7" if value == 7 else value for key, value in call.items()}
    assert line == {**line, **expected, "type": kind, "messageId": "made-0"}


@pytest.mark.parametrize("initial, kind", [("t", "track"), ("i", "identify"), ("p", "page"), ("s", "screen"), ("g", "group")])
def test_an_endpoint_may_be_called_by_its_initial_as_segments_client_in_the_browser_does(edge, initial, kind):
    call = {"userId": "u", "groupId": "g", "event": "Cart Viewed"}
    assert edge.post(f"/v1/{initial}", call).status == edge.post("/v1/a", {"userId": "u", "previousId": "p"}).status == 200
    assert edge.post("/v1/b", {"batch": [TRACK]}).status == 200
    assert [line["type"] for line in edge.lines()] == [kind, "alias", "track"]


def test_an_empty_batch_is_fine(edge):
    assert edge.post("/v1/batch", {"batch": []}).status == 200
    assert edge.lines() == []


def test_the_write_key_may_stand_in_the_body(edge):
    assert edge.post("/v1/track", {**TRACK, "writeKey": KEY}, headers=[("content-type", "text/plain; charset=UTF-8")]).status == 200
    assert edge.post("/v1/batch", {"batch": [TRACK], "writeKey": KEY}, headers=[JSON]).status == 200
    assert len(edge.lines()) == 2


@pytest.mark.parametrize("header", ["Basic bm9ib2R5Og==", "Basic !", "Bearer abc", "", "Basic /w=="])
def test_a_key_in_the_header_that_is_nobodys_is_refused_whatever_the_body_says(edge, header):
    reply = edge.post("/v1/batch", {"batch": [TRACK], "writeKey": KEY}, headers=[("authorization", header), JSON])
    assert (reply.status, reply.json["code"]) == (401, "unknown_key")
    assert reply.headers["www-authenticate"].startswith("Basic")
    assert edge.lines() == []
    assert edge.collector.counters.turned_away == {401: 1}


@pytest.mark.parametrize("body", [b"", b"{}", b"nonsense", b'{"writeKey": 3}', b'{"writeKey": "' + b"x" * 300 + b'"}'])
def test_without_any_key_nothing_is_said_about_the_body(edge, body):
    assert edge.post("/v1/track", body, headers=[JSON]).status == 401
    assert edge.post("/v1/batch", body, headers=[JSON]).status == 401


def test_other_paths_are_not_found_and_other_methods_not_allowed(edge):
    assert edge.post("/v1/nothing", TRACK).status == 404
    assert edge.ask("GET", "/v1/batch").status == 405
    assert edge.ask("GET", "/v1/batch").headers["allow"] == "POST, OPTIONS"
    assert edge.ask("GET", "/overview").body == b"/overview"


def test_any_web_page_may_send_and_read_the_answer(edge):
    preflight = edge.ask("OPTIONS", "/v1/track", headers=[("origin", "https://shop.example")])
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers
    assert "x-retry-count" in preflight.headers["access-control-allow-headers"]
    refused = edge.post("/v1/track", {}).headers
    assert (refused["access-control-allow-origin"], refused["access-control-expose-headers"]) == ("*", "retry-after")


def test_it_says_whether_it_is_ready(tmp_path, edge):
    assert edge.ask("GET", "/healthz", headers=[]).status == 200
    starting = Edge(tmp_path / "log2", ready=lambda: False)
    assert starting.ask("GET", "/healthz", headers=[]).status == 503
    starting.close()


def test_an_over_long_body_is_refused_with_and_without_its_length_told(edge):
    parts = [b'{"batch": [', *[b" " * 65_536] * 10, b"]}"]
    assert edge.ask("POST", "/v1/batch", *parts).status == 413
    assert edge.ask("POST", "/v1/track", b" " * 32_769).status == 413
    assert edge.ask("POST", "/v1/batch", *[b" " * 2**20] * 12).status == 413
    assert edge.ask("POST", "/v1/batch", b'{"batch": [', b" " * 500_000, b"]}").status == 200


def test_a_batch_of_more_calls_than_allowed_is_refused_as_a_whole(edge):
    reply = edge.post("/v1/batch", {"batch": [{}] * 2_501})
    assert (reply.status, reply.json["error"]) == (
        400,
        {"index": None, "field": "batch", "message": "holds 2501 calls; send at most 2500 in one batch"},
    )


def test_a_body_may_be_packed(edge):
    packed = gzip.compress(json.dumps({"batch": [TRACK]}).encode())
    assert edge.post("/v1/batch", packed, headers=[BASIC, JSON, ("content-encoding", "gzip")]).status == 200
    assert len(edge.lines()) == 1


@pytest.mark.parametrize(
    "packed, status, code",
    [
        (gzip.compress(b" " * 10_000_000), 413, "too_long"),
        (b"no gzip at all", 400, "bad_gzip"),
        (gzip.compress(b'{"batch": []}')[:-5], 400, "bad_gzip"),
        (gzip.compress(b'{"batch": []}') * 2, 400, "bad_gzip"),
        (b"", 400, "bad_gzip"),
    ],
)
def test_a_packed_body_that_is_a_bomb_or_broken_is_refused(edge, packed, status, code):
    reply = edge.post("/v1/batch", packed, headers=[BASIC, JSON, ("content-encoding", "gzip")])
    assert (reply.status, reply.json["code"]) == (status, code)


def test_a_bomb_is_not_unpacked_further_than_the_limit(edge):
    bomb = gzip.compress(b" " * 100_000_000)
    tracemalloc.start()
    try:
        assert edge.post("/v1/batch", bomb, headers=[BASIC, JSON, ("content-encoding", "gzip")]).status == 413
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "header",
    [
        ("content-encoding", "br"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/json; charset=latin-1"),
    ],
)
def test_other_media_are_refused(edge, header):
    assert edge.post("/v1/batch", {"batch": []}, headers=[BASIC, header]).status == 415


def test_a_sender_that_goes_away_gets_no_answer_and_stores_nothing(edge):
    said = [{"type": "http.request", "body": b'{"batch": [', "more_body": True}, {"type": "http.disconnect"}]
    assert edge.hear("POST", "/v1/batch", said) is None
    assert edge.lines() == []


def test_a_full_disk_and_a_long_queue_ask_the_sender_to_come_back(tmp_path, edge):
    full = Edge(tmp_path / "full", free_bytes=lambda: 10)
    reply = full.post("/v1/batch", {"batch": [TRACK]})
    assert (reply.status, reply.headers["retry-after"], reply.json["code"]) == (503, "30", "disk_full")
    assert full.lines() == []
    full.close()
    busy = Edge(tmp_path, log=SimpleNamespace(waiting_bytes=2**26))
    reply = busy.post("/v1/batch", {"batch": [TRACK]})
    assert (reply.status, reply.headers["retry-after"], reply.json["code"]) == (429, "1", "busy")


def test_nothing_is_acknowledged_that_could_not_be_written(tmp_path):
    def reached(point):
        if point == "log_fsync":
            raise OSError(errno.ENOSPC, "No space left on device")

    edge = Edge(tmp_path, log=Segments.open(tmp_path / "log", clock=lambda: NOON, reached=reached))
    reply = edge.post("/v1/batch", {"batch": [TRACK, {}]})
    assert (reply.status, reply.headers["retry-after"], reply.json["code"]) == (503, "5", "log_fault")
    assert (edge.lines(), edge.arrived, edge.collector.counters.accepted) == ([], [], 0)
    edge.close()
    with pytest.raises(LogFault):
        edge.log.append([b"{}"])
    assert edge.post("/v1/batch", {"batch": [TRACK]}).status == 503
