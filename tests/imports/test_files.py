"""Files become events: canonical columns without a map, broken rows set aside, the rest imported, twice is once."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import ImportReport, import_files
from opportune.adapters.sources.tables import SourceFault
from opportune.language.vocabulary.instants import parse_instant

MARCH = parse_instant("2026-03-01")


def imported(engine: DuckDB, path: Path, **how: object) -> ImportReport:
    return import_files(engine.load, [path], set_aside=path.parent / "set_aside", **how)  # type: ignore[arg-type]


def asked(engine: DuckDB, sql: str) -> list[tuple]:
    return engine._connection.execute(sql).fetchall()


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(aside.line, aside.reason) for aside in report.set_aside]


FLAT = [
    {"event_id": "a", "customer_id": 7, "name": "Product Viewed", "ts": "2026-03-01T10:00:00+01:00", "product_id": 9, "colour": "red"},
    {
        "customer_id": "ann",
        "name": "Order Completed",
        "ts": "2026-03-02",
        "total": "12.5",
        "properties": {"order_id": "o1", "products": [{"price": 1}]},
    },
    {"type": "identify", "userId": "ann", "anonymousId": "x", "timestamp": "2026-03-03T00:00:00Z", "traits": {"country": "DE"}},
]


def test_flat_rows_and_segment_calls_may_stand_in_one_file(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.ndjson"
    path.write_text("\n".join(json.dumps(row) for row in FLAT))
    assert imported(engine, path).loaded == 3
    sql = """SELECT identity, name, line, ts, received_at, is_imported, product_id, total, order_id, rest
        FROM events JOIN identities USING (identity_key) ORDER BY ts, line"""
    nine, second = parse_instant("2026-03-01T09:00:00Z"), parse_instant("2026-03-02")
    found = asked(engine, sql)
    assert found[0] == ("7", "Product Viewed", 0, nine, nine, True, "9", None, None, '{"colour":"red"}')
    assert found[1][:9] == ("ann", "Order Completed", 0, second, second, True, None, 125000, "o1")
    assert found[2][:4] == ("ann", "Product Purchased", 1, second)
    assert asked(engine, "SELECT name, value FROM traits") == [("country", '"DE"')]
    assert asked(engine, "SELECT count(*) FROM links") == [(1,)]


def test_a_second_import_changes_nothing_even_of_rows_without_an_id(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.ndjson"
    path.write_text("\n".join(json.dumps(row) for row in FLAT))
    imported(engine, path)
    before = [asked(engine, f"SELECT * FROM {name}") for name in ("events", "traits", "links", "identities")]
    again = imported(engine, path)
    path.write_text("\n".join(json.dumps(row) for row in reversed(FLAT)))
    reordered = imported(engine, path)
    assert (again.loaded, again.repeated, reordered.loaded, reordered.repeated) == (0, 3, 0, 3)
    assert [asked(engine, f"SELECT * FROM {name}") for name in ("events", "traits", "links", "identities")] == before


def test_broken_lines_are_set_aside_with_line_and_reason_and_the_rest_is_imported(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.ndjson"
    good = json.dumps(FLAT[0]).encode()
    rows = [
        b"{broken", b"", good, b'{"customer_id": "\xff", "name": "X", "ts": "2026-03-01"}', b'{"customer_id": "a", "ts": "2026-03-01"}',
        b'{"customer_id": "a", "name": "X", "ts": "first of May"}', b'{"name": "Order Completed", "ts": "2026-03-01"}', b"[1]",
        b'{"customer_id": "a", "name": "Product Purchased", "ts": "2026-03-01"}',
    ]  # fmt: skip
    path.write_bytes(b"\n".join(rows))
    report = imported(engine, path)
    assert report.loaded == 1
    assert reasons(report) == [
        (1, "line is no JSON object in UTF-8"),
        (4, "line is no JSON object in UTF-8"),
        (5, "name is missing"),
        (6, "ts is missing or no ISO 8601 time"),
        (7, "userId or anonymousId is missing"),
        (8, "line is no JSON object in UTF-8"),
        (9, "event Product Purchased is derived by us and cannot be sent"),
    ]
    assert report.set_aside_in is not None
    first = json.loads(report.set_aside_in.read_text().splitlines()[0])
    assert first == {"file": str(path), "line": 1, "reason": "line is no JSON object in UTF-8"}


def test_a_csv_file_is_typed_by_all_its_values_and_ragged_rows_are_set_aside(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.csv"
    path.write_bytes(
        b"event_id,customer_id,name,ts,product_id,quantity,total,code,is_gift,products\n"
        b'1,c1,Order Completed,2026-03-01,007,2,12.50,00123,true,"[{""product_id"": ""p""}]"\n'
        b"2,c1,Order Completed\n"
        b"3,c2,Order Completed,2026-03-02,8,1,7,1,false,\xc3\xa9\n"
        b'4,c2,"Two\nlines",2026-03-03,8,,,,,\n'
        b"5,c2,Order Completed,never,8,1,7,1,false,\n"
        b"6,c2,Caf\xe9,2026-03-02,8,1,7,1,false,\n"
    )
    report = imported(engine, path)
    assert [line for line, _ in reasons(report)] == [3, 7, 8]
    assert reasons(report)[1] == (7, "ts is missing or no ISO 8601 time")
    sql = "SELECT event_id, name, product_id, quantity, total, rest FROM events WHERE line = 0 ORDER BY 1"
    first, third, fourth = asked(engine, sql)
    assert first[:5] == ("1", "Order Completed", "007", 2.0, 125000)
    assert json.loads(first[5]) == {"code": "00123", "is_gift": True, "products": [{"product_id": "p"}]}
    assert (json.loads(third[5])["is_gift"], fourth[:2]) == (False, ("4", "Two\nlines"))
    assert asked(engine, "SELECT product_id FROM events WHERE line = 1") == [("p",)]


def test_a_parquet_file_keeps_its_types(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.parquet"
    duckdb.execute(
        f"""COPY (SELECT 'e1' AS event_id, 42.0::DOUBLE AS customer_id, 'Product Viewed' AS name,
        TIMESTAMPTZ '2026-03-01 10:00:00.5+00' AS ts,
        5 AS results, 1.25::DECIMAL(9, 2) AS price, ['a'] AS tags, NULL AS nothing) TO '{path}' (FORMAT parquet)"""
    )
    assert imported(engine, path).loaded == 1
    (row,) = asked(engine, "SELECT identity, ts, results, price, rest FROM events JOIN identities USING (identity_key)")
    assert row == ("42", parse_instant("2026-03-01T10:00:00.5"), 5.0, 12500, '{"tags":["a"]}')


def test_once_live_an_import_arrives_at_its_own_instant(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.ndjson"
    path.write_text('{"customer_id": "a", "name": "X", "ts": "2026-01-01", "received_at": "2026-01-02"}')
    imported(engine, path, arrives_at=MARCH)
    other = DuckDB.open(None)
    imported(other, path)
    assert asked(engine, "SELECT received_at FROM events") == [(MARCH,)]
    assert asked(other, "SELECT received_at FROM events") == [(parse_instant("2026-01-02"),)]


def test_a_gzip_file_cut_off_in_the_middle_gives_the_rows_before_the_cut(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "history.ndjson.gz"
    rows = [json.dumps({"customer_id": f"c{n}", "name": "X", "ts": "2026-01-01", "n": n * 7919 % 1013}) for n in range(5000)]
    whole = gzip.compress("\n".join(rows).encode())
    path.write_bytes(whole[: len(whole) // 2])
    report = imported(engine, path)
    assert 500 < report.loaded < 5000
    assert (0, "the file ends in the middle of its gzip data") in reasons(report)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.parquet", b"PAR1 cut off", "cannot be read as parquet"),
        ("a.xlsx", b"", "name it .ndjson, .csv or .parquet"),
        ("a.csv", b"a,,b\n1,2,3\n", "the first line must name every column"),
        ("a.csv.gz", b"plain", "cannot be unpacked"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_named_with_its_remedy(tmp_path: Path, name: str, content: bytes, words: str):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceFault, match=words) as fault:
        imported(DuckDB.open(None), path)
    assert str(path) in str(fault.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SourceFault, match="there is no such file"):
        imported(DuckDB.open(None), tmp_path / "none.csv")


def test_progress_ends_with_all_rows_done(tmp_path: Path):
    path, seen = tmp_path / "history.ndjson", list[tuple[int, int | None]]()
    path.write_text("\n".join(json.dumps(row) for row in FLAT))
    imported(DuckDB.open(None), path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
