"""What the collector counts: by source, hour and reason, each call once, and nothing of anybody in a sample."""

from threading import Thread

from tests.collector.edge import JSON, NOON, Edge

from opportune.adapters.stores.ledger import Taken, Tally, hour_of
from opportune.collector.counters import Counters
from opportune.language.vocabulary.instants import Instant

TRACK = {"type": "track", "event": "Cart Viewed", "userId": "u1"}
HOUR = 3_600_000_000


def test_what_was_taken_and_refused_is_drained_once_and_adds_up(edge: Edge) -> None:
    secret = {**TRACK, "userId": 7 * "u" * 99, "properties": {"card": "4111 1111"}, "traits": {"email": "ada@example.org"}}
    edge.post("/v1/batch", {"batch": [TRACK, {**TRACK, "event": " "}, TRACK, secret, secret]})
    edge.post("/v1/batch", b"nonsense")
    accepted, *refused = edge.collector.counters.drained(NOON)
    assert accepted == Tally(source="shop", hour=hour_of(NOON), kind=Taken.ACCEPTED, count=2, last_at=NOON)
    assert {(each.source, each.kind, each.reason, each.count) for each in refused} == {
        ("shop", Taken.REFUSED, "event", 1),
        ("shop", Taken.REFUSED, "userId", 2),
        ("shop", Taken.REFUSED, "body", 1),
    }
    samples = {each.reason: each.sample for each in refused}
    assert samples["userId"] == (
        "userId: must be at most 256 characters without control characters"
        " · type 'track', event 'Cart Viewed', userId, properties(card), traits(email)"
    )
    assert edge.collector.counters.drained(NOON) == []
    assert edge.collector.counters.accepted == 2


def test_what_a_sender_makes_up_is_no_reason_and_no_long_sample(edge: Edge) -> None:
    for number in range(20):
        edge.post("/v1/batch", {"batch": [{**TRACK, f"made up {number}" * 100: "a\0b", "properties": {f"p{number}" * 100: "a\0b"}}]})
        edge.post("/v1/batch", b'{"batch":[{"x%d":"\\ud800"}]}' % number)
    refused = edge.collector.counters.drained(NOON)
    assert {(each.reason, each.count) for each in refused} == {("properties", 20), ("another field", 20)}
    assert all(len(each.sample) <= 300 for each in refused)


def test_a_request_that_is_turned_away_is_its_sources_and_without_a_key_nobodys(tmp_path) -> None:
    full = Edge(tmp_path / "log", free_bytes=lambda: 10)
    full.post("/v1/track", TRACK)
    full.post("/v1/track", TRACK, headers=[JSON])
    assert [(each.source, each.reason, each.count) for each in full.collector.counters.drained(NOON)] == [("shop", "disk_full", 1)]
    assert full.collector.counters.turned_away == {503: 1, 401: 1}
    full.close()


def test_hours_are_counted_apart() -> None:
    counters = Counters()
    counters.accept("shop", 3, NOON)
    counters.accept("shop", 4, Instant(NOON + HOUR - 1))
    counters.withhold("site", "tracking", Instant(NOON + HOUR))
    counters.withhold("site", "tracking", Instant(NOON + HOUR + 5))
    assert counters.drained(NOON) == [
        Tally(source="shop", hour=hour_of(NOON), kind=Taken.ACCEPTED, count=7, last_at=Instant(NOON + HOUR - 1)),
        Tally(source="site", hour=hour_of(NOON) + 1, kind=Taken.WITHHELD, reason="tracking", count=2, last_at=Instant(NOON + HOUR + 5)),
    ]


def test_nothing_is_lost_between_one_who_counts_and_one_who_drains() -> None:
    counters, drained = Counters(), []

    def count() -> None:
        for _ in range(20_000):
            counters.accept("shop", 1, NOON)

    thread = Thread(target=count)
    thread.start()
    while thread.is_alive():
        drained += counters.drained(NOON)
    thread.join()
    drained += counters.drained(NOON)
    assert sum(each.count for each in drained) == 20_000
