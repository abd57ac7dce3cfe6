"""When rows reach the shop's server: mostly at once, a few late, a few twice, and of a few that come twice the second is another."""

import numpy as np

from opportune.samples.customers import Customers
from opportune.samples.disturbances import with_wrong_clocks
from opportune.samples.rows import Act, Rows
from opportune.samples.seasons import SECOND

LATEST = 20 * 3600 * SECOND
"""No row comes later than this but those of an outage, so none else is beyond the usual `max_lateness` of a day."""
ANOTHER = 7_000
"""Milliseconds of dwell that a changed repeat says more."""


def arrive(rng: np.random.Generator, rows: Rows, customers: Customers, *, first_id: int) -> Rows:
    """The rows with their ids, `first_id` on, and `received_at`; the repeats, same id and nearly always content, behind them.

    `received_at` of a row is taken as the earliest it could be reported.
    """
    count, habits = len(rows), customers.truth.habits
    rows["id"] = first_id + np.arange(count)
    lag = rng.integers(40_000, 2_500_000, count)
    is_late = (rng.random(count) < habits.late_share) & (rows["device"] > 0)
    late = np.minimum(rng.lognormal(np.log(20 * 60), 1.3, count) * SECOND + 60 * SECOND, LATEST)
    rows["received_at"] = np.maximum(rows["received_at"], rows["ts"]) + np.where(is_late, late.astype(np.int64), lag)
    again = rows[(rng.random(count) < habits.repeated_share) & (rows["device"] > 0)].copy()
    again["received_at"] += rng.integers(SECOND, 1800 * SECOND, len(again))
    changed = (again["act"] == Act.VIEW) & (rng.random(len(again)) < habits.changed_repeat_share)
    again["number"][changed] += ANOTHER
    return with_wrong_clocks(np.concatenate([rows, again]), customers)
