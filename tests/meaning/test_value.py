"""What expressions are worth, at the edges of every rule."""

from datetime import timedelta

import pytest
from tests.meaning.small_shop import DAY, HOUR, KNOWN, SECOND, event, instant, link, trait

from opportune.language.meaning.history import Entry, Event, History
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Coverage,
    EntryId,
    Expr,
    Known,
    Literal,
    Member,
    Metric,
    Not,
    Property,
    Reference,
    Score,
    ScorePart,
    Selector,
    Since,
    Trait,
    TriggerProperty,
)
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind

NOON = instant(0)
ORDERS = Selector(("Order Completed",))
TOTAL = Property("total", Kind.MONEY, declared=True)
COUNT = Metric(function=Aggregate.COUNT, selector=ORDERS)
AGE = Metric(function=Aggregate.AGE, selector=ORDERS)
SUM = Metric(function=Aggregate.SUM, selector=ORDERS, value=TOTAL)
LAST = Metric(function=Aggregate.LAST, selector=ORDERS, value=TOTAL)
WEEK = Metric(function=Aggregate.COUNT, selector=ORDERS, within=timedelta(days=7))
NULL = Literal(None)


def worth(expr: Expr, *events: Event, at: int = 0, entry: Entry | None = None) -> object:
    """Ada's value at noon, knowing everything."""
    return value(expr, History(events=events), "ada", instant(at), FOREVER, entry)


def order(at: int = 0, **more: object) -> Event:
    return event("Order Completed", at, **more)


def test_a_window_includes_its_end_and_excludes_its_beginning():
    assert worth(WEEK, order(0)) == 1
    assert worth(WEEK, order(-7 * DAY + 1)) == 1
    assert worth(WEEK, order(-7 * DAY)) == 0
    assert worth(WEEK, order(1)) == 0


def test_without_a_window_all_the_past_counts():
    assert worth(COUNT, order(-9999 * DAY), order(0), order(1)) == 2


def test_a_late_arrival_is_counted_as_known_and_not_as_seen():
    history = History(events=(order(-HOUR, received=1),))
    assert value(COUNT, history, "ada", NOON, FOREVER) == 1
    assert value(COUNT, history, "ada", NOON, NOON) == 0
    assert value(COUNT, history, "ada", NOON, instant(1)) == 1


def test_metrics_without_a_matching_event():
    did = Metric(function=Aggregate.DID, selector=ORDERS)
    assert [worth(metric) for metric in (COUNT, did, SUM, LAST, AGE)] == [0, False, 0, None, None]


def test_a_sum_skips_nulls_and_reads_numeric_text_as_money():
    assert worth(SUM, order(total=1.5), order(total="2.25"), order(total=None), order(total="free"), order()) == 37_500


def test_last_is_the_last_event_in_event_order_that_has_the_property():
    assert worth(LAST, order(-2, total=1), order(-1, total=2), order(0, total=None), order(0)) == 20_000
    assert worth(LAST, order(0, id="b", total=2), order(0, id="a", total=1)) == 20_000


def test_age_is_the_time_since_the_latest_matching_event():
    assert worth(AGE, order(-3), order(-2)) == 2
    dear = Metric(function=Aggregate.AGE, selector=ORDERS, where=Compare(Comparison.GT, TOTAL, Literal(5)))
    assert worth(dear, order(-3, total=6), order(-2, total=5)) == 3


def test_any_reads_raw_events_but_no_messages_and_no_derived_lines():
    everything = Metric(function=Aggregate.COUNT, selector=Selector(()))
    events = (event("Never Heard Of"), event("Email Opened"), event("SMS Sent"), event("Product Purchased", line=1))
    assert worth(everything, *events) == 1


def test_since_entry_follows_the_trigger_in_event_order():
    since = Metric(function=Aggregate.COUNT, selector=ORDERS, since=Since.ENTRY)
    entry = Entry(at=NOON, trigger_event_id="m", trigger_line=0, is_event_moment=True)
    events = (order(-1), order(0, id="l"), order(0, id="m"), order(0, id="n"), order(0, id="a", line=1), order(1))
    assert worth(since, *events, at=1, entry=entry) == 3


def test_since_entry_of_a_line_follows_that_line():
    lines = tuple(event("Product Purchased", id="m", line=line) for line in (1, 2, 3))
    since = Metric(function=Aggregate.COUNT, selector=Selector(("Product Purchased",)), since=Since.ENTRY)
    assert worth(since, *lines, entry=Entry(at=NOON, trigger_event_id="m", trigger_line=2, is_event_moment=True)) == 1


def test_since_entry_of_a_moment_that_is_no_events_own_is_later_than_the_moment():
    since = Metric(function=Aggregate.COUNT, selector=ORDERS, since=Since.ENTRY)
    entry = Entry(at=NOON, trigger_event_id="m", trigger_line=0)
    assert worth(since, order(-HOUR, id="m"), order(0, id="z"), order(1), at=2, entry=entry) == 1


def test_since_entry_outside_a_journey_reads_everything():
    assert worth(Metric(function=Aggregate.COUNT, selector=ORDERS, since=Since.ENTRY), order(-DAY), order(0)) == 2


def test_since_entry_and_within_both_bind():
    both = Metric(function=Aggregate.COUNT, selector=ORDERS, since=Since.ENTRY, within=timedelta(hours=1))
    assert worth(both, order(1), order(HOUR), at=HOUR + 1, entry=Entry(at=NOON)) == 1


@pytest.mark.parametrize("operator", list(Comparison))
def test_every_comparison_with_null_is_false_and_its_negation_true(operator):
    for comparison in (Compare(operator, AGE, Literal(timedelta(1))), Compare(operator, NULL, NULL)):
        assert worth(comparison) is False
        assert worth(Not(comparison)) is True


def test_values_of_different_kinds_are_unequal_and_in_no_order():
    assert worth(Compare(Comparison.EQ, Literal("1"), Literal(1))) is False
    assert worth(Compare(Comparison.NE, Literal("1"), Literal(1))) is True
    assert worth(Compare(Comparison.EQ, Literal(True), Literal(1))) is False
    assert worth(Compare(Comparison.LE, Literal("1"), Literal(1))) is False


def test_text_is_compared_by_code_point():
    assert worth(Compare(Comparison.LT, Literal("Z"), Literal("a"))) is True
    assert worth(Compare(Comparison.LT, Literal("\uffff"), Literal("\U00010000"))) is True


def test_a_null_condition_counts_as_false_but_is_null_by_itself():
    vip = Trait("vip", Kind.BOOLEAN)
    assert worth(vip) is None
    assert worth(All((vip, Literal(True)))) is False
    assert worth(Any((vip, Literal(True)))) is True
    assert worth(Not(vip)) is True


def test_membership_of_null_is_false_even_in_a_list_that_holds_null():
    assert worth(Member(NULL, (NULL, Literal(1)))) is False
    assert worth(Member(LAST, (Literal(9.99),)), order(total="9.99")) is True


def test_known_and_coalesce():
    assert worth(Known(LAST)) is False
    assert worth(Known(LAST), order(total=0)) is True
    assert worth(Coalesce((LAST, Literal(5)))) == 50_000
    assert worth(Coalesce((NULL, NULL))) is None


def test_the_latest_trait_in_ts_and_event_id_order_wins_and_null_clears():
    country = Trait("country", Kind.TEXT)

    def seen(*traits, at=0):
        links = (link("cookie", "ada", -5),)
        return value(country, History(traits=traits, links=links, known=KNOWN), "ada", instant(at), FOREVER)

    assert seen(trait("country", "US", -2), trait("country", "DE", -1, by="cookie")) == "DE"
    assert seen(trait("country", "US", id="b"), trait("country", "DE", id="a")) == "US"
    assert seen(trait("country", "US", -2), trait("country", None, -1)) is None
    assert seen(trait("country", "US"), trait("country", 7), trait("city", "Bonn")) is None
    assert seen(trait("country", "US", 1)) is None


def test_consent_is_what_was_said_last_and_withdrawn_at_equal_ts():
    def given(at, **more):
        return event("Consent Given", at, purpose="email", **more)

    def withdrawn(at, **more):
        return event("Consent Withdrawn", at, purpose="email", **more)

    assert worth(Consent("email"), given(-1)) is True
    assert worth(Consent("email"), withdrawn(-2), given(-1)) is True
    assert worth(Consent("email"), withdrawn(0, id="a"), given(0, id="b")) is False
    assert worth(Consent("sms"), given(-1)) is False


def test_without_a_word_only_profiling_is_allowed():
    assert [purpose for purpose in ("email", "sms", "push", "tracking", "profiling", "ads") if worth(Consent(purpose))] == ["profiling"]


def test_a_metric_in_a_predicate_is_asked_at_the_pair():
    at_least_two = Compare(Comparison.GE, COUNT, Literal(2))
    assert worth(Metric(function=Aggregate.COUNT, selector=ORDERS, where=at_least_two), order(-2), order(-1)) == 2


def test_the_trigger_and_the_entry_are_read_in_journeys_and_null_outside():
    colour = TriggerProperty("colour", Kind.TEXT)
    entry = Entry(at=NOON, id="n1", trigger_event_id="m", trigger_line=1)
    events = (event("Product Purchased", id="m", line=1, colour="red"), event("Order Completed", id="m", colour="blue"))
    assert (worth(colour, *events, entry=entry), worth(EntryId(), entry=entry)) == ("red", "n1")
    assert (worth(colour, *events), worth(EntryId())) == (None, None)
    assert worth(colour, *events, entry=Entry(at=NOON)) is None


def test_a_score_leaves_unknown_parts_out_and_says_how_much_it_knew():
    group = ScorePart(25, "group", (ScorePart(1, "seen", Literal(0.5)), ScorePart(3, "unseen", NULL)))
    score = Score((ScorePart(50, "capped", Literal(7)), group, ScorePart(25, "unknown", (ScorePart(1, "null", NULL),))))
    assert worth(score) == pytest.approx(10 * (50 * 1 + 25 * 0.5) / 75)
    assert worth(Coverage(score)) == pytest.approx((50 + 25 / 4) / 100)


def test_a_score_that_knows_nothing_is_null_and_its_coverage_zero():
    score = Score((ScorePart(1, "unknown", NULL),))
    assert (worth(score), worth(Coverage(score))) == (None, 0)


def test_there_is_no_score_from_the_withdrawal_of_profiling_on():
    score = Score((ScorePart(1, "always", Literal(1)),))
    said = (event("Consent Withdrawn", 0, purpose="profiling"), event("Consent Given", 2, purpose="profiling"))
    assert [worth(score, *said, at=at) for at in (-1, 0, 1, 2)] == [10, None, None, 10]
    assert worth(Coverage(score), *said) == 1


def test_a_value_below_zero_counts_as_zero():
    assert worth(Score((ScorePart(1, "below", Literal(-3)), ScorePart(1, "above", Literal(1))))) == 5


def test_a_reference_that_was_not_inlined_has_no_meaning():
    with pytest.raises(ValueError, match=r"metric\.orders was not inlined"):
        worth(Reference("metric", "orders"))


def test_dwell_is_seconds_compared_with_durations():
    long = Compare(Comparison.GE, Property("dwell", Kind.DURATION, declared=True), Literal(timedelta(seconds=30)))
    views = Metric(function=Aggregate.COUNT, selector=Selector(("Product Viewed",)), where=long)
    assert worth(views, *(event("Product Viewed", dwell=dwell) for dwell in (30, "30", 29.9995, 29.999, None, "long"))) == 3
    assert worth(AGE, order(-SECOND)) == SECOND
