"""Who sends: rows put together by source, what is usual of one, and which of them fell silent."""

from collections.abc import Mapping

import pytest

from opportune.language.vocabulary.instants import Instant
from opportune.stages.measurement.arrivals import DAY
from opportune.stages.measurement.sources import Source, fallen_silent, sources_of, unused

START = 20_000


def source(name: str | None, days: Mapping[int, int], *, is_imported: bool = False) -> Source:
    last = Instant(max(days) * DAY + 5)
    return Source(name=name, is_imported=is_imported, names={"Page Viewed": sum(days.values())}, days=days, last_received_at=last)


def daily(number: int, *, until: int = 60, step: int = 1) -> dict[int, int]:
    return {START + day: number for day in range(0, until, step)}


def test_counts_of_a_source_are_put_together_and_the_busiest_comes_first() -> None:
    rows = [
        ("app", False, "Page Viewed", START, 2, START * DAY + 1),
        ("shop", False, "Order Completed", START, 1, START * DAY + 7),
        ("shop", False, "Page Viewed", START, 4, START * DAY + 3),
        ("shop", False, "Page Viewed", START + 1, 5, (START + 1) * DAY),
        ("shop", True, "Page Viewed", START, 1, START * DAY),
        (None, False, "Page Viewed", START, 1, START * DAY),
    ]
    found = sources_of(rows)
    assert [(each.title, each.is_imported, each.calls) for each in found] == [
        ("shop", False, 10),
        ("app", False, 2),
        ("not known", False, 1),
        ("shop", True, 1),
    ]
    assert found[0].days == {START: 5, START + 1: 5}
    assert found[0].names == {"Order Completed": 1, "Page Viewed": 9}
    assert found[0].last_received_at == (START + 1) * DAY


def test_what_is_usual_is_the_middle_of_the_last_weeks_and_days_without_calls_are_among_them() -> None:
    assert source("shop", daily(100)).usual == 100
    assert source("shop", daily(100) | {START + 59: 7}).usual == 100
    assert source("shop", daily(100, step=3)).usual == 0
    assert source("shop", daily(5, until=40) | {START + day: 80 for day in range(40, 60)}).usual == 80
    assert source("shop", daily(100, until=5)).usual == 0


@pytest.mark.parametrize("quiet, is_silent", [(2, False), (3, True)])
def test_a_busy_source_is_silent_when_it_is_quiet_for_two_whole_days_and_never_was_for_one(quiet: int, is_silent: bool) -> None:
    found = fallen_silent([source("shop", daily(100)), source("app", daily(50, until=60 - quiet))])
    assert bool(found) is is_silent


def test_a_silent_source_is_told_with_its_rate_and_since_when() -> None:
    (found,) = fallen_silent([source("shop", daily(100)), source("app", daily(50, until=50))])
    assert found.what == "1 source fell silent while others went on"
    told = "last on 22 Nov 2024, 10 days ago; never before more than 1 day apart, 50 calls on a usual day"
    assert found.cases == (("app", told),)


def test_a_source_that_seldom_sends_is_waited_for_by_its_own_rhythm() -> None:
    weekly = daily(3, step=7)
    assert fallen_silent([source("shop", daily(100, until=70)), source("till", weekly)]) == []
    assert len(fallen_silent([source("shop", daily(100, until=72)), source("till", weekly)])) == 1


def test_imports_and_opportune_itself_and_what_is_not_known_are_not_waited_for() -> None:
    past = daily(50, until=30)
    others = [source("opportune", past), source("opportune.models", past), source(None, past), source("map.yml", past, is_imported=True)]
    assert fallen_silent([source("shop", daily(100)), *others]) == []


def test_when_all_are_quiet_none_is_the_silent_one() -> None:
    assert fallen_silent([source("shop", daily(100, until=40)), source("import", daily(100), is_imported=True)]) == []
    assert fallen_silent([]) == []


def test_days_on_which_all_was_down_make_no_rhythm() -> None:
    days = {day: number for day, number in daily(100).items() if not START + 30 <= day < START + 40}
    gone = {day: number for day, number in days.items() if day < START + 55}
    assert len(fallen_silent([source("shop", days), source("app", gone)])) == 1


def test_a_write_key_that_never_sent_is_named_unless_nobody_knows_who_sent() -> None:
    (found,) = unused(["shop", "app"], [source("shop", daily(1)), source("app", daily(1), is_imported=True)])
    assert (found.what, found.cases) == ("1 write key never sent anything", (("app", "nothing ever arrived"),))
    assert unused(["app"], [source(None, daily(1))]) == []
    assert len(unused(["app"], [source(None, daily(1), is_imported=True)])) == 1
