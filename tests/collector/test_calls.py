"""What of a batch is stored and what is refused, and in which words."""

import json

import pytest

GOOD = {"type": "track", "event": "Cart Viewed", "userId": "u1"}


def refusal(edge, call):
    """The error of one bad call between two good ones, which must be stored."""
    before = len(edge.lines())
    raw = call if isinstance(call, bytes) else json.dumps(call).encode()
    good = json.dumps(GOOD).encode()
    reply = edge.post("/v1/batch", b'{"batch":[' + good + b"," + raw + b"," + good + b"]}")
    assert (reply.status, reply.json["success"], reply.json["accepted"], reply.json["refused"]) == (400, False, 2, 1)
    assert len(edge.lines()) == before + 2
    assert reply.json["errors"] == [reply.json["error"]]
    assert reply.json["error"]["index"] == 1
    return reply.json["error"]["field"], reply.json["error"]["message"]


def with_property(text):
    return b'{"type":"track","event":"A","userId":"u","properties":{"note":' + text + b"}}"


@pytest.mark.parametrize(
    "change, field, message",
    [
        ({"type": None}, "type", "must be one of track, identify, page, screen, group, alias"),
        ({"type": "trakc"}, "type", "must be one of track, identify, page, screen, group, alias"),
        ({"type": 3}, "type", "must be text"),
        ({"event": None}, "event", 'must name what happened, such as "Order Completed"'),
        ({"event": " "}, "event", 'must name what happened, such as "Order Completed"'),
        ({"event": 3}, "event", "must be text"),
        ({"event": "A\nB"}, "event", "must be at most 256 characters without control characters"),
        ({"event": "A" * 257}, "event", "must be at most 256 characters without control characters"),
        (
            {"event": "Product Purchased"},
            "event",
            '"Product Purchased" is derived from the products of "Order Completed"; send that event, with its products, instead',
        ),
        ({"userId": None}, "userId", "is required, or anonymousId: whose call is it?"),
        ({"userId": "  "}, "userId", "is required, or anonymousId: whose call is it?"),
        ({"userId": True}, "userId", "must be text or a number"),
        ({"userId": {"id": 1}}, "userId", "must be text or a number"),
        ({"userId": "u" * 257}, "userId", "must be at most 256 characters without control characters"),
        ({"anonymousId": "a\x7f"}, "anonymousId", "must be at most 256 characters without control characters"),
        ({"messageId": "m\x00"}, "messageId", "must be at most 256 characters without control characters"),
        ({"type": "alias"}, "previousId", "is required: alias links previousId to userId"),
        ({"type": "alias", "userId": None, "previousId": "a"}, "userId", "is required: alias links previousId to userId"),
        ({"type": "group"}, "groupId", "is required: a group call says which group the customer belongs to"),
        (
            {"timestamp": "yesterday"},
            "timestamp",
            'must be an ISO 8601 time, such as "2026-03-01T12:00:00.000Z"; leave it out for the time of arrival',
        ),
        (
            {"timestamp": 1772366400},
            "timestamp",
            'must be an ISO 8601 time, such as "2026-03-01T12:00:00.000Z"; leave it out for the time of arrival',
        ),
        (
            {"sentAt": "0001-01-01T00:00:00Z"},
            "sentAt",
            'must be an ISO 8601 time, such as "2026-03-01T12:00:00.000Z"; leave it out for the time of arrival',
        ),
        ({"properties": [1]}, "properties", 'must be a JSON object, such as {"price": 12.5}'),
        ({"traits": "x"}, "traits", 'must be a JSON object, such as {"price": 12.5}'),
        ({"properties": {"note": "x" * 32_768}}, None, "is larger than 32 KB; send less with one call"),
    ],
)
def test_a_broken_call_is_named_with_its_remedy_and_its_neighbours_are_stored(edge, change, field, message):
    assert refusal(edge, {**GOOD, **change}) == (field, message)


@pytest.mark.parametrize(
    "call, field, message",
    [
        (b"3", None, "must be a JSON object"),
        (b"null", None, "must be a JSON object"),
        (with_property(b'"\xff"'), "properties.note", "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs"),
        (
            with_property(b'"\xed\xa0\x80"'),
            "properties.note",
            "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs",
        ),
        (with_property(b'"\\ud800"'), "properties.note", "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs"),
        (
            with_property(b'"\\udc00\\ud800"'),
            "properties.note",
            "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs",
        ),
        (with_property(b'[{"x":"a\\u0000b"}]'), "properties.note[0].x", "holds a NUL character; remove it"),
        (with_property(b'{"a\\u0000b":1}'), "properties.note", "holds a NUL character; remove it"),
        (
            with_property(b'{"\\ud800":1}'),
            "properties.note",
            "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs",
        ),
        (with_property(b"1e999"), "properties.note", "holds a number too large to store; send it as text"),
        (with_property(b"9" * 400), "properties.note", "holds a number too large to store; send it as text"),
        (with_property(b"9" * 5000), "properties.note", "holds a number too large to store; send it as text"),
        (with_property(b"[" * 19 + b"]" * 19), "properties.note" + "[0]" * 18, "nests deeper than 20 levels; flatten it"),
        (with_property(b"[" * 9000 + b"]" * 9000), None, None),
    ],
)
def test_what_is_json_and_yet_must_not_reach_the_log_is_refused_with_its_path(edge, call, field, message):
    found = refusal(edge, call) if message else None
    if message:
        assert found == (field, message)
    else:
        reply = edge.post("/v1/batch", b'{"batch":[' + call + b"]}")
        assert (reply.status, reply.json["message"]) == (400, "the body nests too deeply; flatten it")


def test_text_that_only_looks_dangerous_is_stored_as_it_was_sent(edge):
    note = "a\\u0000b \\ud800 \N{GRINNING FACE} \u2028 line\nbreak \x7f {{{{{{{{{{{{{{{{{{{{{{{{ " + "9" * 400
    nested = json.loads("[" * 18 + "]" * 18)
    assert edge.post("/v1/track", {**GOOD, "properties": {"note": note, "nested": nested}}).status == 200
    (line,) = edge.lines()
    assert line["properties"] == {"note": note, "nested": nested}


@pytest.mark.parametrize(
    "body, field, message",
    [
        (b"", None, "the body is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"batch":[', None, "the body is not JSON: Expecting value: line 1 column 11 (char 10)"),
        (b'{"batch":[NaN]}', None, "the body is not JSON: NaN is no JSON number"),
        (b"[]", "batch", 'must be a list of calls: {"batch": [...]}'),
        (b"{}", "batch", 'must be a list of calls: {"batch": [...]}'),
        (b'{"batch":{}}', "batch", 'must be a list of calls: {"batch": [...]}'),
        (b'{"batch":[],"sentAt":3}', "sentAt", "must be an ISO 8601 time"),
        (b'{"batch":[],"context":3}', "context", "must be a JSON object"),
        (b'{"batch":["\\ud800"],"context":3}', "context", "must be a JSON object"),
        (
            b'{"batch":["\\ud800"],"context":{"a":"\\ud800"}}',
            "context.a",
            "holds text that is not valid Unicode; send UTF-8, and surrogates only as pairs",
        ),
        (b'{"batch":[],"context":{"a":"' + b"x" * 5_000 + b'"}}', "context", "is larger than 4 KB; put it into the calls that need it"),
        (
            b'{"batch":[],"sentAt":"soon"}',
            "sentAt",
            'must be an ISO 8601 time, such as "2026-03-01T12:00:00.000Z"; leave it out for the time of arrival',
        ),
    ],
)
def test_a_body_that_cannot_be_taken_apart_is_refused_as_a_whole(edge, body, field, message):
    reply = edge.post("/v1/batch", body)
    assert (reply.status, reply.json["accepted"]) == (400, 0)
    assert reply.json["error"] == {"index": None, "field": field, "message": message}


def test_a_refused_single_call_is_item_zero(edge):
    reply = edge.post("/v1/track", {"userId": "u"})
    assert reply.status == 400
    assert reply.json["error"]["index"] == 0
    assert reply.json["message"] == 'call 0, event: must name what happened, such as "Order Completed"'
    assert edge.collector.counters.refused == {"event": 1}


def test_an_event_of_a_thing_needs_no_customer(edge):
    assert edge.post("/v1/track", {"event": "Stock Changed", "properties": {"product_id": "p", "stock": 0}}).status == 200


@pytest.mark.parametrize("sent, stored", [(7, "7"), (7.0, "7"), (7.5, "7.5"), (2**70, str(2**70)), ("Ümläut 1", "Ümläut 1")])
def test_an_id_may_be_a_number_and_is_stored_as_text(edge, sent, stored):
    assert edge.post("/v1/track", {**GOOD, "userId": sent, "messageId": sent}).status == 200
    (line,) = edge.lines()
    assert (line["userId"], line["messageId"]) == (stored, stored)


def test_the_context_beside_a_batch_is_that_of_every_call_in_it(edge):
    edge.post("/v1/batch", {"batch": [GOOD, {**GOOD, "context": {"os": "b"}}], "context": {"os": "a", "locale": "de"}})
    assert [line["context"] for line in edge.lines()] == [{"os": "a", "locale": "de"}, {"os": "b", "locale": "de"}]


@pytest.mark.parametrize(
    "times, timestamp, original",
    [
        ({}, None, None),
        ({"sentAt": "2026-03-01T11:00:00Z"}, None, None),
        ({"timestamp": "2026-02-01"}, "2026-02-01T00:00:00Z", None),
        ({"timestamp": "2026-03-01T10:00:00+01:00"}, "2026-03-01T09:00:00Z", None),
        ({"timestamp": "2026-03-01T09:59:50.5Z", "sentAt": "2026-03-01T10:00:00Z"}, "2026-03-01T11:59:50.5Z", "2026-03-01T09:59:50.5Z"),
        (
            {"originalTimestamp": "2026-03-01T09:59:50Z", "timestamp": "2026-03-01T01:00:00Z", "sentAt": "2026-03-01T10:00:00Z"},
            "2026-03-01T11:59:50Z",
            "2026-03-01T09:59:50Z",
        ),
        ({"originalTimestamp": "2026-03-01T09:59:50Z"}, "2026-03-01T09:59:50Z", None),
    ],
)
def test_a_time_is_corrected_by_how_wrong_the_senders_clock_was_when_it_sent(edge, times, timestamp, original):
    assert edge.post("/v1/track", {**GOOD, **times}).status == 200
    (line,) = edge.lines()
    assert (line.get("timestamp"), line.get("originalTimestamp")) == (timestamp, original)


def test_the_sending_time_beside_a_batch_counts_for_calls_without_their_own(edge):
    call = {**GOOD, "timestamp": "2026-03-01T10:00:00Z"}
    edge.post("/v1/batch", {"batch": [call, {**call, "sentAt": "2026-03-01T10:00:01Z"}], "sentAt": "2026-03-01T10:00:05Z"})
    assert [line["timestamp"] for line in edge.lines()] == ["2026-03-01T11:59:55Z", "2026-03-01T11:59:59Z"]
