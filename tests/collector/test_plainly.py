"""The short way from a body to log lines says nothing that the long way would not say."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.collector.judgement import Circumstances, judged
from opportune.collector.parcels import parcel_of_batch, parcel_of_one
from opportune.collector.plainly import plain_lines, read_plainly
from opportune.collector.refusals import Refusal
from opportune.language.vocabulary.instants import Instant, parse_instant

ARRIVED = parse_instant("2026-03-01T12:00:05.123456Z")
IDS = st.sampled_from(["ada", "", " ", "ä" * 3, "x" * 256, "x" * 257, "tab\there", "nbsp\u00a0", "\x7f", 7, 7.5, None, "a\u200bb"])
TIMES = st.sampled_from(
    [
        *("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123456Z", "2026-03-01T12:00:00.1234567Z"),
        *(
            "2026-03-01T13:00:00+01:00",
            "2026-03-01",
            "yesterday",
            "",
            "1899-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
        ),
        *("20260301T120000Z", "2026-W09-7T00:00:00Z", "0001-01-01T00:00:00Z", "2199-12-31T23:59:59.999Z", None),
    ]
)
VALUES = st.recursive(
    st.sampled_from(["lamp", "\u0000", "\ud83d\ude00", 1, 1.5, 10**17, 10**301, True, None, "9" * 301]),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "ip", "click"]), part, max_size=2),
    max_leaves=6,
)
OBJECTS = st.none() | st.dictionaries(st.sampled_from(["price", "ip", "click", "q"]), VALUES, max_size=3) | st.just([1])
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["track", "identify", "page", "screen", "alias", "group", "TRACK", None]),
        "event": st.sampled_from(["Product Viewed", "Product Purchased", "Stock Changed", "Consent Given", "", " ", "x" * 257, None]),
        "messageId": IDS,
        "userId": IDS,
        "anonymousId": IDS,
        "previousId": IDS,
        "groupId": IDS,
        "timestamp": TIMES,
        "originalTimestamp": TIMES,
        "sentAt": TIMES,
        "name": st.sampled_from(["Home", None]),
        "properties": OBJECTS,
        "traits": OBJECTS,
        "context": OBJECTS,
        "source": st.just("opportune.models"),
        "receivedAt": st.just("2020-01-01T00:00:00Z"),
        "writeKey": st.just("key"),
    },
)
LIKELY = {"type": "track", "event": "Product Viewed", "messageId": "m-1", "userId": "ada"}


def how(kind: str | None) -> Circumstances:
    return Circumstances(kind=kind, source="shop", arrived_at=ARRIVED, message_id=lambda: "made-up")


def said(line: bytes) -> dict[str, object]:
    """What a line says: times as instants, and nothing of what is empty."""
    call = {name: value for name, value in json.loads(line).items() if value not in (None, {})}
    return {name: parse_instant(value) if name in ("timestamp", "originalTimestamp") else value for name, value in call.items()}


def both_ways(body: bytes, kind: str | None) -> tuple[list[bytes] | None, list[bytes | None]]:
    """The lines of the short way, None where it gave up; those of the long way, None where it refused."""
    read = read_plainly(body, is_batch=kind is None)
    short = read and plain_lines(read, how(kind))
    parcel = parcel_of_batch(body) if kind is None else parcel_of_one(body)
    verdict = parcel if isinstance(parcel, Refusal) else judged(parcel, how(kind))
    if isinstance(verdict, Refusal) or verdict.refusals:
        return short, [None]
    return short, list(verdict.lines)


@settings(max_examples=400, deadline=None)
@given(
    calls=st.lists(st.one_of(CALLS, CALLS.map(lambda call: {**LIKELY, **call}), CALLS.map(lambda call: {**call, **LIKELY})), max_size=3),
    sent=TIMES,
)
def test_a_batch_is_read_alike_both_ways(calls, sent):
    short, long = both_ways(json.dumps({"batch": calls, **({"sentAt": sent} if sent else {})}).encode(), None)
    assert short is None or list(map(said, short)) == [line and said(line) for line in long]


@settings(max_examples=200, deadline=None)
@given(call=CALLS.map(lambda call: {**LIKELY, **call}), kind=st.sampled_from(["track", "identify", "page"]))
def test_a_single_call_is_read_alike_both_ways(call, kind):
    short, long = both_ways(json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass"), kind)
    assert short is None or list(map(said, short)) == [line and said(line) for line in long]


@pytest.mark.parametrize("sent", [None, "2026-03-01T12:00:04.000Z"])
def test_what_segments_clients_send_goes_the_short_way(sent):
    call = {
        **LIKELY,
        "timestamp": "2026-03-01T12:00:00.123Z",
        "properties": {"price": 49.9, "name": 'a "lamp" for Zoë'},
        "context": {"a": {}},
    }
    short, long = both_ways(json.dumps({"batch": [call, call], "sentAt": sent, "writeKey": "key"}).encode(), None)
    assert short
    assert list(map(said, short)) == [said(line or b"") for line in long]


def tower(levels: int) -> object:
    return [tower(levels - 1)] if levels else 1


@pytest.mark.parametrize(
    "unusual",
    [
        {"event": "Product Purchased"},
        {"event": "Consent Given"},
        {"properties": {"a": tower(20)}},
        {"context": {"ip": "192.0.2.1"}},
        {"context": {"click": "token"}},
        {"messageId": None},
        {"userId": 7},
        {"type": "alias", "previousId": "a"},
        {"properties": {"text": "x" * 32_768}},
    ],
)
def test_what_is_unusual_goes_the_long_way(unusual):
    read = read_plainly(json.dumps({"batch": [LIKELY, {**LIKELY, **unusual}]}).encode(), is_batch=True)
    assert read is None or plain_lines(read, how(None)) is None


@pytest.mark.parametrize("place", range(0, 160, 7))
def test_a_number_of_very_many_digits_is_found_wherever_it_stands(place):
    body = msgspec.json.encode({**LIKELY, "properties": {"p" * (place + 1): "n"}}).replace(b'"n"', b"1" * 300)
    assert read_plainly(body, is_batch=False) is None


def test_nobody_says_for_a_call_where_it_came_from():
    read = read_plainly(json.dumps({**LIKELY, "source": "opportune.models", "importedBy": "me"}).encode(), is_batch=False)
    assert read
    (line,) = plain_lines(read, how("track")) or [b"{}"]
    assert json.loads(line)["source"] == "shop"
    assert "importedBy" not in json.loads(line)


def test_an_instant_is_corrected_to_the_microsecond():
    call = {**LIKELY, "timestamp": "2026-03-01T11:00:00.5Z", "sentAt": "2026-03-01T11:00:01.25Z"}
    short, _ = both_ways(json.dumps(call).encode(), "track")
    assert short
    assert said(short[0])["timestamp"] == Instant(ARRIVED - 750_000)
