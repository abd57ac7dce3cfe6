"""For all conditions that look up rows by what a customer did or is: they turn, and are first true, where it is meant.

Rows arrive late, before anybody asked for their key and after; links take away whose event it was that asked.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.histories import Crowd, histories, ranges
from tests.meaning.shelf import KEYS, Shelf, entry_columns
from tests.meaning.small_shop import DAY, HOUR, KNOWN, NOON, SECOND, event, link
from tests.meaning.test_compiled_turns import LATE, check, drawn
from tests.meaning.wide_moments import BEGIN, END
from tests.soaking import share_of

from opportune.language.compiler import watch as compiled
from opportune.language.meaning.history import Event, History
from opportune.language.meaning.moments import moments
from opportune.language.meaning.value import value
from opportune.language.meaning.watch import Watch, first_true
from opportune.language.relations.plans import Row
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    Compare,
    Comparison,
    Expr,
    Literal,
    Lookup,
    Metric,
    Not,
    Property,
    Selector,
    Table,
    Trait,
    Void,
)
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import FOREVER, Instant
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

STOCK = Table("stock", "product_id", event="Stock Changed")
ID = Property("product_id", Kind.TEXT, True)
SOON, LONG = timedelta(seconds=10), timedelta(hours=1)
CROWD = Crowd(
    names=("Product Viewed",) * 3 + ("Stock Changed",) * 3 + ("Order Cancelled",),
    identities=("ada", "ada", "bob", "cookie", "cookie", "jar"),
    most=9,
    least=3,
)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


def in_stock(key: Expr) -> Expr:
    return Compare(Comparison.GT, Lookup("stock", key, "stock", Kind.NUMBER, STOCK), Literal(1))


LONG_LOOK = Compare(Comparison.GE, Property("dwell", Kind.DURATION, True), Literal(timedelta(seconds=2)))
plain: SearchStrategy[Expr | None] = st.sampled_from((None, None, LONG_LOOK))
asking: SearchStrategy[Expr] = st.sampled_from((in_stock(ID), in_stock(ID), Not(in_stock(ID))))
viewed = Selector(("Product Viewed",))
voided = st.builds(
    lambda names, where: Selector(names, voids=(Void(names, Selector(("Order Cancelled",)), where),)),
    st.just(viewed.names),
    asking,
)
lengths = st.none() | st.sampled_from((SOON, LONG))


def metrics(function: Aggregate, **more: SearchStrategy[object]) -> SearchStrategy[Metric]:
    read = {"selector": st.just(viewed), "where": asking, "within": lengths} | more
    return st.builds(Metric, function=st.just(function), **read)  # type: ignore[arg-type]


counted = st.builds(
    Compare,
    st.just(Comparison.GE),
    metrics(Aggregate.COUNT) | metrics(Aggregate.COUNT, selector=voided, where=plain),
    st.sampled_from((1, 2)).map(Literal),
)
keys = metrics(Aggregate.LAST, value=st.just(ID), where=plain) | metrics(Aggregate.FIRST, value=st.just(ID), where=plain)
steady = counted | keys.map(in_stock) | st.just(in_stock(Trait("country", Kind.TEXT)))
steady = steady | steady.map(lambda part: Ago(part, SOON))
fading = metrics(Aggregate.DECAYED, half_life=st.just(SOON)) | metrics(
    Aggregate.DECAYED, selector=voided, where=plain, half_life=st.just(SOON)
)
sampled = st.builds(Compare, st.just(Comparison.GE), fading, st.sampled_from((0.5, 1.0)).map(Literal))
sampled = sampled | st.builds(lambda one, other: Compare(Comparison.NE, one, Not(other)), sampled, steady)
sampled = sampled | sampled.map(lambda part: Ago(part, SOON))


@st.composite
def stocked(draw: st.DrawFn) -> History:
    """A history in which most things have a key and a stock."""

    def told(event: Event) -> Event:
        said = dict(event.properties) | {"product_id": draw(st.sampled_from(("a", "b")))}
        if event.name == "Stock Changed":
            said["stock"] = draw(st.sampled_from((0, 1, 5)))
        return replace(event, properties=said)

    history = draw(histories(CROWD))
    return replace(history, events=tuple(told(event) for event in history.events))


holds = st.none() | st.none() | st.just(SOON)
whole = st.just((BEGIN, END))


def turning(condition: SearchStrategy[Expr]) -> SearchStrategy[Moment]:
    turns = st.builds(Turns, condition=condition, to=st.booleans(), hold=holds)
    return turns | turns | st.builds(Changes, value=condition, hold=holds)


def stock(key: str, at: int, received: int | None = None) -> Event:
    """There are five of it."""
    return event("Stock Changed", at, received=received, by=None, product_id=key, stock=5)


def view(key: str, at: int, **more: object) -> Event:
    return event("Product Viewed", at, product_id=key, **more)  # type: ignore[arg-type]


def as_meant(shelf: Shelf, history: History, moment: Moment) -> list[tuple[str, int, int]]:
    """(customer, m, s) as seen of what is meant, which is what the plans find."""
    check(shelf, history, moment, Reading.AS_SEEN, (BEGIN, END), DAY)
    return [(row.customer, row.at - NOON, row.acted_at - NOON) for row in moments(moment, history, BEGIN, END, Reading.AS_SEEN, DAY)]


STOCKED = Turns(condition=Metric(function=Aggregate.DID, selector=viewed, where=in_stock(ID)), to=True)


def test_a_row_that_arrives_late_turns_who_asked_for_its_key_after_its_instant_though_a_link_takes_her_away_later(shelf):
    history = History(
        events=(stock("a", 0, received=60), view("a", 10, by="jar")), links=(link("jar", "bob", 5, received=120),), known=KNOWN
    )
    assert as_meant(shelf, history, STOCKED) == [("jar", 10, 60), ("bob", 10, 120)]
    earlier = Turns(condition=Ago(STOCKED.condition, SOON), to=True)
    assert as_meant(shelf, replace(history, links=()), earlier) == [("jar", 10 * SECOND + 60, 10 * SECOND + 60)]


def test_a_row_that_came_in_time_does_not_make_a_late_question_for_its_key_in_time(shelf):
    for late, found in ((DAY, [("ada", 10, DAY)]), (DAY + 1, [])):
        history = History(events=(stock("a", 10), view("a", 0, received=late)), known=KNOWN)
        assert as_meant(shelf, history, STOCKED) == found


def test_a_void_looks_up_rows_by_its_own_events(shelf):
    gone = Selector(viewed.names, voids=(Void(viewed.names, Selector(("Order Cancelled",)), in_stock(ID)),))
    left = Turns(condition=Metric(function=Aggregate.DID, selector=gone), to=False)
    history = History(events=(view("a", 0), event("Order Cancelled", 5, product_id="b"), stock("b", 10)), known=KNOWN)
    assert as_meant(shelf, history, left) == [("ada", 10, 10)]


@pytest.mark.parametrize("reading", Reading)
def test_a_row_is_looked_at_by_those_about_whose_events_its_key_is_asked(shelf, reading):
    cancelled = Metric(function=Aggregate.COUNT, selector=Selector(("Order Cancelled",)), where=in_stock(ID))
    few = Compare(Comparison.LT, cancelled, Literal(5))
    fading = Changes(value=Metric(function=Aggregate.DECAYED, selector=viewed, where=few, half_life=SOON))
    events = (view("a", 0), event("Order Cancelled", 5, product_id="b"), stock("a", 10), stock("b", 20))
    history = History(events=events, known=KNOWN)
    check(shelf, history, fading, reading, (BEGIN, NOON + HOUR), DAY)
    assert [row.at - NOON for row in moments(fading, history, BEGIN, NOON + HOUR, reading, DAY)] == [0, 5, 20]


@drawn(12)
@given(history=stocked(), moment=turning(steady), reading=st.sampled_from(Reading), ends=whole | ranges, late=st.sampled_from(LATE))
def test_turns_on_rows_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@drawn(8)
@given(history=stocked(), moment=turning(sampled), reading=st.sampled_from(Reading), ends=whole | ranges, late=st.sampled_from(LATE))
def test_turns_on_rows_that_are_sampled_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


def check_watch(shelf: Shelf, history: History, condition: Expr, watch: Watch, reading: Reading) -> None:
    start, at_once = watch.after, Instant(watch.after + 1)
    known_to = {at: at if reading is Reading.AS_SEEN else FOREVER for at in (start, at_once)}
    assume(not any(value(condition, history, watch.customer, at, seen) is True for at, seen in known_to.items()))
    shelf.store(history)
    rows: list[Row] = [(7, KEYS[watch.customer], watch.after, watch.until, *entry_columns(watch.entry))]
    found = {row[1] for row in shelf.rows(compiled.first_true(condition, reading), inputs={"watches": rows})} - {None}
    meant = first_true(condition, history, watch, reading)
    assert found == ({meant} if meant is not None else set()), text_of(condition)


@drawn(12)
@given(history=stocked(), condition=steady | sampled, who=st.sampled_from(tuple(KEYS)), reading=st.sampled_from(Reading), ends=ranges)
def test_a_condition_on_rows_is_first_true_when_it_is_meant_to_be(shelf, history, condition, who, reading, ends):
    check_watch(shelf, history, condition, Watch(customer=who, after=ends[0], until=ends[1]), reading)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_500))
@given(
    history=stocked(), moment=turning(steady | sampled), reading=st.sampled_from(Reading), ends=whole | ranges, late=st.sampled_from(LATE)
)
def test_turns_on_rows_at_length(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)
