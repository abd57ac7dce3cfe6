"""When people shop: by month, day of the week and hour of their own day.

A Poisson process with a yearly rate is run in "season time": `elapsed` maps an instant to it, and a year of it lasts 1.
Held to tests/samples/test_truth.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.samples.places import PLACES

Instants = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

SECOND = 1_000_000
DAY = 86_400 * SECOND
MONTHS = np.array([0.85, 0.82, 0.90, 0.95, 0.98, 0.88, 0.80, 0.86, 1.00, 1.12, 1.50, 1.34])
WEEKDAYS = np.array([1.06, 1.00, 0.96, 0.98, 0.92, 0.94, 1.14])
"""From Monday; a mean of 1, like the months."""
HOURS = np.array([6, 3, 2, 1, 1, 2, 5, 10, 16, 20, 23, 25, 27, 25, 23, 22, 24, 28, 34, 42, 48, 45, 31, 15], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """The calendar days from the UTC day of `start` to the one of `end`, with what is laid by at each of their beginnings."""

    start: Instant
    end: Instant
    first_midnight: Instant
    laid_by: Numbers
    months: Numbers
    """How busy each month is, from January."""
    offsets: Instants
    """(place, day): the zone's distance from UTC in microseconds at noon."""

    @classmethod
    def build(cls, start: Instant, days: int, months: Numbers = MONTHS) -> "Seasons":
        """The seasons of `days` times 24 hours from `start` on."""
        end = Instant(start + days * DAY)
        first, count = start // DAY, -(-end // DAY) - start // DAY
        moments = [datetime_of(Instant((first + day) * DAY + DAY // 2)) for day in range(count)]
        weights = np.array([weight_of(moment, months) for moment in moments]) / 365
        return cls(
            start=start,
            end=end,
            first_midnight=Instant(first * DAY),
            laid_by=np.concatenate([[0.0], np.cumsum(weights)]),
            months=months,
            offsets=np.array([[_offset(place.zone, moment) for moment in moments] for place in PLACES], dtype=np.int64),
        )

    def weight_of(self, moment: datetime) -> float:
        """How busy a day is; 1 is the mean of a year."""
        return weight_of(moment, self.months)

    def elapsed(self, at: Instants) -> Numbers:
        """Season time from the first midnight to each instant, in years; instants outside count as the nearer end."""
        inside = np.clip(at, self.start, self.end) - self.first_midnight
        return np.interp(inside / DAY, np.arange(len(self.laid_by)), self.laid_by)

    def drawn(self, rng: np.random.Generator, *, after: Instants, before: Instants, place: npt.NDArray[np.int64]) -> Instants:
        """One instant of each person's day: the day between `after` and `before` by season, the hour by local habit; whole milliseconds."""
        low, high = self.elapsed(after), self.elapsed(before)
        day = np.searchsorted(self.laid_by, low + (high - low) * rng.random(len(after)), side="right") - 1
        day = np.clip(day, 0, len(self.laid_by) - 2)
        hour = np.searchsorted(np.cumsum(HOURS) / HOURS.sum(), rng.random(len(day)), side="right")
        local = day * DAY + hour * 3600 * SECOND + rng.integers(0, 3_600_000, len(day)) * 1000
        instants: Instants = self.first_midnight + local - self.offsets[place, day]
        return instants


def weight_of(moment: datetime, months: Numbers = MONTHS) -> float:
    """How busy a day is; 1 is the mean of a year."""
    return float(months[moment.month - 1] / months.mean() * WEEKDAYS[moment.weekday()] / WEEKDAYS.mean())


def _offset(zone: str, moment: datetime) -> int:
    shift = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    return int(shift // timedelta(microseconds=1))
