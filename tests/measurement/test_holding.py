"""Which segments are alike, empty or full, and what is known of hardly anybody."""

from opportune.stages.measurement.audited import Level
from opportune.stages.measurement.holding import Held, alike, comparable, empty_or_full, hardly_known


def segment(name: str, number: int, customers: int = 1000) -> Held:
    return Held(name=f"segment.{name}", number=number, customers=customers)


def test_only_segments_of_nearly_one_size_are_compared() -> None:
    held = [segment("a", 100), segment("b", 95), segment("c", 50), segment("tiny", 3), segment("all", 1000)]
    assert comparable(held) == [("segment.a", "segment.b")]


def test_nine_tenths_in_common_of_all_in_either_are_alike_and_less_are_not() -> None:
    held, pair = [segment("a", 100), segment("b", 90)], ("segment.a", "segment.b")
    (found,) = alike(held, {pair: 90})
    assert found.cases == (("segment.a and segment.b", "90% of 100 are in both"),)
    assert alike(held, {pair: 89}) == []


def test_a_segment_of_everybody_is_told_in_a_shop_that_has_some() -> None:
    (found,) = empty_or_full([segment("all", 1000), segment("few", 999)], [])
    assert (found.level, found.suffering) == (Level.LOOK, ("segment.all",))
    assert empty_or_full([segment("all", 2, 2)], []) == []


def test_values_known_for_hardly_anybody_are_told_but_not_those_that_cannot_be() -> None:
    held = [Held(name="metric.rare", number=1, customers=1000), Held(name="metric.dead", number=0, customers=1000)]
    (found,) = hardly_known(held, {"metric.dead"})
    assert found.cases == (("metric.rare", "known for 1 of 1,000"),)


def test_a_score_that_most_customers_hardly_cover_is_told() -> None:
    def score(*coverage: int) -> Held:
        return Held(name="score.s", number=100, customers=100, coverage=coverage)

    (found,) = hardly_known([score(40, 20, 20, 10, 10)], ())
    assert found.cases == (("score.s", "covered by less than 40% for 60% of the customers"),)
    assert hardly_known([score(20, 20, 20, 20, 20)], ()) == []
