"""Moments of several events: runs of a lapse, the N-th, events of things, voids; at their edges."""

from datetime import timedelta

from tests.meaning.small_shop import DAY, EVER, HOUR, KNOWN, NEVER, NOON, TWO_HOURS, event, instant, link

from opportune.language.meaning.history import Event, History
from opportune.language.meaning.moments import Claim, follows, moments
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Literal, Metric, Property, Selector, Void
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Nth, Reaches, ThingMoment
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

VIEW = Selector(("Product Viewed",))
ADD = Selector(("Product Added",))
W, D = 2 * HOUR, 5 * HOUR
RUN = Lapse(selector=VIEW, unless=ADD, within=TWO_HOURS, at_most=timedelta(hours=5))
SAME = Lapse(selector=VIEW, unless=ADD, within=TWO_HOURS, at_most=timedelta(hours=5), same="product_id")
THIRD = Nth(selector=VIEW, n=3)
RESTOCKED = ThingMoment(
    selector=Selector(("Stock Changed",)),
    where=Compare(Comparison.GT, Property("stock", Kind.NUMBER, declared=True), Literal(0)),
    reaching=VIEW,
    same="product_id",
    within=TWO_HOURS,
)


def view(at: int = 0, **more: object) -> Event:
    return event("Product Viewed", at, **more)


def added(at: int = 0, **more: object) -> Event:
    return event("Product Added", at, **more)


def stock(at: int = 0, **more: object) -> Event:
    return event("Stock Changed", at, by=None, **{"stock": 1, "product_id": "a", **more})


def rows(moment: Moment, *events: Event, links=(), reading=Reading.AS_SEEN, max_lateness=DAY):
    """(customer, m, s, trigger) of every moment, in microseconds after noon."""
    history = History(events=events, links=links, known=KNOWN)
    found = moments(moment, history, EVER, NEVER, reading, max_lateness)
    return [(row.customer, row.at - NOON, row.acted_at - NOON, row.trigger_event_id) for row in found]


def known(moment: Moment, *events: Event, **more: object):
    return [m for _, m, _, _ in rows(moment, *events, reading=Reading.AS_KNOWN, **more)]


def acted(moment: Moment, *events: Event, **more: object):
    return [(m, s) for _, m, s, _ in rows(moment, *events, **more)]


def test_a_run_fires_once_when_it_falls_silent():
    assert known(RUN, view(0), view(HOUR)) == [HOUR + W]
    assert known(RUN, view(0), view(W - 1)) == [2 * W - 1]


def test_events_exactly_within_apart_are_two_runs():
    assert known(RUN, view(0), view(W)) == [W, 2 * W]


def test_a_run_that_goes_on_fires_at_its_longest_and_ends_there():
    steady = tuple(view(hour * HOUR, id=f"v{hour}") for hour in range(7))
    assert rows(RUN, *steady) == [("ada", D, D, "v5"), ("ada", 8 * HOUR, 8 * HOUR, "v6")]
    assert rows(RUN, *steady[:5], view(D + 1, id="w")) == [("ada", D, D, "v4"), ("ada", D + 1 + W, D + 1 + W, "w")]


def test_the_last_event_of_a_run_may_stand_at_its_very_end():
    assert rows(RUN, *(view(hour * HOUR, id=f"v{hour}") for hour in (0, 1, 2, 3, 4, 5)))[0][3] == "v5"


def test_unless_between_two_events_ends_a_run_without_firing_and_the_next_begins_another():
    assert known(RUN, view(0), added(1), view(HOUR)) == [HOUR + W]
    long = [view(0), view(HOUR), view(2 * HOUR), added(2 * HOUR + 1), view(3 * HOUR), view(4 * HOUR), view(D), view(6 * HOUR)]
    assert known(RUN, *long) == [8 * HOUR]


def test_unless_at_the_instant_of_an_event_cuts_the_run_there():
    steady = tuple(view(hour * HOUR) for hour in range(7))
    assert known(RUN, *steady, added(0, id="z")) == [6 * HOUR]
    assert known(RUN, *steady[:6], added(HOUR)) == [7 * HOUR]


def test_unless_is_looked_for_from_the_last_event_to_the_firing():
    assert known(RUN, view(0), added(W)) == []
    assert known(RUN, view(0), added(W + 1)) == [W]
    assert known(RUN, view(0), added(-1)) == [W]
    steady = tuple(view(hour * HOUR) for hour in range(5))
    assert known(RUN, *steady, added(D)) == []
    assert known(RUN, *steady, added(D + 1)) == [D]


def test_every_value_runs_its_own_runs():
    assert known(SAME, view(0, product_id="a"), view(HOUR, product_id="b"), added(HOUR, product_id="a")) == [HOUR + W]
    assert known(SAME, view(0), view(1, product_id=None)) == []


def test_a_late_event_that_lengthens_a_run_moves_its_firing():
    seen = (view(0, id="a"), view(3 * HOUR, id="c"), view(HOUR + HOUR // 2, id="b", received=4 * HOUR))
    assert rows(RUN, *seen) == [("ada", W, W, "a"), ("ada", D, D, "c")]
    assert rows(RUN, *seen, reading=Reading.AS_KNOWN) == [("ada", D, D, "c")]


def test_a_late_unless_that_cuts_a_run_brings_the_later_part_about():
    seen = (*(view(hour * HOUR, id=f"v{hour}") for hour in (0, 1, 2, 3, 4)), added(HOUR + 1, received=9 * HOUR))
    assert acted(RUN, *seen) == [(D, D), (6 * HOUR, 9 * HOUR)]
    assert acted(RUN, *seen, max_lateness=HOUR) == [(D, D)]


def test_a_lapse_whose_trigger_came_late_but_before_it_is_due_is_not_late():
    month = Lapse(selector=VIEW, within=timedelta(days=30))
    assert acted(month, view(0, received=2 * DAY)) == [(30 * DAY, 30 * DAY)]
    assert acted(month, view(0, received=30 * DAY + 1)) == []


def test_unless_has_its_own_predicate():
    dear = Compare(Comparison.GT, Property("price", Kind.MONEY, declared=True), Literal(5))
    lapse = Lapse(selector=VIEW, unless=ADD, unless_where=dear, within=TWO_HOURS)
    assert known(lapse, view(0), added(1, price=5)) == [W]
    assert known(lapse, view(0), added(1, price=6)) == []


def test_the_nth_is_the_nth_ever_and_no_other():
    assert known(THIRD, view(-99 * DAY), view(0), view(1), view(2)) == [1]
    assert rows(THIRD, view(0, id="c"), view(0, id="a"), view(0, id="b"))[0][3] == "c"
    assert acted(THIRD, view(0), view(1, received=HOUR), view(2)) == [(2, HOUR)]
    assert known(THIRD, view(0), view(1), view(2)) == known(Reaches(selector=VIEW, n=3), view(0), view(1), view(2))


def test_an_event_of_a_thing_reaches_those_who_looked_at_it_lately():
    looked = (view(-W + 1, product_id="a"), view(-W, by="bob", product_id="a"), view(0, by="jar", product_id="b"))
    assert rows(RESTOCKED, *looked, stock(id="s")) == [("ada", 0, 0, "s")]
    assert rows(RESTOCKED, *looked, stock(stock=0)) == []
    assert [row[0] for row in rows(RESTOCKED, view(0, product_id="a", id="z"), view(0, by="bob", product_id="a"), stock())] == [
        "ada",
        "bob",
    ]
    assert rows(RESTOCKED, view(1, product_id="a"), stock()) == []
    assert rows(RESTOCKED, view(0), stock(product_id=None)) == []


def test_an_event_of_a_thing_counts_only_without_a_customer():
    sent = event("Stock Changed", 0, by="bob", stock=1, product_id="a")
    assert rows(RESTOCKED, view(0, product_id="a"), sent) == []


def test_who_looked_is_reached_once_it_is_known():
    assert acted(RESTOCKED, view(-1, product_id="a", received=HOUR), stock()) == [(0, HOUR)]
    assert acted(RESTOCKED, view(-1, product_id="a"), stock(received=HOUR)) == [(0, HOUR)]
    assert acted(RESTOCKED, view(-1, product_id="a", received=DAY), stock()) == []
    late_link = (link("cookie", "ada", -5, received=HOUR),)
    assert [row[0] for row in rows(RESTOCKED, view(-1, by="cookie", product_id="a"), stock(), links=late_link)] == ["cookie"]


def test_a_thing_reaches_each_customer_once():
    assert acted(RESTOCKED, view(-2, product_id="a"), view(-1, product_id="a"), stock()) == [(0, 0)]


VOID = Void(("Product Viewed",), Selector(("Order Cancelled",)), same=Property("product_id", Kind.TEXT, declared=True))
VOIDED = Selector(("Product Viewed",), voids=(VOID,))


def cancelled(at: int, **more: object) -> Event:
    return event("Order Cancelled", at, product_id="a", **more)


def test_a_void_event_makes_no_moment_and_counts_for_none():
    seen = (view(0, product_id="a", id="a"), cancelled(0, id="b"))
    assert known(EventMoment(selector=VOIDED), *seen) == []
    assert known(EventMoment(selector=VOIDED), seen[0], cancelled(1)) == [0]
    assert known(Nth(selector=VOIDED, n=2), view(0, product_id="a"), cancelled(1), view(2), view(3)) == [3]
    assert known(Lapse(selector=VOIDED, within=TWO_HOURS), view(0, product_id="a"), cancelled(W)) == []
    assert known(Lapse(selector=VOIDED, within=TWO_HOURS), view(0, product_id="a"), cancelled(W + 1)) == [W]


def test_a_void_event_silences_nothing():
    silenced = Lapse(selector=ADD, unless=VOIDED, within=TWO_HOURS)
    assert known(silenced, added(0), view(1, product_id="a")) == []
    assert known(silenced, added(0), view(1, product_id="a"), cancelled(2)) == [W]


def test_a_metric_in_a_predicate_is_asked_at_the_moment_for_the_owner():
    twice = Compare(Comparison.GE, Metric(function=Aggregate.COUNT, selector=ADD), Literal(2))
    lapse = Lapse(selector=VIEW, where=twice, within=TWO_HOURS)
    assert known(lapse, view(0), added(1), added(W)) == [W]
    assert known(lapse, view(0), added(1), added(W + 1)) == []


def test_a_moment_of_a_run_or_a_thing_follows_until_it_is_withdrawn():
    history = History(events=(view(0, id="a"), view(HOUR, id="b", received=W + 1), view(0, by="bob", product_id="a"), stock(id="s")))
    claim = Claim(customer="ada", at=instant(W), trigger_event_id="a", trigger_line=0)
    assert [follows(RUN, history, claim, instant(seen)) for seen in (W, W + 1)] == [True, False]
    reached = [Claim(customer=customer, at=NOON, trigger_event_id="s", trigger_line=0) for customer in ("ada", "bob")]
    assert [follows(RESTOCKED, history, claim, NOON) for claim in reached] == [False, True]
