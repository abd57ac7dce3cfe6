"""What is decided once: a moment that comes once, a tick that goes on where the last one ended, an exit at the very instant of a step."""

from pathlib import Path

import pytest
from tests.stories.town import Town

SECOND = {
    "second.yml": """
    journey: second
    when: nth("Order Completed", n=2)
    exit_if: did("Unsubscribed", since=entry)
    reentry: always
    holdout: 0%
    goal: {reached: 'did("Order Completed", since=entry)', within: 1d}
    steps:
      - wait: 1h
      - send: first
    """
}


@pytest.fixture
def town(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Town(tmp_path, SECOND, start="2026-03-01T00:00:00Z", templates=("first",)) as town:
        yield town


def ordered_twice(town: Town) -> None:
    town.at("2026-03-01T08:00:00Z").identify("ann", email="ann@example.com")
    town.track("Consent Given", purpose="email")
    town.at("2026-03-01T10:00:00Z").track("Order Completed", order_id="a")
    town.tick()
    town.at("2026-03-01T11:00:00Z").track("Order Completed", order_id="b")


def test_the_second_order_is_the_second_once_however_late_an_earlier_one_comes(town: Town) -> None:
    ordered_twice(town)
    assert town.tick().entered == 1
    town.at("2026-03-01T11:30:00Z").track("Order Completed", ts="2026-03-01T09:00:00Z", order_id="c")
    assert town.tick().entered == 0
    assert town.workspace.journeys.turned()["second", "taken once already"] == 1


def test_a_tick_goes_on_where_the_last_one_ended(town: Town) -> None:
    ordered_twice(town)
    assert town.tick().moments == 1
    report = town.at("2026-03-01T11:30:00Z").tick()
    assert (report.moments, report.lo) == (0, town.enrolments()[0].entered_at)


def test_who_leaves_at_the_very_instant_of_a_step_gets_it_no_more(town: Town) -> None:
    ordered_twice(town)
    town.tick()
    town.at("2026-03-01T12:00:00Z").track("Unsubscribed", channel="email")
    town.tick()
    assert town.messages() == []
    assert town.enrolments()[0].ended_at == town.now
