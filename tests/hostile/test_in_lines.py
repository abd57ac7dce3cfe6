"""The corpus as lines of the log and of imported files: each is stored or set aside with its line and reason, none stops the rest."""

import gzip
from pathlib import Path

import pytest
from tests.hostile.adding_up import Fate, assert_it_adds_up
from tests.hostile.corpus import ACCEPTED, CORPUS, GOOD

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files

NOON = b',"receivedAt":"2026-03-01T12:00:00.000000Z"}'
LINES = [hostile.raw for hostile in CORPUS.values()]


def counted(number: int, report) -> Fate:
    """Of a load or an import of so many lines."""
    return Fate(sent=number, accepted=report.loaded + report.repeated, set_aside=tuple(aside.reason for aside in report.set_aside))


def logged(raw: bytes, number: int) -> bytes:
    """A line as the log would hold it, had it been let in."""
    return raw[:-1] + f',"messageId":"m{number}","source":"shop"'.encode() + NOON if raw.endswith(b"}") and len(raw) > 2 else raw


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_line_in_the_log_is_stored_or_set_aside_and_its_neighbours_are_stored(tmp_path: Path, name: str):
    segment = tmp_path / "a.ndjson"
    segment.write_bytes(b"\n".join(logged(line, n) for n, line in enumerate((GOOD, CORPUS[name].raw, GOOD))) + b"\n")
    report = DuckDB.open(None).load([segment])
    assert_it_adds_up(counted(3, report))
    assert report.loaded >= 2
    assert [aside.line for aside in report.set_aside] == ([] if report.loaded == 3 else [2])


def test_the_whole_corpus_in_one_segment_of_the_log_adds_up(tmp_path: Path):
    segment = tmp_path / "a.ndjson"
    segment.write_bytes(b"\n".join(logged(line, n) for n, line in enumerate(LINES)) + b"\n")
    report = DuckDB.open(None).load([segment])
    assert_it_adds_up(counted(len(LINES), report))
    assert report.loaded >= sum(hostile.over_http == ACCEPTED for hostile in CORPUS.values())


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_line_in_a_file_is_imported_or_set_aside_and_its_neighbours_are_imported(tmp_path: Path, name: str):
    path = tmp_path / "a.ndjson"
    timed = GOOD[:-1] + b',"timestamp":"2026-03-01T12:00:00Z"}'
    path.write_bytes(timed + b"\n" + CORPUS[name].raw + b"\n" + timed.replace(b"u1", b"u3") + b"\n")
    report = import_files(DuckDB.open(None).load, [path], set_aside=tmp_path / "aside")
    assert_it_adds_up(counted(3, report))
    assert report.loaded >= 2
    assert [aside.line for aside in report.set_aside] == ([] if report.loaded + report.repeated == 3 else [2])


@pytest.mark.parametrize("is_packed", [False, True])
def test_the_whole_corpus_in_one_file_adds_up_and_so_it_does_again(tmp_path: Path, is_packed: bool):
    path = tmp_path / ("a.ndjson.gz" if is_packed else "a.ndjson")
    content = b"\n".join(LINES) + b"\n"
    path.write_bytes(gzip.compress(content) if is_packed else content)
    engine = DuckDB.open(None)
    report = import_files(engine.load, [path], set_aside=tmp_path / "aside")
    assert_it_adds_up(counted(len(LINES), report))
    again = import_files(engine.load, [path], set_aside=tmp_path / "aside")
    assert_it_adds_up(counted(len(LINES), again))
    assert again.loaded == 0
