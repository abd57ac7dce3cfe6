"""How much and when: caps that follow a customer's own choice, the gap, quiet hours where she is, and who comes first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.town import SETTINGS, Town

from opportune.language.vocabulary.instants import format_instant

RULES = """
caps: {weekly: 'least(metric.most, trait.mail_frequency)', gap: 4h}
quiet_hours: {from: "21:00", to: "08:00"}
metrics: {most: '2 + count("Order Completed")'}
"""
JOURNEYS = """
journeys:
  view: {when: event("Product Viewed"), reentry: always, holdout: 0%, steps: [{send: a, within: WITHIN}]}
  cart: {when: event("Product Added"), reentry: always, holdout: 0%, priority: 90, steps: [{send: b, within: WITHIN}]}
  receipt: {when: event("Order Completed"), reentry: always, kind: transactional, steps: [{send: c}]}
"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with _town(tmp_path, "10d") as town:
        yield town


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Town]:
    with _town(tmp_path, "1h") as town:
        yield town


def _town(folder: Path, within: str) -> Town:
    files = {"opportune.yml": SETTINGS + RULES, "journeys.yml": JOURNEYS.replace("WITHIN", within)}
    town = Town(folder, files, start="2026-03-02T00:00:00Z", templates=("a", "b", "c"))
    town.at("2026-03-02T00:30:00Z").identify("ann", email="ann@example.com").track("Consent Given", purpose="email")
    return town


def decided(town: Town) -> list[tuple[str, str, str]]:
    return [(m.step, format_instant(m.decided_at), m.reason or m.status.value) for m in town.messages()]


def test_the_cap_is_what_its_expression_says_of_her_at_that_instant(town: Town) -> None:
    for hour in ("09", "13", "17"):
        town.at(f"2026-03-02T{hour}:00:00Z").track("Product Viewed")
    town.at("2026-03-03T12:00:00Z").track("Order Completed", order_id="o")
    town.at("2026-03-03T13:00:00Z").track("Product Viewed")
    town.at("2026-03-20T00:00:00Z").tick()
    assert decided(town) == [
        ("a", "2026-03-02T09:00:00Z", "planned"),
        ("a", "2026-03-02T13:00:00Z", "planned"),
        ("c", "2026-03-03T12:00:00Z", "planned"),
        ("a", "2026-03-03T13:00:00Z", "planned"),
        ("a", "2026-03-09T09:00:00Z", "planned"),
    ]


def test_who_wants_no_mail_gets_none_but_receipts(strict: Town) -> None:
    strict.identify("ann", mail_frequency=0)
    strict.at("2026-03-02T09:00:00Z").track("Product Viewed").track("Order Completed", order_id="o")
    strict.at("2026-03-02T10:00:00Z").tick()
    assert decided(strict) == [("c", "2026-03-02T09:00:00Z", "planned"), ("a", "2026-03-02T09:00:00Z", "capped")]


def test_of_two_at_one_instant_the_higher_priority_goes_and_the_other_waits_for_the_gap(town: Town) -> None:
    town.at("2026-03-02T10:00:00Z").track("Product Viewed").track("Product Added")
    town.at("2026-03-02T15:00:00Z").tick()
    assert decided(town) == [("b", "2026-03-02T10:00:00Z", "planned"), ("a", "2026-03-02T14:00:00Z", "planned")]


def test_what_cannot_wait_is_held_with_the_rule_that_forbade_it(strict: Town) -> None:
    strict.at("2026-03-02T10:00:00Z").track("Product Viewed")
    strict.at("2026-03-02T12:00:00Z").track("Product Added")
    strict.at("2026-03-02T21:00:00Z").track("Product Viewed")
    strict.at("2026-03-03T10:00:00Z").tick()
    assert [(step, reason) for step, _, reason in decided(strict)] == [
        ("a", "planned"),
        ("b", "too soon after another"),
        ("a", "quiet hours"),
    ]


def test_quiet_hours_are_hers_and_the_gap_and_the_night_are_waited_for_together(town: Town) -> None:
    town.identify("ann", timezone="America/New_York")
    town.at("2026-03-02T23:30:00Z").track("Product Viewed")  # 18:30 there
    town.at("2026-03-03T01:00:00Z").track("Product Viewed")  # 20:00; the gap ends at 22:30, the night at 08:00
    town.at("2026-03-04T00:00:00Z").tick()
    assert decided(town) == [("a", "2026-03-02T23:30:00Z", "planned"), ("a", "2026-03-03T13:00:00Z", "planned")]


def test_what_could_not_be_handed_over_before_the_night_goes_out_after_it_and_was_tried_once(town: Town) -> None:
    town.at("2026-03-02T20:59:59Z").track("Product Viewed").track("Order Completed", order_id="o").tick()
    town.at("2026-03-02T21:00:00Z").post()
    assert sorted((m.step, m.status.value) for m in town.messages()) == [("a", "planned"), ("c", "handed_over")]
    assert town.at("2026-03-03T07:59:59Z").post() == 0
    town.at("2026-03-03T08:00:00Z").post()
    assert sorted((m.step, m.status.value) for m in town.messages()) == [("a", "handed_over"), ("c", "handed_over")]
    assert next(m.reason for m in town.messages() if m.step == "a") == "250 ok"
