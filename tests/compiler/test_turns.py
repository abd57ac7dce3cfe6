"""Turns in small shops, written down by hand; for all: tests/meaning/test_compiled_turns.py."""

from datetime import timedelta

import pytest
from tests.compiler.shop import ANN, BOB, COOKIE, DAY, EVER, MINUTE, Shop, parsed

from opportune.language.compiler.memberships import Stages, memberships
from opportune.language.compiler.moments import moments
from opportune.language.compiler.turns import turns_together
from opportune.language.relations.plans import Row
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.vocabulary.reading import Reading
from opportune.stages.events import order_keys

HALF_HOUR = timedelta(minutes=30)
TWICE = 'count("Order Completed", within="30m") >= 2'
RECENT = 'count("Order Completed", within="30m")'
STEPS = f"('many' if {RECENT} > 1 else 'one' if {RECENT} == 1 else None)"
STAGE = Stages(parsed(STEPS))


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def rows(shop: Shop, moment: Moment, reading: Reading = Reading.AS_SEEN) -> list[Row]:
    """(customer, m, s, trigger) in minutes, the same narrow and wide."""
    found = [shop.engine.rows(moments(moment, reading, narrow=narrow), EVER) for narrow in (True, False)]
    assert found[0] == found[1]
    return [(row[1], row[2] / MINUTE, row[3] / MINUTE, row[4]) for row in found[0]]


def enters(text: str, hold: timedelta | None = None) -> Turns:
    return Turns(condition=parsed(text), to=True, hold=hold)


def leaves(text: str) -> Turns:
    return Turns(condition=parsed(text), to=False)


def test_somebody_enters_at_the_event_and_leaves_when_the_window_does(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20)
    assert rows(shop, enters(TWICE)) == [("ann", 20, 20, "b")]
    assert rows(shop, leaves(TWICE)) == [("ann", 40, 40, None)]


def test_a_late_event_is_acted_on_when_it_arrives(shop):
    shop.event("a", "Order Completed", 10, received=25)
    shop.event("b", "Order Completed", 20)
    assert rows(shop, enters(TWICE)) == [("ann", 20, 25, "b")]
    assert rows(shop, enters(TWICE), Reading.AS_KNOWN) == [("ann", 20, 20, "b")]


def test_what_happens_to_a_thing_at_the_same_instant_is_no_trigger(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20)
    shop.event("s", "Stock Changed", 20, None)
    assert rows(shop, enters(TWICE)) == [("ann", 20, 20, "b")]
    assert rows(shop, enters(TWICE), Reading.AS_KNOWN) == [("ann", 20, 20, "b")]


def test_all_changes_at_one_instant_are_applied_before_the_condition_is_looked_at(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20)
    shop.event("c", "Order Completed", 40)
    assert rows(shop, enters(TWICE)) == [("ann", 20, 20, "b")]
    assert rows(shop, leaves(TWICE)) == [("ann", 50, 50, None)]


def test_with_hold_it_must_be_true_throughout_and_its_end_counts(shop):
    shop.event("a", "Order Completed", 10)
    once = 'count("Order Completed", within="30m") >= 1'
    assert rows(shop, enters(once, hold=timedelta(minutes=30) - timedelta(microseconds=1)))
    assert rows(shop, enters(once, hold=HALF_HOUR)) == []


def test_a_condition_that_is_true_of_nobody_is_entered_at_the_first_event_of_any_name(shop):
    shop.event("a", "Product Viewed", 10)
    assert rows(shop, enters('count("Order Completed") == 0')) == [("ann", 10, 10, None)]
    assert rows(shop, leaves('count("Order Completed") == 0')) == []


def test_a_sign_in_brings_what_the_cookie_did_and_the_cookie_leaves_silently(shop):
    shop.event("a", "Order Completed", 10, COOKIE)
    shop.link("l", 20)
    once = 'count("Order Completed") >= 1'
    assert rows(shop, enters(once)) == [("cookie", 10, 10, "a"), ("ann", 20, 20, None)]
    assert rows(shop, leaves(once)) == []


def test_what_is_reckoned_with_an_age_is_looked_at_at_midnight(shop):
    shop.event("a", "Order Completed", 10)
    moment = enters('age("Order Completed") * 2 >= "30m"')
    found = shop.engine.rows(moments(moment, Reading.AS_KNOWN), {"lo": 0, "hi": 3 * DAY})
    assert [(row[1], row[2], row[4]) for row in found] == [("ann", DAY, None)]


def test_a_change_tells_what_was_and_what_is(shop):
    shop.event("a", "Order Completed", 10, total=10_000)
    shop.event("b", "Order Completed", 20, total=5_000)
    found = shop.engine.rows(moments(Changes(value=parsed('last("Order Completed", total)')), Reading.AS_SEEN), EVER)
    assert [(row[4], row[8], row[9]) for row in found] == [("a", None, "10000"), ("b", "10000", "5000")]


def test_turns_together_are_the_rows_of_each_apart(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20, received=30)
    shop.event("c", "Order Completed", 20, BOB)
    every = [enters(TWICE), leaves(TWICE), Changes(value=parsed('count("Order Completed")')), enters(TWICE, hold=timedelta(minutes=5))]
    together = shop.engine.rows(turns_together(every, Reading.AS_SEEN), EVER)
    apart = [(*row, which) for which, moment in enumerate(every) for row in shop.engine.rows(moments(moment, Reading.AS_SEEN), EVER)]
    assert sorted(together, key=repr) == sorted(apart, key=repr)


def test_a_stay_lasts_from_entering_to_leaving(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20, BOB)
    plan = memberships({"buyer": parsed('count("Order Completed", within="30m") >= 1')})
    found = shop.engine.rows(plan, {"lo": 15 * MINUTE, "hi": 45 * MINUTE})
    assert found == [("ann", "buyer", 10 * MINUTE, 40 * MINUTE), ("bob", "buyer", 20 * MINUTE, None)]


def test_a_ladder_is_asked_once_and_its_steps_follow_one_another(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20)
    plan = memberships({"stage": STAGE, "buyer": parsed('count("Order Completed", within="30m") >= 1')})
    ladder = [
        ("ann", "stage.many", 20 * MINUTE, 40 * MINUTE),
        ("ann", "stage.one", 10 * MINUTE, 20 * MINUTE),
        ("ann", "stage.one", 40 * MINUTE, 50 * MINUTE),
    ]
    assert shop.engine.rows(plan, EVER) == [("ann", "buyer", 10 * MINUTE, 50 * MINUTE), *ladder]


def test_a_ladder_of_which_no_timeline_can_tell_is_looked_at_at_each_of_its_points(shop):
    shop.event("a", "Order Completed", 10)
    shop.event("b", "Order Completed", 20)
    assert shop.engine.rows(memberships({"stage": Stages(parsed(f"ago({STEPS}, '1m')"))}), EVER) == [
        ("ann", "stage.many", 21 * MINUTE, 41 * MINUTE),
        ("ann", "stage.one", 11 * MINUTE, 21 * MINUTE),
        ("ann", "stage.one", 41 * MINUTE, 51 * MINUTE),
    ]


@pytest.mark.parametrize("reading", Reading)
@pytest.mark.parametrize("narrow", [True, False])
def test_turns_can_be_written_for_another_engine(reading, narrow):
    assert moments(enters(TWICE), reading, narrow=narrow).sql("spark")
    assert memberships({"buyer": parsed(TWICE), "stage": STAGE}).sql("spark")


def test_at_a_crowded_instant_each_customer_turns_by_an_event_of_her_own(shop, monkeypatch):
    monkeypatch.setattr(order_keys, "CROWD", 1)
    shop.link("k", 1)
    for id, by in (("a", COOKIE), ("b", BOB), ("c", ANN), ("d", BOB), ("e", None)):
        shop.event(id, "Order Completed", 10, by)
    places = shop.connection.execute(
        "SELECT order_key % 1024, list(event_id ORDER BY event_id) FROM events GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert places == [(0, ["a", "b", "e"]), (1, ["c", "d"])]
    assert sorted(rows(shop, enters(TWICE))) == [("ann", 10, 10, "c"), ("bob", 10, 10, "d")]
    assert sorted(rows(shop, enters(TWICE), Reading.AS_KNOWN)) == [("ann", 10, 10, "c"), ("bob", 10, 10, "d")]


def test_as_known_no_turn_is_told_twice_so_nothing_is_sorted_to_find_out(shop):
    for at in (10, 20):
        shop.event(f"anns-{at}", "Order Completed", at)
        shop.event(f"cookies-{at}", "Order Completed", at, by=COOKIE)
    shop.link("k", 15)
    shop.link("l", 16, BOB)
    for reading in Reading:
        assert len(set(rows(shop, enters(TWICE), reading))) == len(rows(shop, enters(TWICE), reading)) > 0
    texts = {reading: moments(enters(TWICE), reading, narrow=False).sql("duckdb") for reading in Reading}
    told = {reading: text.partition('"timeline_0_fired" AS (')[2].partition("identities")[0] for reading, text in texts.items()}
    assert {reading: " UNION ALL " in text for reading, text in told.items()} == {Reading.AS_KNOWN: True, Reading.AS_SEEN: False}
