"""What must hold of the naive reading itself, whatever the definition and the history."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.meaning.histories import CUSTOMERS, histories, instants, received_by
from tests.meaning.small_shop import DAY, NOON
from tests.tree import strategies

from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import customers, events_of, owner
from opportune.language.meaning.memberships import memberships
from opportune.language.meaning.moments import Claim, follows, moments
from opportune.language.meaning.value import value
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    Compare,
    Comparison,
    Literal,
    Metric,
    Property,
    Selector,
    Since,
    Trait,
    Void,
)
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Nth, ThingMoment, Turns
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

FEW = settings(max_examples=30, deadline=None)
LO, HI = Instant(NOON - 5 * DAY), Instant(NOON + 5 * DAY)
VIEW, ADD, ORDER = Selector(("Product Viewed",)), Selector(("Product Added",)), Selector(("Order Completed",))
VOIDED = Selector(
    ("Order Completed",),
    voids=(Void(("Order Completed",), Selector(("Order Cancelled",)), same=Property("order_id", Kind.TEXT, declared=True)),),
)
LATELY = Metric(function=Aggregate.COUNT, selector=VOIDED, within=timedelta(hours=1))
HOURS = st.sampled_from((timedelta(seconds=1), timedelta(seconds=10), timedelta(hours=1), timedelta(days=1)))
holds = st.none() | HOURS
steady = strategies.conditions(depth=1)
moving = st.builds(
    lambda length, bound: Compare(
        Comparison.GE, Metric(function=Aggregate.DECAYED, selector=VIEW, half_life=length, within=timedelta(days=1)), Literal(bound)
    ),
    HOURS,
    st.sampled_from((0.5, 1, 1.5)),
)
voided = st.builds(lambda n: Compare(Comparison.GE, Metric(function=Aggregate.COUNT, selector=VOIDED), Literal(n)), st.integers(1, 2))
earlier = st.builds(Ago, steady, HOURS)
conditions = steady | moving | voided | earlier
times = st.sampled_from(
    (
        Trait("renewal", Kind.TIME),
        Metric(function=Aggregate.TIME, selector=VIEW),
        Metric(function=Aggregate.LAST, selector=VIEW, value=Property("due", Kind.TIME)),
        Metric(function=Aggregate.FIRST_TIME, selector=VOIDED),
    )
)
every_moment = st.one_of(
    strategies.moments,
    st.builds(EventMoment, selector=st.just(VOIDED)),
    st.builds(Nth, selector=st.sampled_from((VIEW, VOIDED)), n=st.integers(1, 3)),
    st.builds(
        lambda within, more, unless, same: Lapse(selector=VIEW, unless=unless, within=within, same=same, at_most=within * more),
        HOURS,
        st.sampled_from((1, 1.5, 2, 10)),
        st.none() | st.just(ADD),
        st.none() | st.just("product_id"),
    ),
    st.builds(
        ThingMoment, selector=st.just(Selector(("Stock Changed",))), reaching=st.just(VIEW), same=st.just("product_id"), within=holds
    ),
    st.builds(Turns, condition=conditions, to=st.booleans(), hold=holds),
    st.builds(
        Changes, value=st.just(Metric(function=Aggregate.COUNT, selector=VOIDED, within=timedelta(hours=1))) | conditions, hold=holds
    ),
    st.builds(Around, time=times, by=st.builds(lambda length, sign: length * sign, HOURS, st.sampled_from((1, -1)))),
    st.builds(Every, weekdays=st.just((1, 2, 7)), minute=st.sampled_from((0, 780)), zone=st.just("UTC"), of_customer=st.booleans()),
)
SESSION = Derived(
    name="Wishlist Added",
    when=Lapse(selector=VIEW, within=timedelta(seconds=10)),
    set={"points": Metric(function=Aggregate.COUNT, selector=VIEW, since=Since.PREVIOUS)},
)


def at_once(happened):
    """The same, received when it happened."""
    return replace(happened, received_at=happened.ts)


@FEW
@given(expr=strategies.values() | conditions | times, history=histories(), at=instants)
def test_a_value_as_seen_is_the_value_as_known_of_what_had_arrived(expr, history, at):
    for customer in CUSTOMERS:
        assert value(expr, history, customer, at, at) == value(expr, received_by(history, at), customer, at, FOREVER)


@FEW
@given(history=histories(), at=instants)
def test_an_identity_that_is_linked_away_is_no_customer(history, at):
    found = customers(history, at, FOREVER)
    linked = {link.from_identity for link in history.links if owner(history, link.from_identity, at, FOREVER) != link.from_identity}
    assert found == sorted(set(found) - linked)


@FEW
@given(moment=every_moment, history=histories(), hi=instants)
def test_moments_as_seen_do_not_depend_on_what_arrives_later(moment, history, hi):
    whole = moments(moment, history, LO, hi, Reading.AS_SEEN, DAY)
    assert whole == moments(moment, received_by(history, hi), LO, hi, Reading.AS_SEEN, DAY)


@FEW
@given(moment=every_moment, history=histories(), reading=st.sampled_from(Reading), cuts=st.lists(instants, min_size=1, max_size=3))
def test_ranges_laid_end_to_end_find_what_one_range_finds(moment, history, reading, cuts):
    ends = sorted({LO, *cuts, HI})
    parts = [row for lo, hi in pairwise(ends) for row in moments(moment, history, lo, hi, reading, DAY)]
    assert parts == moments(moment, history, LO, HI, reading, DAY)


@FEW
@given(moment=every_moment, history=histories())
def test_a_moment_that_is_known_follows_and_no_moment_comes_twice(moment, history):
    rows = moments(moment, history, LO, HI, Reading.AS_KNOWN, DAY)
    for row in rows:
        claim = Claim(customer=row.customer, at=row.at, trigger_event_id=row.trigger_event_id, trigger_line=row.trigger_line)
        assert isinstance(moment, Around) or follows(moment, history, claim, FOREVER)
    seen = moments(moment, history, LO, HI, Reading.AS_SEEN, DAY)
    keys = [(row.at, row.trigger_event_id, row.trigger_line, row.customer) for row in seen]
    assert len(keys) == len(set(keys))
    assert all(row.acted_at >= row.at for row in seen)


@FEW
@given(moment=every_moment, history=histories())
def test_when_everything_arrives_at_once_both_readings_agree(moment, history):
    prompt = replace(
        history,
        events=tuple(at_once(event) for event in history.events),
        links=tuple(at_once(link) for link in history.links),
        traits=tuple(at_once(trait) for trait in history.traits),
    )
    seen, known = (moments(moment, prompt, LO, HI, reading, DAY) for reading in (Reading.AS_SEEN, Reading.AS_KNOWN))
    assert seen == known


@FEW
@given(history=histories(), at=instants)
def test_what_is_derived_by_an_instant_does_not_depend_on_what_arrives_later(history, at):
    written, early = (with_derived(replace(past, derived=(SESSION,)), HI) for past in (history, received_by(history, at)))
    for name in CUSTOMERS:
        assert [undated(e) for e in events_of(written, name, at, at)] == [undated(e) for e in events_of(early, name, at, at)]


@FEW
@given(condition=conditions, history=histories(), hi=instants)
def test_memberships_begin_and_end_where_the_condition_is_entered_and_left(condition, history, hi):
    stays = memberships(condition, history, LO, hi)
    entered = moments(Turns(condition=condition, to=True), history, LO, hi, Reading.AS_KNOWN, DAY)
    assert sorted((stay.customer, stay.entered_at) for stay in stays) == sorted((row.customer, row.at) for row in entered)
    for row in moments(Turns(condition=condition, to=False), history, LO, hi, Reading.AS_KNOWN, DAY):
        assert (row.customer, row.at) in {(stay.customer, stay.left_at) for stay in stays}


def undated(event):
    """Without when it is to be withdrawn, which nobody knows beforehand."""
    return replace(event, withdrawn_at=None)
