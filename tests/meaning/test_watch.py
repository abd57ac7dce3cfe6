"""The first instant at which a condition is true."""

from datetime import timedelta

from tests.meaning.small_shop import DAY, HOUR, KNOWN, NOON, event, instant, link, trait

from opportune.language.meaning.history import History
from opportune.language.meaning.watch import Watch, first_true
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    At,
    Compare,
    Comparison,
    Expr,
    Literal,
    Metric,
    Not,
    Selector,
    Trait,
    Void,
)
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

ORDERS = Selector(("Order Completed",))
DID = Metric(function=Aggregate.DID, selector=ORDERS)
RECENT = Metric(function=Aggregate.DID, selector=ORDERS, within=timedelta(hours=1))
AGE = Metric(function=Aggregate.AGE, selector=ORDERS)


def first(expr: Expr, *events, after=0, until=40 * DAY, links=(), reading=Reading.AS_SEEN):
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


def test_a_condition_asked_a_while_ago_becomes_true_so_much_later():
    assert first(Ago(DID, timedelta(hours=1)), order(0)) == HOUR
    assert first(Ago(DID, timedelta(hours=1)), order(0, received=9)) == HOUR + 9
    assert first(Ago(Not(RECENT), timedelta(hours=1)), order(0), after=HOUR) == 2 * HOUR


def test_an_age_beyond_a_metric_is_found_exactly():
    gap = Metric(function=Aggregate.GAP, selector=ORDERS)
    assert first(Compare(Comparison.GE, AGE, gap), order(0), order(10), after=10) == 20


def test_at_passes_a_time_of_entry_or_of_a_trait():
    due = Compare(Comparison.GE, At(), Trait("due", Kind.TIME))
    history = History(traits=(trait("due", "2026-03-01T14:00:00Z"),), known=KNOWN)
    watch = Watch(customer="ada", after=instant(0), until=instant(DAY))
    assert first_true(due, history, watch) == instant(2 * HOUR)


def test_what_moves_by_itself_is_looked_at_when_it_is_sampled_or_something_it_reads_arrives():
    decayed = Metric(function=Aggregate.DECAYED, selector=ORDERS, half_life=timedelta(hours=1))
    faded = Compare(Comparison.LT, decayed, Literal(0.9))
    assert first(faded, order(0), after=1) == 12 * HOUR
    assert first(faded, order(0), after=2 * HOUR) == 2 * HOUR + 1
    assert first(faded, order(0), event("Page Viewed", -5, received=HOUR), after=1) == 12 * HOUR
    assert first(faded, order(0), order(-9 * HOUR, received=4 * HOUR), after=1) == 4 * HOUR
    assert first(faded, order(0), event("Page Viewed", -5, received=HOUR), after=1, reading=Reading.AS_KNOWN) == 12 * HOUR
    assert first(faded, order(0), event("Page Viewed", -5, received=HOUR, by="bob"), after=1) == 12 * HOUR


def test_every_window_and_void_and_unmerge_is_a_change_point():
    void = Void(("Order Completed",), Selector(("Order Cancelled",)))
    ordered = Metric(function=Aggregate.DID, selector=Selector(("Order Completed",), voids=(void,)))
    assert first(Not(ordered), order(0), event("Order Cancelled", 7), after=1) == 7
    links = (link("cookie", "ada", -5), link("cookie", None, 7))
    assert first(Not(DID), order(-9, by="cookie"), links=links, after=1) == 7
