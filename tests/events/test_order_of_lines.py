"""Lines keep their positions, however large their segment: who was first stays, and what is set aside is named by its line."""

import json
from pathlib import Path

import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations.one_of import is_one_of

pytestmark = pytest.mark.slow
LINES = 24_000
"""Of three kilobytes each: the engine reads files of less than 64 MB with one thread."""
FILLER = "x" * 2_800


def line(number: int, **more: object) -> dict:
    call = {"type": "track", "event": "Order Completed", "userId": f"u{number}", "messageId": f"m{number}", "source": "shop"}
    return {**call, "receivedAt": "2026-03-01T12:00:00.000000Z", "properties": {"order_id": str(number), "note": FILLER}, **more}


def test_lines_of_a_large_segment_keep_their_positions(tmp_path: Path):
    odd = {
        20_000: line(20_000, userId=None),
        20_001: line(20_001, type="shout"),
        10: line(10, messageId="twice", event="Cart Viewed"),
        23_990: line(23_990, messageId="twice"),
    }
    segment = tmp_path / "a.ndjson"
    with segment.open("w") as file:
        file.writelines(json.dumps(odd.get(number) or line(number)) + "\n" for number in range(LINES))
    engine = DuckDB.open(tmp_path / "events.duckdb")
    report = engine.load([segment])
    assert (report.loaded, report.repeated) == (LINES - 3, 1)
    assert [(aside.line, aside.reason[:7]) for aside in report.set_aside] == [(20_001, "userId "), (20_002, "type is")]
    assert engine._connection.execute("SELECT name FROM events WHERE event_id = 'twice'").fetchall() == [("Cart Viewed",)]


@pytest.mark.parametrize("value", ["a.b", "a|b", "(not set)", "0", "it's", r"\\E", "ä ö", "a*b", "$"])
def test_a_text_is_one_of_some_when_it_is_that_text(value: str):
    asked = f"SELECT {is_one_of('term', [value, 'x', 'y'])} FROM (VALUES ($value), ('x'), ('axb'), (''), (NULL)) AS t(term)"
    found = DuckDB.open(None)._connection.execute(asked, {"value": value}).fetchall()
    assert [answer for (answer,) in found] == [True, True, False, False, None]
