"""The edges of moments, one instant each; `fired` holds both formulations to each other. For all: tests/meaning/test_compiled_*.py."""

from dataclasses import replace

import pytest
from tests.compiler.shop import ANN, BOB, COOKIE, DAY, MINUTE, Shop, parsed, parsed_moment
from tests.compiler.test_moments import LAPSE, RUN, TWICE, fired

from opportune.language.compiler.memberships import memberships
from opportune.language.compiler.moments import follows
from opportune.language.tree.expressions import Property, Selector, Void
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

TINY = 1 / MINUTE
"""A microsecond."""
KNOWN = Reading.AS_KNOWN
ORDERED = parsed_moment('event("Order Completed")')
ENTERS = parsed_moment('enters(count("Product Viewed", within="1h") >= 2)')
LEAVES = parsed_moment('leaves(count("Product Viewed", within="1h") >= 2)')
CANCELLED = Void(("Order Completed",), Selector(("Order Cancelled",)), None, Property("order_id", Kind.TEXT, True))
UNPAID = replace(parsed_moment('lapse("Order Completed", within="2h")'), selector=Selector(("Order Completed",), voids=(CANCELLED,)))


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


@pytest.mark.parametrize("reading", Reading)
def test_a_range_is_open_at_its_beginning_and_closed_at_its_end(shop, reading):
    shop.event("a", "Order Completed", 10)
    assert fired(shop, ORDERED, reading, lo=10 * MINUTE) == []
    assert fired(shop, ORDERED, reading, lo=10 * MINUTE - 1, hi=10 * MINUTE) == [("ann", 10, 10, "a")]
    assert fired(shop, ORDERED, reading, hi=10 * MINUTE - 1) == []


def test_what_is_exactly_as_late_as_it_may_be_is_in_time(shop):
    shop.event("a", "Order Completed", 0, received=DAY / MINUTE)
    assert fired(shop, ORDERED) == [("ann", 0, DAY / MINUTE, "a")]
    assert fired(shop, ORDERED, max_lateness=DAY - 1) == []


def test_a_count_completed_exactly_as_late_as_it_may_be_is_in_time(shop):
    shop.event("b", "Product Viewed", 10)
    shop.event("a", "Product Viewed", 0, received=30)
    assert fired(shop, TWICE, max_lateness=30 * MINUTE) == [("ann", 10, 30, "b")]


def test_ids_that_were_parted_count_each_for_itself(shop):
    shop.link("l", 10)
    shop.link("p", 60, None)
    shop.event("v", "Product Viewed", 65, COOKIE)
    shop.event("w", "Product Viewed", 70)
    assert fired(shop, TWICE) == fired(shop, TWICE, KNOWN) == []


def test_an_order_of_a_linked_id_at_the_very_end_stops_a_lapse(shop):
    shop.event("a", "Product Added", 0)
    shop.link("l", 0)
    shop.event("o", "Order Completed", 120, COOKIE)
    assert fired(shop, LAPSE) == fired(shop, LAPSE, KNOWN) == []


def test_an_order_at_the_instant_of_the_trigger_stops_its_lapse_whatever_their_order(shop):
    shop.event("b", "Product Added", 0)
    shop.event("a", "Order Completed", 0)
    assert fired(shop, LAPSE) == []


def test_the_trigger_itself_never_stops_its_lapse(shop):
    shop.event("a", "Page Viewed", 0)
    assert fired(shop, parsed_moment('lapse("Page Viewed", unless="Page Viewed", within="2h")')) == [("ann", 120, 120, "a")]


def test_an_order_that_was_cancelled_lapses_no_more_and_no_other_is_touched(shop):
    shop.event("c", "Order Cancelled", 1, BOB, order_id="later")
    for customer, order in ((ANN, "x"), (BOB, "later")):
        shop.event(f"o{order}", "Order Completed", 1, customer, order_id=order)
    shop.event("d", "Order Cancelled", 2, order_id="x")
    shop.event("e", "Order Cancelled", 2, BOB, order_id="other")
    assert fired(shop, UNPAID, KNOWN) == fired(shop, UNPAID) == [("bob", 121, 121, "olater")]


def test_a_moment_follows_for_its_own_customer_and_for_no_other(shop):
    shop.event("a", "Product Added", 0)
    asked = [(number, customer, 120 * MINUTE, 120 * MINUTE, "a", 0) for number, customer in enumerate((ANN, BOB))]
    assert shop.engine.rows(follows(LAPSE), inputs={"follows": asked}) == [(0, True), (1, False)]


def test_a_thing_reaches_who_looked_at_it_at_the_same_instant_but_not_a_window_before(shop):
    shop.event("s", "Stock Changed", 60, None, product_id="lamp")
    shop.event("v", "Product Viewed", 60, ANN, product_id="lamp")
    shop.event("w", "Product Viewed", 0, BOB, product_id="lamp")
    shop.event("x", "Product Viewed", 59, COOKIE, product_id="rug")
    reaching = parsed_moment('event("Stock Changed", reaching="Product Viewed", same=product_id, within="1h")')
    assert fired(shop, reaching) == fired(shop, reaching, KNOWN) == [("ann", 60, 60, "s")]


def test_an_event_a_whole_window_after_the_last_begins_another_run(shop):
    for number, at in enumerate((0, 120, 200, 300, 350)):
        shop.event(f"v{number}", "Product Viewed", at)
    assert fired(shop, RUN) == [("ann", 120, 120, "v0"), ("ann", 360, 360, "v4")]


def test_an_event_at_the_very_end_of_the_longest_run_is_its_last(shop):
    for number, at in enumerate((0, 100, 200, 240)):
        shop.event(f"v{number}", "Product Viewed", at)
    assert fired(shop, RUN) == [("ann", 240, 240, "v3")]


def test_what_forbids_a_run_at_the_instant_of_its_last_event_silences_it(shop):
    shop.event("v", "Product Viewed", 0)
    shop.event("o", "Order Completed", 0)
    assert fired(shop, RUN) == []


def test_what_forbids_a_run_at_the_very_instant_it_would_fire_silences_it(shop):
    for number, at in enumerate((0, 100, 200)):
        shop.event(f"v{number}", "Product Viewed", at)
    shop.event("a", "Product Viewed", 0, BOB)
    for customer, at in ((ANN, 240), (BOB, 120)):
        shop.event(f"o{customer}", "Order Completed", at, customer)
    assert fired(shop, RUN) == fired(shop, RUN, KNOWN) == []


def test_what_forbids_a_run_between_two_events_parts_it(shop):
    for number, at in enumerate((0, 60, 170, 200)):
        shop.event(f"v{number}", "Product Viewed", at)
    shop.event("o", "Order Completed", 30)
    assert fired(shop, RUN) == [("ann", 300, 300, "v3")]


def test_a_condition_is_entered_at_the_event_and_left_when_the_window_runs_out(shop):
    for id, at in (("a", 0), ("c", 30), ("b", 30)):
        shop.event(id, "Product Viewed", at)
    assert fired(shop, ENTERS) == fired(shop, ENTERS, KNOWN) == [("ann", 30, 30, "c")]
    assert fired(shop, LEAVES) == fired(shop, LEAVES, KNOWN) == [("ann", 90, 90, None)]


def test_before_the_first_event_a_condition_is_false(shop):
    shop.event("o", "Order Completed", 10)
    shop.event("v", "Product Viewed", 5, BOB)
    shop.event("p", "Order Completed", 10, BOB)
    assert fired(shop, parsed_moment('leaves(not did("Order Completed"))')) == [("bob", 10, 10, "p")]
    assert fired(shop, parsed_moment('enters(not did("Order Completed"))')) == [("bob", 5, 5, None)]


def test_what_ends_at_the_very_instant_it_would_have_been_held_long_enough_is_not_held(shop):
    for number, at in enumerate((0, 30)):
        shop.event(f"v{number}", "Product Viewed", at)
    held = 'enters(count("Product Viewed", within="1h") >= 2, hold="{}")'
    assert fired(shop, parsed_moment(held.format("30m"))) == fired(shop, parsed_moment(held.format("30m")), KNOWN) == []
    assert fired(shop, parsed_moment(held.format("29m"))) == [("ann", 59, 59, "v1")]


def test_a_late_arrival_turns_a_condition_when_it_comes_if_it_is_in_time(shop):
    shop.event("b", "Product Viewed", 10)
    shop.event("a", "Product Viewed", 0, received=30)
    assert fired(shop, ENTERS, max_lateness=30 * MINUTE) == [("ann", 10, 30, "b")]
    assert fired(shop, ENTERS, max_lateness=30 * MINUTE - 1) == []


def test_a_stay_is_told_that_ends_after_the_beginning_of_the_range(shop):
    shop.event("a", "Product Viewed", 0)
    plan = memberships({"keen": parsed('did("Product Viewed", within="1h")')})
    stay = [("ann", "keen", 0, 60 * MINUTE)]
    assert shop.engine.rows(plan, {"lo": 60 * MINUTE - 1, "hi": FOREVER}) == stay
    assert shop.engine.rows(plan, {"lo": 60 * MINUTE, "hi": FOREVER}) == []
    assert shop.engine.rows(plan, {"lo": -1, "hi": 60 * MINUTE - 1}) == [("ann", "keen", 0, None)]
