"""For all histories: ages that are only compared with durations turn where they are meant, though few events tell them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.histories import Crowd, histories, ranges
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import EVER, HOUR, KNOWN, MINUTE, NEVER, event
from tests.meaning.test_compiled_turns import LATE, as_meant, check, comparisons, counts, drawn, numbers, selectors, wheres

from opportune.language.meaning.history import History
from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expressions import Aggregate, Choice, Compare, Comparison, Consent, Expr, Literal, Metric, Not, Selector
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.vocabulary.reading import Reading

OFTEN = Crowd(names=("Product Viewed",) * 5 + ("Order Completed",) * 2, identities=("ada",) * 4 + ("cookie", "cookie", "bob"), most=14)
CALM = Crowd(names=("Product Viewed",) * 5 + ("Order Completed",), identities=("ada", "ada", "cookie"), most=14, least=6)
LONG = (timedelta(hours=1), timedelta(hours=2), timedelta(days=1), timedelta(days=2))
VIEWED = Selector(("Product Viewed",))

AN_HOUR_ON = datetime(2026, 3, 1, 13, tzinfo=UTC)

lengths = st.sampled_from((*LONG, *(long + timedelta(microseconds=1) for long in LONG))).map(Literal)
ages = st.builds(Metric, function=st.just(Aggregate.AGE), selector=selectors, where=wheres)
windows = st.sampled_from(LONG)
within: dict[str, SearchStrategy[object]] = {"selector": selectors, "where": wheres, "within": windows}
quiet: SearchStrategy[Expr] = st.one_of(
    st.builds(Compare, comparisons, ages, lengths),
    st.builds(Compare, comparisons, lengths, ages),
    st.builds(Metric, function=st.just(Aggregate.DID), **within),
    st.builds(Compare, comparisons, st.builds(Metric, function=st.just(Aggregate.COUNT), **within), numbers),
)
beside: SearchStrategy[Expr] = st.one_of(
    quiet,
    st.builds(Compare, comparisons, counts, numbers),
    st.just(Consent("email")),
    st.builds(Compare, comparisons, st.builds(Metric, function=st.just(Aggregate.TIME), selector=selectors), st.just(Literal(AN_HOUR_ON))),
    st.builds(Compare, comparisons, st.builds(Metric, function=st.just(Aggregate.TENURE), selector=selectors), lengths),
)
conditions = st.one_of(
    quiet,
    quiet.map(Not),
    st.tuples(quiet, beside).map(all_of),
    st.tuples(quiet, beside).map(any_of),
    st.tuples(quiet, quiet, beside).map(lambda three: any_of([all_of(three[:2]), Not(three[2])])),
)
steps = st.builds(Choice, conditions, st.just(Literal(1)), st.builds(Choice, quiet, st.just(Literal(2)), st.just(Literal(3))))
turns: SearchStrategy[Moment] = st.builds(Turns, condition=conditions, to=st.booleans(), hold=st.none() | st.sampled_from(LONG))
moments_drawn = turns | st.builds(Turns, condition=conditions, to=st.booleans()) | st.builds(Changes, value=steps)
any_history = histories(OFTEN) | histories(CALM) | histories()
any_range = ranges | st.just((EVER, NEVER))


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


@drawn(25)
@given(history=any_history, moment=moments_drawn, reading=st.sampled_from(Reading), ends=any_range, late=st.sampled_from(LATE))
def test_ages_that_are_compared_with_durations_turn_where_it_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(600)
@given(history=any_history, moment=moments_drawn, reading=st.sampled_from(Reading), ends=any_range, late=st.sampled_from(LATE))
def test_ages_at_length(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


A_DAY = Literal(timedelta(days=1))


def age_of(name: str) -> Metric:
    return Metric(function=Aggregate.AGE, selector=Selector((name,)))


OLD = Turns(condition=Compare(Comparison.GE, age_of("Product Viewed"), A_DAY), to=True)
YOUNG = Turns(condition=Compare(Comparison.LT, age_of("Product Viewed"), A_DAY), to=True)


def viewed(*offsets: int, late: dict[int, int] | None = None) -> History:
    """Views so many microseconds after noon, some of them received later."""
    return History(events=tuple(event("Product Viewed", at, received=(late or {}).get(at, at)) for at in offsets), known=KNOWN)


def test_of_views_within_an_hour_the_last_one_grows_old(shelf):
    for reading in Reading:
        assert as_meant(shelf, viewed(0, MINUTE, 2 * MINUTE, HOUR), OLD, reading) == [("ada", 25 * HOUR)]


def test_a_view_that_arrives_after_its_era_kept_nobody_young_before(shelf):
    history = viewed(-12 * HOUR, 0, 12 * HOUR - 1, late={12 * HOUR - 1: 35 * HOUR})
    assert as_meant(shelf, history, OLD, Reading.AS_SEEN) == [("ada", 24 * HOUR), ("ada", 36 * HOUR - 1)]


def test_what_was_known_before_the_first_of_an_era_tells_something(shelf):
    history = viewed(0, HOUR, 2 * HOUR, late={0: 3 * HOUR})
    assert as_meant(shelf, history, YOUNG, Reading.AS_SEEN) == [("ada", HOUR), ("ada", 0)]


def test_the_next_era_counts_once_it_is_known(shelf):
    history = viewed(0, 20 * HOUR, late={20 * HOUR: 30 * HOUR})
    assert as_meant(shelf, history, OLD, Reading.AS_SEEN) == [("ada", 24 * HOUR), ("ada", 44 * HOUR)]


def test_a_view_that_tells_nothing_may_be_the_trigger_once_it_arrives(shelf):
    late_view = event("Product Viewed", HOUR, received=3 * HOUR, id="z")
    events = (event("Product Viewed", 0), event("Order Completed", HOUR, id="a"), event("Product Viewed", 2 * HOUR), late_view)
    bought = Turns(condition=all_of([YOUNG.condition, Compare(Comparison.GE, count_of("Order Completed"), Literal(1))]), to=True)
    assert as_meant(shelf, History(events=events, known=KNOWN), bought, Reading.AS_SEEN) == [("ada", HOUR), ("ada", HOUR)]


def count_of(name: str) -> Metric:
    return Metric(function=Aggregate.COUNT, selector=Selector((name,)))


def test_an_age_is_not_quiet_where_its_instant_is_read_too(shelf):
    at = Metric(function=Aggregate.TIME, selector=VIEWED)
    last = Changes(value=Choice(YOUNG.condition, at, Literal(None)))
    for reading in Reading:
        assert [m for _, m in as_meant(shelf, viewed(0, MINUTE, HOUR), last, reading)] == [0, MINUTE, HOUR, 25 * HOUR]


def test_an_age_meets_a_duration_that_is_the_window_of_other_events_too(shelf):
    views = Metric(function=Aggregate.COUNT, selector=VIEWED, within=timedelta(seconds=60))
    bought = Compare(Comparison.GE, age_of("Order Completed"), Literal(timedelta(seconds=60)))
    both = Turns(condition=all_of([bought, Compare(Comparison.LT, views, Literal(2))]), to=True)
    history = History(events=(event("Order Completed", 0), event("Product Viewed", -9 * HOUR)), known=KNOWN)
    for reading in Reading:
        assert as_meant(shelf, history, both, reading) == [("ada", MINUTE)]
