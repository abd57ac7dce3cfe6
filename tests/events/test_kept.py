"""What is kept when a call comes twice, and of derived events when they are derived anew."""

import json
from pathlib import Path

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations.plans import Scalar
from opportune.language.vocabulary.instants import format_instant
from opportune.stages.events import derived

NOON = 1_772_366_400_000_000


def asked(engine: DuckDB, text: str) -> list[tuple[Scalar, ...]]:
    return engine._connection.execute(text).fetchall()


def test_of_a_call_that_comes_twice_the_one_received_first_is_kept(tmp_path: Path) -> None:
    said = {"type": "track", "messageId": "m", "userId": "ann"}
    calls = [said | {"event": name, "receivedAt": format_instant(NOON + late)} for name, late in (("B", 2), ("A", 1), ("C", 1))]
    (tmp_path / "segment.ndjson").write_text("\n".join(map(json.dumps, calls)))
    engine = DuckDB.open(None, threads=1)
    report = engine.load([tmp_path / "segment.ndjson"])
    assert (report.loaded, report.repeated, asked(engine, "SELECT name FROM events")) == (1, 2, [("A",)])
    engine.close()


def test_deriving_anew_forgets_what_came_after_the_instant_and_nothing_else() -> None:
    engine = DuckDB.open(None, threads=1)
    columns = "event_id, line, identity_key, name, ts, received_at, is_imported, withdrawn_at, order_key"
    for id, line, name, received, withdrawn in (
        ("raw", 0, "Found", 9, None), ("other", 1, "Else", 9, None),
        ("a", 1, "Found", 1, 2), ("a", 1, "Found", 2, 3), ("a", 1, "Found", 3, None),
    ):  # fmt: skip
        engine._connection.execute(
            f"INSERT INTO events ({columns}) VALUES (?, ?, 1, ?, 1, ?, false, ?, 0)", [id, line, name, received, withdrawn]
        )
    engine.write(derived.forget_after(), {"lo": 2}, {"derived_names": [("Found",)]})
    left = asked(engine, "SELECT event_id, received_at, withdrawn_at FROM events ORDER BY ALL")
    assert left == [("a", 1, 2), ("a", 2, None), ("other", 9, None), ("raw", 9, None)]
    engine.close()


def test_what_a_later_load_received_up_to_where_it_was_derived_is_derived_again() -> None:
    engine = DuckDB.open(None, threads=1)
    engine._connection.execute("INSERT INTO derivations VALUES ('Found', 'hash', 10, 1)")
    again = []
    for number, first in ((1, 5), (2, 11), (3, 10), (4, 7)):
        engine._connection.execute("INSERT INTO loads VALUES (?, 1, 0, 0, ?, ?, ?)", [f"load-{number}", first, first, number])
        again.append(engine.rows(derived.kept())[0][2])
    assert again == [None, None, 10, 7]
    engine.close()
