"""Days in a small shop: a cart is left behind, mails go out, an order comes."""

from pathlib import Path

import pytest
from tests.stories.town import Pocket, Town

from opportune.stages.sending.message import MessageStatus

CART = {
    "cart.yml": """
    journey: cart
    when: lapse("Product Added", unless=any("Order Completed", "Checkout Started"), within="2h")
    only_if: consent.email
    exit_if: did("Order Completed", since=entry)
    reentry: 7d
    holdout: 0%
    goal:
      reached: did("Order Completed", since=entry)
      within: 5d
      value: sum("Order Completed", total, since=entry)
    steps:
      - send: first
      - wait: 24h
      - send: second
    """
}


@pytest.fixture
def town(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Town(tmp_path, CART, start="2026-03-01T00:00:00Z", templates=("first", "second")) as town:
        yield town


def known(town: Town, who: str = "ann") -> None:
    town.identify(who, email=f"{who}@example.com", first_name=who.title(), country="US")
    town.track("Consent Given", who, purpose="email")


def statuses(town: Town) -> list[tuple[str, str, str]]:
    return [(message.step, message.status.value, message.reason) for message in town.messages()]


def test_a_cart_left_for_two_hours_gets_a_mail_at_that_instant_and_another_a_day_later(town: Town) -> None:
    town.at("2026-03-01T08:00:00Z")
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", product_id="lamp-1", price=19.9)
    town.tick()
    town.at("2026-03-01T11:59:59.999999Z").tick()
    assert town.messages() == []
    town.at("2026-03-01T12:00:00Z").tick()
    (message,) = town.messages()
    assert message.step == "first" and message.status is MessageStatus.PLANNED
    assert message.due_at == message.decided_at == message.entered_at == town.now
    town.post()
    assert isinstance(town.channel, Pocket)
    assert b"first for Ann" in town.channel.letters[0]
    town.at("2026-03-02T12:00:00Z").tick()
    town.post()
    assert [m.step for m in town.messages()] == ["first", "second"] and len(town.channel.letters) == 2
    town.at("2026-03-03T12:00:00Z").tick()
    (enrolment,) = town.enrolments()
    assert enrolment.outcome == "completed"


def test_an_order_ends_the_journey_even_in_the_middle_of_a_wait(town: Town) -> None:
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", product_id="lamp-1")
    town.at("2026-03-01T12:00:00Z").tick()
    town.at("2026-03-01T18:00:00Z").track("Order Completed", order_id="o1", total=50)
    town.at("2026-03-01T18:00:01Z").tick()
    (enrolment,) = town.enrolments()
    assert (enrolment.outcome, enrolment.ended_at) == ("exit_if", town.now - 1_000_000)
    town.at("2026-03-05T00:00:00Z").tick()
    assert [m.step for m in town.messages()] == ["first"]


def test_a_withdrawn_consent_ends_it_too_and_says_so(town: Town) -> None:
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", product_id="lamp-1")
    town.at("2026-03-01T12:00:00Z").tick()
    town.at("2026-03-01T13:00:00Z").track("Consent Withdrawn", purpose="email")
    town.at("2026-03-05T00:00:00Z").tick()
    assert town.enrolments()[0].outcome == "consent withdrawn"
    assert [m.step for m in town.messages()] == ["first"]


def test_a_consent_withdrawn_between_decision_and_hand_over_stops_the_mail(town: Town) -> None:
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", product_id="lamp-1")
    town.at("2026-03-01T12:00:00Z").tick()
    town.at("2026-03-01T12:00:01Z").track("Unsubscribed", channel="email")
    town.tick()
    town.post()
    assert statuses(town) == [("first", "failed", "refused at hand-over: unsubscribed")]
    assert isinstance(town.channel, Pocket) and town.channel.letters == []


def test_a_visitor_who_signs_in_takes_her_cart_along(town: Town) -> None:
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", None, anonymous="cookie-1", product_id="rug-1")
    town.at("2026-03-01T11:00:00Z").identify("ann", anonymous="cookie-1")
    town.at("2026-03-01T12:00:00Z").tick()
    (enrolment,) = town.enrolments()
    assert (enrolment.customer_id, enrolment.entered_at) == ("ann", town.now)


def test_a_stranger_is_not_mailed_and_the_moment_says_why(town: Town) -> None:
    town.at("2026-03-01T10:00:00Z").track("Product Added", "bob", product_id="rug-1")
    town.at("2026-03-01T13:00:00Z").tick()
    assert town.enrolments() == []
    assert town.workspace.journeys.turned() == {("cart", "only_if was false"): 1}


def test_an_order_that_arrives_late_takes_nothing_back_but_stops_what_follows(town: Town) -> None:
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", product_id="lamp-1")
    town.at("2026-03-01T12:00:00Z").tick()
    town.at("2026-03-01T12:30:00Z").track("Order Completed", ts="2026-03-01T11:59:00Z", order_id="o1", total=5)
    town.at("2026-03-04T00:00:00Z").tick()
    assert [m.step for m in town.messages()] == ["first", "second"]  # the order was before the entry, so `since=entry` does not see it


def test_a_repeat_that_arrives_late_restates_the_cart_and_sends_nothing_twice(town: Town) -> None:
    known(town)
    town.at("2026-03-01T10:00:00Z").track("Product Added", product_id="lamp-1")
    town.at("2026-03-01T12:00:00Z").tick()
    town.at("2026-03-01T12:30:00Z").track("Product Added", ts="2026-03-01T11:00:00Z", product_id="lamp-2")
    town.at("2026-03-01T14:00:00Z").tick()
    assert len(town.enrolments()) == 1
    assert town.workspace.journeys.turned().get(("cart", "restates a moment already taken")) == 1
