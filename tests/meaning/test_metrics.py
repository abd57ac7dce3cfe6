"""Every metric at its edges: nothing to read, one event, ties, nulls, voids, times to begin at."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.meaning.small_shop import DAY, HOUR, KNOWN, MINUTE, SECOND, event, instant, link

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Event, History
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    All,
    Any,
    At,
    Compare,
    Comparison,
    Expr,
    IsNamed,
    Literal,
    Metric,
    Property,
    Selector,
    Since,
    Void,
)
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

ORDERS = Selector(("Order Completed",))
TOTAL = Property("total", Kind.MONEY, declared=True)
POINTS = Property("points", Kind.NUMBER)
COLOUR = Property("colour", Kind.TEXT)
DWELL = Property("dwell", Kind.DURATION, declared=True)
VOID = Void(("Order Completed",), Selector(("Order Cancelled",)), same=Property("order_id", Kind.TEXT, declared=True))


def over(function: Aggregate, wanted: Property | None = None, **more: object) -> Metric:
    return Metric(function=function, selector=ORDERS, value=wanted, **more)


def worth(expr: Expr, *events: Event, at: int = 0, seen: int | None = None) -> object:
    """Ada's value, knowing everything unless told otherwise."""
    return value(expr, History(events=events), "ada", instant(at), FOREVER if seen is None else instant(seen))


def order(at: int = 0, **more: object) -> Event:
    return event("Order Completed", at, **more)


def cancelled(at: int = 0, **more: object) -> Event:
    return event("Order Cancelled", at, **more)


def test_metrics_with_nothing_to_read_are_null_but_for_sums_and_numbers_of_things():
    nulls = [Aggregate.AVG, Aggregate.MEDIAN, Aggregate.MIN, Aggregate.MAX, Aggregate.FIRST, Aggregate.LAST, Aggregate.TOP]
    assert [worth(over(function, TOTAL), order(), order(total="x")) for function in nulls] == [None] * 7
    empty = [Aggregate.TENURE, Aggregate.TIME, Aggregate.FIRST_TIME, Aggregate.GAP]
    assert [worth(over(function)) for function in empty] == [None] * 4
    assert worth(over(Aggregate.DISTINCT, COLOUR), order()) == 0
    assert worth(over(Aggregate.DECAYED, half_life=timedelta(days=1))) == 0
    assert worth(over(Aggregate.ACTIVE)) == 0


def test_an_average_of_money_is_exact_and_rounded_half_to_even():
    assert worth(over(Aggregate.AVG, TOTAL), order(total=0.0001), order(total=0.0002)) == 2
    assert worth(over(Aggregate.AVG, TOTAL), order(total=0.0001), order(total=0)) == 0
    assert worth(over(Aggregate.AVG, POINTS), order(points=1), order(points=2), order(points="3")) == 1.5


def test_a_median_is_the_lower_of_the_middle_two():
    assert worth(over(Aggregate.MEDIAN, POINTS), *(order(points=points) for points in (4, 1, 3, 2))) == 2
    assert worth(over(Aggregate.MEDIAN, POINTS), *(order(points=points) for points in (4, 1, 3))) == 3


def test_the_least_and_the_greatest_skip_nulls_and_keep_the_kind():
    seen = (order(dwell=2), order(dwell=None), order(dwell=1))
    assert worth(over(Aggregate.MIN, DWELL), *seen) == SECOND
    assert worth(over(Aggregate.MAX, DWELL), *seen) == 2 * SECOND
    metric = answer(over(Aggregate.MAX, DWELL), Pair(history=History(), customer="ada", at=instant(0), seen=FOREVER))
    assert metric.kind is Kind.DURATION


def test_distinct_counts_values_of_the_kind():
    assert worth(over(Aggregate.DISTINCT, COLOUR), *(order(colour=colour) for colour in ("a", "b", "a", None, 7))) == 2


def test_first_and_last_are_in_event_order_and_skip_nulls():
    seen = (order(0, id="c", points=3), order(0, id="b", points=2), order(-1, points=None), order(1, points=9))
    assert worth(over(Aggregate.FIRST, POINTS), *seen) == 2
    assert worth(over(Aggregate.LAST, POINTS), *seen) == 3


def test_of_the_most_frequent_values_the_one_seen_last_is_top():
    assert worth(over(Aggregate.TOP, COLOUR), *(order(-n, colour=colour) for n, colour in enumerate("abba"))) == "a"
    assert worth(over(Aggregate.TOP, COLOUR), *(order(-n, colour=colour) for n, colour in enumerate("abbc"))) == "b"
    assert worth(over(Aggregate.TOP, COLOUR), order(0, id="b", colour="x"), order(0, id="a", colour="y")) == "x"


def test_tenure_and_first_time_look_at_the_earliest_age_and_time_at_the_latest():
    seen = (order(-5), order(-2), order(1))
    functions = (Aggregate.TENURE, Aggregate.AGE, Aggregate.FIRST_TIME, Aggregate.TIME)
    assert [worth(over(function), *seen) for function in functions] == [5, 2, instant(-5), instant(-2)]


def test_a_decayed_count_halves_with_every_half_life():
    metric = over(Aggregate.DECAYED, half_life=timedelta(hours=1))
    assert worth(metric, order(0), order(-HOUR), order(-2 * HOUR)) == 1.75
    windowed = over(Aggregate.DECAYED, half_life=timedelta(hours=1), within=timedelta(hours=2))
    assert worth(windowed, order(0), order(-HOUR), order(-2 * HOUR)) == 1.5


def test_a_gap_is_the_mean_between_neighbours_rounded_half_to_even():
    assert worth(over(Aggregate.GAP), order(0)) is None
    assert worth(over(Aggregate.GAP), order(-5), order(-2), order(0)) == 2
    assert worth(over(Aggregate.GAP), order(-7), order(-2), order(0)) == 4


def test_active_adds_dwell_where_there_is_any_else_short_gaps():
    assert worth(over(Aggregate.ACTIVE), order(-HOUR, dwell=2), order(-1), order(0, dwell="3")) == 5 * SECOND
    gaps = (order(-20 * MINUTE), order(-15 * MINUTE), order(-10 * MINUTE + 1), order(-10 * MINUTE + 1))
    assert worth(over(Aggregate.ACTIVE), *gaps) == 5 * MINUTE


def test_since_a_time_reads_what_is_later_and_all_where_the_time_is_null():
    count = over(Aggregate.COUNT, since=Literal(datetime(2026, 3, 1, 12, tzinfo=UTC)))
    assert worth(count, order(-1), order(0), order(1), at=1) == 1
    visited = Metric(function=Aggregate.TIME, selector=Selector(("Page Viewed",)))
    since_visit = over(Aggregate.COUNT, since=visited, within=timedelta(hours=1))
    assert worth(since_visit, order(-1), order(-HOUR)) == 1
    assert worth(since_visit, order(-1), order(-3), order(-HOUR), event("Page Viewed", -3)) == 1


def test_since_previous_outside_a_derived_event_reads_everything():
    assert worth(over(Aggregate.COUNT, since=Since.PREVIOUS), order(-DAY)) == 1


def voided(same: bool = True) -> Metric:
    void = VOID if same else Void(("Order Completed",), Selector(("Order Cancelled",)))
    return Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",), voids=(void,)))


def test_an_event_is_void_once_a_follower_is_visible():
    seen = (order(0, order_id="a"), cancelled(5, order_id="a", received=9))
    assert worth(voided(), *seen, at=4) == 1
    assert worth(voided(), *seen, at=5) == 0
    assert worth(voided(), *seen, at=8, seen=8) == 1
    assert worth(voided(), *seen, at=8, seen=9) == 0


def test_what_voids_has_the_same_known_value_and_follows_in_event_order():
    assert worth(voided(), order(0, order_id="a"), cancelled(1, order_id="b"), at=1) == 1
    assert worth(voided(), order(0), cancelled(1), at=1) == 1
    assert worth(voided(same=False), order(0), cancelled(1), at=1) == 0
    assert worth(voided(), order(0, order_id="a", id="m"), cancelled(0, order_id="a", id="l")) == 1
    assert worth(voided(), order(0, order_id="a", id="l"), cancelled(0, order_id="a", id="m")) == 0
    assert worth(voided(), order(0, order_id=7), cancelled(0, order_id="7", id="z")) == 0


def test_what_voids_belongs_to_the_same_customer_and_meets_its_condition():
    assert worth(voided(), order(0, order_id="a"), cancelled(0, order_id="a", by="bob", id="z")) == 1
    wholly = Void(("Order Completed",), Selector(("Order Cancelled",)), Compare(Comparison.EQ, COLOUR, Literal("all")))
    metric = Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",), voids=(wholly,)))
    assert worth(metric, order(-1), cancelled(0)) == 1
    assert worth(metric, order(-1), cancelled(0, colour="all")) == 0


def test_an_event_never_voids_itself():
    replaced = Void(("Order Completed",), Selector(("Order Completed",)), same=Property("order_id", Kind.TEXT, declared=True))
    metric = Metric(function=Aggregate.LAST, selector=Selector(("Order Completed",), voids=(replaced,)), value=POINTS)
    count = Metric(function=Aggregate.COUNT, selector=metric.selector)
    seen = (order(-2, order_id="a", points=1), order(-1, order_id="a", points=2), order(0, order_id="b", points=3))
    assert (worth(count, *seen), worth(metric, *seen[:2])) == (2, 2)


def test_a_void_looks_beyond_the_window_and_at_its_own_names_only():
    metric = Metric(
        function=Aggregate.COUNT, selector=Selector(("Order Completed", "Page Viewed"), voids=(VOID,)), within=timedelta(hours=1)
    )
    assert worth(metric, order(0, order_id="a", id="l"), event("Page Viewed", 0, order_id="a"), cancelled(0, order_id="a", id="m")) == 1


def test_a_named_event_among_others_keeps_its_own_condition():
    dear = All((IsNamed(("Order Completed",)), Compare(Comparison.GT, TOTAL, Literal(5))))
    both = Selector(("Order Completed", "Page Viewed"))
    metric = Metric(function=Aggregate.COUNT, selector=both, where=Any((dear, IsNamed(("Page Viewed",)))))
    assert worth(metric, order(0, total=6), order(0, total=5), event("Page Viewed")) == 2


COUNT = over(Aggregate.COUNT)


def test_ago_is_the_value_then():
    lately = Ago(over(Aggregate.COUNT, within=timedelta(hours=1)), timedelta(hours=1))
    assert worth(lately, order(-HOUR), order(-2 * HOUR), order(-1)) == 1
    assert worth(Ago(At(), timedelta(hours=1)), order(-HOUR)) == instant(-HOUR)


def test_ago_is_null_before_the_first_event_of_any_name():
    yesterday = Ago(COUNT, timedelta(days=1))
    assert worth(yesterday, order(0)) is None
    assert worth(yesterday, order(0), event("Email Opened", -DAY)) == 0
    assert worth(yesterday, order(0), event("Email Opened", -DAY + 1)) is None


def test_ago_is_read_as_seen_then_and_as_known_with_all_that_is_known_now():
    late = (order(-DAY, received=-HOUR), event("Page Viewed", -2 * DAY))
    yesterday = Ago(COUNT, timedelta(days=1))
    assert worth(yesterday, *late, seen=0) == 0
    assert worth(yesterday, *late) == 1


@pytest.mark.parametrize("at, found", [(0, 1), (1, 2), (2 * DAY, 2), (2 * DAY + 1, 1)])
def test_ago_asks_for_the_customer_of_today_with_the_links_of_then(at, found):
    history = History(
        events=(order(-DAY), order(0, by="cookie")), links=(link("cookie", "ada", 0), link("cookie", None, 2 * DAY)), known=KNOWN
    )
    assert value(Ago(COUNT, timedelta(microseconds=1)), history, "ada", instant(at), FOREVER) == found
