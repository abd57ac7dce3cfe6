"""A folder that is pulled: new files, grown files, changed files, files still written; each row once, whatever is killed when."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pulls.shop import NOW, PulledShop

from opportune.adapters.sources.folders import Fresh, excerpt, looked_at
from opportune.language.relations.pulled import PulledFile
from opportune.language.vocabulary.instants import Instant
from opportune.shell.pulling import PullFault

SECOND = 1_000_000
HEAD = "event_id,customer_id,name,ts,order_id,total\n"
ROWS = [f"o-{n},ada,Order Completed,2026-03-09T10:0{n}:00Z,{n},1{n}.50\n" for n in range(6)]
TILL = '  till: {folder: sales, pattern: "*.csv*"}\n'


@contextmanager
def shop(folder: Path, sources: str = TILL, **more: object) -> Iterator[PulledShop]:
    opened = PulledShop(folder, sources, **more)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        opened.close()


def ids(opened: PulledShop) -> list[str]:
    return [event_id for event_id, _, _ in opened.events()]


def test_a_file_is_told_once_and_as_live(tmp_path: Path) -> None:
    with shop(tmp_path) as opened:
        opened.put("sales/a.csv", HEAD + "".join(ROWS[:2]))
        found = opened.pull("till")
        assert (found.parts, found.calls, ids(opened)) == (1, 2, ["o-0", "o-1"])
        again = opened.pull("till")
        assert (again.parts, again.calls) == (0, 0)
        assert opened.rows("SELECT DISTINCT is_imported, received_at >= ts FROM events") == [(False, True)]
        assert opened.rows("SELECT source, name, calls FROM source_days") == [("till", "Order Completed", 2)]


def test_of_a_file_that_grew_only_the_new_lines_are_read(tmp_path: Path) -> None:
    with shop(tmp_path) as opened:
        opened.put("sales/a.csv", HEAD + "".join(ROWS[:2]))
        opened.pull("till")
        opened.put("sales/a.csv", HEAD + "".join(ROWS[:4]) + "o-9,ada,,2026-03-09T10:00:00Z,9,1\n", at=NOW - 1800 * SECOND)
        found = opened.pull("till")
        assert (found.parts, found.calls, len(opened.log())) == (1, 2, 4)
        assert opened.asides(found) == [("a.csv", 6, "name is missing")]
        assert ids(opened) == ["o-0", "o-1", "o-2", "o-3"]


def test_a_file_that_may_still_be_written_is_left_and_so_is_a_line_without_an_end(tmp_path: Path) -> None:
    with shop(tmp_path) as opened:
        opened.put("sales/a.csv", HEAD + ROWS[0] + ROWS[1][:20], at=NOW - 4 * SECOND)
        assert opened.pull("till").waiting == ["a.csv"]
        opened.now = NOW + 10 * SECOND
        assert (opened.pull("till").calls, ids(opened)) == (1, ["o-0"])
        assert opened.pull("till").waiting == ["a.csv"]
        opened.put("sales/a.csv", HEAD + "".join(ROWS[:3]).rstrip("\n"), at=NOW)
        opened.now = NOW + 30 * SECOND
        assert (opened.pull("till").calls, ids(opened)) == (1, ["o-0", "o-1"])
        opened.now = NOW + 70 * SECOND
        assert (opened.pull("till").calls, ids(opened)) == (1, ["o-0", "o-1", "o-2"])


def test_the_same_content_under_another_name_is_not_told_again(tmp_path: Path) -> None:
    with shop(tmp_path) as opened:
        opened.put("sales/a.csv", HEAD + ROWS[0])
        opened.pull("till")
        (tmp_path / "sales/a.csv").rename(tmp_path / "sales/a-yesterday.csv")
        opened.put("sales/deep/b.csv", HEAD + ROWS[0])
        found = opened.pull("till")
        assert (found.parts, found.calls, len(opened.log())) == (0, 0, 1)


def test_of_a_file_that_was_written_anew_the_rows_that_differ_are_told(tmp_path: Path) -> None:
    """A feed of what holds now: a row that comes to hold again is told again, for it says no time of its own."""
    head = "name,product_id,price\n"
    lamp, cheap, bulb = "Product Updated,lamp,30\n", "Product Updated,lamp,20\n", "Product Updated,bulb,5\n"
    with shop(tmp_path) as opened:
        for minutes, text in enumerate((lamp + bulb, bulb + cheap, lamp + bulb), 1):
            opened.now = NOW + minutes * 60 * SECOND
            opened.put("sales/feed.csv", head + text, at=opened.now - 10 * SECOND)
            opened.pull("till")
        prices = "SELECT product_id, price FROM events WHERE name = 'Product Updated' ORDER BY rowid"
        assert opened.rows(prices) == [("lamp", 300_000), ("bulb", 50_000), ("lamp", 200_000), ("lamp", 300_000)]
        changed = "SELECT product_id, old_price, price FROM events WHERE name = 'Price Changed' AND old_price IS NOT NULL ORDER BY rowid"
        assert opened.rows(changed) == [("lamp", 300_000, 200_000), ("lamp", 200_000, 300_000)]


@pytest.mark.parametrize("at", [1, 3])
def test_a_pull_that_is_killed_before_it_is_kept_is_repeated_and_doubles_nothing(tmp_path: Path, at: int) -> None:
    class Killed(BaseException):
        """The process is gone."""

    left = [at]

    def reached(point: str) -> None:
        left[0] -= point == "pull"
        if not left[0]:
            raise Killed

    with shop(tmp_path, reached=reached) as opened:
        for n, name in enumerate("abc"):
            opened.put(f"sales/{name}.csv", HEAD + "".join(ROWS[n : n + 2]))
        with pytest.raises(Killed):
            opened.pull("till")
    with shop(tmp_path) as opened:
        opened.pull("till")
        assert sorted(ids(opened)) == ["o-0", "o-1", "o-2", "o-3"]
        assert opened.pull("till").parts == 0


def test_a_broken_row_or_file_is_set_aside_and_the_others_are_told(tmp_path: Path) -> None:
    with shop(tmp_path) as opened:
        opened.put("sales/a.csv", HEAD + ROWS[0] + "o-7,,Order Completed,2026-03-09T10:00:00Z,7,1\n" + "o-8,eve,Order Completed,soon,8,1\n")
        opened.put("sales/b.csv", "event_id,event_id\n1,2\n")
        opened.put("sales/c.csv.gz", gzip.compress((HEAD + ROWS[1]).encode())[:-9])
        opened.put("sales/d.csv.gz", gzip.compress((HEAD + ROWS[2]).encode()))
        found = opened.pull("till")
        assert [(file, line) for file, line, _ in opened.asides(found)] == [("a.csv", 3), ("a.csv", 4), ("b.csv", 0), ("c.csv.gz", 0)]
        assert "userId is required" in opened.asides(found)[0][2]
        assert found.aside_in is not None and found.aside_in.name.startswith("till-")
        tallied = {(tally.kind, tally.count) for tally in opened.workspace.ledger.since(0)}
        assert ("accepted", 3) in tallied or ("accepted", 2) in tallied
        assert ("refused", 1) in tallied


def test_a_folder_or_a_map_that_is_not_there_is_a_fault_with_a_remedy_and_counted(tmp_path: Path) -> None:
    with shop(tmp_path, TILL + "  other: {folder: ., pattern: x, map: none.yml}\n") as opened:
        with pytest.raises(PullFault, match="there is no such folder; make it"):
            opened.pull("till")
        with pytest.raises(PullFault, match=r"none\.yml: the map cannot be read"):
            opened.pull("other")
        assert [tally.source for tally in opened.workspace.ledger.since(0, kinds=["failed"])] == ["other", "till"]


def test_a_map_tells_foreign_rows_and_may_name_the_file_and_columns_that_are_not_always_there(tmp_path: Path) -> None:
    sources = '  till: {folder: sales, pattern: "*.csv", map: sales.yml}\n'
    with shop(tmp_path, sources) as opened:
        opened.put("sales.yml", MAP)
        opened.put(
            "sales/till-7.csv",
            "no;at;paid;mail\n1;17.03.2026 14:05;12,50;ADA@example.org\n2;broken;1,00;bob@example.org\n3;17.03.2026 14:06;x;\n",
        )
        opened.now = NOW + 30 * 86_400 * SECOND
        found = opened.pull("till")
        assert opened.asides(found) == [("till-7.csv", 3, "ts is missing or no ISO 8601 time")]
        shown = "event_id, identity, epoch_ms(ts // 1000)::VARCHAR, total, rest::VARCHAR"
        assert opened.rows(f"SELECT {shown} FROM events JOIN identities USING (identity_key) ORDER BY event_id") == [
            ("till-7.csv:1", "email:ada@example.org", "2026-03-17 13:05:00", 125_000, '{"till":"till-7.csv"}'),
            ("till-7.csv:3", "guest:3", "2026-03-17 13:06:00", None, '{"till":"till-7.csv"}'),
        ]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 90)), min_size=1, max_size=12))
def test_however_a_file_grows_every_line_of_it_is_told_once_and_whole(written: list[tuple[int, int]]) -> None:
    """Written in pieces that end anywhere, with pauses in between, after each of which it is looked at."""
    whole = b"".join(b"line %d\n" % n for n in range(100))
    told, kept, now, done = b"", dict[str, PulledFile](), NOW, 0
    with TemporaryDirectory() as place:
        path = Path(place) / "grows.ndjson"
        for size, pause in [*written, (len(whole), 3600)]:
            done = min(done + size, len(whole))
            path.write_bytes(whole[:done])
            os.utime(path, ns=(now * 1000, now * 1000))
            now = Instant(now + pause * SECOND)
            settle = timedelta(seconds=5)
            found = looked_at(path, path.name, known=kept.get, has_content=lambda _: False, now=now, settle=settle)
            if isinstance(found, Fresh):
                (part := Path(place) / "part").mkdir(exist_ok=True)
                excerpted, further = excerpt(found, part)
                assert further == told.count(b"\n")
                told += excerpted.read_bytes()
                kept[path.name] = found.told
            elif found.told is not None:
                kept[path.name] = found.told
            assert whole.startswith(told)
    assert told == whole


def test_a_map_that_cannot_be_asked_of_a_file_sets_that_file_aside_and_no_other(tmp_path: Path) -> None:
    with shop(tmp_path, '  till: {folder: sales, pattern: "*.csv", map: sales.yml}\n') as opened:
        opened.put("sales.yml", MAP)
        opened.put("sales/a.csv", "no;at;paid;mail\n1;01.03.2026 14:05;12;\n")  # whole euros: a number, of which nothing can be replaced
        opened.put("sales/b.csv", "no;at;paid;mail\n2;01.03.2026 14:05;12,50;\n")
        found = opened.pull("till")
        ((file, line, reason),) = opened.asides(found)
        assert (file, line, ids(opened)) == ("a.csv", 0, ["b.csv:2"])
        assert "cannot be asked of it" in reason


MAP = """optional: [card]
events:
  - event: Order Completed
    event_id: "{file_name}:{no}"
    customer_id: "card:{card}"
    anonymous_id: "{coalesce('email:' || lower(mail), 'guest:' || no)}"
    ts: strptime("at", '%d.%m.%Y %H:%M') at time zone 'Europe/Berlin'
    properties:
      total: cast(replace(paid, ',', '.') as decimal(18, 4))
      till: file_name
"""
