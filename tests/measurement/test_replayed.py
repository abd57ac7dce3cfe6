"""The figures of a replay, each by example at its edges."""

from datetime import timedelta

from opportune.language.vocabulary.instants import Instant, parse_instant, span_of
from opportune.stages.measurement.replayed import WEEK, Decided, followed_until, most_in_a_week, replay_figures, week_of, weeks_between
from opportune.stages.measurement.summary import Enrolled, Mail, summarise

MONDAY = parse_instant("2026-03-02T00:00:00Z")
DAY = span_of(timedelta(days=1))


def after(days: float) -> Instant:
    return Instant(MONDAY + round(days * DAY))


def sent(days: float, customer: int = 1, tier: str = "", **more: int) -> Decided:
    return Decided(journey="cart", customer=customer, at=after(days), tier=tier, **more)


def test_a_week_begins_on_monday_at_midnight() -> None:
    assert week_of(MONDAY) == MONDAY
    assert week_of(Instant(MONDAY - 1)) == MONDAY - WEEK
    assert week_of(Instant(MONDAY + WEEK - 1)) == MONDAY


def test_the_weeks_of_a_replay_are_those_it_touches() -> None:
    assert weeks_between(MONDAY, after(7)) == [MONDAY, MONDAY + WEEK], "open on the left, closed on the right"
    assert weeks_between(after(-1), Instant(MONDAY - 1)) == [MONDAY - WEEK]
    assert weeks_between(Instant(MONDAY - 1), after(1)) == [MONDAY]


def test_the_most_in_a_week_counts_any_seven_days_of_one_customer() -> None:
    assert most_in_a_week([]) == 0
    assert most_in_a_week([sent(0), sent(7)]) == 1, "exactly seven days apart share no week"
    assert most_in_a_week([sent(0.001), sent(7)]) == 2
    assert most_in_a_week([sent(0), sent(1, customer=2), sent(2, customer=3)]) == 1
    assert most_in_a_week([sent(5), sent(0), sent(6), sent(20), sent(20), sent(20), sent(20)]) == 4


def test_an_order_follows_the_last_message_before_it_for_seven_days_at_most() -> None:
    messages = [(1, after(0)), (2, after(1)), (1, after(3)), (1, after(30))]
    assert list(followed_until(messages, after(33))) == [after(3), after(8), after(10), after(33)]


def test_of_two_messages_at_one_instant_an_order_follows_one() -> None:
    assert list(followed_until([(1, after(0)), (1, after(0))], after(30))) == [after(0), after(7)]


def test_volume_is_told_by_week_and_tier_in_the_order_of_the_tiers() -> None:
    found = [
        sent(1, tier="low"),
        sent(8, tier="high", orders=1, value=90_000),
        sent(9, tier="low"),
        sent(9.5),
        Decided(journey="cart", customer=9, at=after(2), reason="capped"),
    ]
    mails = [Mail(str(n), "cart", "held" if each.reason else "planned", each.reason, each.at) for n, each in enumerate(found)]
    summary = summarise("cart", [Enrolled("e", "cart", "ann", False, MONDAY, None, 0)], mails, frozenset())
    turned = {("cart", "entered"): 1, ("cart", "outranked"): 3, ("other", "outranked"): 5}
    figures = replay_figures([summary], turned, found, tiers=["high", "medium", "low"], start=MONDAY, end=after(14))
    assert figures.volume == {"high": [0, 1, 0], "low": [1, 1, 0], "": [0, 1, 0]}
    assert (figures.sent, figures.sent_weekly, figures.held, figures.turned) == (4, 2.0, {"capped": 1}, {"outranked": 3})
    assert (figures.journeys[0].orders, figures.journeys[0].value, figures.most) == (1, 90_000, 3)


def test_a_replay_of_nothing_has_no_figures() -> None:
    figures = replay_figures([], {}, [], tiers=["high"], start=MONDAY, end=after(1))
    assert (figures.sent, figures.volume, figures.most, dict(figures.held)) == (0, {}, 0, {})
