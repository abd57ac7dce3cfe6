"""Waits for a condition and for a time of day, in small ticks and in a large one. For when a time of day comes see
tests/journeys/test_steps.py."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stories.town import SETTINGS, Town

from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant

RULES = "caps: {none: true}\n"
UNTIL = """
journey: welcome
when: event("Consent Given")
reentry: always
holdout: 0%
exit_if: did("Order Completed", since=entry)
steps:
  - wait: {until: 'did("Product Viewed", since=entry) or did("Product Added", within="1h")', at_most: 3d}
    then: [{send: seen}]
    else: [{send: missed}]
  - send: after
"""
MORNING = """
journey: morning
when: event("Product Viewed")
reentry: always
holdout: 0%
steps:
  - wait: {until_time: "09:00", days: [mon, tue, wed]}
  - send: seen
"""
Go = Callable[[Town, str], None]


def at_once(town: Town, until: str) -> None:
    town.at(until).tick()


def piece_by_piece(town: Town, until: str) -> None:
    end = parse_instant(until)
    while town.now < end:
        town.now = Instant(min(end, town.now + 7 * 3_600_000_000 + 1))
        town.tick()


IN_TICKS = pytest.mark.parametrize("go", [at_once, pytest.param(piece_by_piece, marks=pytest.mark.slow)])


def town_of(folder: Path, journey: str) -> Town:
    town = Town(
        folder, {"opportune.yml": SETTINGS + RULES, "j.yml": journey}, start="2026-03-01T00:00:00Z", templates=("seen", "missed", "after")
    )
    town.at("2026-03-01T08:00:00Z").identify("ann", email="ann@example.com").track("Consent Given", purpose="email")
    return town


def sent(town: Town) -> list[tuple[str, str]]:
    return [(m.step, format_instant(m.due_at)) for m in town.messages()]


@IN_TICKS
def test_a_wait_ends_at_the_first_instant_at_which_its_condition_holds(tmp_path: Path, go: Go) -> None:
    with town_of(tmp_path, UNTIL) as town:
        go(town, "2026-03-02T09:00:00Z")
        town.at("2026-03-02T10:00:00Z").track("Product Viewed")
        go(town, "2026-03-05T10:00:00Z")
        assert sent(town) == [("after", "2026-03-02T10:00:00Z"), ("seen", "2026-03-02T10:00:00Z")]


@IN_TICKS
def test_a_wait_that_is_not_met_ends_after_at_most_and_takes_the_other_steps(tmp_path: Path, go: Go) -> None:
    with town_of(tmp_path, UNTIL) as town:
        go(town, "2026-03-10T10:00:00Z")
        assert sent(town) == [("after", "2026-03-04T08:00:00Z"), ("missed", "2026-03-04T08:00:00Z")]


def test_what_holds_at_the_very_last_instant_is_met_and_a_microsecond_later_missed(tmp_path: Path) -> None:
    for folder, ts, step in (("a", "2026-03-04T08:00:00Z", "seen"), ("b", "2026-03-04T08:00:00.000001Z", "missed")):
        with town_of(tmp_path / folder, UNTIL) as town:
            town.at(ts).track("Product Viewed")
            town.at("2026-03-05T00:00:00Z").tick()
            assert sent(town)[1] == (step, "2026-03-04T08:00:00Z")


def test_what_holds_already_is_not_waited_for(tmp_path: Path) -> None:
    with town_of(tmp_path, UNTIL) as town:
        town.at("2026-03-06T10:00:00Z").track("Product Added", "bob")
        town.at("2026-03-06T10:30:00Z").track("Consent Given", "bob", purpose="email").tick()
        assert [m.step for m in town.messages() if m.customer_id == "bob"] == ["after", "seen"]


@IN_TICKS
def test_an_exit_in_the_middle_of_a_wait_ends_it(tmp_path: Path, go: Go) -> None:
    with town_of(tmp_path, UNTIL) as town:
        town.at("2026-03-02T10:00:00Z").track("Order Completed")
        town.at("2026-03-02T12:00:00Z").track("Product Viewed")
        go(town, "2026-03-05T10:00:00Z")
        assert sent(town) == []
        assert [e.outcome for e in town.enrolments()] == ["exit_if"]


@IN_TICKS
def test_whom_a_wait_is_for_may_become_another_meanwhile(tmp_path: Path, go: Go) -> None:
    with town_of(tmp_path, UNTIL) as town:
        town.at("2026-03-01T09:00:00Z").track("Consent Given", user=None, anonymous="cookie", purpose="email").tick()
        town.at("2026-03-01T09:30:00Z").identify("bob", email="bob@example.com").track("Product Viewed", "bob")
        town.at("2026-03-01T12:00:00Z").identify("bob", anonymous="cookie")
        go(town, "2026-03-10T10:00:00Z")
        of_bob = [(m.step, format_instant(m.due_at)) for m in town.messages() if m.customer_id == "bob"]
        assert of_bob == [("after", "2026-03-01T12:00:00Z"), ("seen", "2026-03-01T12:00:00Z")], "her view became his at the link"


@IN_TICKS
def test_who_moves_while_waiting_waits_for_the_time_where_she_is_now(tmp_path: Path, go: Go) -> None:
    with town_of(tmp_path, MORNING) as town:
        town.at("2026-03-02T10:00:00Z").track("Product Viewed")
        town.at("2026-03-02T12:00:00Z").identify("ann", timezone="America/New_York")
        go(town, "2026-03-05T00:00:00Z")
        assert sent(town) == [("seen", "2026-03-03T14:00:00Z")]
