"""A source falls silent against its own rhythm: nights, weekends and clumps are none, an hour at noon may be one."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from opportune.language.vocabulary.instants import Instant
from opportune.stages.measurement.silence import HOUR, WEEK, rhythm_of, silence_of

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) // 3600
"""An hour: midnight of a Monday, UTC."""
Rate = Callable[[int], float]
"""Hour of the week, from Monday's midnight → calls expected."""


def by_day(hour: int) -> float:
    """A small shop: nothing at night, most in the evening."""
    return {True: 0.02, False: 6 + 10 * (17 <= hour % 24 <= 21)}[hour % 24 < 7]


def in_the_week(hour: int) -> float:
    """An office: nobody on Saturday and Sunday, nor at night."""
    return 8.0 if hour < 120 and 8 <= hour % 24 < 18 else 0.0


def once_a_day(hour: int) -> float:
    """A till that tells its day at half past three, all at once."""
    return 300.0 if hour % 24 == 3 else 0.0


def always(_: int) -> float:
    """A busy shop without nights."""
    return 2000.0


def drawn(rate: Rate, weeks: int, seed: int, *, until: int | None = None, clumps: int = 1) -> dict[int, int]:
    """Counts by hour up to `until`, Poisson in clumps."""
    chance = random.Random(seed)
    end = MONDAY + weeks * WEEK if until is None else until
    hours: dict[int, int] = {}
    for hour in range(MONDAY, end):
        mean = rate((hour - MONDAY) % WEEK) / clumps
        count = clumps * sum(1 for _ in range(400) if chance.random() < mean / 400) if mean < 40 else round(chance.gauss(mean, mean**0.5))
        if count:
            hours[hour] = count
    return hours


def alarmed_at(hours: Mapping[int, int], start: int, end: int) -> int | None:
    """The first hour, of those from `start` on, at whose end silence is told; each is judged by what was known then."""
    for now in range(start, end):
        known = {hour: calls for hour, calls in hours.items() if hour < now}
        last = max(known)
        if silence_of(known, Instant((last + 1) * HOUR - 1), Instant(now * HOUR)):
            return now
    return None


@pytest.mark.parametrize("rate", [by_day, in_the_week, once_a_day, always])
@pytest.mark.parametrize("seed", range(4))
def test_a_source_that_goes_on_as_ever_alarms_nobody(rate: Rate, seed: int) -> None:
    hours = drawn(rate, weeks=6, seed=seed)
    assert alarmed_at(hours, MONDAY + 3 * WEEK, MONDAY + 6 * WEEK) is None


@pytest.mark.parametrize("seed", range(4))
def test_calls_in_clumps_alarm_nobody(seed: int) -> None:
    hours = drawn(by_day, weeks=6, seed=seed, clumps=20)
    assert alarmed_at(hours, MONDAY + 4 * WEEK, MONDAY + 6 * WEEK) is None


@pytest.mark.parametrize(
    "rate, stops, within",
    [
        (by_day, 12, 3),  # at noon
        (by_day, 18, 2),  # in the evening
        (by_day, 24, 10),  # at midnight: the morning tells
        (in_the_week, 12, 4),
        (in_the_week, 4 * 24 + 18, 2 * 24 + 14 + 4),  # on Friday evening: Monday morning tells
        (always, 3, 2),
        (once_a_day, 30, 72),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_source_that_stops_is_told_of_within_hours_it_would_have_spoken_in(rate: Rate, stops: int, within: int, seed: int) -> None:
    end = MONDAY + 5 * WEEK + stops
    hours = drawn(rate, weeks=5, seed=seed, until=end)
    found = alarmed_at(hours, end, end + 4 * WEEK)
    assert found is not None
    assert found - end <= within


def test_two_weeks_make_a_rhythm_and_less_makes_none() -> None:
    hours = drawn(always, weeks=2, seed=1)
    now = MONDAY + 2 * WEEK
    assert rhythm_of(hours, now) is not None
    assert rhythm_of({hour: calls for hour, calls in hours.items() if hour > MONDAY}, now) is None
    assert rhythm_of({}, now) is None
    assert silence_of({}, Instant(0), Instant(now * HOUR)) is None


def test_a_silence_it_came_back_from_once_is_less_of_an_alarm_but_an_outage_is_no_measure() -> None:
    whole = drawn(by_day, weeks=6, seed=1)
    noon = MONDAY + 4 * WEEK + 12
    paused = {hour: calls for hour, calls in whole.items() if not noon <= hour < noon + 3}
    out = {hour: calls for hour, calls in whole.items() if not noon <= hour < noon + 72}
    heaviest = [rhythm.heaviest for each in (whole, paused, out) if (rhythm := rhythm_of(each, MONDAY + 6 * WEEK))]
    assert heaviest[0] < heaviest[1]
    assert heaviest[2] < 2 * heaviest[0] + 9.3


def test_a_silence_says_since_when_and_what_is_missed() -> None:
    hours = drawn(always, weeks=4, seed=1)
    last, now = Instant((MONDAY + 4 * WEEK) * HOUR - 1), Instant((MONDAY + 4 * WEEK + 3) * HOUR)
    found = silence_of(hours, last, now)
    assert found is not None
    assert found.since == last
    assert found.missed == pytest.approx(6000, rel=0.02)
