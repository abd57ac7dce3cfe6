"""A large CSV file with broken lines in its middle: made on the fly, imported in bounded memory; all its other rows are there."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.hostile.adding_up import Fate, assert_it_adds_up
from tests.soaking import share_of

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files

pytestmark = pytest.mark.slow
HEADER = b"event_id,customer_id,name,ts,order_id,total,note\n"
BROKEN = {
    "no end of a quote": b'x1,c1,Order Completed,2026-03-01T12:00:00Z,1,1.00,"never closed\n',
    "no UTF-8": b"x2,c1,Order Completed,2026-03-01T12:00:00Z,1,1.00,\xff\xfe\xfa caf\xc3\xa9\n",
    "too few": b"x3,c1\n",
    "too many": b"x4,c1,Order Completed,2026-03-01T12:00:00Z,1,1.00,a,b,c\n",
    "no time": b"x5,c1,Order Completed,the other day,1,1.00,\n",
    "no name": b"x6,c1,,2026-03-01T12:00:00Z,1,1.00,\n",
    "nobody": b"x7,,Order Completed,2026-03-01T12:00:00Z,1,1.00,\n",
    "a year there is not": b"x8,c1,Order Completed,99999-03-01T12:00:00Z,1,1.00,\n",
}
PLAIN = b'x9,c1,Order Completed,2026-03-01T12:00:00Z,1,1.00,"plain"\n'
"""Closes what an open quote swallowed: the two are one row, which is set aside."""


def rows(number: int, width: int) -> Iterator[bytes]:
    """Orders, a thousand at a time."""
    filler = "".join(random.Random(7).choices("abcdefghij \N{LATIN SMALL LETTER E WITH ACUTE}", k=width))
    for start in range(0, number, 1_000):
        block = (
            f'{n},c{n % 997},Order Completed,2026-03-01T{n % 24:02}:00:00Z,{n},{n % 100}.50,"{filler[n % 7 :]}, {n}"\n'
            for n in range(start, min(start + 1_000, number))
        )
        yield "".join(block).encode()


def written(path: Path, size_bytes: int) -> int:
    """Writes about so many bytes with the broken lines in the middle; how many good rows there are."""
    width = 440
    number = size_bytes // (width + 70)
    with path.open("wb") as file:
        file.write(HEADER)
        done = 0
        for block in rows(number, width):
            done += block.count(b"\n")
            file.write(block)
            if done - block.count(b"\n") < number // 2 <= done:
                file.write(b"".join(BROKEN.values()).replace(BROKEN["no end of a quote"], BROKEN["no end of a quote"] + PLAIN))
    return number


def imported(tmp_path: Path, size_bytes: int) -> None:
    path = tmp_path / "orders.csv"
    good = written(path, size_bytes)
    began = time.monotonic()
    report = import_files(DuckDB.open(tmp_path / "events.duckdb").load, [path], set_aside=tmp_path / "aside")
    seconds, resident = time.monotonic() - began, psutil.Process().memory_info().rss
    fate = Fate(sent=good + len(BROKEN), accepted=report.loaded + report.repeated, set_aside=tuple(a.reason for a in report.set_aside))
    size_mb = path.stat().st_size // 10**6
    print(
        f"\n{size_mb:,} MB of CSV, {good:,} rows: {seconds:.1f} s, {resident / 2**20:,.0f} MiB resident; {len(report.set_aside)} set aside"
    )
    assert_it_adds_up(fate)
    assert report.loaded == good
    middle = range(good // 2, good // 2 + 1_100)
    assert {aside.line in middle for aside in report.set_aside} == {True}


def test_of_50_mb_with_broken_lines_in_the_middle_every_other_row_is_imported(tmp_path: Path):
    imported(tmp_path, 50 * 10**6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_of_2_gb_with_broken_lines_in_the_middle_every_other_row_is_imported(tmp_path: Path):
    imported(tmp_path, share_of(2 * 10**9))
