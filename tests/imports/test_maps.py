"""Map files: a foreign table told as events; what does not fit is a Problem with its place and remedy."""

import json
import os
from pathlib import Path

import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import read_project
from opportune.adapters.sources.files import import_files
from opportune.adapters.sources.mapped import read_mapping
from opportune.language.vocabulary.problems import ProblemsFound

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "online-retail" / "map.yml"
DATA = Path(os.environ.get("OPPORTUNE_TEST_DATA", ROOT.parent / "shared" / "data"))
RETAIL = DATA / "online_retail_lines.parquet"

LINES = """no,when,who,sku,n,price,cancelled
1,2026-03-01 10:00,ann,a,2,0.1,false
1,2026-03-01 10:01,ann,b,1,0.2,false
2,2026-03-02,,a,1,5,false
C1,2026-03-03,ann,a,-1,0.1,true
,2026-03-03,ann,a,1,0.1,false
"""
MAP = """events:
  - event: Order Completed
    where: not cancelled
    group: no
    event_id: "o:{no}"
    customer_id: "shop:{first(who)}"
    anonymous_id: "guest:{no}"
    ts: min("when")
    properties:
      total: sum(n * price)
    lists:
      products: {each: {product_id: sku, quantity: n}, where: sku <> 'b'}
customers:
  - group: who
    where: who is not null
    event_id: "c:{who}"
    customer_id: "shop:{who}"
    ts: min("when")
    traits: {orders: count(distinct no)}
"""


def problems_of(folder: Path, written: str, lines: str = LINES) -> list[str]:
    (folder / "map.yml").write_text(written)
    (folder / "lines.csv").write_text(lines)
    with pytest.raises(ProblemsFound) as found:
        import_files(DuckDB.open(None).load, [folder / "lines.csv"], read_mapping(folder / "map.yml"), set_aside=folder)
    return [str(problem).replace(f"{folder}/", "") for problem in found.value.problems]


def test_lines_become_orders_of_customers_and_guests(tmp_path: Path):
    engine = DuckDB.open(None)
    (tmp_path / "map.yml").write_text(MAP)
    (tmp_path / "lines.csv").write_text(LINES)
    report = import_files(engine.load, [tmp_path / "lines.csv"], read_mapping(tmp_path / "map.yml"), set_aside=tmp_path)
    assert (report.loaded, report.left_out) == (3, 0)  # the cancellation is read by `customers:`
    assert [(aside.line, aside.reason) for aside in report.set_aside] == [(6, "no is null")]
    sql = "SELECT event_id, line, identity, total, product_id, quantity FROM events JOIN identities USING (identity_key) ORDER BY 1, 2"
    assert engine._connection.execute(sql).fetchall() == [
        ("o:1", 0, "shop:ann", 4000, None, None),
        ("o:1", 1, "shop:ann", None, "a", 2.0),
        ("o:2", 0, "guest:2", 50000, None, None),
        ("o:2", 1, "guest:2", None, "a", 1.0),
    ]
    assert [(name, json.loads(value)) for name, value in engine._connection.execute("SELECT name, value FROM traits").fetchall()] == [
        ("orders", 2)
    ]


def test_a_misspelt_column_is_named_with_its_neighbour(tmp_path: Path):
    assert problems_of(tmp_path, MAP.replace("product_id: sku", "product_id: skus")) == [
        "map.yml:12: the file has no column 'skus' [E705]\n  Did you mean 'sku'?"
    ]


def test_a_column_that_differs_within_a_group_asks_for_an_aggregate(tmp_path: Path):
    assert problems_of(tmp_path, MAP.replace("{first(who)}", "{who}")) == [
        "map.yml:6: 'who' can differ between the rows of one event [E706]\n"
        "  Write first(who), or min, max, sum, avg, count of it, or group by it."
    ]


@pytest.mark.parametrize(
    "evil", ["read_text('/etc/passwd')", "(select 1)", "getenv('HOME')", "sum(n) over ()", "n; drop table x", "other.n", "*"]
)
def test_an_expression_reads_its_own_columns_and_nothing_else(tmp_path: Path, evil: str):
    (problem, *_) = problems_of(tmp_path, MAP.replace("sum(n * price)", json.dumps(evil)))
    assert problem.startswith("map.yml:10: ")


def test_every_slip_of_shape_is_reported_at_once(tmp_path: Path):
    written = MAP.replace('    event_id: "o:{no}"\n', "").replace("    properties", "    property").replace("customers:", "custmers:")
    assert problems_of(tmp_path, written) == [
        "map.yml:12: a map has no key 'custmers' here [E702]\n  Did you mean 'customers'?",
        "map.yml:8: a map has no key 'property' here [E702]\n  Did you mean 'properties'?",
        "map.yml:2: an entry with `group:` needs an `event_id:` [E703]\n  Write it of the columns it is grouped by.",
    ]


def test_a_row_without_an_id_has_its_content_for_one_and_a_time_that_is_no_time_is_refused(tmp_path: Path):
    (tmp_path / "map.yml").write_text("events:\n  - {event: Order Completed, customer_id: '{who}', ts: cast(day as timestamp)}\n")
    (tmp_path / "lines.csv").write_text("who,day\nann,2026-03-01\nann,2026-03-01\nann,soon\nbob,2026-03-02\n")
    engine, mapping = DuckDB.open(None), read_mapping(tmp_path / "map.yml")
    first = import_files(engine.load, [tmp_path / "lines.csv"], mapping, set_aside=tmp_path)
    assert (first.loaded, first.repeated, [aside.line for aside in first.set_aside]) == (2, 1, [4])
    assert import_files(engine.load, [tmp_path / "lines.csv"], mapping, set_aside=tmp_path).loaded == 0


@pytest.mark.skipif(not RETAIL.exists(), reason="the public test data is not beside the repository (OPPORTUNE_TEST_DATA)")
def test_online_retail_orders_customers_and_revenue_equal_the_raw_file(tmp_path: Path):
    engine = DuckDB.open(None, currency="GBP")
    report = import_files(engine.load, [RETAIL], read_mapping(EXAMPLE), set_aside=tmp_path)
    assert report.set_aside == ()
    asked = engine._connection.execute
    raw = f"(SELECT *, quantity > 0 AND NOT is_cancellation AS is_sold, quantity * unit_price_gbp::DECIMAL(18, 4) AS value FROM '{RETAIL}')"
    (sold,) = asked(
        f"SELECT count(DISTINCT invoice_no), count(DISTINCT customer_id), sum(value) FILTER (is_product) FROM {raw} WHERE is_sold"
    ).fetchall()
    (back,) = asked(f"SELECT count(DISTINCT invoice_no), -sum(value) FILTER (is_product) FROM {raw} WHERE is_cancellation").fetchall()
    per_customer = asked(
        f"SELECT 'online-retail:' || customer_id, sum(value) FILTER (is_product) FROM {raw} WHERE is_sold AND customer_id > 0 GROUP BY 1"
    ).fetchall()
    of = "FROM events JOIN identities USING (identity_key) WHERE name = "
    known = "count(DISTINCT identity) FILTER (identity LIKE 'online-retail:%')"
    assert asked(f"SELECT count(*), {known}, sum(total)::DECIMAL(38, 4) / 10000 {of}'Order Completed'").fetchall() == [
        (sold[0], sold[1], float(sold[2]))
    ]
    assert asked(f"SELECT count(*), sum(total)::DECIMAL(38, 4) / 10000 {of}'Order Refunded'").fetchall() == [(back[0], float(back[1]))]
    stored = asked(f"SELECT identity, sum(total)::HUGEINT {of}'Order Completed' AND identity LIKE 'online-retail:%' GROUP BY 1").fetchall()
    assert sorted(stored) == sorted((customer, int((value or 0) * 10000)) for customer, value in per_customer)
    before = asked("SELECT count(*), sum(hash(events)) FROM events").fetchall()
    again = import_files(engine.load, [RETAIL], read_mapping(EXAMPLE), set_aside=tmp_path)
    assert (again.loaded, again.repeated) == (0, report.loaded)
    assert asked("SELECT count(*), sum(hash(events)) FROM events").fetchall() == before


def test_the_example_project_has_no_problems():
    assert read_project(EXAMPLE.parent / "shop").problems == ()
