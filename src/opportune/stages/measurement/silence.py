"""Whether a source that says nothing has fallen silent, judged by its own rhythm: by hour of the week, so that no night is an alarm.

Each hour of the week has an expected number of calls, those of the hours beside it among them, for nobody's clock is exact. How far counts
stray from that gives, for a stretch without any, how unlikely it is; the night of a shop weighs next to nothing, its Saturday noon a lot.
Silence is told when a stretch is less likely than CHANCE and weighs more than any the source has had and come back from.

Cost     a millisecond a source
Held to  tests/measurement/test_silence.py (drawn histories)
Source   the negative binomial's chance of zero, (1 + mean/k)^-k, its k by the method of moments: Bliss and Fisher, Fitting the negative
         binomial distribution to biological data, 1953
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from opportune.language.vocabulary.instants import Instant

HOUR = 3_600_000_000
"""Microseconds."""
WEEK = 168
"""Hours."""
LEAST = 2 * WEEK
"""Hours of history that make a rhythm."""
MOST = 8 * WEEK
"""Hours looked back."""
CHANCE = 1e-4
ABOVE = 1.25
"""So much heavier than the heaviest silence before."""
OUTAGE = 3.0
"""A past silence that weighs so many times what alarms was an outage, and is no measure."""
_CLUMPED, _EVEN = 0.1, 50.0
"""Bounds of k."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is usual of a source."""

    means: tuple[float, ...]
    """Calls expected in each hour of the week, from the hour that 1970 began with."""
    k: float
    """The smaller, the more its calls come in clumps."""
    heaviest: float
    """The weight of the heaviest silence it came back from."""

    def expected(self, hour: int) -> float:
        """Calls in an hour, counted from 1970."""
        return self.means[hour % WEEK]

    def weight(self, hour: int) -> float:
        """How unlikely it is that nothing comes in an hour: minus the logarithm of its chance."""
        return self.k * log(1 + self.expected(hour) / self.k)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that should have said something since."""

    since: Instant
    missed: float
    """Calls that were to be expected meanwhile."""


def rhythm_of(hours: Mapping[int, int], now: int) -> Rhythm | None:
    """The rhythm of counts by hour, up to the last hour with any; None while there are too few. `now` is an hour too."""
    spoken = [hour for hour, calls in hours.items() if calls and hour <= now]
    if not spoken:
        return None
    first, last = max(min(spoken), now - MOST), max(spoken)
    if last - first + 1 < LEAST:
        return None
    span = range(first, last + 1)
    means = _means(hours, span)
    k = _clumping(hours, span, means)
    bare = Rhythm(means, k, 0.0)
    return Rhythm(means, k, _heaviest(hours, span, bare))


def silence_of(hours: Mapping[int, int], last_at: Instant, now: Instant) -> Silence | None:
    """The silence at hand, when it is one; `last_at` is the instant of the last call."""
    rhythm = rhythm_of(hours, now // HOUR)
    if rhythm is None or last_at >= now:
        return None
    shares = _shares(last_at, now)
    weight = sum(rhythm.weight(hour) * share for hour, share in shares.items())
    if weight < max(-log(CHANCE), ABOVE * rhythm.heaviest):
        return None
    return Silence(last_at, sum(rhythm.expected(hour) * share for hour, share in shares.items()))


def _means(hours: Mapping[int, int], span: range) -> tuple[float, ...]:
    """Each hour of the week with the two beside it, over all weeks."""
    totals, seen = [0.0] * WEEK, [0] * WEEK
    for hour in span:
        totals[hour % WEEK] += hours.get(hour, 0)
        seen[hour % WEEK] += 1
    beside = [(slot - 1) % WEEK for slot in range(WEEK)], [(slot + 1) % WEEK for slot in range(WEEK)]
    return tuple(
        (totals[slot] + totals[before] + totals[after]) / max(1, seen[slot] + seen[before] + seen[after])
        for slot, before, after in zip(range(WEEK), *beside, strict=True)
    )


def _clumping(hours: Mapping[int, int], span: range, means: tuple[float, ...]) -> float:
    """k: the variance beyond that of single calls, as a share of the squared mean."""
    beyond = sum((hours.get(hour, 0) - means[hour % WEEK]) ** 2 - means[hour % WEEK] for hour in span)
    squared = sum(means[hour % WEEK] ** 2 for hour in span)
    return _EVEN if beyond <= 0 else min(_EVEN, max(_CLUMPED, squared / beyond))


def _heaviest(hours: Mapping[int, int], span: range, rhythm: Rhythm) -> float:
    """Of the silences between calls, outages left out."""
    heaviest = weight = 0.0
    for hour in span:
        if hours.get(hour, 0):
            heaviest = weight if heaviest < weight < OUTAGE * -log(CHANCE) else heaviest
            weight = 0.0
        else:
            weight += rhythm.weight(hour)
    return heaviest


def _shares(start: Instant, end: Instant) -> dict[int, float]:
    """Hour → how much of it lies in the stretch; no longer than a year, which is silence enough."""
    first, last = max(start // HOUR, end // HOUR - 8766), end // HOUR
    return {hour: (min(end, (hour + 1) * HOUR) - max(start, hour * HOUR)) / HOUR for hour in range(first, last + 1)}
