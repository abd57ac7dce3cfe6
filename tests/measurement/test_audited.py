"""What came in a rhythm and stopped, days that are missing, and the order findings come in."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from opportune.language.vocabulary.instants import Instant
from opportune.stages.measurement.arrivals import DAY
from opportune.stages.measurement.audited import Arrival, Finding, Level, in_order, low_days, named, outages, silent, stale, stretches

START = 20_000


def arrival(name: str, days: Mapping[int, int]) -> Arrival:
    return Arrival(
        name=name, events=sum(days.values()), imported=0, first=Instant(min(days) * DAY), last=Instant(max(days) * DAY), days=days
    )


def steadily(number: int = 100, *, days: int = 120) -> dict[int, int]:
    """About so many a day, fewer on Sundays, as chance has it."""
    random = Random(7)
    return {START + day: round(random.gauss(number, number**0.5)) // (3 if day % 7 == 6 else 1) for day in range(days)}


def test_an_event_that_comes_as_ever_is_not_silent() -> None:
    seldom = {START + day: 1 for day in range(0, 120, 9)}
    assert silent([arrival("Page Viewed", steadily()), arrival("Review Submitted", seldom)]) == []


def test_an_event_that_stopped_is_silent_and_told_since_when() -> None:
    stopped = {day: number for day, number in steadily().items() if day < START + 100}
    (found,) = silent([arrival("Page Viewed", steadily()), arrival("Product Added", stopped)])
    assert found.level is Level.MEND
    assert found.cases == (("Product Added", "last on 11 Jan 2025, 20 days ago; never before more than 1 day apart"),)


def test_what_comes_on_a_few_days_only_has_no_rhythm() -> None:
    assert silent([arrival("Page Viewed", steadily()), arrival("Stock Counted", {START + day: 5 for day in range(5)})]) == []


def test_quiet_sundays_and_growth_and_campaigns_are_no_gaps() -> None:
    days = {day: number + (day - START) * 2 + (400 if (day - START) % 14 == 2 else 0) for day, number in steadily().items()}
    assert outages([arrival("Page Viewed", days)]) == []


def test_days_without_events_are_a_gap_with_its_dates() -> None:
    days = {day: number for day, number in steadily().items() if not START + 50 <= day <= START + 62}
    (found,) = outages([arrival("Page Viewed", days)])
    assert found.cases == (("all events", "23 Nov 2024 to 5 Dec 2024: none"),)
    assert low_days(days, share=0.25) == list(range(START + 50, START + 63))


def test_one_event_that_was_gone_while_others_came_is_a_gap_of_its_own() -> None:
    gone = {day: number for day, number in steadily().items() if day not in (START + 60, START + 61)}
    (found,) = outages([arrival("Page Viewed", steadily(1000)), arrival("Product Added", gone)])
    assert [case[0] for case in found.cases] == ["Product Added"]


def test_what_seldom_comes_has_no_gaps() -> None:
    assert outages([arrival("Call Ended", {START + day: 2 for day in range(0, 120, 3)})]) == []


def test_days_near_each_other_are_one_stretch() -> None:
    assert stretches([1, 2, 4, 9]) == [(1, 4), (9, 9)]


def test_the_most_important_comes_first() -> None:
    def finding(level: Level, what: str, weight: float) -> Finding:
        return Finding(level=level, what=what, why="", remedy="", weight=weight)

    found = [finding(Level.KNOW, "d", 9), finding(Level.MEND, "b", 1), finding(Level.LOOK, "c", 9), finding(Level.MEND, "a", 2)]
    assert [each.what for each in in_order(found)] == ["a", "b", "c", "d"]


def test_nothing_for_days_is_told_of_a_shop_that_is_live_and_not_of_an_import() -> None:
    live, now = arrival("Page Viewed", steadily()), Instant((START + 119) * DAY)
    assert [each.what for each in stale([live], now, Instant(now + 3 * DAY))] == ["Nothing has arrived for 3 days"]
    assert stale([live], now, Instant(now + 2 * DAY - 1)) == []
    assert stale([replace(live, imported=live.events)], now, Instant(now + 30 * DAY)) == []


def test_names_are_listed_as_people_do() -> None:
    assert [named(names) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"), "abcde")] == [
        "",
        "`a`",
        "`a` and `b`",
        "`a`, `b` and `c`",
        "`a`, `b`, `c` and 2 more",
    ]
