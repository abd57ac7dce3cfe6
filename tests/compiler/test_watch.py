"""Conditions watched in small shops; for all: tests/meaning/test_compiled_equals_naive.py."""

import pytest
from tests.compiler.shop import ANN, COOKIE, MINUTE, Shop, parsed

from opportune.language.compiler.watch import first_true
from opportune.language.relations.plans import Row
from opportune.language.vocabulary.reading import Reading


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def watched(shop: Shop, text: str, after: int, until: int, reading: Reading = Reading.AS_SEEN) -> list[Row]:
    rows: list[Row] = [(7, ANN, after * MINUTE, until * MINUTE, None, None, None, None, None)]
    return shop.engine.rows(first_true(parsed(text), reading), inputs={"watches": rows})


def test_an_order_is_true_from_its_arrival_and_the_range_is_open_at_its_beginning(shop):
    shop.event("a", "Order Completed", 10, received=20)
    assert watched(shop, 'did("Order Completed")', 0, 60) == [(7, 20 * MINUTE)]
    assert watched(shop, 'did("Order Completed")', 0, 60, Reading.AS_KNOWN) == [(7, 10 * MINUTE)]
    assert watched(shop, 'did("Order Completed")', 20, 60) == []


def test_a_window_runs_out_at_its_very_instant(shop):
    shop.event("a", "Order Completed", 10)
    assert watched(shop, 'count("Order Completed", within="30m") == 0', 15, 60) == [(7, 40 * MINUTE)]


def test_an_age_exceeds_its_limit_a_microsecond_later_than_it_reaches_it(shop):
    shop.event("a", "Order Completed", 10)
    assert watched(shop, 'age("Order Completed") >= "30m"', 15, 60) == [(7, 40 * MINUTE)]
    assert watched(shop, 'age("Order Completed") > "30m"', 15, 60) == [(7, 40 * MINUTE + 1)]


def test_an_age_meets_a_duration_that_events_set(shop):
    shop.event("a", "Product Viewed", 10, dwell=30 * MINUTE)
    assert watched(shop, 'age("Product Viewed") >= sum("Product Viewed", dwell)', 15, 60) == [(7, 40 * MINUTE)]
    assert watched(shop, 'age("Product Viewed") > sum("Product Viewed", dwell)', 15, 60) == [(7, 40 * MINUTE + 1)]


def test_a_sign_in_brings_what_the_cookie_did(shop):
    shop.event("a", "Order Completed", 10, COOKIE)
    shop.link("l", 30)
    assert watched(shop, 'did("Order Completed")', 0, 60) == [(7, 30 * MINUTE)]
