"""Whole histories told by places alone: owners at the moment, links that settle late, who is looked at again. Both formulations agree,
and the key in one number and the key in parts give the same rows."""

import duckdb
import pytest
from tests.compiler.shop import ANN, BOB, COOKIE, EVER, MINUTE, Shop, parsed_moment

from opportune.language.compiler.moments import moments
from opportune.language.tree.moments import Moment
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

LAPSE = parsed_moment('lapse("Product Added", unless="Order Completed", within="2h")')
THRICE = parsed_moment('reaches("Product Viewed", n=3, within="1h")')
MANY = parsed_moment('reaches("Product Viewed", n=6, within="1h")')
SIXTH = parsed_moment('nth("Product Viewed", n=6)')


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def fired(shop: Shop, moment: Moment, reading: Reading = Reading.AS_KNOWN) -> list[tuple[object, ...]]:
    """(customer, m, s, trigger) in minutes."""
    parameters = EVER if reading is Reading.AS_SEEN else {name: EVER[name] for name in ("lo", "hi")}
    plan = moments(moment, reading)
    found = shop.engine.rows(plan, parameters)
    assert found == shop.engine.rows(moments(moment, reading, narrow=True), parameters)
    in_parts: list[tuple[object, ...]] = shop.connection.execute(plan.sql("duckdb", exact_order=False), parameters).fetchall()
    assert found == in_parts
    return [(row[1], row[2] / MINUTE, row[3] / MINUTE, row[4]) for row in found]


def test_a_lapse_is_the_customers_to_whom_the_id_belongs_at_the_moment(shop: Shop) -> None:
    shop.link("l", 150)
    shop.event("a", "Product Added", 29.9, by=COOKIE)
    shop.event("c", "Order Completed", 29.9, by=BOB)
    shop.event("d", "Product Added", 160, by=COOKIE)
    assert fired(shop, LAPSE) == [("cookie", 149.9, 149.9, "a"), ("ann", 280, 280, "d")]


def test_a_lapse_at_the_instant_of_the_link_is_the_customers(shop: Shop) -> None:
    shop.link("l", 150)
    shop.event("a", "Product Added", 30, by=COOKIE)
    assert fired(shop, LAPSE) == [("ann", 150, 150, "a")]


def test_what_the_cookie_ordered_stops_a_lapse_only_once_it_is_hers(shop: Shop) -> None:
    shop.event("a", "Product Added", 0)
    shop.event("o", "Order Completed", 60, by=COOKIE)
    shop.event("b", "Product Added", 200)
    shop.event("p", "Order Completed", 260, by=COOKIE)
    shop.link("l", 121)
    assert fired(shop, LAPSE) == [("ann", 120, 120, "a")]
    assert fired(shop, LAPSE, Reading.AS_SEEN) == [("ann", 120, 120, "a")]


def test_what_she_ordered_stops_the_lapse_of_a_cookie_only_once_it_is_hers(shop: Shop) -> None:
    shop.event("a", "Product Added", 0, by=COOKIE)
    shop.event("o", "Order Completed", 60)
    shop.link("l", 121)
    assert fired(shop, LAPSE) == [("cookie", 120, 120, "a")]


def test_a_next_event_that_is_not_the_customers_yet_does_not_hide_one_that_is(shop: Shop) -> None:
    shop.event("a", "Product Added", 0)
    shop.event("o", "Order Completed", 60, by=COOKIE)
    shop.event("p", "Order Completed", 90)
    shop.link("l", 121)
    assert fired(shop, LAPSE) == []


def test_an_order_that_was_received_too_late_stops_no_lapse_of_linked_ids_as_seen(shop: Shop) -> None:
    shop.link("l", 0)
    shop.event("a", "Product Added", 10)
    shop.event("o", "Order Completed", 60, by=COOKIE, received=131)
    assert fired(shop, LAPSE, Reading.AS_SEEN) == [("ann", 130, 130, "a")]
    assert fired(shop, LAPSE) == []


def test_views_of_a_cookie_count_from_the_link_on(shop: Shop) -> None:
    for at, by in ((0, COOKIE), (10, ANN), (20, ANN)):
        shop.event(f"v{at}", "Product Viewed", at, by=by)
    shop.link("l", 25)
    assert fired(shop, THRICE) == []
    shop.event("v30", "Product Viewed", 30)
    # by then there are four, and she had come to three at the view before
    assert fired(shop, THRICE) == []
    shop.event("v65", "Product Viewed", 65)
    shop.event("v100", "Product Viewed", 100)
    shop.event("v101", "Product Viewed", 101)
    assert fired(shop, THRICE) == [("ann", 101, 101, "v101")]


def test_views_of_an_id_whose_link_arrived_late_count_as_known(shop: Shop) -> None:
    for at, by in ((0, COOKIE), (10, ANN), (20, ANN)):
        shop.event(f"v{at}", "Product Viewed", at, by=by)
    shop.link("l", 15, received=30)
    assert fired(shop, THRICE) == [("ann", 20, 20, "v20")]
    assert fired(shop, THRICE, Reading.AS_SEEN) == []


def test_views_that_were_hers_before_are_counted_by_rows(shop: Shop) -> None:
    shop.link("l", 0)
    for at, by in ((10, ANN), (20, COOKIE), (30, ANN), (40, COOKIE)):
        shop.event(f"v{at}", "Product Viewed", at, by=by)
    assert fired(shop, THRICE) == [("ann", 30, 30, "v30")]


def test_an_id_counts_for_itself_until_it_is_linked(shop: Shop) -> None:
    for at in (0, 10, 20):
        shop.event(f"v{at}", "Product Viewed", at, by=COOKIE)
    shop.link("l", 21)
    assert fired(shop, THRICE) == [("cookie", 20, 20, "v20")]


def test_another_ids_view_far_back_is_no_view_of_hers(shop: Shop) -> None:
    for at, by in ((0, COOKIE), (1, ANN), (2, ANN), (3, ANN), (4, ANN), (5, ANN), (6, ANN)):
        shop.event(f"v{at}", "Product Viewed", at, by=by)
    shop.link("l", 30)
    for moment in (MANY, SIXTH):
        assert fired(shop, moment)[0] == ("ann", 6, 6, "v6")


def test_of_ids_linked_to_two_customers_every_event_is_looked_at(shop: Shop) -> None:
    shop.link("l", 0, ANN, received=100)
    shop.link("m", 5, BOB, received=5)
    for at, by in ((10, BOB), (20, COOKIE), (30, BOB)):
        shop.event(f"v{at}", "Product Viewed", at, by=by)
    assert fired(shop, THRICE, Reading.AS_SEEN) == [("bob", 30, 30, "v30")]
    assert fired(shop, THRICE) == []


def test_as_known_all_that_changes_at_one_instant_is_one_turn(shop: Shop) -> None:
    shop.event("a", "Order Completed", 0)
    shop.event("b", "Order Completed", 20)
    for name in ("c", "d"):
        shop.event(name, "Order Completed", 30)
    shop.event("e", "Order Completed", 60)
    entering, leaving = (parsed_moment(f'{word}(count("Order Completed", within="30m") >= 2)') for word in ("enters", "leaves"))
    # at 30 one goes and two come; at 50 one goes of three; at 60 the two go and one comes
    assert fired(shop, entering) == [("ann", 20, 20, "b")]
    assert fired(shop, leaving) == [("ann", 60, 60, "e")]
    three = parsed_moment('enters(count("Order Completed", within="45m") >= 3)')
    assert fired(shop, three) == [("ann", 30, 30, "d")]
    four = parsed_moment('enters(count("Order Completed", within="45m") >= 4)')
    assert fired(shop, four) == [("ann", 30, 30, "d"), ("ann", 60, 60, "e")]


def test_as_known_who_has_left_neither_enters_nor_leaves(shop: Shop) -> None:
    for name, at in (("a", 0), ("b", 10)):
        shop.event(name, "Order Completed", at, by=COOKIE)
    shop.link("l", 20)
    found = {word: parsed_moment(f'{word}(count("Order Completed", within="30m") >= 2)') for word in ("enters", "leaves")}
    assert fired(shop, found["enters"]) == [("cookie", 10, 10, "b"), ("ann", 20, 20, None)]
    assert fired(shop, found["leaves"]) == [("ann", 30, 30, None)]


def test_events_of_the_first_years_are_events(shop: Shop) -> None:
    plan = moments(SIXTH, Reading.AS_KNOWN)
    for number in range(6):
        shop.event(f"v{number}", "Product Viewed", number - 10**10)
    text, ever = plan.sql("duckdb", exact_order=False), {"lo": -FOREVER, "hi": FOREVER}
    assert [row[4] for row in shop.connection.execute(text, ever).fetchall()] == ["v5"]


def test_places_need_no_text(shop: Shop) -> None:
    """What is sorted is whole numbers: the text of the plan names no id before those that fired are brought."""
    text = moments(LAPSE, Reading.AS_KNOWN).sql("duckdb")
    assert '"event_id"' not in text[: text.index('"judged"')]
    assert isinstance(shop.connection, duckdb.DuckDBPyConnection)
