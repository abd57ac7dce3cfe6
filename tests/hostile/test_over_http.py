"""The corpus as HTTP bodies: what is refused says why, its neighbours are stored, and what was accepted is in the event store."""

import gzip
import json

import pytest
from tests.collector.edge import BASIC, JSON
from tests.hostile.adding_up import Fate, added, assert_it_adds_up
from tests.hostile.corpus import ACCEPTED, CORPUS, GOOD

from opportune.adapters.engines.duckdb import DuckDB


def sent(edge, body: bytes, calls: int, *, path="/v1/batch", headers=(BASIC, JSON)) -> Fate:
    """What became of a body with so many calls, as its answer tells it."""
    reply = edge.post(path, body, headers=headers)
    if reply.status == 200:
        return Fate(sent=calls, accepted=calls)
    errors, accepted = reply.json.get("errors", []), reply.json.get("accepted", 0)
    reasons = [error["message"] for error in errors] if len(errors) == calls - accepted else [reply.json["message"]] * (calls - accepted)
    return Fate(sent=calls, accepted=accepted, refused=tuple(reasons))


def stored(edge, engine: DuckDB) -> Fate:
    """What became of the lines that are in the log."""
    segments = edge.log.seal().segments
    report = engine.load(segments)
    lines = sum(segment.read_bytes().count(b"\n") for segment in segments)
    edge.log.release(segments)
    return Fate(sent=lines, accepted=report.loaded + report.repeated, set_aside=tuple(aside.reason for aside in report.set_aside))


def _no_number(name: str) -> None:
    raise ValueError(name)


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_call_has_its_fate_and_its_neighbours_are_stored(edge, name):
    hostile = CORPUS[name]
    whole = sent(edge, b'{"batch":[' + GOOD + b"," + hostile.raw + b"," + GOOD + b"]}", calls=3)
    alone = sent(edge, hostile.raw, calls=1, path="/v1/track")
    assert_it_adds_up(whole)
    assert_it_adds_up(alone)
    assert alone.accepted == (hostile.over_http == ACCEPTED)
    assert whole.accepted in ((3,) if hostile.over_http == ACCEPTED else (0, 2)), "0: a body that is no JSON has no calls"
    kept = stored(edge, DuckDB.open(None))
    assert_it_adds_up(kept)
    assert (kept.sent, kept.set_aside) == (whole.accepted + alone.accepted, ())
    counters = edge.collector.counters
    assert counters.accepted == kept.sent
    assert counters.refused.total() + counters.turned_away.total() >= (whole.refused != ()) + (alone.refused != ())


def test_the_whole_corpus_in_one_batch_loses_none_of_those_that_can_be_read(edge):
    def is_json(raw: bytes) -> bool:
        try:
            json.loads(raw, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return False
        return b"[[[" not in raw

    readable = [hostile for hostile in CORPUS.values() if is_json(hostile.raw)]
    fate = sent(edge, b'{"batch":[' + b",".join(hostile.raw for hostile in readable) + b"]}", calls=len(readable))
    assert_it_adds_up(fate)
    assert fate.accepted == sum(hostile.over_http == ACCEPTED for hostile in readable) > 5
    kept = stored(edge, DuckDB.open(None))
    assert (kept.sent, kept.accepted, kept.set_aside) == (fate.accepted, fate.accepted, ())


@pytest.mark.parametrize(
    "body, headers",
    [
        (b'\xef\xbb\xbf{"batch":[' + GOOD + b"]}", (BASIC, JSON)),
        (('{"batch":[' + GOOD.decode() + "]}").encode("utf-16"), (BASIC, JSON)),
        (('{"batch":[' + GOOD.decode() + "]}").encode("utf-16-le"), (BASIC, JSON)),
        (('{"batch":[' + GOOD.decode() + "]}").encode("utf-32"), (BASIC, JSON)),
        (b'{"batch":[' + GOOD + b"]", (BASIC, JSON)),
        (b'{"batch":[' + GOOD[:-5], (BASIC, JSON)),
        (b'{"batch":[' + GOOD + b"]}{}", (BASIC, JSON)),
        (b'{"batch":[' + GOOD + b'],"sentAt":"0000-01-01T00:00:00Z"}', (BASIC, JSON)),
        (b'{"batch":[' + GOOD + b'],"n":NaN}', (BASIC, JSON)),
        (gzip.compress(b'{"batch":[' + GOOD + b"]}")[:-9], (BASIC, JSON, ("content-encoding", "gzip"))),
        (gzip.compress(b'{"batch":[' + GOOD + b"]" + b" " * 10**8 + b"}"), (BASIC, JSON, ("content-encoding", "gzip"))),
        (gzip.compress(gzip.compress(b'{"batch":[' + GOOD + b"]}")), (BASIC, JSON, ("content-encoding", "gzip"))),
        (b'{"batch":[' + GOOD + b"]}", (BASIC, JSON, ("content-encoding", "gzip"))),
        (b'{"batch":[' + GOOD + b"]}", (BASIC, ("content-type", "text/xml"))),
        (b'{"batch":[' + GOOD + b"]}", (BASIC, ("content-type", "application/json; charset=utf-16"))),
        (b'{"batch":[' + GOOD + b"]}", (("authorization", "Basic bm9ib2R5Og=="), JSON)),
        (b'{"batch":[' + GOOD + b'],"writeKey":"nobody"}', (JSON,)),
        (b'{"batch":[' + b",".join([GOOD] * 2_501) + b"]}", (BASIC, JSON)),
        (b'{"batch":[' + GOOD + b"," + b" " * 600_000 + GOOD + b"]}", (BASIC, JSON)),
    ],
    ids=[
        "mark", "utf-16", "utf-16 without mark", "utf-32", "no end", "cut off", "two values", "sent in the year 0", "NaN beside",
        "gzip cut off", "gzip bomb", "gzip in gzip", "no gzip", "xml", "utf-16 told", "wrong key", "wrong key in the body", "too many",
        "too long",
    ],
)  # fmt: skip
def test_a_hostile_body_is_refused_with_a_reason_and_nothing_of_it_is_stored(edge, body, headers):
    fate = sent(edge, body, calls=1, headers=headers)
    assert_it_adds_up(fate)
    assert fate.accepted == 0
    assert edge.lines() == []
    counters = edge.collector.counters
    assert counters.refused.total() + counters.turned_away.total() == 1


def test_a_replay_is_accepted_again_and_stored_once(edge):
    engine, call = DuckDB.open(None), GOOD[:-1] + b',"messageId":"m1"}'
    fates = [sent(edge, b'{"batch":[' + call + b"," + call + b"]}", calls=2), sent(edge, call, calls=1, path="/v1/track")]
    changed = call.replace(b"Cart Viewed", b"Order Completed")
    fates.append(sent(edge, changed, calls=1, path="/v1/track"))
    assert_it_adds_up(added(fates))
    segments = edge.log.seal().segments
    report = engine.load(segments)
    assert (report.loaded, report.repeated, report.changed_content, report.set_aside) == (1, 3, 1, ())
    assert engine.load(segments).skipped == 1
    assert engine._connection.execute("SELECT name FROM events").fetchall() == [("Cart Viewed",)]


@pytest.mark.parametrize(
    "sent_at, original", [("2199-12-31T00:00:00Z", "1900-01-02T00:00:00Z"), ("1900-01-02T00:00:00Z", "2199-12-31T00:00:00Z")]
)
def test_a_clock_that_is_wrong_by_centuries_puts_an_event_no_further_ahead_than_its_arrival(edge, sent_at, original):
    call = GOOD[:-1] + f',"sentAt":"{sent_at}","originalTimestamp":"{original}"'.encode() + b"}"
    fate = sent(edge, call, calls=1, path="/v1/track")
    assert_it_adds_up(fate)
    engine = DuckDB.open(None)
    kept = stored(edge, engine)
    assert_it_adds_up(kept)
    assert kept.sent == fate.accepted
    assert engine._connection.execute("SELECT count(*) FROM events WHERE ts > received_at + 300000000").fetchall() == [(0,)]
