"""The starter pack on three published histories, beside figures worked out of the raw rows by other means.

The tables are not part of the repository: OPPORTUNE_TEST_DATA says where they are; without them these tests are skipped. A few hundred
customers of each are drawn by the hash of their number.
"""

import csv
import itertools
import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import duckdb
import pytest

from opportune.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("OPPORTUNE_TEST_DATA", ROOT.parent / "shared" / "data"))
DAY = timedelta(days=1)
NAMES = (
    "orders,orders_365d,own_gap,brand_gap,category_gap,revenue,total_value,value,buyer,lifecycle,churned,loyal,segment.overdue,"
    "engagement_falling,engagement,mails_delivered,visits_30d,source,nps,intent,in_cart"
)
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not (DATA / "cdnow_orders.parquet").exists(), reason="the public test data is not there (OPPORTUNE_TEST_DATA)"),
]


@dataclass(frozen=True)
class Source:
    """A published table: the file of a draw of its customers, and its orders as (customer, instant, total), in plain SQL."""

    example: str
    currency: str
    key: str
    customers: int
    rows: str
    orders: str
    refunds: str = "SELECT NULL, NULL LIMIT 0"


SOURCES = {
    "cdnow": Source(
        example="cdnow",
        currency="USD",
        key="customer_id",
        customers=500,
        rows="SELECT * FROM '{data}/cdnow_orders.parquet'",
        orders="SELECT 'cdnow:' || customer_id, ts, sum(amount_usd) FROM '{draw}' GROUP BY customer_id, ts",
    ),
    "online-retail": Source(
        example="online-retail",
        currency="GBP",
        key="customer_id",
        customers=400,
        rows="SELECT * FROM '{data}/online_retail_lines.parquet'",
        orders="""SELECT 'online-retail:' || min(customer_id), min(ts), sum(quantity * unit_price_gbp) FILTER (is_product)
            FROM '{draw}' WHERE quantity > 0 AND NOT is_cancellation GROUP BY invoice_no""",
        refunds="""SELECT 'online-retail:' || customer_id, sum(-quantity * unit_price_gbp)
            FROM '{draw}' WHERE is_cancellation AND is_product GROUP BY customer_id""",
    ),
    "complete-journey": Source(
        example="complete-journey",
        currency="USD",
        key="household_id",
        customers=100,
        rows="""SELECT t.*, product_category FROM '{data}/cj_transactions.parquet' t
            LEFT JOIN '{data}/cj_products.parquet' USING (product_id)""",
        orders="SELECT 'complete-journey:' || min(household_id), min(ts), sum(sales_value_usd) FROM '{draw}' GROUP BY basket_id",
    ),
}


@dataclass(frozen=True)
class Known:
    """What the pack says of everybody at the last event, and every order of the draw: instant → total, by customer."""

    said: dict[str, dict[str, str]]
    orders: dict[str, list[tuple[datetime, float]]]
    refunds: dict[str, float]
    at: datetime

    def real(self, who: str, at: datetime | None = None) -> list[datetime]:
        """The orders of somebody that were worth something, up to an instant."""
        return [when for when, total in self.orders[who] if total > 0 and when <= (at or self.at)]


@pytest.fixture(scope="module", params=SOURCES)
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Known:
    source, folder = SOURCES[request.param], tmp_path_factory.mktemp(request.param)
    project = made(source, folder)
    out = folder / "said.csv"
    assert main(["evaluate", "--project", str(project), "--names", NAMES, "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        said = {row["customer_id"]: row for row in csv.DictReader(file)}
    asked = duckdb.connect()
    asked.execute("SET TimeZone = 'UTC'")
    orders = dict[str, list[tuple[datetime, float]]]()
    for who, when, total in asked.execute(source.orders.format(draw=folder / "draw.parquet") + " ORDER BY 2").fetchall():
        orders.setdefault(who, []).append((when.astimezone(UTC), round(total or 0, 4)))
    refunds = dict(asked.execute(source.refunds.format(draw=folder / "draw.parquet")).fetchall())
    (last,) = asked.execute(f"SELECT max(ts) FROM '{folder / 'draw.parquet'}'").fetchone() or (None,)
    return Known(said=said, orders=orders, refunds=refunds, at=last.astimezone(UTC))


def made(source: Source, folder: Path) -> Path:
    """A new project of the pack that has read a draw of the table."""
    rows, draw, project = source.rows.format(data=DATA), folder / "draw.parquet", folder / "shop"
    chosen = (
        f"SELECT {source.key} FROM ({rows}) GROUP BY 1 HAVING {source.key} > 0 ORDER BY md5({source.key}::VARCHAR) LIMIT {source.customers}"
    )
    duckdb.sql(f"COPY (SELECT * FROM ({rows}) WHERE {source.key} IN ({chosen})) TO '{draw}'")
    assert main(["init", "--currency", source.currency, str(project)]) == 0
    told = ROOT / "examples" / source.example / "map.yml"
    assert main(["import", "--strict", "--map", str(told), "--project", str(project), str(draw)]) == 0
    return project


def test_orders_and_money_are_those_of_the_raw_rows(known: Known) -> None:
    wanted = {who: (len(known.real(who)), worth(known, who)) for who in known.orders}
    said = {who: (int(known.said[who]["orders"]), float(known.said[who]["revenue"])) for who in known.orders}
    assert {who: count for who, (count, _) in said.items()} == {who: count for who, (count, _) in wanted.items()}
    assert max(abs(said[who][1] - wanted[who][1]) for who in wanted) < 0.02  # a total has four digits


def worth(known: Known, who: str) -> float:
    return sum(total for _, total in known.orders[who] if total > 0) - known.refunds.get(who, 0)


def gap_of(times: list[datetime]) -> float | None:
    return (times[-1] - times[0]).total_seconds() / (len(times) - 1) if len(times) > 1 else None


def test_the_usual_gap_is_the_median_customers_on_the_first_of_the_month_and_her_own_is_drawn_towards_it(known: Known) -> None:
    frozen = known.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    gaps = sorted(gap for who in known.orders if (gap := gap_of(known.real(who, frozen))) is not None)
    (said,) = {float(row["brand_gap"]) for row in known.said.values()}
    assert said == pytest.approx(gaps[(len(gaps) - 1) // 2], abs=1e-5)
    for who in known.orders:
        times, usual = known.real(who), known.said[who]["category_gap"]
        if not times:
            assert known.said[who]["own_gap"] == ""
            continue
        own = (3 * float(usual) + (times[-1] - times[0]).total_seconds()) / (3 + len(times) - 1)
        assert float(known.said[who]["own_gap"]) == pytest.approx(own, abs=1e-5)


def test_every_lifecycle_stage_is_what_the_orders_alone_say_where_nothing_else_is_known(known: Known) -> None:
    found = {who: known.said[who]["lifecycle"] for who in known.orders}
    assert found == {who: stage(known, who) for who in known.orders}


def stage(known: Known, who: str) -> str:
    times = known.real(who)
    if not times:
        return "anonymous"
    silent, orders = known.at - times[-1], len(times)
    if silent >= 90 * DAY and known.at - max(when for when, _ in known.orders[who]) >= 90 * DAY:
        return "churned"
    late = silent > max(30 * DAY, 1.5 * timedelta(seconds=float(known.said[who]["own_gap"])))
    if late or silent >= 90 * DAY or known.said[who]["engagement_falling"] == "true":
        return "at_risk"
    if orders >= 5 or (orders >= 2 and known.at - times[0] >= 365 * DAY):
        return "loyal"
    return "developing" if orders > 1 else "first_time"


def test_tiers_hold_their_shares_and_no_lower_one_is_worth_more(known: Known) -> None:
    ranked = [row for row in known.said.values() if row["value"] != "unranked"]
    assert len(ranked) == sum(1 for who in known.orders if known.real(who))
    shares = Counter(row["value"] for row in ranked)
    wanted = {"high": 0.1, "medium": 0.3, "growing": 0.4, "low": 0.2}
    assert all(abs(shares[name] / len(ranked) - share) <= 0.02 for name, share in wanted.items()), shares  # cut on Monday
    spans = [[float(row["total_value"]) for row in ranked if row["value"] == name] for name in wanted]
    assert all(min(above) >= max(below) for above, below in itertools.pairwise(spans))


def test_buyers_are_cut_at_the_thirds_of_the_first_of_the_month(known: Known) -> None:
    frozen = known.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counts = sorted(count for who in known.orders if (count := in_a_year(known.real(who, frozen), frozen)))
    cuts = [quantile(counts, third) for third in (0.666666, 0.333333)]
    wanted = {who: buyer(in_a_year(known.real(who), known.at), cuts) for who in known.orders}
    assert {who: known.said[who]["buyer"] for who in known.orders} == wanted


def in_a_year(times: list[datetime], at: datetime) -> int:
    return sum(1 for when in times if at - 365 * DAY < when <= at)


def quantile(values: list[int], share: float) -> int:
    """The least value that has such a share at or below it."""
    return values[ceil(len(values) * share) - 1]


def buyer(count: int, cuts: list[int]) -> str:
    return "heavy" if count > cuts[0] else "medium" if count > cuts[1] else "light" if count else "none"


def test_what_the_table_does_not_tell_is_unknown_and_no_zero(known: Known) -> None:
    for row in known.said.values():
        assert (row["mails_delivered"], row["nps"], row["source"]) == ("", "unknown", "unknown")
        assert float(row["engagement.coverage"]) < 0.45  # no mail (40 of 100), and of the site hardly more than that orders were visits
        assert row["intent"] in ("low", "none")


def test_without_consent_nobody_is_mailed_and_as_if_all_had_agreed_whoever_was_lost_is_won_back(tmp_path: Path) -> None:
    source = SOURCES["cdnow"]
    project = made(replace(source, customers=250), tmp_path)
    backtest = ["backtest", "win-back", "--project", str(project), "--out"]
    assert main([*backtest, str(tmp_path / "silent")]) == 0
    assert rows(tmp_path / "silent" / "enrolments.csv") == rows(tmp_path / "silent" / "messages.csv") == []
    agreed = ROOT / "examples" / "cdnow" / "as-if-agreed.yml"
    assert main(["import", "--map", str(agreed), "--project", str(project), str(tmp_path / "draw.parquet")]) == 0
    assert main([*backtest, str(tmp_path / "agreed")]) == 0
    assert {row["customer_id"] for row in rows(tmp_path / "agreed" / "enrolments.csv")} == lost_once(source, tmp_path / "draw.parquet")


def lost_once(source: Source, draw: Path) -> set[str]:
    """Who once had no order for 90 days, before the end."""
    times = dict[str, list[datetime]]()
    for who, when, total in duckdb.sql(source.orders.format(draw=draw) + " ORDER BY 2").fetchall():
        if total > 0:
            times.setdefault(who, []).append(when)
    end = max(when for own in times.values() for when in own)
    return {who for who, own in times.items() if any(b - a >= 90 * DAY for a, b in zip(own, [*own[1:], end], strict=True))}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
