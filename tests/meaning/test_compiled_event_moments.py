"""For all moments of events and all histories: what the plans find is what the naive reading says, alone, together and however cut."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.meaning.histories import Crowd, histories, instants, ranges, received_by
from tests.meaning.shelf import KEYS, Shelf
from tests.meaning.small_shop import DAY, EVER, HOUR, NEVER
from tests.soaking import share_of
from tests.tree import strategies

from opportune.language.compiler import moments as compiled
from opportune.language.compiler.together import moments_together
from opportune.language.meaning.history import History
from opportune.language.meaning.moments import Claim, follows, moments
from opportune.language.relations.plans import Row
from opportune.language.tree.expressions import Property, Selector, Void
from opportune.language.tree.moments import EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment
from opportune.language.tree.wall_times import occurrences
from opportune.language.vocabulary.instants import FOREVER, Instant, Span
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading
from opportune.language.vocabulary.zones import zone_names

DENSE = Crowd(
    names=("Product Viewed",) * 4 + ("Product Added",) * 2 + ("Order Cancelled",),
    identities=("ada", "ada", "ada", "cookie", "cookie", "bob"),
    most=12,
)
LATE = (Span(0), HOUR, DAY)


def drawn(examples: int) -> settings:
    """So many examples, each as slow as it likes."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


PRODUCT = Property("product_id", Kind.TEXT, True)
VOIDS = st.builds(
    Void,
    names=st.just(("Product Viewed",)),
    by=st.sampled_from((Selector(("Order Cancelled",)), Selector(("Product Added",)))),
    same=st.none() | st.just(PRODUCT),
    where=st.none() | st.none() | strategies.predicates(),
)
selectors = st.builds(
    Selector,
    names=st.sampled_from((("Product Viewed",), ("Product Viewed",), ("Product Viewed", "Product Added"))),
    voids=st.just(()) | st.lists(VOIDS, min_size=1, max_size=2).map(tuple),
)
stops = st.none() | st.just(Selector(("Product Added",))) | selectors
wheres = st.none() | st.none() | strategies.predicates()
windows = st.sampled_from(strategies.WINDOWS)
events = st.builds(EventMoment, selector=selectors, where=wheres)
nths = st.builds(Nth, selector=selectors, where=wheres, n=st.integers(1, 3))
counts = st.builds(Reaches, selector=selectors, where=wheres, n=st.integers(1, 3), within=st.none() | windows)
apart = st.none() | st.just("product_id")
lapses = st.builds(Lapse, selector=selectors, where=wheres, unless=stops, unless_where=st.none(), within=windows, same=apart)
picky = st.builds(
    Lapse, selector=selectors, where=wheres, unless=selectors, unless_where=strategies.predicates(), within=windows, same=apart
)
runs = st.builds(
    lambda within, more, **parts: Lapse(within=within, at_most=within + more, **parts),
    within=windows,
    more=st.sampled_from((timedelta(0), timedelta(seconds=1), timedelta(seconds=9), timedelta(hours=1))),
    selector=selectors,
    where=wheres,
    unless=stops,
    same=apart,
)
eventlike: st.SearchStrategy[Moment] = events | nths | counts | counts | lapses | lapses | picky | runs
bounds = ranges | st.just((EVER, NEVER))


def found(shelf: Shelf, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], late: Span, *, narrow: bool) -> list[Row]:
    """What the plan finds, as rows of the naive reading, its two names of the owner held to each other."""
    rows = shelf.rows(compiled.moments(moment, reading, narrow=narrow), parameters(ends, late))
    assert all(KEYS[str(row[1])] == row[0] for row in rows)
    return [as_meant(row) for row in rows]


def parameters(ends: tuple[Instant, Instant], late: Span) -> dict[str, int]:
    return {"lo": ends[0], "hi": ends[1], "max_lateness": late}


def as_meant(row: Row) -> Row:
    return (row[3], row[2], row[4], row[5], row[1], *row[6:10])


def meant(moment: Moment, history: History, reading: Reading, ends: tuple[Instant, Instant], late: Span) -> list[Row]:
    return [astuple(row) for row in moments(moment, history, *ends, reading, late)]


def check(shelf: Shelf, history: History, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], late: Span) -> None:
    """The same rows in the same order, in both formulations."""
    shelf.store(history)
    expected = meant(moment, history, reading, ends, late)
    for narrow in (True, False):
        assert found(shelf, moment, reading, ends, late, narrow=narrow) == expected, narrow


def check_together(shelf: Shelf, history: History, some: Sequence[Moment], reading: Reading, ends: tuple[Instant, Instant]) -> None:
    """One plan for all finds what a plan for each finds."""
    shelf.store(history)
    rows = shelf.rows(moments_together(some, reading), parameters(ends, DAY))
    for which, moment in enumerate(some):
        mine = [as_meant(row) for row in rows if row[-1] == which]
        assert mine == found(shelf, moment, reading, ends, DAY, narrow=True)


def check_follows(shelf: Shelf, history: History, moment: Moment, seen: Instant) -> None:
    """Of every moment that was ever acted on or is known: whether it still follows at `seen`, for each customer."""
    shelf.store(history)
    taken = {row for reading in Reading for row in moments(moment, history, EVER, NEVER, reading, DAY)}
    claims = [
        Claim(customer=customer, at=row.at, trigger_event_id=row.trigger_event_id, trigger_line=row.trigger_line)
        for row in sorted(taken, key=astuple)
        for customer in KEYS
    ]
    rows: list[Row] = [(n, KEYS[c.customer], c.at, seen, c.trigger_event_id, c.trigger_line) for n, c in enumerate(claims)]
    answers = shelf.rows(compiled.follows(moment), inputs={"follows": rows})
    assert answers == [(n, follows(moment, history, claim, seen)) for n, claim in enumerate(claims)]


things = st.builds(
    ThingMoment,
    selector=st.sampled_from((Selector(("Stock Changed",)), Selector(("Stock Changed", "Price Changed")))),
    where=wheres,
    reaching=selectors,
    reaching_where=wheres,
    same=st.just("product_id"),
    within=st.none() | windows,
)
THINGY = Crowd(names=("Product Viewed",) * 3 + ("Product Added", "Order Cancelled") + ("Stock Changed",) * 3, most=12)
NEAR_NOON = st.builds(
    Every,
    weekdays=st.just(tuple(range(1, 8))),
    minute=st.sampled_from((719, 720, 721, 780)),
    zone=st.sampled_from(("UTC", "Europe/Berlin")),
    of_customer=st.booleans(),
)
readings = st.sampled_from(Reading)
some_history = histories(DENSE) | histories()


@drawn(12)
@given(history=some_history, moment=events | nths | counts, reading=readings, ends=bounds, late=st.sampled_from(LATE))
def test_events_and_counts_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@drawn(12)
@given(history=some_history, moment=lapses | picky, reading=readings, ends=bounds, late=st.sampled_from(LATE))
def test_lapses_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@pytest.mark.slow
@drawn(12)
@given(history=some_history, moment=runs, reading=readings, ends=bounds, late=st.sampled_from(LATE))
def test_runs_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@drawn(6)
@given(history=histories(DENSE), moment=eventlike, seen=st.just(FOREVER) | instants)
def test_whether_a_moment_of_events_still_follows_is_what_is_meant(shelf, history, moment, seen):
    check_follows(shelf, history, moment, seen)


@pytest.mark.slow
@drawn(6)
@given(history=histories(DENSE), some=st.lists(eventlike, min_size=1, max_size=4), reading=readings, ends=bounds)
def test_moments_together_are_what_each_is_alone(shelf, history, some, reading, ends):
    check_together(shelf, history, some, reading, ends)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(4_000))
@given(history=some_history, moment=eventlike, reading=readings, ends=bounds, late=st.sampled_from(LATE), seen=instants)
def test_event_moments_at_length(shelf, history, moment, reading, ends, late, seen):
    check(shelf, history, moment, reading, ends, late)
    check_follows(shelf, history, moment, seen)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(2_000))
@given(
    history=histories(DENSE),
    some=st.lists(eventlike, min_size=2, max_size=5),
    reading=readings,
    cuts=st.lists(instants, min_size=3, max_size=5),
)
def test_cuts_prefixes_and_plans_together_at_length(shelf, history, some, reading, cuts):
    cuts = sorted(cuts)
    check_together(shelf, history, some, reading, (cuts[0], cuts[-1]))
    parts = [row for ends in pairwise(cuts) for row in found(shelf, some[0], reading, ends, DAY, narrow=True)]
    assert parts == found(shelf, some[0], reading, (cuts[0], cuts[-1]), DAY, narrow=False)
    whole = found(shelf, some[0], Reading.AS_SEEN, (EVER, cuts[-1]), DAY, narrow=True)
    shelf.store(received_by(history, cuts[-1]))
    assert found(shelf, some[0], Reading.AS_SEEN, (EVER, cuts[-1]), DAY, narrow=True) == whole


@pytest.mark.slow
@drawn(10)
@given(history=histories(THINGY), moment=things, reading=readings, ends=bounds, late=st.sampled_from(LATE), seen=instants)
def test_events_of_things_reach_whom_they_are_meant_to(shelf, history, moment, reading, ends, late, seen):
    check(shelf, history, moment, reading, ends, late)
    check_follows(shelf, history, moment, seen)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(2_000))
@given(history=histories(THINGY), moment=things, reading=readings, ends=bounds, late=st.sampled_from(LATE), seen=instants)
def test_events_of_things_at_length(shelf, history, moment, reading, ends, late, seen):
    check(shelf, history, moment, reading, ends, late)
    check_follows(shelf, history, moment, seen)


@drawn(10)
@given(history=histories(), every=NEAR_NOON, reading=readings, ends=ranges)
def test_a_wall_time_comes_for_everybody_there_is(shelf, history, every, reading, ends):
    shelf.store(history)
    named = {trait.value for trait in history.traits if trait.name == "timezone" and trait.value in zone_names()}
    rows: list[Row] = [(zone, at) for zone in sorted({every.zone, *map(str, named)}) for at in occurrences(every, zone, *ends)]
    told = shelf.rows(compiled.moments(every, reading), parameters(ends, DAY), {"occurrences": rows})
    assert [as_meant(row) for row in told] == meant(every, history, reading, ends, DAY)
