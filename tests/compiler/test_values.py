"""Values in small shops, one edge at a time; for all: tests/meaning/test_compiled_equals_naive.py."""

from datetime import timedelta

import pytest
from tests.compiler.shop import ANN, BOB, COOKIE, EVERYTHING, MINUTE, Shop, pair, parsed

from opportune.language.compiler.memberships import memberships
from opportune.language.compiler.values import at_pairs, snapshot, values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, column
from opportune.language.relations.plans import PAIRS, Plan, Row, Scalar
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    Arithmetic,
    Census,
    Compare,
    Comparison,
    Expr,
    Known,
    Literal,
    Metric,
    Operator,
    Population,
    Property,
    Selector,
    Since,
)
from opportune.language.vocabulary.kinds import Kind


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()


def everybody(shop: Shop, text: str, **moment: int) -> dict[Scalar, Scalar]:
    return {row[0]: row[1] for row in shop.engine.rows(snapshot({"x": parsed(text)}), {**EVERYTHING, **moment})}


def asked(shop: Shop, text: str, *pairs: Row) -> list[Scalar]:
    return [row[1] for row in shop.engine.rows(at_pairs({"x": parsed(text)}), inputs={"pairs": pairs})]


def test_a_window_includes_its_end_and_excludes_its_beginning(shop):
    shop.event("a", "Product Viewed", 10)
    count = 'count("Product Viewed", within="5m")'
    assert asked(shop, count, pair(1, ANN, 10), pair(2, ANN, 15 - 1 / MINUTE), pair(3, ANN, 15)) == [1, 1, 0]
    assert everybody(shop, count, at=10 * MINUTE) == {"ann": 1}
    assert everybody(shop, count, at=15 * MINUTE) == {"ann": 0}


def test_what_has_not_arrived_is_not_seen(shop):
    shop.event("a", "Product Viewed", 10, received=20)
    assert asked(shop, 'did("Product Viewed")', pair(1, ANN, 15), pair(2, ANN, 15, 20), pair(3, ANN, 20)) == [False, True, True]
    assert everybody(shop, 'did("Product Viewed")', at=15 * MINUTE, seen=15 * MINUTE) == {}


def test_events_before_the_sign_in_count_for_the_customer_from_then_on(shop):
    shop.event("a", "Product Viewed", 10, COOKIE)
    shop.event("b", "Product Viewed", 10, ANN)
    shop.link("l", 20)
    count = 'count("Product Viewed")'
    assert asked(shop, count, pair(1, ANN, 19), pair(2, ANN, 20), pair(3, COOKIE, 19), pair(4, COOKIE, 20)) == [1, 2, 1, 0]
    assert everybody(shop, count, at=19 * MINUTE) == {"ann": 1, "cookie": 1}
    assert everybody(shop, count) == {"ann": 2}


def test_the_first_visible_link_wins_until_an_earlier_one_arrives(shop):
    shop.event("a", "Product Viewed", 1, COOKIE)
    shop.link("l2", 20, BOB)
    shop.link("l1", 10, ANN, received=30)
    count = 'count("Product Viewed")'
    assert asked(shop, count, pair(1, BOB, 29), pair(2, ANN, 29), pair(3, BOB, 30), pair(4, ANN, 30)) == [1, 0, 0, 1]


def test_last_is_last_in_event_order_among_those_that_have_a_value(shop):
    shop.event("b", "Product Viewed", 10, product_id="second")
    shop.event("a", "Product Viewed", 10, product_id="first")
    shop.event("c", "Product Viewed", 10, COOKIE, product_id="third")
    shop.event("d", "Product Viewed", 11)
    shop.link("l", 12)
    last = 'last("Product Viewed", product_id)'
    assert asked(shop, last, pair(1, ANN, 11), pair(2, ANN, 12)) == ["second", "third"]
    assert everybody(shop, last) == {"ann": "third"}


def test_since_entry_reads_what_follows_the_trigger_in_event_order(shop):
    for id in "abc":
        shop.event(id, "Order Completed", 10)
    own_ts = (10 * MINUTE, "e1", "b", 0, True)
    later = (10 * MINUTE, "e1", "b", 0, False)
    count = 'count("Order Completed", since=entry)'
    assert asked(shop, count, pair(1, ANN, 10, None, *own_ts), pair(2, ANN, 10, None, *later), pair(3, ANN, 10)) == [1, 0, 3]


def test_a_comparison_with_nothing_is_false_and_its_opposite_true(shop):
    shop.event("a", "Page Viewed", 1)
    for text, meant in (
        ('age("Order Completed") > "1d"', False),
        ('not age("Order Completed") > "1d"', True),
        ('trait.plan != "plus"', False),
    ):
        assert everybody(shop, text) == {"ann": meant}, text


def test_money_is_exact_and_compared_in_units(shop):
    for number in range(3):
        shop.event(f"a{number}", "Order Completed", number, total=1_000)
    assert everybody(shop, 'sum("Order Completed", total)') == {"ann": 3_000}
    assert everybody(shop, 'sum("Order Completed", total) == 0.3') == {"ann": True}


def test_a_null_trait_clears_it(shop):
    shop.trait("t1", "plan", '"plus"', 1)
    shop.trait("t2", "plan", "null", 2)
    assert asked(shop, 'trait.plan == "plus"', pair(1, ANN, 1), pair(2, ANN, 2)) == [True, False]
    assert everybody(shop, "known(trait.plan)") == {"ann": False}


def test_consent_withdrawn_wins_at_equal_instants(shop):
    shop.event("a", "Consent Given", 1, purpose="email")
    shop.event("b", "Consent Withdrawn", 2, purpose="email")
    shop.event("c", "Consent Given", 2, purpose="email")
    assert asked(shop, "consent.email", pair(1, ANN, 0), pair(2, ANN, 1), pair(3, ANN, 2)) == [False, True, False]
    assert everybody(shop, "consent.profiling") == {"ann": True}


def test_no_pairs_give_no_rows_and_many_of_one_customer_give_all(shop):
    shop.event("a", "Product Viewed", 1)
    assert asked(shop, 'count("Product Viewed")') == []
    assert asked(shop, 'count("Product Viewed")', *(pair(n, ANN, n % 3) for n in range(2_000))) == [int(n % 3 > 0) for n in range(2_000)]


def test_equal_metrics_are_computed_once_however_often_they_are_named():
    one = snapshot({"x": parsed('count("Product Viewed", within="7d")')})
    two = snapshot({"x": parsed('count("Product Viewed", within="7d")'), "y": parsed('count("Product Viewed", within="7d") > 2')})
    assert two.sql("duckdb").count("GROUP BY") == one.sql("duckdb").count("GROUP BY")


def test_true_and_one_are_told_apart():
    plan = snapshot({"x": parsed('count("Chat Ended", bot == True)'), "y": parsed('count("Survey Answered", score == 1)')})
    assert [kind for _, kind in plan.columns] == [Kind.TEXT, Kind.NUMBER, Kind.NUMBER]
    assert "TRUE" in plan.sql("duckdb")


ORDERS, COUNT = Selector(("Order Completed",)), Aggregate.COUNT


def populations(shop: Shop, population: Population, *rows: tuple[float, str | None, float, int]) -> None:
    for minute, by, worth, known in rows:
        told = [content_hash(population), minute * MINUTE, by, worth, known]
        shop.connection.execute("INSERT INTO calibrations (population, instant, by_value, real, known) VALUES (?, ?, ?, ?, ?)", told)


def valued(shop: Shop, expr: Expr, *pairs: Row) -> list[Scalar]:
    return [row[1] for row in shop.engine.rows(at_pairs({"x": expr}), inputs={"pairs": pairs})]


def of_the_first(shop, tree, *minutes):
    """The value of the first customer at each minute, told of everybody."""
    return [shop.engine.rows(snapshot({"x": tree}), {"at": at * MINUTE, "seen": at * MINUTE})[0][1] for at in minutes]


def test_a_population_is_read_as_it_was_counted_last(shop):
    median = Population(Census.QUANTILE, Metric(function=COUNT, selector=ORDERS), 0.5)
    populations(shop, median, (10, None, 2.0, 100), (20, None, 3.0, 90))
    assert valued(shop, median, pair(1, ANN, 10 - 1 / MINUTE), pair(2, ANN, 10), pair(3, ANN, 20), pair(4, ANN, 9_000)) == [None, 2, 3, 3]
    shop.event("a", "Order Completed", 5)
    assert of_the_first(shop, median, 5, 9, 10, 19, 20) == [None, None, 2, 2, 3]


def test_a_group_speaks_for_itself_from_a_hundred_known_on_and_all_for_who_has_none(shop):
    last = Metric(function=Aggregate.LAST, selector=ORDERS, value=Property("order_id", Kind.TEXT, True))
    mean = Population(Census.MEAN, Metric(function=COUNT, selector=ORDERS), by=last)
    populations(shop, mean, (1, None, 2.0, 300), (1, "few", 5.0, 99), (1, "many", 7.0, 100))
    for minute, order_id in ((2, "few"), (3, "many"), (4, "none")):
        shop.event(f"o{minute}", "Order Completed", minute, order_id=order_id)
    assert valued(shop, mean, *(pair(at, ANN, at) for at in range(1, 5))) == [2, 2, 7, 2]
    assert of_the_first(shop, mean, 2, 3, 4) == [2, 7, 2]


def test_a_null_that_was_counted_last_holds(shop):
    mean = Population(Census.MEAN, Metric(function=COUNT, selector=ORDERS))
    populations(shop, mean, (10, None, 2.0, 100), (20, None, None, 0), (21, "few", 9.0, 500))
    shop.event("a", "Order Completed", 5)
    assert valued(shop, mean, pair(1, ANN, 19), pair(2, ANN, 21)) == of_the_first(shop, mean, 19, 21) == [2, None]


def test_populations_are_read_together_each_as_it_was_counted_last(shop):
    one, other = (Population(census, Metric(function=COUNT, selector=ORDERS), 0.5) for census in (Census.QUANTILE, Census.MEAN))
    populations(shop, one, (10, None, 2.0, 100), (30, None, 4.0, 100))
    populations(shop, other, (20, None, 5.0, 100))
    both = Arithmetic(Operator.ADD, one, other)
    assert valued(shop, both, *(pair(at, ANN, at) for at in (10, 20, 29, 30, 31))) == [None, 7, 7, 9, 9]


def test_who_is_in_a_segment_turns_where_something_else_was_counted_over_all_or_of_her_group(shop):
    last = Metric(function=Aggregate.LAST, selector=ORDERS, value=Property("order_id", Kind.TEXT, True))
    mean = Population(Census.MEAN, Metric(function=COUNT, selector=ORDERS), by=last)
    alike, many, few = (None, 2.0, 300), ("hers", 7.0, 100), ("hers", 2.0, 100)
    populations(shop, mean, (10, *alike), (20, *alike), (20, *many), (30, *alike), (30, *few), (40, *alike), (40, *many), (50, *alike))
    populations(shop, mean, (60, None, 9.0, 300), (70, None, 9.0, 300))
    shop.event("a", "Order Completed", 15, order_id="hers")
    found = shop.engine.rows(memberships({"high": Compare(Comparison.GT, mean, Literal(5))}), {"lo": 0, "hi": 99 * MINUTE})
    stays = [(20, 30), (40, 50), (60, None)]
    assert found == [("ann", "high", low * MINUTE, high and high * MINUTE) for low, high in stays]


def test_who_parts_again_is_looked_at_again_where_something_else_is_counted(shop):
    mean = Population(Census.MEAN, Metric(function=COUNT, selector=ORDERS))
    populations(shop, mean, (1, None, 9.0, 100), (40, None, 2.0, 100))
    shop.event("a", "Page Viewed", 5, COOKIE)
    shop.link("l", 10)
    shop.link("u", 30, None)
    found = shop.engine.rows(memberships({"high": Compare(Comparison.GT, mean, Literal(5))}), {"lo": 0, "hi": 99 * MINUTE})
    stays = [("ann", 10, 30), ("cookie", 5, 10), ("cookie", 30, 40)]
    assert found == [(who, "high", low * MINUTE, high * MINUTE) for who, low, high in stays]


def test_a_plan_names_the_populations_it_needs_the_inner_ones_first():
    inner = Population(Census.MEAN, Metric(function=COUNT, selector=ORDERS))
    busy = Compare(Comparison.GT, Metric(function=COUNT, selector=ORDERS), inner)
    outer = Population(Census.QUANTILE, Metric(function=COUNT, selector=ORDERS, where=busy), 0.5)
    assert at_pairs({"x": Ago(outer, timedelta(days=1)), "y": inner}).populations == (inner, outer)
    assert snapshot({"x": Metric(function=COUNT, selector=ORDERS, where=Known(outer))}).populations == (inner, outer)


def test_since_previous_reads_what_came_after_the_instant_told_and_all_without_one(shop):
    for minute in (1, 2, 3):
        shop.event(f"a{minute}", "Order Completed", minute)
    metric = Metric(function=COUNT, selector=ORDERS, since=Since.PREVIOUS)
    steps = Steps()
    kept = {name: column(name, "p") for name, _ in PAIRS.columns}
    before = sql.choose(sql.equal(column("pair", "p"), sql.number(1)), sql.number(2 * MINUTE))
    steps.add("asked", sql.query(kept | {"before": before}, Source("pairs", "p")))
    named = {"x": metric, "earlier": Ago(metric, timedelta(minutes=7))}
    values = values_of(steps, "asked", named, previous="before")
    shown = {name: column(name, "v") for name in ("pair", *named)}
    plan = Plan(steps.close(sql.query(shown, Source(values, "v"), order=["pair"])), (), (), (PAIRS,))
    assert shop.engine.rows(plan, inputs={"pairs": [pair(1, ANN, 9), pair(2, ANN, 9)]}) == [(1, 1, 0), (2, 3, 2)]
    assert valued(shop, metric, pair(1, ANN, 9)) == [3]


def test_a_derived_event_is_there_until_it_is_withdrawn(shop):
    shop.event("d", "Session Ended", 1, received=2, line=1, withdrawn_at=5 * MINUTE)
    shop.event("d", "Session Ended", 1, received=5, line=1, order_id="again")
    sessions = Selector(("Session Ended",), derived=("Session Ended",))
    named = {"count": Metric(function=COUNT, selector=sessions), "any": Metric(function=COUNT, selector=Selector(()))}
    rows = shop.engine.rows(at_pairs(named), inputs={"pairs": [pair(n, ANN, 9, n) for n in (1, 2, 4, 5, 9)]})
    assert rows == [(1, 0, 0), (2, 1, 0), (4, 1, 0), (5, 1, 0), (9, 1, 0)]
    assert [shop.engine.rows(snapshot(named), {"at": 9 * MINUTE, "seen": n * MINUTE}) for n in (4, 5)] == [[("ann", 1, 0)]] * 2


MIXED = (
    "age(any())",
    'count("Product Viewed")',
    'sum("Product Viewed", points, within="5m")',
    'count("Product Added", within="3m")',
    'last("Product Added", colour, within="2m")',
    'count("Product Removed", size == 4, within="10m")',
)
"""Of everything, of one name ever, and of others lately; some read what stands in JSON."""


def test_measures_that_read_far_and_near_are_scanned_apart_and_mean_what_they_mean_alone(shop):
    for minute in range(12):
        shop.event(f"v{minute}", "Product Viewed", minute, rest=f'{{"points": {minute}}}')
        shop.event(f"a{minute}", "Product Added", minute, rest=f'{{"colour": "c{minute}"}}')
        shop.event(f"r{minute}", "Product Removed", minute, rest=f'{{"size": {minute % 5}}}')
    pairs = [pair(number, ANN, minute) for number, minute in enumerate((0, 3, 7, 11, 30))]
    plan = at_pairs({f"x{place}": parsed(text) for place, text in enumerate(MIXED)})
    together = shop.engine.rows(plan, inputs={"pairs": pairs})
    assert [list(row[1:]) for row in together] == [list(row) for row in zip(*(asked(shop, text, *pairs) for text in MIXED), strict=True)]
    assert together[3][1:] == (0, 12, 45, 3, "c11", 2)
    assert plan.sql("duckdb").count('FROM "events"') == 3
