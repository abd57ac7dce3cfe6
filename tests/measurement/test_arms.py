import random
import statistics

import pytest

from opportune.language.vocabulary.instants import Instant
from opportune.stages.measurement.arms import Arm, _student_95, arm_of, difference, ratio_difference
from opportune.stages.measurement.summary import Enrolled, Mail, summarise


def test_arms_add_up() -> None:
    one, other = [(True, 3.0), (False, 0.0)], [(True, 5.0)]
    assert arm_of(one) + arm_of(other) == arm_of(one + other)


def test_the_variance_is_that_of_the_textbook() -> None:
    values = [1.0, 4.0, 4.0, 10.0]
    assert arm_of((True, v) for v in values).variance == pytest.approx(statistics.variance(values))


def test_too_few_people_give_no_interval() -> None:
    assert difference(Arm(1, 1, 5.0, 25.0), Arm(10, 1, 5.0, 25.0)) is None
    assert ratio_difference(Arm(10, 1, 0, 0), Arm(0)) is None


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    chance = random.Random(7)
    covered = 0
    for _ in range(400):
        treated = arm_of((True, chance.expovariate(1 / 12)) for _ in range(300))
        control = arm_of((True, chance.expovariate(1 / 10)) for _ in range(100))
        found = difference(treated, control)
        assert found is not None
        covered += found.low <= 2.0 <= found.high
    assert 0.92 <= covered / 400 <= 0.98  # binomial: 0.95 +- 0.022 at two standard deviations, and the small control arm is skewed


def test_a_few_people_who_bought_nothing_prove_nothing() -> None:
    treated = arm_of([(True, 100.0)] * 10 + [(False, 0.0)] * 20)
    nobody = arm_of([(False, 0.0)] * 3)
    found = difference(treated, nobody)
    assert found is not None
    assert found.low < 0 < found.high
    assert found.estimate == pytest.approx(1000 / 30)


@pytest.mark.parametrize("freedom, printed", [(4, 2.776), (8, 2.306), (28, 2.048), (120, 1.980)])
def test_the_quantile_is_that_of_the_printed_table(freedom: int, printed: float) -> None:
    assert _student_95(freedom) == pytest.approx(printed, abs=0.01)


def test_small_arms_are_covered_too() -> None:
    chance = random.Random(11)
    covered = 0
    for _ in range(1_000):
        treated = arm_of((True, chance.gauss(12, 5)) for _ in range(40))
        control = arm_of((True, chance.gauss(10, 5)) for _ in range(5))
        found = difference(treated, control)
        assert found is not None
        covered += found.low <= 2.0 <= found.high
    assert 0.93 <= covered / 1_000 <= 0.97  # binomial: 0.95 +- 0.014 at two standard deviations


def test_people_are_compared_not_entries() -> None:
    def entry(number: int, who: str, held_out: bool, value: int) -> Enrolled:
        return Enrolled(str(number), "j", who, held_out, Instant(number), Instant(number) if value else None, value * 10_000)

    entries = [entry(1, "a", False, 5), entry(2, "a", False, 7), entry(3, "b", False, 0), entry(4, "c", True, 2), entry(5, "d", True, 4)]
    mails = [
        Mail("m1", "j", "handed_over", "", Instant(1)),
        Mail("m2", "j", "held", "capped", Instant(2)),
        Mail("m3", "j", "failed", "", Instant(3)),
    ]
    found = summarise("j", entries, mails, frozenset({"m1"}))
    assert (found.treated.customers, found.treated.reached, found.treated.value) == (2, 1, 12.0)
    assert (found.enrolled, found.held_out, found.mails, found.clicked, found.held) == (5, 2, 1, 1, {"capped": 1})
    assert found.revenue_per_mail == 12.0
    assert found.incremental_per_customer is not None and found.incremental_per_customer.estimate == pytest.approx(6.0 - 3.0)
