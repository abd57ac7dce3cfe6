"""Treated and held out: what being mailed earned, not what mail is credited with.

Everybody who entered counts, mailed or not, because the hold-out was drawn at entry ("as assigned"). The difference of means has
a 95 % interval from sums alone, so arms add up over days and journeys: Welch's, and Student's with the pooled variance while an arm is
small, because the spread of three people who bought nothing says nothing.

Held to tests/measurement/test_arms.py, against a simulation with known truth.
Source  B. L. Welch (1947), "The generalization of Student's problem", Biometrika 34; M. Abramowitz and I. Stegun, Handbook of
        Mathematical Functions, 26.7.5, for the quantile of Student's distribution.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z_95 = 1.959963984540054
SMALL = 30
"""Customers; a smaller arm's own variance is not relied on."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Sums over the customers of one arm. `value` in the shop's currency."""

    customers: int = 0
    reached: int = 0
    value: float = 0.0
    value_squared: float = 0.0

    def __add__(self, other: "Arm") -> "Arm":
        return Arm(
            self.customers + other.customers,
            self.reached + other.reached,
            self.value + other.value,
            self.value_squared + other.value_squared,
        )

    @property
    def mean(self) -> float:
        """Value per customer."""
        return self.value / self.customers if self.customers else 0.0

    @property
    def reached_ratio(self) -> float:
        """Share that reached the goal."""
        return self.reached / self.customers if self.customers else 0.0

    @property
    def variance(self) -> float:
        """Sample variance of the value per customer; 0 below two customers."""
        if self.customers < 2:
            return 0.0
        return max(0.0, (self.value_squared - self.value * self.value / self.customers) / (self.customers - 1))


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval."""

    estimate: float
    low: float
    high: float


def arm_of(results: Iterable[tuple[bool, float]]) -> Arm:
    """The arm of (goal reached, value) per customer."""
    total = Arm()
    for reached, value in results:
        total += Arm(1, int(reached), value, value * value)
    return total


def difference(treated: Arm, held_out: Arm) -> Interval | None:
    """Value per customer, treated minus held out; None while an arm has fewer than two customers."""
    return _difference((treated, treated.mean, treated.variance), (held_out, held_out.mean, held_out.variance))


def ratio_difference(treated: Arm, held_out: Arm) -> Interval | None:
    """Share reaching the goal, treated minus held out; None while an arm has fewer than two customers."""
    return _difference(*((arm, arm.reached_ratio, _ratio_variance(arm)) for arm in (treated, held_out)))


def _ratio_variance(arm: Arm) -> float:
    return arm.reached_ratio * (1 - arm.reached_ratio) * arm.customers / max(1, arm.customers - 1)


def _difference(*arms: tuple[Arm, float, float]) -> Interval | None:
    """Of two arms, each with its mean and variance."""
    (one, mean, variance), (other, other_mean, other_variance) = arms
    n, m = one.customers, other.customers
    if min(n, m) < 2:
        return None
    if min(n, m) < SMALL:
        freedom = float(n + m - 2)
        pooled = ((n - 1) * variance + (m - 1) * other_variance) / freedom
        spread = pooled / n + pooled / m
    else:
        spread = variance / n + other_variance / m
        parts = (variance / n) ** 2 / (n - 1) + (other_variance / m) ** 2 / (m - 1)
        freedom = spread**2 / parts if parts else math.inf
    half = _student_95(freedom) * math.sqrt(spread)
    return Interval(mean - other_mean, mean - other_mean - half, mean - other_mean + half)


def _student_95(freedom: float) -> float:
    """The 97.5 % point of Student's distribution; off by less than 0.01 from 3 degrees of freedom on, above the normal's."""
    z, v = Z_95, freedom
    terms = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return z + sum(term / v**power for power, term in enumerate(terms, 1))
