from opportune.language.tree.journeys import Rung
from opportune.stages.journeys.rungs import ended_by, is_outranked, too_many

CHECKOUT, CART, PRODUCT = (Rung(ladder="abandonment", place=place) for place in range(3))
ELSEWHERE = Rung(ladder="nps", place=0)


def test_an_enrolment_on_a_rung_forbids_that_rung_and_those_below() -> None:
    active = {"x": CART}
    assert [is_outranked(rung, active) for rung in (CHECKOUT, CART, PRODUCT)] == [False, True, True]


def test_an_entry_ends_what_is_below_it_and_nothing_beside_it() -> None:
    assert ended_by(CART, {"low": PRODUCT, "other": ELSEWHERE}) == ["low"]
    assert ended_by(PRODUCT, {"other": ELSEWHERE}) == []


def test_another_ladder_and_no_rung_forbid_and_end_nothing() -> None:
    assert not is_outranked(CART, {"other": ELSEWHERE})
    assert not is_outranked(None, {"x": CART})
    assert ended_by(None, {"x": CART}) == []


def test_of_enrolments_that_came_together_the_highest_of_each_ladder_stays_and_of_equals_the_first() -> None:
    assert too_many({"low": PRODUCT, "high": CART, "other": ELSEWHERE}) == ["low"]
    assert too_many({"first": CART, "second": CART}) == ["second"]
    assert too_many({"a": PRODUCT, "b": CART, "c": CHECKOUT}) == ["a", "b"]
