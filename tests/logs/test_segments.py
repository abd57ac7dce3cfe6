import errno
import resource
import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.logs.log import LogFault
from opportune.adapters.logs.segments import Segments
from opportune.language.vocabulary.instants import EARLIEST, parse_instant

NOON = parse_instant("2026-03-01T12:00:00Z")


class HandClock:
    """A clock that stands where it was put."""

    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now


@contextmanager
def log_in(folder, **options):
    log = Segments.open(folder, **{"clock": HandClock(), **options})
    try:
        yield log
    finally:
        log.close()


def call(name):
    return msgspec.json.encode({"messageId": name})


def lines_of(segments):
    return [msgspec.json.decode(line) for segment in segments for line in segment.read_bytes().splitlines()]


def names_in(segments):
    return [line["messageId"] for line in lines_of(segments)]


def reopened(folder):
    with log_in(folder) as log:
        return names_in(log.seal().segments)


def test_a_line_is_in_the_file_with_its_instant_when_append_returns(tmp_path):
    with log_in(tmp_path) as log:
        assert log.append([call("a"), call("b")]) == NOON
        (segment,) = tmp_path.glob("*.open")
        assert segment.read_bytes() == (
            b'{"messageId":"a","receivedAt":"2026-03-01T12:00:00.000000Z"}\n{"messageId":"b","receivedAt":"2026-03-01T12:00:00.000000Z"}\n'
        )


def test_a_segment_is_named_by_the_instant_of_its_first_line_so_that_names_sort_in_order(tmp_path):
    clock = HandClock()
    with log_in(tmp_path, clock=clock) as log:
        for name in "abc":
            clock.now += 1
            log.append([call(name)])
            sealed = log.seal()
    assert [path.name for path in sealed.segments] == [f"20260301T120000.00000{n}Z.ndjson" for n in (1, 2, 3)]
    assert names_in(sealed.segments) == ["a", "b", "c"]


def test_everything_up_to_the_seal_is_in_closed_segments_and_everything_after_it_is_received_later(tmp_path):
    with log_in(tmp_path) as log:
        log.append([call("before")])
        sealed = log.seal()
        received_at = log.append([call("after")])
        assert names_in(sealed.segments) == ["before"]
        assert sealed.hi == NOON
        assert received_at == NOON + 1
        assert names_in(log.seal().segments) == ["before", "after"]


def test_a_seal_of_a_silent_log_still_moves_on(tmp_path):
    clock = HandClock()
    with log_in(tmp_path, clock=clock) as log:
        clock.now += 5_000_000
        assert log.seal().hi == NOON + 5_000_000
        assert log.seal().segments == ()


def test_released_segments_are_kept_by_day_and_not_given_again(tmp_path):
    with log_in(tmp_path) as log:
        log.append([call("a")])
        segments = log.seal().segments
        log.release(segments)
        log.release(segments)
        assert log.seal().segments == ()
    assert [path.parent.name for path in (tmp_path / "loaded").rglob("*.ndjson")] == ["2026-03-01"]


def test_a_restart_with_an_earlier_clock_never_receives_earlier_than_what_was_received_or_released(tmp_path):
    with log_in(tmp_path) as log:
        log.append([call("a")])
    with log_in(tmp_path, clock=HandClock(NOON - 10_000_000)) as log:
        assert log.append([call("b")]) == NOON + 1
        log.release(log.seal().segments)
    with log_in(tmp_path, clock=HandClock(NOON - 10_000_000)) as log:
        assert log.append([call("c")]) == NOON + 2


def test_the_floor_of_the_state_is_never_received_again(tmp_path):
    with log_in(tmp_path, floor=NOON + 77) as log:
        assert log.append([call("a")]) == NOON + 78


def test_a_segment_that_has_grown_large_is_closed_and_no_name_comes_twice_though_the_clock_stands(tmp_path):
    with log_in(tmp_path, largest_bytes=1) as log:
        received = [log.append([call(name)]) for name in "abc"]
        segments = log.seal().segments
    assert received == [NOON, NOON + 1, NOON + 2]
    assert len(segments) == 3
    assert names_in(segments) == ["a", "b", "c"]


def test_a_folder_that_went_away_is_a_fault_and_not_a_silent_loss(tmp_path):
    log = Segments.open(tmp_path / "log", clock=HandClock())
    log.append([call("a")])
    shutil.rmtree(tmp_path / "log")
    with pytest.raises(LogFault, match="was deleted while it was written"):
        log.append([call("b")])
    with pytest.raises(LogFault, match="could not be closed"):
        log.seal()
    with pytest.raises(LogFault, match="could not be closed"):
        log.close()


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path):
    (tmp_path / "log").write_text("in the way")
    with pytest.raises(LogFault, match="cannot be opened"):
        Segments.open(tmp_path / "log", clock=HandClock())


def test_a_waiting_file_that_is_not_ours_is_named(tmp_path):
    (tmp_path / "20260301T120000.000000Z.ndjson").write_text("hello\n")
    for _ in range(2):
        with pytest.raises(LogFault, match="was not written by this program"):
            Segments.open(tmp_path, clock=HandClock())


def test_only_one_process_at_a_time_has_the_folder(tmp_path):
    with log_in(tmp_path), pytest.raises(LogFault, match="cannot be opened: another process appends to it; stop that one first"):
        Segments.open(tmp_path, clock=HandClock())
    with log_in(tmp_path) as log:
        log.append([call("a")])


def test_a_closed_log_refuses_lines(tmp_path):
    with log_in(tmp_path) as log:
        pass
    with pytest.raises(LogFault, match="closed"):
        log.append([call("a")])
    log.close()


def test_what_is_no_single_line_is_refused_before_it_is_queued(tmp_path):
    with log_in(tmp_path) as log:
        for line in (b'{"a":1}\n', b'{"a":\n1}', b"[1]", b""):
            with pytest.raises(ValueError, match="one JSON object without line breaks"):
                log.append([line])
        assert log.waiting_bytes == 0


def test_lines_of_many_callers_share_few_syncs_and_each_is_written_once(tmp_path):
    syncs = Counter()
    gate = threading.Event()

    def reached(point):
        syncs[point] += 1
        gate.wait(5)

    with log_in(tmp_path, reached=reached) as log, ThreadPoolExecutor(8) as callers:
        futures = [callers.submit(log.append, [call(f"{n}-0"), call(f"{n}-1")]) for n in range(8)]
        while log.waiting_bytes < 16 * len(call("0-0")):
            pass
        gate.set()
        for future in futures:
            future.result(timeout=5)
        assert sorted(names_in(log.seal().segments)) == sorted(f"{n}-{k}" for n in range(8) for k in (0, 1))
    assert syncs["log_fsync"] == 2
    assert log.waiting_bytes == 0


@pytest.mark.parametrize("point", ["log_append", "log_fsync"])
def test_a_write_error_is_a_fault_for_those_who_waited_and_the_log_stays_usable(tmp_path, point):
    broken = {"now": False}

    def reached(name):
        if broken["now"] and name == point:
            raise OSError(errno.ENOSPC, "No space left on device")

    with log_in(tmp_path, reached=reached) as log:
        log.append([call("a")])
        broken["now"] = True
        for _ in range(2):
            with pytest.raises(LogFault, match=r"could not be written.*No space left"):
                log.append([call("lost")])
        broken["now"] = False
        log.append([call("b")])
        assert names_in(log.seal().segments) == ["a", "b"]
    assert not list(tmp_path.glob("*.open"))


def test_half_a_group_written_before_the_disk_was_full_is_cut_off(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with log_in(tmp_path) as log:
        log.append([call("a")])
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, hard))
        try:
            with pytest.raises(LogFault):
                log.append([call(f"lost-{n}") for n in range(1_000)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        log.append([call("b")])
        assert names_in(log.seal().segments) == ["a", "b"]


@settings(max_examples=50, deadline=None)
@given(cut=st.integers(0, 300), tail=st.binary(max_size=40))
def test_a_torn_tail_is_cut_off_and_no_line_before_it_is_lost(tmp_path_factory, cut, tail):
    folder = tmp_path_factory.mktemp("log")
    with log_in(folder) as log:
        log.append([call(name) for name in "abcd"])
        (segment,) = folder.glob("*.open")
        content = segment.read_bytes()
    (closed,) = folder.glob("*.ndjson")
    kept, torn = content[:cut], tail.replace(b"\n", b"")
    closed.rename(segment)
    segment.write_bytes(kept + torn)
    names = reopened(folder)
    assert names == ["a", "b", "c", "d"][: kept.count(b"\n")]


def test_blocks_of_zeros_left_by_a_power_cut_are_cut_off_with_all_that_follows(tmp_path):
    with log_in(tmp_path) as log:
        log.append([call("a")])
        (segment,) = tmp_path.glob("*.open")
    (closed,) = tmp_path.glob("*.ndjson")
    closed.rename(segment)
    segment.write_bytes(segment.read_bytes() + b"\0" * 512 + b'ssageId":"b"}\n')
    assert reopened(tmp_path) == ["a"]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(-5_000_000, 5_000_000), st.sampled_from(["append", "append", "seal", "release", "restart"])), max_size=25
    )
)
def test_received_at_never_decreases_and_respects_every_seal_however_the_clock_steps(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("log")
    clock = HandClock()
    log = Segments.open(folder, clock=clock)
    received, sealed_up_to, released, count = [], EARLIEST, [], 0
    for step, act in steps:
        clock.now += step
        match act:
            case "append":
                received.append((log.append([call(str(count))]), str(count)))
                assert received[-1][0] > sealed_up_to
                count += 1
            case "seal" | "release":
                sealed = log.seal()
                assert sealed.hi >= sealed_up_to
                sealed_up_to = sealed.hi
                waiting = names_in(sealed.segments)
                assert [name for at, name in received if at <= sealed.hi] == released + waiting
                if act == "release":
                    log.release(sealed.segments)
                    released += waiting
            case "restart":
                log.close()
                log = Segments.open(folder, clock=clock, floor=sealed_up_to)
    log.close()
    assert [at for at, _ in received] == sorted(at for at, _ in received)
