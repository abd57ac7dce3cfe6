"""How long does it take to replay all journeys of the starter pack, a month and a year, as a command that somebody types?

Settles  that a brand tries the pack on its own past in one command: the aim for a year is a minute at a million events of 20,000
         customers and eight at ten millions. The aim is told, not asserted; a backtest that decides nothing fails
Run      make bench ARGS="benchmarks/bench_backtest.py" · OPPORTUNE_BENCH=large: 20,000 and 200,000 customers as well
"""

import csv
import os
from pathlib import Path

import pytest
from benchmarks.bench_pack import opportune, shop_with_the_pack
from benchmarks.large_shop import CUSTOMERS

from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant

SIZES = [CUSTOMERS // 100, *([CUSTOMERS // 10, CUSTOMERS] if os.environ.get("OPPORTUNE_BENCH") == "large" else [])]
"""Customers; a year of each is about 50 events."""
DAYS = {"30 days": 30, "a year": 365}
END = parse_instant("2026-01-01T00:00:00Z")
DAY = 86_400_000_000


@pytest.mark.slow
@pytest.mark.parametrize("customers", SIZES)
@pytest.mark.parametrize("days", DAYS)
def test_all_journeys_of_the_pack(customers: int, days: str, tmp_path: Path) -> None:
    project = shop_with_the_pack(customers, tmp_path)
    start = format_instant(Instant(END - DAYS[days] * DAY))
    took = opportune("backtest", "--from", start, "--to", format_instant(END), "--out", "replayed", folder=project)
    enrolled, decided = (rows(project / "replayed" / name) for name in ("enrolments.csv", "messages.csv"))
    assert decided > 0
    print(
        f"\n{days}, {customers:,} customers, {enrolled:,} enrolments, {decided:,} messages, load {os.getloadavg()[0]:.1f}\n"
        f"  {took}   {1000 * took.processor / decided:.2f} ms of the processor a message"
    )


def rows(path: Path) -> int:
    """Rows of a CSV file below its head."""
    with path.open(encoding="utf-8", newline="") as table:
        return sum(1 for _ in csv.reader(table)) - 1
