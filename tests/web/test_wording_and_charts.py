"""Numbers as people read them, and the arithmetic of the charts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.shop import DAY, NOW

from opportune.language.vocabulary.instants import Instant
from opportune.shell.overview import Day
from opportune.stages.measurement.arms import Interval
from opportune.web import charts, wording


@pytest.mark.parametrize(
    "value, currency, signed, shown",
    [
        (0.346, "USD", False, "$0.35"),
        (1234.5, "USD", False, "$1,234"),
        (-0.35, "EUR", True, "−€0.35"),
        (12.5, "CHF", True, "+CHF 12.50"),
        (-0.001, "USD", True, "$0.00"),
        (0, "USD", True, "$0.00"),
    ],
)
def test_money_is_shown_with_its_sign_and_symbol(value: float, currency: str, signed: bool, shown: str) -> None:
    assert wording.money(value, currency, is_signed=signed) == shown


@pytest.mark.parametrize(
    "seconds, shown", [(0, "just now"), (119, "119 s ago"), (120, "2 min ago"), (7_200, "2 h ago"), (172_800, "2 days ago")]
)
def test_how_long_ago_is_said_in_the_unit_that_fits(seconds: int, shown: str) -> None:
    assert wording.ago(Instant(NOW - seconds * 1_000_000), NOW) == shown


@given(st.lists(st.floats(-1e9, 1e9), max_size=40))
def test_an_axis_holds_every_value_and_zero_in_a_few_round_steps(values: list[float]) -> None:
    axis = charts.axis_for(values)
    slack = 1e-9 * max([1.0, *map(abs, values)])
    assert axis.low <= min([0.0, *values]) + slack and axis.high >= max([0.0, *values]) - slack
    assert 2 <= len(axis.ticks) <= 8


def test_an_interval_above_zero_is_drawn_right_of_it() -> None:
    svg = charts.interval_plot(Interval(4, 2, 6), (0.0, 6.0), "words")
    zero, low = (float(found) for found in re.findall(r'x1="([\d.]+)"', svg)[:2])
    assert 'class="interval up"' in svg and low > zero


def test_an_interval_across_zero_is_not_drawn_as_a_gain() -> None:
    assert 'class="interval open"' in charts.interval_plot(Interval(4, -1, 9), (-1.0, 9.0), "words")


def test_the_days_are_drawn_each_with_its_words() -> None:
    days = [Day(Instant(n * DAY), 10, n, 10.0 * n - 5, 3 * n, n) for n in range(5)]
    svg = charts.days_chart(days, "USD", width=1100, name="wide")
    assert svg.count("<title>") == 5 and svg.count('class="mails"') == 4  # a day without mail has no bar
    assert "5 Jan: 12 mails, 4 clicked · 4 orders, $35.00 net" in svg


@pytest.mark.parametrize("number", [0, 1, 2, 400])
def test_any_number_of_days_can_be_drawn(number: int) -> None:
    days = [Day(Instant(n * DAY), 0, 0, 0.0, 0, 0) for n in range(number)]
    assert "nan" not in charts.days_chart(days, "USD", width=320, name="narrow")


def test_a_sparkline_of_nothing_is_flat() -> None:
    assert "nan" not in charts.sparkline([0] * 60, "quiet")
