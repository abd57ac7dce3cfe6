"""Repeated calls are found whatever block of the stored ones they are in, and whichever blocks have filters."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations.arrivals import LINES
from opportune.stages.events import calls


def segment(folder: Path, number: int, ids: list[str]) -> Path:
    path = folder / f"{number}.ndjson"
    told = {"type": "track", "event": "Cart Viewed", "userId": "ann", "receivedAt": "2026-03-01T12:00:00Z"}
    path.write_text("\n".join(json.dumps(told | {"messageId": event_id}) for event_id in ids))
    return path


@pytest.fixture
def of_few() -> None:
    with pytest.MonkeyPatch.context() as small:
        small.setattr(calls, "BLOCK", 10)
        small.setattr(calls, "FULL", "SELECT count(*) // 10 FROM calls")
        yield


def stored(engine: DuckDB, what: str) -> int:
    return int(engine._connection.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


def test_a_call_is_stored_once_whatever_block_it_is_in(of_few: None, tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    for number in range(7):
        ids = [f"m{n}" for n in range(number * 7, number * 7 + 7)]
        again = [f"m{n}" for n in range(0, number * 7, 3)]
        report = engine.load([segment(tmp_path, number, [*again, *ids])])
        assert (report.loaded, report.repeated) == (7, len(again))
        assert stored(engine, "call_filters") == number * 7 // 10
    assert stored(engine, "calls") == stored(engine, "events") == 49
    engine.close()


def test_filters_are_made_one_a_load_and_kept_where_the_load_is(of_few: None, tmp_path: Path) -> None:
    path, many = tmp_path / "events.duckdb", [f"m{n}" for n in range(35)]
    engine = DuckDB.open(path)
    engine.load([segment(tmp_path, 0, many)])
    for number in range(1, 5):
        assert engine.load([segment(tmp_path, number, [*many[::4], f"n{number}"])]).loaded == 1
        assert stored(engine, "call_filters") == min(number, 3)
    engine.close()
    engine = DuckDB.open(path)
    assert engine.load([segment(tmp_path, 9, [*many, "x"])]).repeated == 35
    engine.close()


def test_a_load_that_failed_leaves_no_filter_behind(of_few: None, tmp_path: Path) -> None:
    def reached(point: str) -> None:
        if point == "commit" and fails:
            raise RuntimeError("the disk is full")

    fails = False
    engine = DuckDB.open(None, reached=reached)
    engine.load([segment(tmp_path, 0, [f"m{n}" for n in range(12)])])
    fails = True
    with pytest.raises(RuntimeError):
        engine.load([segment(tmp_path, 1, ["x", "y"])])
    fails = False
    assert stored(engine, "call_filters") == 0
    report = engine.load([segment(tmp_path, 1, ["x", "y", "m3", "m11"])])
    assert (report.loaded, report.repeated) == (2, 2)
    engine.close()


@given(st.lists(st.integers(0, 2**128 - 1), min_size=1, max_size=30))
def test_a_filter_holds_all_its_calls(hashes: list[int]) -> None:
    bits = bytearray(calls.PLACES // 8)
    for hash in hashes:
        for turn in range(calls.PROBES):
            place = (hash + turn * (hash >> 64)) % calls.PLACES
            bits[place >> 3] |= 128 >> (place & 7)
    assert all(calls.are_held(bytes(bits), [(hash % calls.PLACES, (hash >> 64) % calls.PLACES)]) for hash in hashes)


def test_few_calls_of_others_are_taken_for_those_of_a_full_block() -> None:
    engine = DuckDB.open(None)
    engine._connection.execute(f"INSERT INTO calls SELECT md5_number('m' || i) FROM range({calls.BLOCK}) AS told(i)")
    engine._connection.execute(calls.filtered(0))
    bits = engine._connection.execute("SELECT bits FROM call_filters").fetchall()[0][0]
    placed = {whose: places(engine, whose) for whose in ("m", "n")}
    assert all(calls.are_held(bits, [place]) for place in placed["m"])
    assert sum(calls.are_held(bits, [place]) for place in placed["n"]) < 5
    assert 8 * len(bits) == calls.PLACES
    engine.close()


def places(engine: DuckDB, whose: str) -> list[tuple[int, int]]:
    """Where the calls of somebody are in a filter."""
    engine._connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {LINES} AS"
        f" SELECT '{whose}' || i AS event_id, 0 AS received_at, NULL AS refused FROM range(20_000) AS told(i)"
    )
    return engine._connection.execute(calls.placed()).fetchall()
