"""Three other shops differ from the home shop in what a definition could trip over: gaps, seasons, repetition, size of orders."""

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.samples.written import START, Written, ts_of

from opportune.language.vocabulary.instants import datetime_of
from opportune.samples import Shop
from opportune.samples.kinds import KINDS
from opportune.samples.seasons import DAY


def gaps(written: Written) -> list[float]:
    """Days between consecutive orders of a customer."""
    instants = defaultdict(list)
    for order in written.named("Order Completed"):
        instants[order["userId"]].append(ts_of(order))
    return [(later - sooner) / DAY for each in instants.values() for sooner, later in pairwise(sorted(each))]


def value(written: Written) -> float:
    return float(np.median([order["properties"]["total"] for order in written.named("Order Completed")]))


def per_buyer(written: Written) -> float:
    orders = Counter(order["userId"] for order in written.named("Order Completed"))
    return orders.total() / len(orders)


def test_furniture_is_dear_and_rare_and_comes_late(kinds: dict[str, Written], calm: Written) -> None:
    furniture = kinds["furniture"]
    assert value(furniture) > 3 * value(calm)
    assert per_buyer(furniture) < 1.5
    views, orders = (len(furniture.named(name)) for name in ("Product Viewed", "Order Completed"))
    assert views / orders > 2 * len(calm.named("Product Viewed")) / len(calm.named("Order Completed"))
    assert len(furniture.named("Ticket Opened")) / orders > 0.06


def test_coffee_is_bought_again_in_a_regular_cycle(kinds: dict[str, Written], calm: Written) -> None:
    coffee = kinds["replenish"]
    assert 14 < np.median(gaps(coffee)) < 50
    assert per_buyer(coffee) > 2 * per_buyer(calm)
    bought = defaultdict(Counter)
    for order in coffee.named("Order Completed"):
        bought[order["userId"]].update({line["product_id"] for line in order["properties"]["products"]})
    often = [counts for counts in bought.values() if counts.total() >= 6]
    assert np.median([counts.most_common(1)[0][1] / counts.total() for counts in often]) > 0.35
    assert all(product.lasts_days for product in coffee.shop.products)


def test_planned_orders_come_regularly_when_the_habit_says_so(kinds: dict[str, Written]) -> None:
    """Of the heaviest buyers: gaps of a Poisson process vary as much as they are long; these do not."""
    coffee = kinds["replenish"]
    instants = defaultdict(list)
    for order in coffee.named("Order Completed"):
        instants[order["userId"]].append(ts_of(order) / DAY)
    ratios = []
    for each in instants.values():
        if len(each) >= 8:
            between = np.diff(sorted(each))
            ratios.append(between.std() / between.mean())
    assert len(ratios) > 50
    assert np.median(ratios) < 0.75


def test_gifts_have_seasons_and_most_buy_once(kinds: dict[str, Written], calm: Written) -> None:
    gifts = kinds["gifts"]
    orders = Counter(order["userId"] for order in gifts.named("Order Completed"))
    assert sum(count == 1 for count in orders.values()) / len(orders) > 0.6
    months = Counter(datetime_of(ts_of(order)).month for order in gifts.named("Order Completed"))
    assert (months[11] + months[12]) / months.total() > 0.3
    assert (months[7] + months[8]) / months.total() < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_a_shop_sells_its_own_things(kind: str) -> None:
    shop = Shop.build(customers=2, seed=3, start=START, days=5, kind=kind)
    categories = KINDS[kind].assortment.categories
    assert {product.category for product in shop.products} == {category.name for category in categories}
    assert len({product.product_id for product in shop.products}) == len(shop.products) == 25 * len(categories)
    assert all(product.url.startswith(KINDS[kind].assortment.address) for product in shop.products)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_writes_the_same_file_of_every_kind(kind: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        Shop.build(customers=60, seed=1, start=START, days=90, kind=kind).write_history(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no shop of the kind 'bakery', only home, furniture, replenish, gifts"):
        Shop.build(customers=1, seed=1, start=START, days=1, kind="bakery")


def test_goods_that_are_used_up_say_how_long_they_last(tmp_path: Path) -> None:
    for kind in KINDS:
        Shop.build(customers=1, seed=1, start=START, days=1, kind=kind).write_supply(tmp_path / kind)
    assert [path.name for path in tmp_path.iterdir()] == ["replenish"], "nothing else is used up"
    head, *lines = (tmp_path / "replenish").read_text(encoding="utf-8").splitlines()
    assert head == "product_id,lasts"
    assert len(lines) == 125
    assert all(line.endswith("d") for line in lines)
