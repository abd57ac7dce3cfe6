"""Links: which are refused, which are not stored again."""

import json
from pathlib import Path

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.vocabulary.instants import format_instant
from opportune.stages.customers.links import chained

NOON = 1_772_366_400_000_000


def test_a_link_to_an_id_that_was_linked_away_before_is_refused_and_links_nothing_itself():
    linked = [(1, 10, 20), (2, 30, 10), (3, 40, 30), (4, 50, 20)]
    assert chained(linked) == [2]


def line(number: int, user: str, anonymous: str, ts: int, event_id: str = "") -> str:
    times = {"timestamp": format_instant(NOON + ts), "receivedAt": format_instant(NOON + number)}
    return json.dumps({"type": "identify", "messageId": event_id or f"m{number}", "userId": user, "anonymousId": anonymous} | times)


def stored(folder: Path, *segments: list[str]) -> list[tuple[str, str, str]]:
    engine = DuckDB.open(None)
    for number, lines in enumerate(segments):
        (folder / f"{number}.ndjson").write_text("\n".join(lines))
        engine.load([folder / f"{number}.ndjson"])
    names = "JOIN identities AS f ON f.identity_key = from_key JOIN identities AS t ON t.identity_key = to_key"
    return engine._connection.execute(f"SELECT event_id, f.identity, t.identity FROM links {names} ORDER BY event_id").fetchall()


def test_chains_are_refused_alike_within_one_segment_and_across_two(tmp_path: Path):
    lines = [line(1, "bob", "ann", 0), line(2, "ann", "x", 0)]
    assert stored(tmp_path, lines) == stored(tmp_path, lines[:1], lines[1:]) == [("m1", "ann", "bob")]


def test_a_link_that_repeats_an_earlier_one_of_its_pair_is_not_stored(tmp_path: Path):
    lines = [line(1, "bob", "x", 5), line(2, "bob", "x", 5), line(3, "bob", "x", 6), line(4, "eve", "x", 6)]
    assert stored(tmp_path, lines) == stored(tmp_path, lines[:1], lines[1:]) == [("m1", "x", "bob"), ("m4", "x", "eve")]


def test_a_later_arrival_that_comes_first_in_event_order_is_stored(tmp_path: Path):
    lines = [line(1, "bob", "x", 5, "b"), line(2, "bob", "x", 4, "c"), line(3, "bob", "x", 4, "a")]
    assert (
        [row[0] for row in stored(tmp_path, lines)] == [row[0] for row in stored(tmp_path, *[[each] for each in lines])] == ["a", "b", "c"]
    )
