"""What known customers do elsewhere in the days after a visit: ads seen, likes and comments, calls. Told by the shop's server."""

import numpy as np

from opportune.samples.customers import Customers
from opportune.samples.phrases import ENGAGEMENTS, NETWORKS, TOPICS
from opportune.samples.rows import Act, Rows, joined, server_rows
from opportune.samples.seasons import DAY, SECOND
from opportune.samples.signing import Standing
from opportune.samples.visits import Visits

SOONEST = 2 * 3600 * SECOND
LATEST_DAYS = 12


def rows_beside(rng: np.random.Generator, visits: Visits, *, customers: Customers, standing: Standing, hurry: float = 1.0) -> Rows:
    """The rows that go with these visits; delays are divided by `hurry`."""
    habits = customers.truth.habits
    social = _some(rng, visits, Act.SOCIAL, habits.social_per_visit, hurry)
    social["number"], social["extra"] = _drawn(rng, social, len(NETWORKS)), _drawn(rng, social, len(ENGAGEMENTS))
    ads = _some(rng, visits, Act.AD_VIEWED, habits.ads_per_visit, hurry)
    is_video = rng.random(len(ads)) < 0.4
    ads["number"], ads["extra"] = _drawn(rng, ads, len(NETWORKS)), np.where(is_video, (rng.random(len(ads)) ** 2 * 1000).astype(int), -1)
    calls = _some(rng, visits, Act.CALL, habits.calls_per_visit, hurry)
    calls["extra"] = _drawn(rng, calls, len(TOPICS))
    rows = joined(social, ads[customers.gives_ads[ads["person"]]], calls)
    person = rows["person"]
    known: Rows = rows[(rows["ts"] > standing.signed_up[person]) & (rows["ts"] < customers.truth.churned[person])]
    return known


def _some(rng: np.random.Generator, visits: Visits, act: Act, chance: float, hurry: float) -> Rows:
    after = visits[rng.random(len(visits)) < chance]
    delay = SOONEST + (np.minimum(rng.exponential(2.5, len(after)), LATEST_DAYS) * DAY).astype(np.int64)
    rows = server_rows(act, person=after["person"], ts=after["start"] + (delay / hurry).astype(np.int64) // 1000 * 1000)
    rows["received_at"] = rows["ts"]
    return rows


def _drawn(rng: np.random.Generator, rows: Rows, kinds: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return rng.integers(kinds, size=len(rows))
