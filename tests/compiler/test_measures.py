"""What is kept of a customer's events, one edge each: voids, tables, `since`, `ago`, ties and rounding. Of everybody and at pairs alike."""

from datetime import timedelta
from fractions import Fraction

import duckdb
import pytest
from tests.compiler.shop import ANN, BOB, COOKIE, MINUTE, Shop, pair, parsed

from opportune.language.compiler.columns import average
from opportune.language.compiler.values import at_pairs, snapshot
from opportune.language.relations import builders as sql
from opportune.language.relations.plans import Row, Scalar
from opportune.language.tree.expressions import Aggregate, Ago, Expr, Literal, Lookup, Metric, Property, Selector, Table, Void
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

COUNT = Aggregate.COUNT
TINY = 1 / MINUTE
"""A microsecond."""
BY_ID = Property("order_id", Kind.TEXT, True)
CANCELLED = Void(("Order Completed",), Selector(("Order Cancelled",)), None, BY_ID)
STANDING = Metric(function=COUNT, selector=Selector(("Order Completed",), voids=(CANCELLED,)))


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def told(shop: Shop, asked: str | Expr, at: float, seen: float | None = None, who: int = ANN) -> Scalar:
    """The value at one pair; the snapshot of everybody has to say the same, where it tells of the customer at all."""
    expr = parsed(asked) if isinstance(asked, str) else asked
    ((_, value),) = shop.engine.rows(at_pairs({"x": expr}), inputs={"pairs": [pair(1, who, at, seen)]})
    moment = {"at": round(at * MINUTE), "seen": round((at if seen is None else seen) * MINUTE)}
    everybody = dict(shop.engine.rows(snapshot({"x": expr}), moment))
    name = {ANN: "ann", BOB: "bob", COOKIE: "cookie"}[who]
    assert name not in everybody or everybody[name] == value
    return value


def as_known(shop: Shop, expr: Expr, at: float) -> Scalar:
    row: Row = (1, ANN, round(at * MINUTE), FOREVER, None, None, None, None, None)
    ((_, value),) = shop.engine.rows(at_pairs({"x": expr}), inputs={"pairs": [row]})
    assert dict(shop.engine.rows(snapshot({"x": expr}), {"at": round(at * MINUTE), "seen": FOREVER})).get("ann") == value
    return value


def test_an_order_is_void_once_its_cancellation_is_seen_and_others_are_not(shop):
    for order in ("x", "y", None):
        shop.event(f"o{order}", "Order Completed", 1, order_id=order)
    shop.event("c", "Order Cancelled", 2, received=4, order_id="x")
    shop.event("d", "Order Cancelled", 2, received=4)
    assert [told(shop, STANDING, 3), told(shop, STANDING, 3, 4), told(shop, STANDING, 4)] == [3, 2, 2]


def test_what_voids_follows_in_event_order(shop):
    shop.event("c", "Order Cancelled", 1, order_id="x")
    shop.event("b", "Order Completed", 1, order_id="x")
    shop.event("d", "Order Completed", 1, order_id="x")
    assert told(shop, STANDING, 9) == 1


def test_what_a_linked_id_cancelled_is_void_for_its_customer(shop):
    shop.event("o", "Order Completed", 1, order_id="x")
    shop.event("c", "Order Cancelled", 2, COOKIE, order_id="x")
    shop.link("l", 3)
    assert [told(shop, STANDING, 2), told(shop, STANDING, 3)] == [1, 0]


def test_since_a_time_reads_what_is_later_and_everything_without_one(shop):
    shop.event("v", "Product Viewed", 2)
    for minute in (1, 2, 3):
        shop.event(f"a{minute}", "Order Completed", minute)
        shop.event(f"b{minute}", "Order Completed", minute, BOB)
    later = 'count("Order Completed", since=time("Product Viewed"))'
    assert [told(shop, later, 9), told(shop, later, 9, who=BOB)] == [1, 3]


def test_two_windows_told_together_have_beginnings_of_their_own(shop):
    shop.event("a", "Product Viewed", 0)
    both = parsed('count("Product Viewed", within="5m") + 10 * count("Product Viewed", within="9m")')
    assert [told(shop, both, at) for at in (5 - TINY, 5, 9 - TINY, 9)] == [11, 10, 10, 0]


def test_what_was_a_while_ago_is_asked_as_it_was_seen_then(shop):
    shop.event("v", "Product Viewed", 2, received=4)
    ago = Ago(Metric(function=COUNT, selector=Selector(("Product Viewed",))), timedelta(minutes=5))
    assert [told(shop, ago, at) for at in (7, 9 - TINY, 9)] == [None, None, 1]
    assert [as_known(shop, ago, at) for at in (7 - TINY, 7)] == [None, 1]


def test_of_the_most_frequent_values_the_one_seen_last_is_top(shop):
    for minute, product in enumerate(("rug", "lamp", "lamp", "rug", "vase")):
        shop.event(f"v{minute}", "Product Viewed", minute, product_id=product)
    assert told(shop, 'top("Product Viewed", product_id)', 9) == "rug"


def test_a_gap_of_five_minutes_is_active_and_a_longer_one_is_not(shop):
    for number, at in enumerate((0, 5, 10 + TINY, 10 + 2 * TINY)):
        shop.event(f"p{number}", "Page Viewed", at)
    assert told(shop, 'active("Page Viewed")', 60) == 5 * MINUTE + 1


def test_a_gap_is_the_mean_between_neighbours_rounded_half_to_even(shop):
    for number, at in enumerate((0, 1, 5)):
        shop.event(f"a{number}", "Order Completed", at * TINY)
        shop.event(f"b{number}", "Product Viewed", at)
    assert told(shop, 'gap("Order Completed")', 1) == 2
    assert told(shop, 'gap("Product Viewed")', 9) == 2.5 * MINUTE
    assert told(shop, 'gap("Product Viewed")', 0) is None


@pytest.mark.parametrize("total", [0, 7, -7, 2**62, 2**62 + 1, -(2**62) - 1, 2**63, 2**80 + 5, -(2**80) - 5])
@pytest.mark.parametrize("known", [1, 2, 3, 10])
def test_an_average_of_money_is_exact_however_large_the_total(total, known):
    whole, parts = sql.cast(sql.text(str(total)), "HUGEINT"), sql.cast(sql.number(known), "BIGINT")
    term = average(whole.copy, parts.copy, Kind.MONEY)
    assert duckdb.sql(f"SELECT {term.sql(dialect='duckdb')}").fetchall() == [(round(Fraction(total, known)),)]


def test_an_average_of_money_is_rounded_half_to_even(shop):
    for number, (ann, bob) in enumerate(((2, 4), (3, 3))):
        shop.event(f"a{number}", "Order Completed", 1, total=ann)
        shop.event(f"b{number}", "Order Completed", 1, BOB, total=bob)
    average = 'avg("Order Completed", total)'
    assert [told(shop, average, 1), told(shop, average, 1, who=BOB)] == [2, 4]


def test_the_median_is_the_lower_of_the_middle_two(shop):
    for number in (3, 1, 4, 2):
        shop.event(f"a{number}", "Order Completed", 1, total=number)
    assert told(shop, 'median("Order Completed", total)', 1) == 2


def test_a_decayed_count_halves_with_every_half_life(shop):
    shop.event("a", "Order Completed", 0)
    assert told(shop, 'decayed("Order Completed", half_life="1h")', 120) == 0.25


def test_a_trait_is_read_once_it_was_received(shop):
    shop.connection.execute("INSERT INTO traits VALUES ('t', 1, 'plan', '\"plus\"', 0, ?)", [3 * MINUTE])
    assert [told(shop, "known(trait.plan)", at) for at in (2, 3)] == [False, True]


def test_of_traits_set_at_one_instant_the_last_by_event_id_holds(shop):
    for id, plan in (("b", "plus"), ("c", "basic"), ("a", "trial")):
        shop.trait(id, "plan", f'"{plan}"', 1)
    shop.trait("0", "plan", '"later"', 2)
    assert told(shop, 'trait.plan == "basic"', 1) is True
    assert told(shop, 'trait.plan == "later"', 2) is True


def test_an_unmerge_parts_from_its_own_instant_on(shop):
    shop.event("v", "Product Viewed", 0, COOKIE)
    shop.link("l", 1)
    shop.link("p", 5, None)
    count = 'count("Product Viewed")'
    assert [told(shop, count, at) for at in (5 - TINY, 5)] == [1, 0]
    assert [told(shop, count, at, who=COOKIE) for at in (5 - TINY, 5)] == [0, 1]


PRICE = Lookup("product", Literal("lamp"), "price", Kind.MONEY, Table("product", "product_id", "Price Changed"))


def test_a_table_of_events_gives_the_latest_row_there_is_of_the_key(shop):
    shop.event("v", "Product Viewed", 0)
    shop.event("b", "Price Changed", 1, None, product_id="lamp", price=10)
    shop.event("c", "Price Changed", 3, None, received=5, product_id="lamp", price=30)
    shop.event("a", "Price Changed", 4, None, received=6, product_id="lamp", price=20)
    shop.event("d", "Price Changed", 4, None, product_id="rug", price=99)
    assert [told(shop, PRICE, at) for at in (0.5, 1, 4, 5, 6)] == [None, 10, 10, 30, 20]


def test_of_two_rows_of_one_instant_the_last_in_event_order_holds_and_a_customers_event_is_none(shop):
    shop.event("b", "Price Changed", 1, None, product_id="lamp", price=10)
    shop.event("a", "Price Changed", 1, None, product_id="lamp", price=20)
    shop.event("z", "Price Changed", 2, ANN, product_id="lamp", price=30)
    assert told(shop, PRICE, 9) == 10


def test_a_product_line_is_no_event_of_any_and_neither_is_a_message(shop):
    shop.event("o", "Order Completed", 1)
    shop.event("o", "Product Purchased", 1, line=1)
    shop.event("m", "Email Opened", 2)
    assert told(shop, "count(any())", 9) == 1
