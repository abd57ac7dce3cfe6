"""Customers who become one: what each was up to then stays so, however long the tick is in which it happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.town import SETTINGS, Town

from opportune.language.vocabulary.instants import format_instant

FILES = {
    "opportune.yml": SETTINGS + "caps: {weekly: 2}\n",
    "journeys.yml": """
journeys:
  cart:
    when: event("Product Added")
    exit_if: did("Order Completed", since=entry)
    reentry: always
    holdout: 0%
    steps: [{wait: 1d}, {send: a}]
  view: {when: event("Product Viewed"), reentry: always, holdout: 0%, steps: [{send: b}]}
""",
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path, FILES, start="2026-03-01T00:00:00Z", templates=("a", "b")) as town:
        for one in ({"user": "ann"}, {"user": None, "anonymous": "cookie"}):
            address = f"{one['user'] or 'somebody'}@example.com"  # with one address they would be one from the start
            town.at("2026-03-01T08:00:00Z").identify(email=address, **one).track("Consent Given", purpose="email", **one)
        yield town


def test_who_leaves_by_what_the_other_did_leaves_when_they_become_one(town: Town) -> None:
    town.at("2026-03-01T09:00:00Z").track("Product Added", user=None, anonymous="cookie")
    town.at("2026-03-01T10:00:00Z").track("Order Completed", order_id="o")
    town.at("2026-03-01T11:00:00Z").identify("ann", anonymous="cookie", email="somebody@example.com")
    town.at("2026-03-01T12:00:00Z").tick()
    (enrolment,) = town.enrolments()
    assert enrolment.ended_at is not None
    assert (enrolment.customer_id, enrolment.outcome, format_instant(enrolment.ended_at)) == ("ann", "exit_if", "2026-03-01T11:00:00Z")


def test_an_enrolment_moves_where_the_survivors_own_had_ended_before(town: Town) -> None:
    town.at("2026-03-01T09:00:00Z").track("Product Added")
    town.at("2026-03-01T10:00:00Z").track("Order Completed", order_id="o")
    town.at("2026-03-01T10:30:00Z").track("Product Added", user=None, anonymous="cookie")
    town.at("2026-03-01T11:00:00Z").identify("ann", anonymous="cookie", email="somebody@example.com")
    town.at("2026-03-01T12:00:00Z").tick()
    assert [e.outcome for e in town.enrolments()] == ["exit_if", ""]


def test_the_cap_counts_what_both_got_in_later_ticks_too(town: Town) -> None:
    town.at("2026-03-01T09:00:00Z").track("Product Viewed", user=None, anonymous="cookie")
    town.at("2026-03-01T09:30:00Z").track("Product Viewed")
    town.at("2026-03-01T11:00:00Z").identify("ann", anonymous="cookie", email="somebody@example.com").tick()
    town.at("2026-03-01T12:00:00Z").tick()
    town.at("2026-03-01T13:00:00Z").track("Product Viewed").tick()
    town.at("2026-03-01T14:00:00Z").tick()
    assert [message.reason for message in town.messages()] == ["", "", "capped"]
