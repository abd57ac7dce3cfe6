"""Who sent what and when: counted with each load, once, and no more when the same comes again."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.collector.edge import Edge
from tests.events.test_load import NOON, load_each, logs, track

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files
from opportune.adapters.sources.mapped import read_mapping
from opportune.collector.sources import Source, hash_of, keyring
from opportune.language.vocabulary.instants import format_instant, parse_instant

DAY = 86_400_000_000
TODAY = NOON // DAY


def counted(engine: DuckDB) -> list[tuple]:
    return engine._connection.execute("SELECT * FROM source_days ORDER BY ALL").fetchall()


def test_each_source_has_its_own_count_of_each_day(tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    later = format_instant(NOON + DAY)
    lines = [
        *(track(1, source="shop"), track(2, source="app"), track(3, source="shop")),
        *(track(4, source="shop", receivedAt=later), track(5), track(6, source="import")),
        track(7, source="shop", type="identify", traits={"city": "Ulm"}),
    ]
    load_each(engine, tmp_path, [lines])
    assert counted(engine) == [
        ("app", False, "Order Completed", TODAY, 1, NOON + 2),
        ("import", True, "Order Completed", TODAY, 1, NOON + 6),
        ("shop", False, "Order Completed", TODAY, 2, NOON + 3),
        ("shop", False, "Order Completed", TODAY + 1, 1, NOON + DAY),
        ("shop", False, "identify", TODAY, 1, NOON + 7),
        (None, False, "Order Completed", TODAY, 1, NOON + 5),
    ]


def test_a_day_that_comes_in_several_loads_has_one_row(tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    load_each(engine, tmp_path, [[track(n, source="shop")] for n in (1, 3, 2)] + [[track(4)], [track(5)]])
    assert counted(engine) == [
        ("shop", False, "Order Completed", TODAY, 3, NOON + 3),
        (None, False, "Order Completed", TODAY, 2, NOON + 5),
    ]


def test_a_segment_loaded_twice_and_calls_sent_twice_count_once(tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    lines = [track(1, source="shop"), track(1, source="app", receivedAt=format_instant(NOON + 9)), track(2, source="shop")]
    load_each(engine, tmp_path, [lines])
    before = counted(engine)
    assert engine.load([tmp_path / "0000.ndjson"]).skipped == 1
    (tmp_path / "again.ndjson").write_text("\n".join([*lines, track(2, source="app")]))
    assert engine.load([tmp_path / "again.ndjson"]).repeated == 4
    assert counted(engine) == before == [("shop", False, "Order Completed", TODAY, 2, NOON + 2)]


def test_a_load_that_dies_has_counted_nothing(tmp_path: Path) -> None:
    class Died(BaseException):
        pass

    def reached(name: str) -> None:
        if name == "commit":
            raise Died

    engine = DuckDB.open(None, reached=reached)
    with pytest.raises(Died):
        load_each(engine, tmp_path, [[track(1, source="shop")]])
    assert counted(engine) == []


@pytest.mark.slow
@given(segments=logs())
@settings(max_examples=15, deadline=None)
def test_however_a_log_is_split_every_stored_event_is_counted_once(segments: list[list[str]], tmp_path_factory) -> None:
    engine = DuckDB.open(None, threads=1)
    load_each(engine, tmp_path_factory.mktemp("log"), segments)
    stored = engine._connection.execute("SELECT is_imported, name, received_at // 86400000000 FROM events WHERE line = 0").fetchall()
    calls: Counter[tuple] = Counter()
    for _, is_imported, name, day, number, _ in counted(engine):
        calls[is_imported, name, day] += number
    others = [key for key in calls if key[1] in ("identify", "group", "alias")]
    of_others = sum(calls.pop(key) for key in others)
    assert calls == Counter(stored)
    assert of_others + calls.total() == engine._connection.execute("SELECT count(*) FROM calls").fetchall()[0][0]
    assert len(counted(engine)) == len({row[:4] for row in counted(engine)})
    engine.close()


def test_calls_are_told_apart_by_the_write_key_that_sent_them(tmp_path: Path) -> None:
    keys = {"shop-key-0123456789": Source(name="web shop"), "app-key-01234567890": Source(name="app", is_browser=True)}
    edge = Edge(tmp_path / "log", sources=keyring({hash_of(key): source for key, source in keys.items()}))
    for number, key in enumerate([*keys, *keys][:3]):
        body = {"type": "track", "messageId": f"c{number}", "userId": "ann", "event": "Product Viewed", "writeKey": key}
        assert edge.post("/v1/track", body, headers=()).status == 200
    engine = DuckDB.open(None)
    engine.load(edge.log.seal().segments)
    edge.close()
    noon = parse_instant("2026-03-01T12:00:00Z")
    assert [(row[0], row[2], row[4]) for row in counted(engine)] == [("app", "Product Viewed", 1), ("web shop", "Product Viewed", 2)]
    assert {row[3] for row in counted(engine)} == {noon // DAY}


def test_an_import_goes_by_the_name_of_its_map(tmp_path: Path) -> None:
    engine = DuckDB.open(None)
    (tmp_path / "tills.yml").write_text('events: [{event: Order Completed, event_id: "{n}", customer_id: "{who}", ts: day}]\n')
    (tmp_path / "tills.csv").write_text("n,who,day\n1,ann,2026-03-01\n2,bob,2026-03-02\n")
    (tmp_path / "plain.csv").write_text("event_id,customer_id,name,ts\n3,ann,Product Viewed,2026-03-01\n")
    call = {"type": "track", "messageId": "4", "userId": "ann", "event": "Product Viewed", "timestamp": "2026-03-01T00:00:00Z"}
    call |= {"receivedAt": "2026-03-01T00:00:00Z", "source": "app"}
    (tmp_path / "calls.ndjson").write_text(json.dumps(call))
    for _ in range(2):
        import_files(engine.load, [tmp_path / "tills.csv"], read_mapping(tmp_path / "tills.yml"), set_aside=tmp_path)
        import_files(engine.load, [tmp_path / "plain.csv", tmp_path / "calls.ndjson"], set_aside=tmp_path)
    assert [(row[0], row[1], row[2], row[4]) for row in counted(engine)] == [
        ("import", True, "Product Viewed", 2),
        ("tills.yml", True, "Order Completed", 1),
        ("tills.yml", True, "Order Completed", 1),
    ]
