"""Where an age passes what it is compared with: durations that constants come to are one duration (language/tree/sampling.py)."""

from datetime import timedelta

import pytest

from opportune.language.tree.expressions import Aggregate, Arithmetic, Compare, Comparison, Expr, Literal, Metric, Operator, Selector
from opportune.language.tree.sampling import is_sampled, passings

AGE = Metric(function=Aggregate.AGE, selector=Selector(("Order Completed",)))
DAY = timedelta(days=1)
QUARTER = Literal(timedelta(days=90))


def passed(bound: Expr) -> Expr:
    """What the age is said to pass where it is compared with `bound`."""
    compare = Compare(Comparison.GT, AGE, bound)
    assert not is_sampled(compare)
    ((moving, found),) = passings(compare)
    assert moving == AGE
    return found


@pytest.mark.parametrize(
    "bound, length",
    [
        (QUARTER, 90 * DAY),
        (Arithmetic(Operator.MUL, Literal(0.7), QUARTER), 63 * DAY),
        (Arithmetic(Operator.SUB, QUARTER, Literal(30 * DAY)), 60 * DAY),
        (Arithmetic(Operator.ADD, QUARTER, Arithmetic(Operator.MUL, Literal(2), Literal(DAY))), 92 * DAY),
        (Arithmetic(Operator.MUL, Literal(0.5), Literal(timedelta(microseconds=5))), timedelta(microseconds=2)),
        (Arithmetic(Operator.MUL, Literal(0.5), Literal(timedelta(microseconds=7))), timedelta(microseconds=4)),
    ],
)
def test_an_age_passes_the_duration_that_constants_come_to_rounded_half_to_even(bound: Expr, length: timedelta) -> None:
    assert passed(bound) == Literal(length)


@pytest.mark.parametrize(
    "bound",
    [
        Arithmetic(Operator.MUL, Literal(2), Metric(function=Aggregate.GAP, selector=Selector(("Order Completed",)))),
        Arithmetic(Operator.ADD, QUARTER, Metric(function=Aggregate.GAP, selector=Selector(("Order Completed",)))),
        Arithmetic(Operator.MUL, Literal(1e15), QUARTER),
    ],
)
def test_what_is_no_constant_or_beyond_all_durations_stays_as_it_is_written(bound: Expr) -> None:
    assert passed(bound) == bound
