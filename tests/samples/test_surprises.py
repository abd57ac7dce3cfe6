"""Every surprise can be seen where it is on, and nowhere else: shops with exactly one of them."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.samples.written import START, Written, received_at, ts_of, write

from opportune.samples import Habits, Shop
from opportune.samples.disturbances import outage_of
from opportune.samples.seasons import DAY, SECOND
from opportune.samples.truth import SURPRISES

MINUTE = 60 * SECOND
MORE = 10
"""A small shop has so many times the usual share, to show it at all."""


def late_carts(shop: Written) -> int:
    return sum(received_at(call) - ts_of(call) > MINUTE for call in shop.named("Product Added"))


def repeats(shop: Written) -> int:
    return len(shop.calls) - len(shop.first)


def changed_repeats(shop: Written) -> int:
    first = {call["messageId"]: call for call in shop.first}
    return sum(call["properties"] != first[call["messageId"]]["properties"] for call in shop.calls if "properties" in call)


def clicks_of_scanners(shop: Written) -> int:
    return sum(call["properties"].get("agent") in (None, "suspected") for call in shop.named("Email Link Clicked"))


def crawlers(shop: Written) -> int:
    dwells = defaultdict(list)
    for call in shop.named("Product Viewed"):
        if "anonymousId" in call:
            dwells[call["anonymousId"]].append(call["properties"]["dwell"])
    return sum(len(each) >= 40 and max(each) < 0.5 for each in dwells.values())


def shared_browsers(shop: Written) -> int:
    owners = defaultdict(set)
    for call in shop.first:
        if {"userId", "anonymousId"} <= set(call):
            owners[call["anonymousId"]].add(call["userId"])
    return sum(len(users) > 1 for users in owners.values())


def foreign_orders(shop: Written) -> int:
    return sum(call["properties"]["currency"] != "USD" for call in shop.named("Order Completed"))


def long_silences(shop: Written) -> int:
    pages = [received_at(call) for call in shop.first if call["type"] == "page"]
    return sum(later - sooner > 10 * DAY for sooner, later in pairwise(pages))


def odd_returns(shop: Written) -> int:
    ordered = {call["properties"]["order_id"] for call in shop.named("Order Completed")}
    delivered = {call["properties"]["order_id"] for call in shop.named("Order Delivered")}
    cancelled = {call["properties"]["order_id"] for call in shop.named("Order Cancelled")}
    refunds = Counter(call["properties"]["order_id"] for call in shop.named("Order Refunded"))
    return len(cancelled & delivered) + len(set(refunds) - ordered) + sum(count > 1 for count in refunds.values())


def calls_from_the_future(shop: Written) -> int:
    return sum(ts_of(call) > received_at(call) + 5 * MINUTE for call in shop.first)


SEEN: dict[str, Callable[[Written], int]] = {
    "late_share": late_carts,
    "repeated_share": repeats,
    "scanner_share": clicks_of_scanners,
    "crawler_share": crawlers,
    "shared_device_share": shared_browsers,
    "foreign_currency_share": foreign_orders,
    "outage_days": long_silences,
    "odd_return_share": odd_returns,
    "changed_repeat_share": changed_repeats,
    "wrong_clock_share": calls_from_the_future,
}


def habits_with(surprise: str) -> Habits:
    """Only this surprise; repeats that change need repeats."""
    usual = getattr(Habits(), surprise)
    chosen = replace(Habits().calm(), **{surprise: usual if surprise == "outage_days" else min(MORE * usual, 0.5)})
    return replace(chosen, repeated_share=0.05) if surprise == "changed_repeat_share" else chosen


def test_each_surprise_has_a_way_to_be_seen() -> None:
    assert set(SEEN) == set(SURPRISES)
    assert all(getattr(Habits().calm(), surprise) == 0 < getattr(Habits(), surprise) for surprise in SURPRISES)


@pytest.mark.parametrize("surprise", SURPRISES)
def test_a_shop_with_one_surprise_shows_that_one_and_no_other(surprise: str, tmp_path: Path) -> None:
    shop = Shop.build(customers=500, seed=8, start=START, days=365, habits=habits_with(surprise))
    written = write(shop, tmp_path / "history.ndjson")
    seen = {name for name, count in SEEN.items() if count(written)}
    assert seen == {surprise} | ({"repeated_share"} if surprise == "changed_repeat_share" else set())


def test_the_usual_shop_has_all_of_them_and_the_calm_one_none(written: Written, calm: Written) -> None:
    assert {name: count(written) > 0 for name, count in SEEN.items()} == dict.fromkeys(SEEN, True)
    assert {name: count(calm) for name, count in SEEN.items()} == dict.fromkeys(SEEN, 0)


def test_orders_of_the_outage_are_told_within_hours_of_its_end(written: Written) -> None:
    start, end = outage_of(written.shop.world.seasons, Habits())
    assert end - start == 14 * DAY
    hit = [call for call in written.named("Order Completed") if start <= ts_of(call) < end - DAY]
    assert len(hit) > 20
    assert all(end <= received_at(call) < end + 7 * 3600 * SECOND for call in hit)
    assert not any("anonymousId" in call for call in hit)
    lost = [call for call in written.first if call["type"] == "page" and start <= received_at(call) < end]
    assert len([call for call in lost if ts_of(call) > start]) == 0
    mails = [call for call in written.named("Email Sent") if start <= ts_of(call) < end]
    assert mails
    assert all(received_at(call) - ts_of(call) < MINUTE for call in mails)


def test_an_outage_is_at_most_a_twenty_fifth_of_a_short_history() -> None:
    shop = Shop.build(customers=1, seed=1, start=START, days=50)
    start, end = outage_of(shop.world.seasons, Habits())
    assert end - start == 2 * DAY


def test_orders_in_other_currencies_cost_the_list_prices_there(written: Written) -> None:
    base = {product.product_id: product.price / 100 for product in written.shop.products}
    factors = {"EUR": 0.92, "GBP": 0.79}
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    for order in written.named("Order Completed"):
        for line in order["properties"]["products"]:
            ratios[order["properties"]["currency"]].append(line.get("old_price", line["price"]) / base[line["product_id"]])
    assert set(ratios) == {"USD", "EUR", "GBP"}
    for currency, factor in factors.items():
        assert np.median(ratios[currency]) == pytest.approx(factor, abs=0.01)


def test_a_scanner_follows_several_links_within_a_second_of_delivery(written: Written) -> None:
    delivered = {call["properties"]["message_id"]: ts_of(call) for call in written.named("Email Delivered")}
    suspected = [call for call in written.named("Email Link Clicked") if call["properties"].get("agent") in (None, "suspected")]
    per_mail = Counter(call["properties"]["message_id"] for call in suspected)
    assert set(per_mail.values()) == {2}
    assert all(0 < ts_of(call) - delivered[call["properties"]["message_id"]] <= SECOND for call in suspected)
    assert {"agent" in call["properties"] for call in suspected} == {True, False}, "of some the mail system did not say what they are"
