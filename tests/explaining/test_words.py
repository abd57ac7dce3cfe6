"""Explanations as they are read: one line a reason, in words."""

from datetime import timedelta

from tests.meaning.small_shop import DAY, event, instant

from opportune.language.explaining.phrases import phrase
from opportune.language.explaining.reasons import why
from opportune.language.explaining.words import lines, shown
from opportune.language.meaning.history import History
from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Arithmetic,
    Choice,
    Coalesce,
    Compare,
    Comparison,
    Expr,
    IsNamed,
    Literal,
    Metric,
    Negative,
    Not,
    Population,
    Property,
    Score,
    ScorePart,
    Selector,
)
from opportune.language.tree.words import Census, Operator
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

ORDERS = Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",)))
FAITHFUL = Compare(Comparison.GE, ORDERS, Literal(2))
TENURE = Metric(function=Aggregate.TENURE, selector=Selector(("Order Completed",)))
VIEWED = Metric(function=Aggregate.DID, selector=Selector(("Product Viewed",)), within=timedelta(days=7))
PAST = History(events=(event("Order Completed", -3 * DAY), event("Order Completed", -DAY)))
NAMES = {FAITHFUL: "segment.faithful", ORDERS: "metric.orders"}


def told(expr: Expr) -> list[str]:
    return lines(why(expr, PAST, "ada", instant(0), FOREVER, names=NAMES), "EUR")


def ladder(*rungs: tuple[Expr, str]) -> Expr:
    below: Expr = Literal("nothing")
    for condition, name in reversed(rungs):
        below = Choice(condition, Literal(name), below)
    return below


def test_a_rung_that_is_a_segment_is_taken_apart() -> None:
    assert told(ladder((Not(FAITHFUL), "new"), (FAITHFUL, "loyal")))[1:] == [
        "├─ ✗ new",
        "│  └─ ✗ not segment.faithful",
        "│     └─ ✓ segment.faithful",
        "└─ ✓ loyal",
        "   └─ ✓ segment.faithful",
        "      └─ ✓ metric.orders is 2, last on 2026-02-28 12:00:00 UTC (needs at least 2)",
    ]


def test_a_segment_of_several_conditions_that_is_a_rung_shows_each() -> None:
    both = All((FAITHFUL, VIEWED))
    found = lines(why(ladder((both, "keen")), PAST, "ada", instant(0), FOREVER, names={**NAMES, both: "segment.keen"}), "EUR")
    assert found[1:] == [
        "└─ ✗ keen",
        "   └─ ✗ segment.keen",
        "      ├─ ✓ segment.faithful",
        "      └─ ✗ any Product Viewed in the last 7d",
    ]


def test_of_a_reckoning_what_it_reckons_with_stands_below() -> None:
    missing = Metric(function=Aggregate.MAX, selector=Selector(("Refund",)), value=Property("total", Kind.NUMBER))
    whole = Arithmetic(Operator.DIV, Coalesce((Negative(ORDERS), Literal(0))), Arithmetic(Operator.ADD, missing, Literal(1)))
    assert told(whole) == [
        "· (−metric.orders, or 0 if unknown) ÷ (greatest total of Refund + 1): unknown",
        "├─ · metric.orders: 2, last on 2026-02-28 12:00:00 UTC",
        "└─ · greatest total of Refund: unknown",
    ]


def test_what_a_part_counts_above_one_is_told() -> None:
    score = Score((ScorePart(1, "often", Arithmetic(Operator.MUL, ORDERS, Literal(0.7))), ScorePart(3, "rest", Literal(0.5))))
    assert told(score)[1:] == [
        "├─ · often: 1.4, counts as 1 (weight 25 %)",
        "│  └─ · metric.orders × 0.7: 1.4",
        "│     └─ · metric.orders: 2, last on 2026-02-28 12:00:00 UTC",
        "└─ · rest: 0.5 (weight 75 %)",
    ]


def test_a_time_since_the_first_tells_of_the_first() -> None:
    (line,) = told(Compare(Comparison.GE, TENURE, Literal(timedelta(days=30))))
    assert line == "✗ time since the first Order Completed is 3 d, first on 2026-02-26 12:00:00 UTC (needs at least 30 d)"


def test_conditions_among_conditions_are_words() -> None:
    assert told(Any((FAITHFUL, All((VIEWED, Not(VIEWED))))))[1:] == [
        "├─ ✓ segment.faithful",
        "└─ ✗ all of these",
        "   ├─ ✗ any Product Viewed in the last 7d",
        "   └─ ✓ no Product Viewed in the last 7d",
    ]


def test_what_happened_is_told_with_its_last_time() -> None:
    bought = Metric(function=Aggregate.DID, selector=Selector(("Order Completed",)))
    assert told(bought) == ["✓ any Order Completed, last on 2026-02-28 12:00:00 UTC"]
    assert told(Not(bought)) == ["✗ no Order Completed, last on 2026-02-28 12:00:00 UTC"]


def test_what_is_counted_over_all_customers_is_words() -> None:
    assert phrase(Population(Census.QUANTILE, ORDERS, 0.9, positive=True)) == (
        "the 90 % mark of number of Order Completed among all that have any"
    )
    assert phrase(Population(Census.MEAN, ORDERS)) == "the mean of number of Order Completed among all"
    assert phrase(Population(Census.CUT, ORDERS, 0.1)) == "where the first 10 % begin"


def test_a_rung_that_compares_says_what_it_needs() -> None:
    assert told(ladder((Compare(Comparison.GT, ORDERS, Population(Census.MEAN, ORDERS)), "many")))[1:] == [
        "└─ ✗ many",
        "   └─ ✗ metric.orders is 2, last on 2026-02-28 12:00:00 UTC (needs more than 2, the mean of metric.orders among all)",
    ]


def test_a_tier_is_told_by_its_bands_below_what_it_asks_for_first() -> None:
    by = Choice(FAITHFUL, ORDERS, Literal(None))
    bands = ladder((Compare(Comparison.GE, by, Population(Census.CUT, by, 0.1)), "high"))
    assert told(Choice(Not(VIEWED), bands, Literal(None)))[1:] == [
        "├─ ✓ no Product Viewed in the last 7d",
        "└─ ✓ high",
        "   └─ ✓ metric.orders (given segment.faithful) is 2 (needs at least 2, where the first 10 % begin)",
        "      ├─ ✓ segment.faithful",
        "      └─ · metric.orders: 2, last on 2026-02-28 12:00:00 UTC",
    ]


def test_of_many_events_some_are_named() -> None:
    assert phrase(Metric(function=Aggregate.COUNT, selector=Selector(tuple("ABCDEF")))) == "number of A, B, C or 3 others"


def test_the_names_of_events_are_told_once() -> None:
    where = All((IsNamed(("A", "B")), Compare(Comparison.EQ, Property("kind", Kind.TEXT), Literal("faq"))))
    assert phrase(Metric(function=Aggregate.DID, selector=Selector(("A", "B")), where=where)) == 'any A or B with kind == "faq"'


def test_a_value_of_next_to_nothing_has_no_exponent() -> None:
    assert [shown(value, Kind.NUMBER, "EUR") for value in (9.3e-6, 0.0, 0.25, 1234.5, 1e8)] == [
        "almost 0",
        "0",
        "0.25",
        "1,234",
        "100,000,000",
    ]
