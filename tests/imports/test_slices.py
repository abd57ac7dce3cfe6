"""Segment calls go to the log as they are, in slices: the same is stored as by way of a table, and broken lines keep their numbers."""

import json
from pathlib import Path

import pytest
from tests.events.test_load import contents

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources import slices
from opportune.adapters.sources.files import ImportReport, import_files
from opportune.language.vocabulary.instants import Instant, parse_instant

MARCH = parse_instant("2026-03-01")
TIMES = {"timestamp": "2026-02-01T00:00:00Z", "receivedAt": "2026-02-01T00:00:01Z"}


def call(number: int, **said: object) -> str:
    return json.dumps(
        {"type": "track", "messageId": f"m{number}", "userId": "ann", "event": "X", "properties": {"n": number}} | TIMES | said
    )


CALLS = [
    call(1),
    call(2, source="web"),
    call(3, type="identify", traits={"country": "DE"}, anonymousId="x"),
    call(4, userId=7),
    call(5, timestamp="soon"),
    call(1, properties={"n": 7}),
    call(6, event="Order Completed", properties={"products": [{"price": 1}]}),
]


def imported(
    path: Path, lines: list[str], arrives_at: Instant | None = None, slice_bytes: int = slices.SLICE_BYTES
) -> tuple[ImportReport, dict[str, object]]:
    engine = DuckDB.open(None)
    path.write_text("\n".join(lines))
    report = import_files(engine.load, [path], set_aside=path.parent / "aside", arrives_at=arrives_at, slice_bytes=slice_bytes)
    return report, contents(engine)


@pytest.mark.parametrize("arrives_at", [None, MARCH])
def test_calls_are_stored_alike_as_log_lines_and_by_way_of_a_table(tmp_path: Path, arrives_at: Instant | None):
    assert slices.as_log("\n".join([*CALLS, ""]).encode(), arrives_at) is not None
    direct = imported(tmp_path / "a.ndjson", CALLS, arrives_at)
    by_table = imported(tmp_path / "a.ndjson", [" " + line for line in CALLS], arrives_at)
    assert direct == by_table
    assert direct[0].loaded == 5
    assert all(row[6] for row in direct[1]["events"])  # type: ignore[attr-defined]  # is_imported, whatever the line says


@pytest.mark.parametrize(
    "line",
    [
        '{"customer_id": "a", "name": "X", "ts": "2026-03-01"}',
        call(9, ts="2026-03-01"),
        call(9, customer_id="a"),
        call(9, messageId=""),
        call(9, receivedAt=None),
        call(9, timestamp=None),
        call(9, type="Track"),
        " " + call(9),
        "",
        "{broken",
        "[1]",
        call(9) + call(10),
    ],
)
def test_a_block_with_any_other_line_is_not_taken_as_log_lines(line: str):
    assert slices.as_log(f"{call(8)}\n{line}\n{call(11)}\n".encode(), None) is None


@pytest.mark.parametrize("limit", [1, 300, 1 << 20])
def test_broken_lines_keep_their_numbers_whatever_the_slices(tmp_path: Path, limit: int):
    lines = [*CALLS[:3], "{broken", "", *CALLS[3:], '{"name": "X", "ts": "never"}', call(12)]
    report, _ = imported(tmp_path / "a.ndjson", lines, slice_bytes=limit)
    assert [aside.line for aside in report.set_aside] == [4, 7, 10]
    assert {Path(aside.file).name for aside in report.set_aside} == {"a.ndjson"}
    assert (report.loaded, report.repeated) == (6, 1)


def test_slices_are_whole_lines_and_make_up_the_file(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"one\ntwo\n\nthree")
    assert list(slices.slices(path, 5)) == [b"one\ntwo\n", b"\nthree\n"]
    assert slices.lines_of(path) == 4
