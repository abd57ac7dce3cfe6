"""Moments in small shops; for all: tests/meaning/test_compiled_equals_naive.py. Both formulations, every time."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compiler.shop import ANN, BOB, COOKIE, EVER, MINUTE, Shop, parsed_moment

from opportune.language.compiler.moments import follows, moments
from opportune.language.compiler.together import moments_together
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

LAPSE = parsed_moment('lapse("Product Added", unless="Order Completed", within="2h")')
TWICE = parsed_moment('reaches("Product Viewed", n=2, within="1h")')
HOUR = 60


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def fired(shop: Shop, moment, reading: Reading = Reading.AS_SEEN, **bounds: int) -> list[tuple]:
    """(customer, m, s, trigger) in minutes."""
    wide, narrow = (shop.engine.rows(moments(moment, reading, narrow=is_narrow), {**EVER, **bounds}) for is_narrow in (False, True))
    assert wide == narrow
    return [(row[1], row[2] / MINUTE, row[3] / MINUTE, row[4]) for row in wide]


def test_an_event_is_acted_on_when_it_was_seen(shop):
    shop.event("a", "Order Completed", 10, received=12)
    ordered = parsed_moment('event("Order Completed")')
    assert fired(shop, ordered) == [("ann", 10, 12, "a")]
    assert fired(shop, ordered, Reading.AS_KNOWN) == [("ann", 10, 10, "a")]
    assert fired(shop, ordered, hi=12 * MINUTE - 1) == []


def test_an_event_too_late_fires_nothing_as_seen(shop):
    shop.event("a", "Order Completed", 10, received=10 + 24 * HOUR + 1)
    ordered = parsed_moment('event("Order Completed")')
    assert fired(shop, ordered) == []
    assert fired(shop, ordered, Reading.AS_KNOWN) == [("ann", 10, 10, "a")]


@pytest.mark.parametrize("where", ["", 'and count("Product Viewed") == 0'])
def test_a_derived_event_that_comes_again_with_other_properties_is_the_moment_it_was(shop, where):
    shop.event("d", "Session Ended", 10, received=10, line=1, order_id="none", withdrawn_at=12 * MINUTE)
    shop.event("d", "Session Ended", 10, received=12, line=1, order_id="one", withdrawn_at=14 * MINUTE)
    shop.event("d", "Session Ended", 10, received=14, line=1, order_id="two")
    named = parsed_moment(f'event("Session Ended", order_id != "none" {where})')
    ended = replace(named, selector=replace(named.selector, derived=("Session Ended",)))
    assert fired(shop, ended) == [("ann", 10, 12, "d")]
    assert fired(shop, ended, lo=12 * MINUTE) == []
    assert [row[3] / MINUTE for row in shop.engine.rows(moments_together([ended, TWICE], Reading.AS_SEEN), EVER)] == [12]
    assert shop.engine.rows(moments_together([ended, TWICE], Reading.AS_SEEN), {**EVER, "lo": 12 * MINUTE}) == []
    assert fired(shop, ended, Reading.AS_KNOWN) == [("ann", 10, 10, "d")]


def test_a_repeat_restarts_the_clock_and_an_order_at_the_very_end_stops_it(shop):
    shop.event("a", "Product Added", 0)
    shop.event("b", "Product Added", 120)
    assert fired(shop, LAPSE) == [("ann", 240, 240, "b")]
    shop.event("o", "Order Completed", 240)
    assert fired(shop, LAPSE) == []


def test_of_equal_instants_the_last_in_event_order_lapses(shop):
    shop.event("b", "Product Added", 0)
    shop.event("a", "Product Added", 0)
    assert fired(shop, LAPSE) == [("ann", 120, 120, "b")]


def test_an_order_received_after_the_moment_comes_too_late_to_stop_it(shop):
    shop.event("a", "Product Added", 0)
    shop.event("o", "Order Completed", 60, received=121)
    assert fired(shop, LAPSE) == [("ann", 120, 120, "a")]
    assert fired(shop, LAPSE, Reading.AS_KNOWN) == []


def test_a_sign_in_before_the_moment_makes_it_the_customers(shop):
    shop.event("a", "Product Added", 0, COOKIE)
    shop.link("l", 60)
    assert fired(shop, LAPSE) == [("ann", 120, 120, "a")]


def test_before_the_sign_in_nothing_the_customer_did_stops_the_cookie(shop):
    shop.event("a", "Product Added", 0, COOKIE)
    shop.event("o", "Order Completed", 30, ANN)
    shop.link("l", 121)
    assert fired(shop, LAPSE) == [("cookie", 120, 120, "a")]


def test_a_cookie_that_two_customers_used_fires_each_moment_once(shop):
    shop.event("a", "Product Added", 0, ANN)
    for number, to in enumerate((ANN, ANN, BOB)):
        shop.link(f"l{number}", 0, to)
    assert fired(shop, LAPSE) == [("ann", 120, 120, "a")]


def test_each_value_of_same_runs_its_own_clock_and_is_named(shop):
    shop.event("a", "Product Viewed", 0, product_id="lamp")
    shop.event("b", "Product Viewed", 10, product_id="rug")
    shop.event("c", "Product Viewed", 20)
    viewed = parsed_moment('lapse("Product Viewed", same="product_id", within="2h")')
    assert fired(shop, viewed) == [("ann", 120, 120, "a"), ("ann", 130, 130, "b")]
    assert [row[7] for row in shop.engine.rows(moments(viewed, Reading.AS_SEEN), EVER)] == ["lamp", "rug"]


def test_reaches_fires_on_the_rising_edge_only(shop):
    for number, at in enumerate((0, 59, 70, 200, 260)):
        shop.event(f"v{number}", "Product Viewed", at)
    assert fired(shop, TWICE) == [("ann", 59, 59, "v1")]


def test_a_late_event_completes_a_moment_when_it_arrives(shop):
    shop.event("b", "Product Viewed", 10)
    shop.event("a", "Product Viewed", 0, received=30)
    assert fired(shop, TWICE) == [("ann", 10, 30, "b")]
    assert fired(shop, TWICE, lo=10 * MINUTE) == [("ann", 10, 30, "b")]
    assert fired(shop, TWICE, max_lateness=29 * MINUTE) == []


def test_a_predicate_may_ask_for_the_customer_at_the_moment(shop):
    shop.event("a", "Product Added", 0)
    shop.event("b", "Product Added", 0, BOB)
    shop.trait("t", "plan", '"plus"', 60)
    plus = parsed_moment('lapse("Product Added", trait.plan == "plus", within="2h")')
    assert fired(shop, plus) == [("ann", 120, 120, "a")]


def test_a_moment_stops_following_when_what_forbids_it_arrives(shop):
    shop.event("a", "Product Added", 0)
    shop.event("o", "Order Completed", 60, received=200)
    asked = [
        (1, ANN, 120 * MINUTE, 199 * MINUTE, "a", 0),
        (2, ANN, 120 * MINUTE, 200 * MINUTE, "a", 0),
        (3, BOB, 120 * MINUTE, FOREVER, "a", 0),
    ]
    assert shop.engine.rows(follows(LAPSE), inputs={"follows": asked}) == [(1, True), (2, False), (3, False)]


EVENTS = st.tuples(
    st.sampled_from(("Product Added", "Product Viewed", "Order Completed")),
    st.sampled_from((0, 1, 59, 60, 61, 119, 120, 121, 180)),
    st.sampled_from((ANN, COOKIE, COOKIE, BOB)),
    st.sampled_from((0, 0, 0, 1, 60, 130, 2_000)),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    events=st.lists(EVENTS, max_size=8),
    links=st.lists(st.tuples(st.sampled_from((30, 60, 130)), st.sampled_from((ANN, BOB)), st.sampled_from((0, 100))), max_size=3),
    moment=st.sampled_from((LAPSE, TWICE)),
    reading=st.sampled_from(Reading),
    lo=st.sampled_from((-1, 59, 120)),
)
def test_both_formulations_find_the_same(events, links, moment, reading, lo):
    shop = Shop.opened()
    for number, (name, at, by, late) in enumerate(events):
        shop.event(f"e{number}", name, at, by, received=at + late)
    for number, (at, to, late) in enumerate(links):
        shop.link(f"l{number}", at, to, received=at + late)
    fired(shop, moment, reading, lo=lo * MINUTE, hi=200 * MINUTE)


def test_of_equal_instants_the_nth_in_event_order_reaches(shop):
    for id in "cab":
        shop.event(id, "Product Viewed", 0)
    assert fired(shop, TWICE) == [("ann", 0, 0, "b")]


RUN = parsed_moment('lapse("Product Viewed", unless="Order Completed", within="2h", at_most="4h")')
TOGETHER = [LAPSE, TWICE, RUN, parsed_moment('nth("Product Viewed", n=3)'), parsed_moment('event("Product Viewed", trait.plan == "plus")')]


def test_a_run_fires_at_its_longest_and_the_next_event_begins_another(shop):
    for number, at in enumerate((0, 60, 119, 200, 290, 600)):
        shop.event(f"v{number}", "Product Viewed", at)
    assert fired(shop, RUN) == [("ann", 240, 240, "v3"), ("ann", 410, 410, "v4"), ("ann", 720, 720, "v5")]


def test_the_nth_is_counted_in_event_order(shop):
    for id in "cab":
        shop.event(id, "Product Viewed", 0)
    assert fired(shop, TOGETHER[3]) == [("ann", 0, 0, "c")]


def test_an_event_of_a_thing_reaches_who_looked_at_it(shop):
    shop.event("v", "Product Viewed", 0, COOKIE, product_id="lamp")
    shop.event("s", "Stock Changed", 30, None, received=40, product_id="lamp")
    shop.link("l", 20)
    reaching = parsed_moment('event("Stock Changed", reaching="Product Viewed", same=product_id, within="1h")')
    assert fired(shop, reaching) == [("ann", 30, 40, "s")]


def test_a_parted_cookie_lapses_for_itself(shop):
    shop.event("a", "Product Added", 0, COOKIE)
    shop.link("l", 10)
    shop.link("p", 60, None)
    assert fired(shop, LAPSE) == [("cookie", 120, 120, "a")]


def test_moments_asked_together_are_told_apart_by_their_places(shop):
    for number, at in enumerate((0, 30, 119, 130, 200)):
        shop.event(f"v{number}", "Product Viewed", at, COOKIE if number else ANN)
        shop.event(f"a{number}", "Product Added", at + 1)
    shop.link("l", 100)
    shop.trait("t", "plan", '"plus"', 60)
    for reading in Reading:
        rows = shop.engine.rows(moments_together(TOGETHER, reading), EVER)
        for which, moment in enumerate(TOGETHER):
            alone = shop.engine.rows(moments(moment, reading, narrow=True), EVER)
            assert [row[:-1] for row in rows if row[-1] == which] == alone
        assert {row[-1] for row in rows} == set(range(len(TOGETHER)))


@pytest.mark.parametrize("moment", TOGETHER)
def test_moments_are_written_for_the_other_engine_too(moment):
    assert all(moments(moment, reading, narrow=narrow).sql("spark") for reading in Reading for narrow in (True, False))
    assert follows(moment).sql("spark")
