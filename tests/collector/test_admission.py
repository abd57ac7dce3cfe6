"""Who is let in, how often, and when there is no room."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest
from tests.collector.edge import JSON, KEY, NOON, Edge

from opportune.collector.app import Limits
from opportune.collector.rates import Rates
from opportune.collector.sources import Keys, Source, hash_of, keyring
from opportune.collector.watermarks import Watermarks

TRACK = {"event": "Cart Viewed", "userId": "u1"}


class Watch:
    """A clock that is moved by hand."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


def test_a_key_that_sends_too_often_is_asked_to_come_back_when_it_may(tmp_path):
    watch = Watch()
    edge = Edge(tmp_path / "log", monotonic=watch, limits=Limits(calls_per_second=2, burst=10))
    assert edge.post("/v1/batch", {"batch": [{**TRACK, "type": "track"}] * 16}).status == 200, "a batch larger than the bucket goes once"
    reply = edge.post("/v1/track", TRACK)
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (429, "too_often", "4")
    watch.seconds += 3.5
    assert [edge.post("/v1/track", TRACK).status for _ in range(2)] == [200, 429]
    watch.seconds += 3600
    assert [edge.post("/v1/track", TRACK).status for _ in range(11)] == [200] * 10 + [429]
    assert len(edge.lines()) == 27
    assert [(each.reason, each.count) for each in edge.collector.counters.drained(NOON)][1:] == [("too_often", 3)]
    edge.close()


def test_what_is_refused_has_cost_a_call_all_the_same(tmp_path):
    edge = Edge(tmp_path / "log", monotonic=Watch(), limits=Limits(calls_per_second=1, burst=3))
    assert [edge.post("/v1/batch", b"nonsense").status for _ in range(4)] == [400, 400, 400, 429]
    edge.close()


def test_each_key_has_a_rate_of_its_own():
    rates = Rates(1, 2, Watch())
    slow = Source(name="shop", key_hash="a", calls_per_second=0.5, burst=1)
    other, free = Source(name="shop", key_hash="b"), Source(name="site", key_hash="c", calls_per_second=1000)
    for source in (slow, other, free):
        assert rates.seconds_to_wait(source) == 0
        rates.spend(source, 3)
    assert [rates.seconds_to_wait(source) for source in (slow, other, free)] == [6, 2, 0]


def test_without_a_rate_nobody_waits():
    rates, source = Rates(None, None, Watch()), Source(name="shop")
    rates.spend(source, 10**9)
    assert rates.seconds_to_wait(source) == 0


def test_a_clock_that_stands_still_or_goes_back_gives_no_tokens():
    watch = Watch()
    rates, source = Rates(1, 1, watch), Source(name="shop")
    rates.spend(source, 5)
    watch.seconds -= 50
    assert rates.seconds_to_wait(source) == 5


def test_a_key_that_was_revoked_is_nobodys_at_once(tmp_path):
    known, changes = {hash_of(KEY): Source(name="shop")}, [0]
    keys = Keys(lambda: dict(known), lambda: changes[0])
    edge = Edge(tmp_path / "log", sources=keys, origins=keys.origins)
    assert edge.post("/v1/track", TRACK).status == 200
    known.clear()
    assert edge.post("/v1/track", TRACK).status == 200, "it is read when it changed, not each time"
    changes[0] += 1
    assert edge.post("/v1/track", TRACK).status == 401
    edge.close()


def test_pages_of_all_bound_keys_may_ask_and_any_page_where_one_is_not_bound():
    bound = {"1": Source(name="a", is_browser=True, origins=frozenset({"https://a.example"})), "2": Source(name="server")}
    both = {**bound, "3": Source(name="b", is_browser=True, origins=frozenset({"https://b.example"}))}
    assert Keys(lambda: bound, lambda: 1).origins() == {"https://a.example"}
    assert Keys(lambda: both, lambda: 1).origins() == {"https://a.example", "https://b.example"}
    assert Keys(lambda: {**both, "4": Source(name="c", is_browser=True)}, lambda: 1).origins() is None
    assert Keys(lambda: {"2": Source(name="server")}, lambda: 1).origins() is None


def test_every_key_is_compared_and_only_by_its_hash():
    sources = keyring({hash_of("one"): Source(name="one"), hash_of("two"): Source(name="two")})
    assert (sources("one"), sources("two"), sources(hash_of("one"))) == (Source(name="one"), Source(name="two"), None)


def test_memory_that_is_nearly_full_asks_senders_to_come_back_until_there_is_room(tmp_path):
    watch, resident = Watch(), [10**9]
    edge = Edge(tmp_path / "log", monotonic=watch, resident_bytes=lambda: resident[0], limits=Limits(most_resident_bytes=10**9))
    assert edge.post("/v1/track", TRACK).status == 200
    resident[0] += 1
    watch.seconds += 1
    reply = edge.post("/v1/track", TRACK)
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "memory_full", "5")
    resident[0] -= 1
    watch.seconds += 1
    assert edge.post("/v1/track", TRACK).status == 200
    edge.close()


def test_memory_is_that_of_this_process(tmp_path):
    resident = psutil.Process().memory_info().rss
    limits = Limits(most_resident_bytes=resident + 64 * 2**20)
    watch = Watch()
    edge = Edge(tmp_path / "log", monotonic=watch, resident_bytes=lambda: psutil.Process().memory_info().rss, limits=limits)
    assert edge.post("/v1/track", TRACK).status == 200
    ballast = bytearray(os.urandom(1024) * 2**17)
    watch.seconds += 1
    assert edge.post("/v1/track", TRACK).json.get("code") == "memory_full"
    del ballast
    edge.close()


def test_disk_and_memory_are_not_looked_at_for_each_request():
    looks, watch = [], Watch()
    marks = Watermarks(
        waiting_bytes=lambda: 0,
        free_bytes=lambda: looks.append(1) or 10**12,
        resident_bytes=lambda: 0,
        most_resident_bytes=1,
        monotonic=watch,
    )
    for _ in range(50):
        assert marks.overload() is None
        watch.seconds += 0.01
    assert len(looks) == 5


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small file system")
@pytest.mark.processes
def test_on_a_disk_that_is_really_full_nothing_is_acknowledged_that_is_not_there(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        edge = Edge(folder / "log")
        body = {**TRACK, "properties": {"note": "x" * 30_000}}
        replies = [edge.post("/v1/track", {**body, "messageId": f"m{n}"}) for n in range(100)]
        accepted = [f"m{n}" for n, reply in enumerate(replies) if reply.status == 200]
        assert {reply.json.get("code") for reply in replies if reply.status != 200} == {"log_fault"}
        assert [line["messageId"] for line in edge.lines()] == accepted
        assert 20 < len(accepted) < 100
        watched = Edge(tmp_path / "log", free_bytes=lambda: shutil.disk_usage(folder).free)
        assert watched.post("/v1/track", TRACK).json["code"] == "disk_full"
        watched.close()
        edge.close()
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_long_queue_to_the_disk_is_busy_whatever_was_seen_before(tmp_path):
    busy = Edge(tmp_path, log=SimpleNamespace(waiting_bytes=2**26))
    assert [busy.post("/v1/track", TRACK, headers=[JSON]).status, busy.post("/v1/track", TRACK).status] == [401, 429]
