"""Arithmetic and comparison of answers: exact where money is concerned, null where there is nothing to say."""

import pytest

from opportune.language.meaning.answers import Answer, calculated, first_known, holds, negative
from opportune.language.tree.expressions import Comparison, Operator
from opportune.language.vocabulary.kinds import Kind


def number(value: float | None) -> Answer:
    return Answer(Kind.NUMBER, value)


def money(value: int | None) -> Answer:
    return Answer(Kind.MONEY, value)


def length(value: int | None) -> Answer:
    return Answer(Kind.DURATION, value)


def test_division_by_zero_is_null():
    assert calculated(Operator.DIV, number(1), number(0)) == number(None)
    assert calculated(Operator.DIV, money(1), money(0)) == number(None)
    assert calculated(Operator.DIV, money(1), number(0)) == money(None)


def test_arithmetic_with_null_is_null_of_the_kind_it_would_have_had():
    assert calculated(Operator.MUL, money(None), number(2)) == money(None)
    assert calculated(Operator.ADD, Answer(Kind.NULL, None), length(2)) == length(None)


def test_a_number_beside_money_is_the_amount_it_writes():
    assert holds(Comparison.EQ, money(700), number(0.07))
    assert holds(Comparison.GT, money(99_900), number(9.98999))
    assert calculated(Operator.ADD, money(700), number(1)) == money(10_700)


def test_money_times_a_number_is_rounded_half_to_even():
    assert calculated(Operator.MUL, money(5), number(0.5)) == money(2)
    assert calculated(Operator.MUL, number(0.5), money(7)) == money(4)
    assert calculated(Operator.DIV, money(5), number(2)) == money(2)


def test_measures_divide_to_numbers():
    assert calculated(Operator.DIV, money(5), money(2)) == number(2.5)
    assert calculated(Operator.DIV, length(5), length(2)) == number(2.5)


def test_durations_add_up_and_stretch():
    assert calculated(Operator.SUB, length(5), length(7)) == length(-2)
    assert calculated(Operator.MUL, length(5), number(2)) == length(10)
    assert negative(length(5)) == length(-5)


@pytest.mark.parametrize(
    "operator, left, right",
    [
        (Operator.ADD, length(1), number(1)),
        (Operator.MUL, money(1), money(1)),
        (Operator.DIV, number(1), money(1)),
        (Operator.ADD, money(1), length(1)),
        (Operator.ADD, Answer(Kind.TEXT, "a"), number(1)),
    ],
)
def test_what_the_type_check_refuses_has_no_result(operator, left, right):
    with pytest.raises(TypeError):
        calculated(operator, left, right)


def test_numbers_beside_money_become_money_in_coalesce():
    assert first_known([money(None), number(0)]) == money(0)
    assert first_known([number(2), money(None)]) == money(20_000)
