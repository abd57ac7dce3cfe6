"""DuckDB keeps the Engine contract: plans with parameters and inputs, exports as DESIGN section 4 shows values."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlglot

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.engines.engine import Engine, EngineFault
from opportune.language.relations.map import RELATIONS
from opportune.language.relations.plans import PAIRS, Plan, Row
from opportune.language.vocabulary.kinds import Kind


def plan_of(sql: str, columns: tuple[tuple[str, Kind], ...] = (), parameters: tuple[str, ...] = (), inputs=()) -> Plan:
    return Plan(sqlglot.parse_one(sql, dialect="duckdb"), columns, parameters, inputs)


def pairs(n: int):
    told = [(i, i % 7, i, 2**62, None, "é'\"" if i % 2 else None, None, i, bool(i % 3)) for i in range(n)]
    return [row + (None,) * (len(PAIRS.columns) - len(row)) for row in told]


def test_the_engine_stores_exactly_the_relations_of_the_map():
    engine: Engine = DuckDB.open(None)
    columns = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'main'"
    sql = f"{columns} ORDER BY table_name, ordinal_position"
    stored = engine.rows(plan_of(sql))
    mapped = [(r.name, c.name, c.type) for r in sorted(RELATIONS, key=lambda r: r.name) for c in r.columns]
    assert stored == mapped


def test_a_plan_is_bound_to_named_parameters_and_only_to_those_it_names():
    engine = DuckDB.open(None)
    plan = plan_of("SELECT $at + 1, $word", parameters=("at", "word"))
    assert engine.rows(plan, {"at": 2**40, "word": "x", "unused": 1}) == [(2**40 + 1, "x")]


def test_input_rows_arrive_as_they_were_given_in_their_order():
    engine = DuckDB.open(None)
    plan = plan_of("SELECT * FROM pairs", inputs=(PAIRS,))
    assert engine.rows(plan, inputs={"pairs": pairs(5)}) == pairs(5)
    assert engine.rows(plan, inputs={"pairs": []}) == []


def test_a_hundred_thousand_input_rows_all_arrive():
    plan = plan_of("SELECT count(*), min(pair), max(pair) FROM pairs", inputs=(PAIRS,))
    assert DuckDB.open(None).rows(plan, inputs={"pairs": pairs(100_000)}) == [(100_000, 0, 99_999)]


def test_siblings_in_other_threads_do_not_see_each_others_inputs():
    engine, wrong = DuckDB.open(None), []
    plan = plan_of("SELECT count(*), min(pair) FROM pairs", inputs=(PAIRS,))

    def ask(sibling: DuckDB, size: int) -> None:
        for _ in range(10):
            found = sibling.rows(plan, inputs={"pairs": pairs(size)})
            if found != [(size, 0)]:
                wrong.append(found)

    threads = [threading.Thread(target=ask, args=(engine.sibling(), size)) for size in (10, 200, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_refused_plan_is_a_fault_with_the_engines_words_and_the_sql():
    with pytest.raises(EngineFault, match="no_such_table"):
        DuckDB.open(None).rows(plan_of("SELECT 1 FROM no_such_table"))


SHOWN = """
    SELECT * FROM (VALUES
        (2, true, 1e22::DOUBLE, 123450::BIGINT, 1500000::BIGINT, 1772323200123400::BIGINT, 'a,"b"'),
        (1, false, -1.5e-7::DOUBLE, -50000::BIGINT, -1000::BIGINT, 1772323200000000::BIGINT, ''),
        (3, NULL, NULL, NULL, NULL, NULL, NULL),
        (4, true, 0.1::DOUBLE, -1::BIGINT, 0::BIGINT, -1::BIGINT, 'é'),
        (5, true, 3::DOUBLE, 9223372036854775807, 60000000::BIGINT, 1::BIGINT, 'x')
    ) AS t(n, b, f, m, d, t, s) ORDER BY n DESC
"""
KINDS = (
    ("n", Kind.NUMBER), ("truth", Kind.BOOLEAN), ("f", Kind.NUMBER), ("money", Kind.MONEY),
    ("d", Kind.DURATION), ("t", Kind.TIME), ("s", Kind.TEXT),
)  # fmt: skip


def test_csv_is_written_in_plans_order_in_full_and_without_exponents(tmp_path: Path):
    assert DuckDB.open(None).export(plan_of(SHOWN, KINDS), tmp_path / "out.csv") == 5
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "n,truth,f,money,d,t,s",
        "5,true,3,922337203685477.5807,60,1970-01-01T00:00:00.000001Z,x",
        "4,true,0.1,-0.0001,0,1969-12-31T23:59:59.999999Z,é",
        "3,,,,,,",
        '2,true,10000000000000000000000,12.345,1.5,2026-03-01T00:00:00.1234Z,"a,""b"""',
        '1,false,-0.00000015,-5,-0.001,2026-03-01T00:00:00Z,""',
    ]


def test_an_average_of_money_or_durations_keeps_its_precision_in_csv(tmp_path: Path):
    plan = plan_of("SELECT 12345.5::DOUBLE AS m, 1500000.25::DOUBLE AS d", (("m", Kind.MONEY), ("d", Kind.DURATION)))
    DuckDB.open(None).export(plan, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[1] == "1.23455,1.50000025"


def test_parquet_holds_typed_values(tmp_path: Path):
    engine, target = DuckDB.open(None), tmp_path / "it's.parquet"
    engine.export(plan_of(SHOWN, KINDS), target)
    name = str(target).replace("'", "''")
    described = engine.rows(plan_of(f"SELECT typeof(money), typeof(d), typeof(t), money::VARCHAR FROM '{name}' WHERE n = 2"))
    assert described == [("DECIMAL(38,4)", "DECIMAL(38,6)", "TIMESTAMP WITH TIME ZONE", "12.3450")]


def test_an_export_to_an_unknown_kind_of_file_names_the_kinds_there_are(tmp_path: Path):
    with pytest.raises(EngineFault, match=r"\.csv or \.parquet"):
        DuckDB.open(None).export(plan_of("SELECT 1"), tmp_path / "out.xlsx")


def test_a_sum_over_a_left_join_with_nothing_is_what_it_is() -> None:
    # DuckDB 2.0.0 by itself says false, and 16: what is on the right is empty by its statistics, so it takes the join for empty
    engine = DuckDB.open(None, threads=1)
    for table, rows in (("sold", "(1, 0), (1, 10000)"), ("linked", "(2, 1)")):
        engine._connection.execute(f"CREATE TABLE {table} (k INTEGER, v BIGINT)")
        engine._connection.execute(f"INSERT INTO {table} VALUES {rows}")
    linked = "(SELECT * FROM linked WHERE v > 5) AS o"
    sums = f"SELECT coalesce(o.v, s.k) AS p, sum(s.v) AS total FROM sold AS s LEFT JOIN {linked} ON o.k = s.k GROUP BY 1"
    assert engine.rows(plan_of(f"SELECT p, total > 5, total FROM ({sums}) ORDER BY total")) == [(1, True, 10000)]


def test_a_question_asked_again_is_answered_from_what_is_there_then() -> None:
    engine = DuckDB.open(None)
    plan = plan_of("SELECT count(*), $at FROM pairs, facts", parameters=("at",), inputs=(PAIRS,))
    assert engine.rows(plan, {"at": 1}, {"pairs": pairs(2)}) == [(2, 1)]
    engine._connection.execute("INSERT INTO facts VALUES ('another', 1)")
    assert engine.rows(plan, {"at": 2}, {"pairs": pairs(3)}) == [(6, 2)]


def test_a_plan_that_joins_as_written_leaves_the_engine_as_wary_as_it_was():
    engine = DuckDB.open(None)
    asked = plan_of("SELECT current_setting('disabled_optimizers')")
    before = engine.rows(asked)
    assert "statistics_propagation" in passes_not_used(before)
    meanwhile = passes_not_used(engine.rows(replace(asked, joins_as_written=True)))
    assert meanwhile - passes_not_used(before) == {"join_order", "cte_filter_pusher"}
    assert engine.rows(asked) == before


def passes_not_used(rows: list[Row]) -> set[str]:
    return set(str(rows[0][0]).split(","))
