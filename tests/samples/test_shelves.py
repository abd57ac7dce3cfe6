"""Prices and stocks change, and everybody sees the price and the shelf of the moment."""

import csv
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tests.samples.written import START, Written, ts_of

from opportune.language.vocabulary.instants import Instant
from opportune.samples import Habits, Shop
from opportune.samples.seasons import DAY


def changes(written: Written, event: str, value: str) -> dict[str, list[tuple[Instant, float, float | None]]]:
    """Product → instant, value and the one before, in order."""
    found: defaultdict[str, list[tuple[Instant, float, float | None]]] = defaultdict(list)
    for call in written.named(event):
        told = call["properties"]
        found[told["product_id"]].append((ts_of(call), told[value], told.get(f"old_{value}")))
    return {product: sorted(told, key=lambda change: change[0]) for product, told in found.items()}


def at_the_time(told: list[tuple[Instant, float, float | None]], at: Instant, before: float) -> float:
    """The value that held at an instant."""
    return next((value for since, value, _ in reversed(told) if since <= at), before)


def test_a_price_falls_often_by_a_tenth_and_rises_again(calm: Written) -> None:
    told = [change for product in changes(calm, "Price Changed", "price").values() for change in product]
    falls = [1 - price / old for _, price, old in told if old and price < old]
    assert len(falls) > 100
    assert 0.6 < sum(fall > 0.095 for fall in falls) / len(falls) < 0.95
    assert sum(price > old for _, price, old in told if old) > 100


def test_what_a_change_names_as_old_is_what_was_before(calm: Written) -> None:
    base = {product.product_id: product.price / 100 for product in calm.shop.products}
    for product, told in changes(calm, "Price Changed", "price").items():
        before = base[product]
        for _, price, old in told:
            assert old == before
            before = price
    for told in changes(calm, "Stock Changed", "stock").values():
        assert told[0][0] == START
        assert [old for _, _, old in told] == [None, *(stock for _, stock, _ in told[:-1])]


def test_products_run_out_and_come_back(calm: Written) -> None:
    stocks = [[stock for _, stock, _ in told] for told in changes(calm, "Stock Changed", "stock").values()]
    assert len(stocks) == len(calm.shop.products), "each is told at the start"
    assert sum(one == 0 and after > 0 for told in stocks for one, after in pairwise(told)) > 60


def test_a_customer_sees_and_pays_the_price_of_the_moment(calm: Written) -> None:
    base = {product.product_id: product.price / 100 for product in calm.shop.products}
    told = changes(calm, "Price Changed", "price")
    seen = [(call["properties"], ts_of(call)) for call in (*calm.named("Product Viewed"), *calm.named("Product Added"))]
    paid = [(line, ts_of(order)) for order in calm.named("Order Completed") for line in order["properties"]["products"]]
    for one, at in (*seen, *paid):
        now = at_the_time(told.get(one["product_id"], []), at, base[one["product_id"]])
        assert one["price"] == now
    on_sale = sum("old_price" in line for line, _ in paid) / len(paid)
    assert 0.005 < on_sale < 0.15
    for order in calm.named("Order Completed"):
        assert order["properties"].get("sale", False) == any("old_price" in line for line in order["properties"]["products"])


def test_sold_out_things_are_looked_at_but_not_put_in_carts(calm: Written) -> None:
    told = changes(calm, "Stock Changed", "stock")

    def in_vain(calls: list[dict[str, Any]]) -> float:
        return float(np.mean([at_the_time(told[call["properties"]["product_id"]], ts_of(call), 1) == 0 for call in calls]))

    assert in_vain(calm.named("Product Viewed")) > 0.005
    assert in_vain(calm.named("Product Added")) < 0.001


def test_a_shop_without_sales_and_gaps_tells_only_what_there_is_at_the_start(tmp_path: Path) -> None:
    shop = Shop.build(customers=30, seed=2, start=START, days=200, habits=Habits(sales_rate=0, sold_out_rate=0))
    assert len(shop.world.catalogue.shelves.prices) == len(shop.world.catalogue.shelves.stocks) == len(shop.products)


def test_shelves_go_on_after_the_history(calm: Written) -> None:
    shop = calm.shop
    calls = shop.live().visits(shop.end, Instant(shop.end + 20 * DAY // 10))
    assert any(call.get("event") == "Weather Changed" for call in calls)
    assert not any({"userId", "anonymousId"} & set(call) for call in calls if call.get("event") == "Weather Changed")


def test_the_products_are_a_table_with_what_a_mail_shows(calm: Written, tmp_path: Path) -> None:
    calm.shop.write_products(tmp_path / "products.csv")
    with (tmp_path / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["product_id"] for row in rows] == [product.product_id for product in calm.shop.products]
    shown = {row["product_id"]: row for row in rows}
    for call in calm.named("Product Viewed")[:500]:
        told = call["properties"]
        row = shown[told["product_id"]]
        assert (told["name"], told["url"], told["image_url"], told["category"]) == (
            row["name"],
            row["url"],
            row["image_url"],
            row["category"],
        )
