"""Treated and held out: what being mailed earned, not what mail is credited with.

Everybody who entered counts, mailed or not, because the hold-out was drawn at entry ("as assigned"). The difference of means has
a 95 % interval by Welch's normal approximation: sums are all it needs, so arms add up over days and journeys.

Held to tests/measurement/test_arms.py, against a simulation with known truth.
Source  B. L. Welch (1947), "The generalization of Student's problem", Biometrika 34, eq. (3) for the variance.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z_95 = 1.959963984540054


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
    if treated.customers < 2 or held_out.customers < 2:
        return None
    estimate = treated.mean - held_out.mean
    return _interval(estimate, treated.variance / treated.customers + held_out.variance / held_out.customers)


def ratio_difference(treated: Arm, held_out: Arm) -> Interval | None:
    """Share reaching the goal, treated minus held out; None while an arm has fewer than two customers."""
    if treated.customers < 2 or held_out.customers < 2:
        return None
    variance = sum(arm.reached_ratio * (1 - arm.reached_ratio) / arm.customers for arm in (treated, held_out))
    return _interval(treated.reached_ratio - held_out.reached_ratio, variance)


def _interval(estimate: float, variance: float) -> Interval:
    half = Z_95 * math.sqrt(variance)
    return Interval(estimate, estimate - half, estimate + half)
