"""Quantiles, means and cuts: ranks, calibration instants, groups."""

from datetime import timedelta

import pytest
from tests.meaning.small_shop import DAY, HOUR, MINUTE, event, instant

from opportune.language.meaning.history import History
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import Aggregate, Census, Literal, Metric, Population, Property, Rhythm, Selector
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

POINTS = Metric(function=Aggregate.LAST, selector=Selector(("Order Completed",)), value=Property("points", Kind.NUMBER))
TOTAL = Metric(function=Aggregate.SUM, selector=Selector(("Order Completed",)), value=Property("total", Kind.MONEY, declared=True))
COLOUR = Metric(function=Aggregate.LAST, selector=Selector(("Order Completed",)), value=Property("colour", Kind.TEXT))
MIDNIGHT = 12 * HOUR
"""The first one after noon, a Sunday's: 2026-03-02 is a Monday."""


def shop(*values, enough=1, at=0, name="points", **more):
    """A customer for each value."""
    events = (event("Order Completed", at, by=f"c{number}", **{name: value}, **more) for number, value in enumerate(values))
    return History(events=tuple(events), enough=enough)


def asked(census, share=None, *, history, of=POINTS, at=DAY, customer="c0", seen=None, **more):
    more = {"every": Rhythm.DAY, **more}
    return value(Population(census, of, share, **more), history, customer, instant(at), instant(at) if seen is None else seen)


@pytest.mark.parametrize("share, found", [(0.9, 9), (0.91, 10), (1.0, 10), (0.0, 1), (0.05, 1), (0.1, 1), (0.11, 2)])
def test_a_quantile_is_the_smallest_value_with_that_share_at_or_below_it(share, found):
    assert asked(Census.QUANTILE, share, history=shop(*range(10, 0, -1))) == found


@pytest.mark.parametrize("share, found", [(0.1, 10), (0.11, 9), (0.3, 8), (1.0, 1), (0.0, 10)])
def test_a_cut_is_the_value_at_the_rank_from_the_top(share, found):
    assert asked(Census.CUT, share, history=shop(*range(1, 11))) == found


def test_nulls_are_not_counted_and_with_positive_neither_is_what_is_not_above_zero():
    history = shop(None, -1, 0, 2, 4)
    assert asked(Census.QUANTILE, 0.5, history=history) == 0
    assert asked(Census.QUANTILE, 0.5, history=history, positive=True) == 2
    assert asked(Census.MEAN, history=history, positive=True) == 3
    assert asked(Census.MEAN, history=shop(None)) is None


def test_a_mean_is_exact_on_billionths_and_of_money_rounded_half_to_even():
    assert asked(Census.MEAN, history=shop(0.1, 0.2, 0.3)) == 0.2
    assert asked(Census.MEAN, history=shop(0.0001, 0.0002, name="total"), of=TOTAL) == 2
    assert asked(Census.MEAN, history=shop(0.0001, 0, name="total"), of=TOTAL) == 0


def test_it_is_frozen_at_the_last_calibration_instant_as_seen_there():
    history = History(
        events=(
            event("Order Completed", by="c0", points=1),
            event("Order Completed", MIDNIGHT, by="c1", points=3),
            event("Order Completed", 0, by="c2", points=8, received=MIDNIGHT + 1),
        ),
        enough=1,
    )
    assert asked(Census.MEAN, history=history, at=MIDNIGHT - 1) is None
    assert asked(Census.MEAN, history=history, at=MIDNIGHT) == 2
    assert asked(Census.MEAN, history=history, at=MIDNIGHT + DAY - 1) == 2
    assert asked(Census.MEAN, history=history, at=MIDNIGHT, seen=FOREVER) == 2
    assert asked(Census.MEAN, history=history, at=MIDNIGHT + DAY) == 4


def test_who_was_not_yet_known_at_the_instant_is_not_counted():
    ordered = Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",)))
    history = History(events=(event("Order Completed", by="c0"), event("Order Completed", by="c1", received=MIDNIGHT + 1)), enough=1)
    assert [asked(Census.MEAN, of=ordered, history=history, at=MIDNIGHT + at) for at in (0, DAY)] == [1, 1]
    visited = History(events=(event("Order Completed", by="c0"), event("Page Viewed", by="c1", received=MIDNIGHT + 1)), enough=1)
    assert [asked(Census.MEAN, of=ordered, history=visited, at=MIDNIGHT + at) for at in (0, DAY)] == [1, 0.5]


def test_what_had_not_arrived_by_the_instant_is_not_counted_even_as_known():
    ordered = Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",)))
    history = History(events=(event("Order Completed", by="c0"), event("Order Completed", by="c0", received=MIDNIGHT + 1)), enough=1)
    assert [asked(Census.MEAN, of=ordered, history=history, at=MIDNIGHT + at, seen=FOREVER) for at in (0, DAY)] == [1, 2]


def test_until_a_scheduled_instant_has_enough_every_midnight_is_one():
    events = tuple(event("Order Completed", number * DAY, by=f"c{number}", points=number) for number in range(20))
    weekly = {"every": Rhythm.WEEK, "history": History(events=events, enough=8)}
    # The Mondays after noon of Sunday the 1st are 12 hours, 7.5 and 14.5 days later; at the second of them eight are known.
    assert [asked(Census.CUT, 0.01, at=at, **weekly) for at in (MIDNIGHT, MIDNIGHT + DAY)] == [0, 1]
    assert [asked(Census.CUT, 0.01, at=at, **weekly) for at in (7 * DAY, 8 * DAY, 14 * DAY, 15 * DAY)] == [6, 7, 7, 14]


def test_months_begin_on_the_first_in_utc():
    events = tuple(event("Order Completed", number * DAY, by=f"c{number}", points=number) for number in range(40))
    monthly = {"every": Rhythm.MONTH, "history": History(events=events, enough=2)}
    assert [asked(Census.CUT, 0.01, at=at * DAY, **monthly) for at in (30, 31, 35)] == [29, 30, 30]


def test_a_group_stands_by_itself_once_it_has_enough():
    red = [event("Order Completed", 0, by=f"r{number}", points=1, colour="red") for number in range(3)]
    blue = [event("Order Completed", 0, by=f"b{number}", points=5, colour="blue") for number in range(2)]
    history = History(events=(*red, *blue, event("Order Completed", 0, by="c0", points=5)), enough=3)
    by = {"history": history, "by": COLOUR}
    assert [asked(Census.CUT, 0.1, customer=customer, **by) for customer in ("r0", "b0", "c0")] == [1, 5, 5]
    assert asked(Census.MEAN, customer="b0", **by) == 3
    assert asked(Census.MEAN, customer="r0", **by) == 1


def test_the_group_of_the_asker_is_that_of_the_moment():
    red = [event("Order Completed", 0, by=f"r{number}", points=1, colour="red") for number in range(3)]
    moved = event("Order Completed", DAY, by="c0", points=9, colour="red")
    history = History(events=(*red, event("Order Completed", 0, by="c0", points=9, colour="blue"), moved), enough=3)
    assert [asked(Census.MEAN, customer="c0", history=history, by=COLOUR, at=at) for at in (DAY - 1, DAY)] == [3, 1]


def test_those_who_left_a_window_are_counted_as_they_are_at_the_instant():
    recent = Metric(function=Aggregate.COUNT, selector=Selector(("Order Completed",)), within=timedelta(days=1))
    history = shop(1, 1, at=MIDNIGHT - DAY + MINUTE)
    assert [asked(Census.MEAN, of=recent, history=history, at=MIDNIGHT + at) for at in (0, DAY - 1, DAY)] == [1, 1, 0]


def test_a_population_of_constants_counts_who_is_there():
    assert asked(Census.MEAN, of=Literal(3), history=shop(1, 2)) == 3
