"""The first instant at which a condition is true."""

from datetime import timedelta

from tests.meaning.small_shop import DAY, HOUR, KNOWN, NEVER, NOON, event, instant, link

from opportune.language.meaning.history import History
from opportune.language.meaning.watch import Watch, first_true
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Expr, Literal, Metric, Not, Selector
from opportune.language.vocabulary.reading import Reading

ORDERS = Selector(("Order Completed",))
DID = Metric(function=Aggregate.DID, selector=ORDERS)
RECENT = Metric(function=Aggregate.DID, selector=ORDERS, within=timedelta(hours=1))
AGE = Metric(function=Aggregate.AGE, selector=ORDERS)


def first(expr: Expr, *events, after=0, until=NEVER - NOON, links=(), reading=Reading.AS_SEEN):
    """The first true instant, in microseconds after noon."""
    history = History(events=events, links=links, known=KNOWN)
    found = first_true(expr, history, Watch(customer="ada", after=instant(after), until=instant(until)), reading)
    return None if found is None else found - NOON


def order(at, **more):
    return event("Order Completed", at, **more)


def test_an_event_makes_a_condition_true_when_it_is_received_as_seen_and_when_it_happened_as_known():
    assert first(DID, order(5, received=9)) == 9
    assert first(DID, order(5, received=9), reading=Reading.AS_KNOWN) == 5
    assert first(DID, order(5, received=3)) == 5


def test_the_range_is_open_on_the_left_and_closed_on_the_right():
    assert first(DID, order(5), until=5) == 5
    assert first(DID, order(5), until=4) is None
    assert first(DID, order(5), after=5) == 6


def test_what_is_true_already_is_true_at_once():
    assert first(DID, order(-5)) == 1


def test_a_window_runs_out_at_its_very_end():
    assert first(Not(RECENT), order(0)) == HOUR


def test_an_age_is_reached_at_the_instant_and_exceeded_a_microsecond_later():
    assert first(Compare(Comparison.GE, AGE, Literal(timedelta(days=1))), order(0)) == DAY
    assert first(Compare(Comparison.GT, AGE, Literal(timedelta(days=1))), order(0)) == DAY + 1


def test_a_link_brings_what_the_anonymous_identity_did():
    assert first(DID, order(-5, by="cookie"), links=(link("cookie", "ada", 7, received=9),)) == 9
