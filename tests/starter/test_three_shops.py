"""The starter pack on three sample shops that are far apart, each with what its owner would change: they differ where they should."""

import csv
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from opportune.cli.main import main
from opportune.language.vocabulary.instants import parse_instant
from opportune.samples.shop import Shop

JOURNEYS = ("cart-abandonment", "replenishment", "win-back")
NAMES = "orders,own_gap,value,total_value,lifecycle,churned"
CHANGES = {
    "furniture": {"churn_after": "365d", "delivery_time": "30d", "cart_wait": "24h", "risk_least": "120d"},
    "replenish": {"churn_after": "60d", "cart_wait": "30m"},
    "gifts": {},
}
"""What each shop's owner writes other than the pack does."""


@dataclass(frozen=True)
class Ran:
    """What came of a shop: values of everybody, and of its journeys enrolments and messages."""

    kind: str
    said: list[dict[str, str]]
    enrolled: list[dict[str, str]]
    messages: list[dict[str, str]]

    def counts(self, name: str) -> Counter[str]:
        return Counter(row[name] for row in self.said)


@pytest.fixture(scope="module")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run("furniture", tmp_path_factory.mktemp("furniture"))


@pytest.fixture(scope="module")
def replenish(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run("replenish", tmp_path_factory.mktemp("replenish"))


@pytest.fixture(scope="module")
def gifts(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run("gifts", tmp_path_factory.mktemp("gifts"))


def run(kind: str, folder: Path) -> Ran:
    """A year of the shop through the commands that a brand would use."""
    project, shop = folder / "shop", Shop.build(customers=150, seed=5, start=parse_instant("2025-01-01"), days=365, kind=kind)
    assert main(["init", str(project)]) == 0
    shop.write_history(folder / "history.ndjson")
    shop.write_supply(project / "tables" / "supply.csv")
    settings = project / "opportune.yml"
    written = settings.read_text(encoding="utf-8")
    for name, value in CHANGES[kind].items():
        written, changed = re.subn(rf"^  {name}: \S+", f"  {name}: {value}", written, flags=re.MULTILINE)
        assert changed == 1
    settings.write_text(written, encoding="utf-8")
    at = ["--project", str(project)]
    assert main(["import", str(folder / "history.ndjson"), *at]) == 0
    assert main(["evaluate", *at, "--names", NAMES, "--out", str(folder / "said.csv")]) == 0
    assert main(["backtest", *JOURNEYS, *at, "--out", str(folder / "past")]) == 0
    return Ran(kind, rows(folder / "said.csv"), rows(folder / "past" / "enrolments.csv"), rows(folder / "past" / "messages.csv"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def usual_gap(one: Ran) -> float:
    return median(float(row["own_gap"]) for row in one.said if row["own_gap"])


def bought_once(one: Ran) -> float:
    """The share of buyers with a single order."""
    buyers = [row for row in one.said if row["orders"] != "0"]
    return sum(row["orders"] == "1" for row in buyers) / len(buyers)


def sound(one: Ran) -> None:
    """What holds in every shop: tiers rank buyers by worth, people are spread over the stages, each message held says why."""
    worths = [[float(row["total_value"]) for row in one.said if row["value"] == name] for name in ("high", "medium", "growing", "low")]
    assert all(worths)
    assert all(min(above) >= max(below) for above, below in itertools.pairwise(worths))
    assert len(one.counts("lifecycle")) >= 4
    assert one.messages
    assert all(row["reason"] for row in one.messages if row["status"] == "held")
    assert any(row["journey"] == "cart-abandonment" for row in one.enrolled)


def test_where_things_are_dear_and_rare_nobody_is_lost_within_the_year_that_the_shop_allows(furniture: Ran) -> None:
    sound(furniture)
    assert furniture.counts("churned") == {"false": len(furniture.said)}
    assert not [row for row in furniture.enrolled if row["journey"] == "win-back"]


def test_where_goods_are_used_up_most_come_again_and_are_reminded(replenish: Ran) -> None:
    sound(replenish)
    assert bought_once(replenish) < 0.3
    assert sum(row["journey"] == "replenishment" for row in replenish.enrolled) > 0


def test_where_gifts_are_bought_most_buy_once(gifts: Ran) -> None:
    sound(gifts)
    assert bought_once(gifts) > 0.4


def test_who_uses_things_up_comes_again_sooner_than_who_furnishes_and_more_often_than_both(
    furniture: Ran, replenish: Ran, gifts: Ran
) -> None:
    assert usual_gap(replenish) < 0.7 * usual_gap(furniture)  # of gifts it is that of the few who came twice within one season
    assert bought_once(replenish) < min(bought_once(furniture), bought_once(gifts))
    assert replenish.counts("lifecycle")["loyal"] > max(furniture.counts("lifecycle")["loyal"], gifts.counts("lifecycle")["loyal"])
