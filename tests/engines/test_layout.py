"""A store follows the map: an older one is brought up to it, a newer one refused."""

from pathlib import Path

import duckdb
import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.engines.engine import EngineFault
from opportune.language.relations.map import EVENTS, IDENTITIES, LAYOUT, LINKS, RELATIONS

OLD = ("identities", "events", "links", "traits", "calls", "loads")
"""The relations of the first layout."""


def old_store(path: Path) -> None:
    """A store of the first layout: two events of one instant and a link."""
    with duckdb.connect(str(path)) as connection:
        for relation in RELATIONS:
            if relation.name in OLD:
                kept = [c for c in relation.columns if c.name not in ("withdrawn_at", "order_key", "identity_hash", "rank")]
                connection.execute(f'CREATE TABLE "{relation.name}" ({", ".join(f"{c.name} {c.type}" for c in kept)})')
        for event_id in ("b", "a"):
            connection.execute(
                "INSERT INTO events BY NAME SELECT ? AS event_id, 0 AS line, 1 AS identity_key, 5 AS ts, 5 AS received_at", [event_id]
            )
        connection.execute("INSERT INTO links VALUES ('k', 2, 1, 5, 7)")
        connection.execute("INSERT INTO identities VALUES (1, 'ann', true)")


def rows(path: Path, text: str) -> list[tuple]:
    with duckdb.connect(str(path)) as connection:
        return connection.execute(text).fetchall()


def test_a_store_of_the_first_layout_gets_its_order_keys_and_spans(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    old_store(path)
    DuckDB.open(path).close()
    assert rows(path, "SELECT event_id, order_key FROM events ORDER BY order_key") == [("a", 5 * 1024), ("b", 5 * 1024 + 1)]
    assert rows(path, "SELECT from_key, to_key, at_from, seen_from FROM spans") == [(2, 1, 5, 7)]
    assert rows(path, "SELECT value FROM facts WHERE name = 'layout'") == [(LAYOUT,)]
    assert rows(path, "SELECT identity FROM identities WHERE identity_hash = md5_number('ann')") == [("ann",)]
    for relation in (EVENTS, LINKS, IDENTITIES):
        described = [row[:2] for row in rows(path, f"DESCRIBE {relation.name}")]
        assert described == [(column.name, column.type) for column in relation.columns]


def test_a_store_from_before_sources_were_kept_counts_its_events_as_of_an_unknown_one(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    DuckDB.open(path).close()
    rows(path, "DROP TABLE source_days")
    rows(path, "UPDATE facts SET value = 3 WHERE name = 'layout'")
    told = "'Order Completed' AS name, 7 AS ts"
    for number, line, received_at, is_imported in (("a", 0, 7, True), ("a", 1, 7, True), ("b", 0, 8, False), ("c", 0, 9, False)):
        values = f"'{number}' AS event_id, {line} AS line, {received_at} AS received_at, {is_imported} AS is_imported, {told}"
        rows(path, f"INSERT INTO events BY NAME SELECT {values}")
    for _ in range(2):
        DuckDB.open(path).close()
    assert rows(path, "SELECT * FROM source_days ORDER BY calls") == [
        (None, True, "Order Completed", 0, 1, 7),
        (None, False, "Order Completed", 0, 2, 9),
    ]
    assert rows(path, "SELECT value FROM facts WHERE name = 'layout'") == [(LAYOUT,)]


def test_a_store_that_is_up_to_the_map_is_opened_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    DuckDB.open(path).close()
    before = path.stat().st_mtime_ns, rows(path, "SELECT * FROM facts")
    DuckDB.open(path).close()
    assert before[1] == rows(path, "SELECT * FROM facts") == [("layout", LAYOUT)]


def test_a_store_of_a_newer_version_is_refused_with_what_to_do_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "events.duckdb"
    DuckDB.open(path).close()
    rows(path, f"UPDATE facts SET value = {LAYOUT + 1} WHERE name = 'layout'")
    with pytest.raises(EngineFault) as refused:
        DuckDB.open(path)
    assert str(refused.value) == (
        f"a newer version of Opportune wrote this event store (layout {LAYOUT + 1}; this one knows {LAYOUT}): "
        "run that version, or name another folder under `data:` in opportune.yml and import again"
    )
    assert rows(path, "SELECT value FROM facts") == [(LAYOUT + 1,)]


def test_a_question_too_big_for_the_memory_it_may_use_is_answered_from_files_beside_the_store(tmp_path: Path) -> None:
    big = "SELECT a.i, hash(a.i)::VARCHAR || repeat('x', 40) AS h FROM range(1_000_000) AS a(i) ORDER BY h"
    sums = f"SELECT count(*), sum(hash(h || n::VARCHAR)::HUGEINT)::VARCHAR FROM (SELECT h, row_number() OVER () AS n FROM ({big}))"
    answers = []
    for name, limit in (("small", "64MB"), ("large", "2GB")):
        engine = DuckDB.open(tmp_path / f"{name}.duckdb", memory_limit=limit, threads=1)
        answers.append(engine._connection.execute(sums).fetchall())
        spilled = engine._connection.execute("SELECT coalesce(max(size), 0) FROM duckdb_temporary_files()").fetchall()[0][0]
        engine.close()
        answers.append(spilled)
    assert answers[0] == answers[2]
    assert list(tmp_path.glob("*.spill")) == []
