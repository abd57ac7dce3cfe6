"""`enters`, `leaves`, `changes` and memberships: where they flip, what causes it, how long it has to hold."""

from datetime import UTC, datetime, timedelta

from tests.meaning.small_shop import DAY, HOUR, KNOWN, NOON, event, instant, link, trait

from opportune.language.meaning.history import Event, History
from opportune.language.meaning.memberships import memberships
from opportune.language.meaning.moments import Claim, follows, moments
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    Any,
    Arithmetic,
    At,
    Calendar,
    CalendarPart,
    Census,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Expr,
    Literal,
    Lookup,
    Metric,
    Not,
    Operator,
    Population,
    Property,
    Rhythm,
    Score,
    ScorePart,
    Selector,
    Table,
    Trait,
    Void,
)
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.tree.sampling import is_sampled
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

ORDERS = Selector(("Order Completed",))
MIDNIGHT = 12 * HOUR
HORIZON = 40 * DAY


def count(**more: object) -> Metric:
    return Metric(function=Aggregate.COUNT, selector=ORDERS, **more)


AGE = Metric(function=Aggregate.AGE, selector=ORDERS)
TWICE = Compare(Comparison.GE, count(within=timedelta(hours=1)), Literal(2))
OLD = Compare(Comparison.GE, AGE, Literal(timedelta(days=1)))
US = Compare(Comparison.EQ, Trait("country", Kind.TEXT), Literal("US"))
ENTERS, LEAVES = Turns(condition=TWICE, to=True), Turns(condition=TWICE, to=False)


def order(at: int = 0, **more: object) -> Event:
    return event("Order Completed", at, **more)


def rows(moment: Moment, *events: Event, links=(), traits=(), reading=Reading.AS_SEEN, until=HORIZON, max_lateness=DAY):
    history = History(events=events, links=links, traits=traits, known=KNOWN, enough=1)
    return moments(moment, history, instant(-HORIZON), instant(until), reading, max_lateness)


def flips(moment: Moment, *events: Event, **more: object):
    """(m, s, trigger) of each."""
    return [(row.at - NOON, row.acted_at - NOON, row.trigger_event_id) for row in rows(moment, *events, **more)]


def known(moment: Moment, *events: Event, **more: object):
    return [m for m, _, _ in flips(moment, *events, reading=Reading.AS_KNOWN, **more)]


def test_a_condition_is_entered_at_the_event_and_left_when_the_window_runs_out():
    seen = (order(0, id="a"), order(9, id="b"))
    assert flips(ENTERS, *seen) == [(9, 9, "b")]
    assert flips(LEAVES, *seen) == [(HOUR, HOUR, None)]


def test_a_row_without_a_trigger_has_no_line_and_is_not_imported():
    (row,) = rows(LEAVES, order(0), order(9, is_imported=True))
    assert (row.trigger_event_id, row.trigger_line, row.is_imported) == (None, None, False)
    (row,) = rows(ENTERS, order(0), order(9, is_imported=True))
    assert row.is_imported


def test_all_changes_of_one_instant_are_applied_before_the_condition_is_looked_at():
    assert known(ENTERS, order(0), order(1), order(HOUR)) == [1]
    assert known(LEAVES, order(0), order(1), order(HOUR)) == [HOUR + 1]
    assert known(ENTERS, order(0, id="z"), order(0, id="a")) == [0]


def test_the_trigger_is_the_last_event_in_event_order_that_is_read_there():
    dear = Compare(Comparison.GT, Property("total", Kind.MONEY, declared=True), Literal(5))
    both = Turns(condition=Metric(function=Aggregate.DID, selector=ORDERS, where=dear), to=True)
    seen = (order(0, id="a", total=6), order(0, id="b", total=6), order(0, id="c", total=5), event("Page Viewed", 0, id="d"))
    assert flips(both, *seen) == [(0, 0, "b")]


def test_a_consent_or_what_voids_is_a_trigger_too():
    withdrawn = event("Consent Withdrawn", 1, purpose="email", id="w")
    assert flips(Turns(condition=Consent("email"), to=False), event("Consent Given", 0, purpose="email"), withdrawn) == [(1, 1, "w")]
    void = Void(("Order Completed",), Selector(("Order Cancelled",)))
    ordered = Metric(function=Aggregate.DID, selector=Selector(("Order Completed",), voids=(void,)))
    assert flips(Turns(condition=ordered, to=False), order(0), event("Order Cancelled", 5, id="v")) == [(5, 5, "v")]


def test_what_was_asked_a_while_ago_reads_no_event_of_now():
    ever = Ago(Metric(function=Aggregate.DID, selector=ORDERS), timedelta(days=1))
    assert flips(Turns(condition=ever, to=True), order(0), order(DAY)) == [(DAY, DAY, None)]


def test_before_the_first_event_or_trait_every_condition_is_false():
    never = Turns(condition=Not(Metric(function=Aggregate.DID, selector=ORDERS)), to=True)
    assert flips(never, event("Page Viewed", 5, id="p")) == [(5, 5, None)]
    assert flips(never, traits=(trait("country", "US", 3),)) == [(3, 3, None)]
    assert flips(Turns(condition=Not(never.condition), to=False), event("Page Viewed", 5)) == []


def test_an_age_is_reached_at_the_instant_and_passed_a_microsecond_later():
    assert known(Turns(condition=OLD, to=True), order(0)) == [DAY]
    assert known(Turns(condition=Compare(Comparison.GT, AGE, Literal(timedelta(days=1))), to=True), order(0)) == [DAY + 1]
    exactly = Compare(Comparison.EQ, AGE, Literal(timedelta(days=1)))
    assert (known(Turns(condition=exactly, to=True), order(0)), known(Turns(condition=exactly, to=False), order(0))) == ([DAY], [DAY + 1])


def test_an_age_is_compared_with_a_metric_exactly():
    gap = Metric(function=Aggregate.GAP, selector=ORDERS)
    assert known(Turns(condition=Compare(Comparison.GT, AGE, gap), to=True), order(0), order(7), order(11)) == [11 + 5 + 1 + 1]


def test_ago_shifts_change_points_and_begins_with_the_first_event():
    yesterday = Ago(Compare(Comparison.EQ, count(), Literal(0)), timedelta(days=1))
    assert known(Turns(condition=yesterday, to=True), event("Page Viewed", 0), order(5)) == [DAY]
    assert known(Turns(condition=yesterday, to=False), event("Page Viewed", 0), order(5)) == [DAY + 5]


def test_at_passes_a_time_and_a_boundary_of_the_calendar_exactly():
    two = Literal(datetime(2026, 3, 1, 14, tzinfo=UTC))
    assert known(Turns(condition=Compare(Comparison.GE, At(), two), to=True), order(0)) == [2 * HOUR]
    monday = Compare(Comparison.EQ, Calendar(CalendarPart.WEEKDAY, At(), "UTC"), Literal(1))
    assert known(Turns(condition=monday, to=True), order(0), until=3 * DAY) == [MIDNIGHT]
    hour = Compare(Comparison.EQ, Calendar(CalendarPart.HOUR, At(), "Asia/Kolkata"), Literal(18))
    assert known(Turns(condition=hour, to=True), order(0), until=DAY) == [HOUR // 2]


def test_a_calibration_is_a_change_point():
    many = Compare(Comparison.GE, count(), Population(Census.CUT, count(), 0.5, every=Rhythm.DAY))
    assert known(Turns(condition=many, to=True), order(0), until=3 * DAY) == [MIDNIGHT]


def test_a_row_of_a_table_is_a_change_point_without_a_trigger():
    stock = Lookup("product", Literal("a"), "stock", Kind.NUMBER, Table("product", "product_id", "Stock Changed"))
    changed = event("Stock Changed", 7, by=None, product_id="a", stock=3, received=9)
    assert flips(Turns(condition=Compare(Comparison.GT, stock, Literal(0)), to=True), order(0), changed) == [(7, 9, None)]


def test_a_late_arrival_is_acted_on_when_it_comes_unless_it_is_too_late():
    assert flips(ENTERS, order(0), order(9, id="b", received=HOUR)) == [(9, HOUR, "b")]
    assert flips(ENTERS, order(0), order(9, received=9 + DAY + 1)) == []
    assert known(ENTERS, order(0), order(9, received=9 + DAY + 1)) == [9]


def test_a_trait_and_a_link_bring_a_condition_about_when_they_arrive():
    assert flips(Turns(condition=US, to=True), traits=(trait("country", "US", 0, received=7),)) == [(0, 7, None)]
    signed_in = (link("cookie", "ada", 5, received=8),)
    assert flips(ENTERS, order(0), order(1, by="cookie"), links=signed_in) == [(5, 8, None)]


def test_what_makes_somebody_a_customer_counts_as_an_arrival():
    never = Turns(condition=Not(Metric(function=Aggregate.DID, selector=ORDERS)), to=True)
    assert flips(never, event("Page Viewed", 0, received=5)) == [(0, 5, None)]


def test_what_a_late_arrival_withdraws_is_still_acted_on_before():
    void = Void(("Order Completed",), Selector(("Order Cancelled",)))
    ordered = Metric(function=Aggregate.DID, selector=Selector(("Order Completed",), voids=(void,)))
    seen = (order(5, id="a"), event("Order Cancelled", 5, id="b", received=9))
    assert flips(Turns(condition=ordered, to=True), *seen) == [(5, 5, "a")]
    assert known(Turns(condition=ordered, to=True), *seen) == []


def test_another_trigger_of_the_same_change_is_another_moment():
    seen = (order(0, id="a"), order(9, id="b"), order(9, id="c", received=20))
    assert flips(ENTERS, *seen) == [(9, 9, "b"), (9, 20, "c")]
    assert [trigger for _, _, trigger in flips(ENTERS, *seen, reading=Reading.AS_KNOWN)] == ["c"]


def test_who_is_linked_away_leaves_nothing():
    ever = Turns(condition=Metric(function=Aggregate.DID, selector=ORDERS), to=False)
    assert rows(ever, order(0, by="cookie"), links=(link("cookie", "ada", 5),)) == []
    entered = rows(Turns(condition=ever.condition, to=True), order(0, by="cookie"), links=(link("cookie", "ada", 5),))
    assert [(row.customer, row.at - NOON) for row in entered] == [("cookie", 0), ("ada", 5)]


def test_an_unmerge_gives_back_and_takes_away():
    seen = (order(0, by="cookie"), event("Page Viewed", 0))
    links = (link("cookie", "ada", 5), link("cookie", None, 9))
    ever = Metric(function=Aggregate.DID, selector=ORDERS)
    assert [(row.customer, row.at - NOON) for row in rows(Turns(condition=ever, to=False), *seen, links=links)] == [("ada", 9)]
    entered = [(row.customer, row.at - NOON) for row in rows(Turns(condition=ever, to=True), *seen, links=links)]
    assert entered == [("cookie", 0), ("ada", 5), ("cookie", 9)]


def test_hold_fires_later_if_it_stayed_so_throughout():
    held = Turns(condition=TWICE, to=True, hold=timedelta(minutes=30))
    assert flips(held, order(0), order(9, id="b")) == [(9 + HOUR // 2, 9 + HOUR // 2, "b")]
    assert known(held, order(0), order(HOUR // 2)) == []
    assert known(held, order(0), order(HOUR // 2 - 1)) == [HOUR - 1]
    calm = Turns(condition=TWICE, to=False, hold=timedelta(minutes=30))
    assert known(calm, order(0), order(9)) == [HOUR + HOUR // 2]
    assert known(calm, order(0), order(9), order(HOUR + 10), order(HOUR + 11)) == [2 * HOUR + 10 + HOUR // 2]


def test_what_arrives_while_it_is_held_is_seen_in_time():
    held = Turns(condition=US, to=True, hold=timedelta(hours=1))
    traits = (trait("country", "US", 0), trait("country", "DE", 5, received=HOUR))
    assert flips(held, traits=traits) == []
    assert flips(held, traits=(traits[0], trait("country", "DE", 5, received=HOUR + 1))) == [(HOUR, HOUR, None)]


def test_a_change_tells_old_and_new_and_null_is_a_value():
    country = Changes(value=Trait("country", Kind.TEXT))
    found = rows(
        country, event("Page Viewed", -1), traits=(trait("country", "US", 0), trait("country", "US", 5), trait("country", None, 9))
    )
    assert [(row.at - NOON, row.old_value, row.new_value) for row in found] == [(0, None, '"US"'), (9, '"US"', None)]


def test_a_value_changes_from_null_at_the_first_event():
    found = rows(Changes(value=count()), event("Page Viewed", 0), order(5, id="a"))
    assert [(row.at - NOON, row.old_value, row.new_value, row.trigger_event_id) for row in found] == [
        (0, None, "0", None),
        (5, "0", "1", "a"),
    ]


def test_a_change_is_held_while_the_value_stays():
    held = Changes(value=count(), hold=timedelta(hours=1))
    found = rows(held, order(0), order(5), order(HOUR + 5))
    assert [(row.at - NOON, row.new_value) for row in found] == [(2 * HOUR + 5, "3")]
    found = rows(held, order(0), order(5), order(HOUR + 6))
    assert [(row.at - NOON, row.new_value) for row in found] == [(HOUR + 5, "2"), (2 * HOUR + 6, "3")]


def test_what_moves_by_itself_is_sampled_at_midnight_and_at_change_points():
    decayed = Metric(function=Aggregate.DECAYED, selector=ORDERS, half_life=timedelta(hours=1))
    fading = Turns(condition=Compare(Comparison.LT, decayed, Literal(0.9)), to=True)
    assert is_sampled(fading.condition)
    assert flips(fading, order(0)) == [(MIDNIGHT, MIDNIGHT, None)]
    assert flips(fading, order(0), order(3 * HOUR, id="b")) == [(MIDNIGHT, MIDNIGHT, None)]
    assert flips(Turns(condition=fading.condition, to=True, sample=timedelta(hours=1)), order(0)) == [(HOUR, HOUR, None)]
    windowed = Metric(function=Aggregate.DECAYED, selector=ORDERS, half_life=timedelta(hours=1), within=timedelta(hours=3))
    assert known(Turns(condition=Compare(Comparison.LT, windowed, Literal(0.9)), to=True), order(0)) == [3 * HOUR]


def test_an_age_in_a_score_or_in_arithmetic_is_sampled_and_compared_alone_it_is_not():
    half = Compare(Comparison.GE, Arithmetic(Operator.DIV, AGE, Literal(timedelta(days=2))), Literal(0.5))
    assert known(Turns(condition=half, to=True), order(0)) == [DAY + MIDNIGHT]
    score = Score((ScorePart(1, "age", Arithmetic(Operator.DIV, AGE, Literal(timedelta(days=2)))),))
    assert known(Turns(condition=Compare(Comparison.GE, score, Literal(5)), to=True), order(0)) == [DAY + MIDNIGHT]
    alone: list[Expr] = [OLD, Compare(Comparison.GE, Coalesce((AGE, Literal(timedelta(days=9)))), Literal(timedelta(days=1)))]
    assert [is_sampled(expr) for expr in (*alone, half, score)] == [False, False, True, True]


def test_beside_something_sampled_an_age_still_passes_its_bound_at_the_instant():
    decayed = Metric(function=Aggregate.DECAYED, selector=ORDERS, half_life=timedelta(hours=1))
    either = Any((Compare(Comparison.GT, AGE, Literal(timedelta(hours=1))), Compare(Comparison.LT, decayed, Literal(0))))
    assert known(Turns(condition=either, to=True), order(0)) == [HOUR + 1]


def test_a_moment_of_a_condition_follows_until_an_arrival_withdraws_it():
    history = History(events=(order(0), order(9, id="b"), order(9, id="c", received=20)))
    claim = Claim(customer="ada", at=instant(9), trigger_event_id="b", trigger_line=0)
    assert [follows(ENTERS, history, claim, seen) for seen in (instant(9), instant(20), FOREVER)] == [True, False, False]
    nobody = Claim(customer="ada", at=instant(HOUR), trigger_event_id=None, trigger_line=None)
    assert [follows(LEAVES, history, nobody, seen) for seen in (instant(9), FOREVER)] == [True, False]


def stays(condition: Expr, *events: Event, lo=-HORIZON, hi=HORIZON, links=()):
    found = memberships(condition, History(events=events, links=links, known=KNOWN), instant(lo), instant(hi))
    return [(stay.customer, stay.entered_at - NOON, None if stay.left_at is None else stay.left_at - NOON) for stay in found]


def test_a_membership_tells_when_it_began_and_ended():
    assert stays(TWICE, order(0), order(9)) == [("ada", 9, HOUR)]
    assert stays(TWICE, order(0), order(9), hi=HOUR - 1) == [("ada", 9, None)]
    assert stays(TWICE, order(0), order(9), hi=8) == []


def test_a_membership_is_told_if_it_overlaps_the_range_with_its_true_beginning():
    assert stays(TWICE, order(0), order(9), lo=HOUR - 1) == [("ada", 9, HOUR)]
    assert stays(TWICE, order(0), order(9), lo=HOUR) == []
    assert stays(TWICE, order(0), order(9), order(HOUR + 9), order(HOUR + 10)) == [("ada", 9, HOUR), ("ada", HOUR + 10, 2 * HOUR + 9)]


def test_a_membership_ends_when_the_customer_is_linked_away():
    ever = Metric(function=Aggregate.DID, selector=ORDERS)
    assert stays(ever, order(0, by="cookie"), links=(link("cookie", "ada", 5),)) == [("ada", 5, None), ("cookie", 0, 5)]


def test_nobody_is_a_member_of_anything_after_being_linked_away():
    never = Not(Metric(function=Aggregate.DID, selector=ORDERS))
    assert stays(never, event("Page Viewed", 0, by="cookie"), links=(link("cookie", "ada", 5),)) == [("ada", 5, None), ("cookie", 0, 5)]
