"""Moments of derived events, which may be withdrawn or come again with other properties: what the plans find is what is meant."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.meaning.histories import Crowd, histories, instants
from tests.meaning.shelf import Shelf
from tests.meaning.test_compiled_derived import LAST, other_moments
from tests.meaning.test_compiled_event_moments import LATE, PRODUCT, bounds, check, check_follows, check_together, drawn, readings
from tests.soaking import share_of

from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import History
from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Expr, Literal, Metric, Property, Selector, Since, Void
from opportune.language.tree.expressions import TriggerProperty as OfTrigger
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Nth, Reaches
from opportune.language.vocabulary.kinds import Kind

VIEWED, ADDED = Selector(("Product Viewed",)), Selector(("Product Added",))
FOUND = Selector(("Found",), derived=("Found",))
BOTH = Selector(("Product Viewed", "Found"), derived=("Found",))
SECONDS = tuple(timedelta(seconds=seconds) for seconds in (1, 9, 60, 3600))
CROWD = Crowd(
    names=("Product Viewed",) * 3 + ("Product Added", "Stock Changed"), identities=("ada", "ada", "ada", "cookie", "cookie", "bob"), most=9
)


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


def found_when(when: Moment) -> Derived:
    """`Found`, which says how much was seen since the one before: late events withdraw it and write it anew."""
    count = Metric(function=Aggregate.COUNT, selector=VIEWED, since=Since.PREVIOUS)
    said: dict[str, Expr] = {"quantity": count, "product_id": OfTrigger("product_id", Kind.TEXT, True)}
    return Derived(name="Found", when=when, set=said, kinds={"quantity": Kind.NUMBER, "product_id": Kind.TEXT})


whens: st.SearchStrategy[Moment] = st.sampled_from(
    (
        EventMoment(selector=ADDED),
        Lapse(selector=VIEWED, within=SECONDS[1]),
        Lapse(selector=VIEWED, unless=ADDED, within=SECONDS[2]),
        Reaches(selector=VIEWED, n=2, within=SECONDS[3]),
    )
)
MANY = Compare(Comparison.GT, Property("quantity", Kind.NUMBER, True), Literal(1))
VOID = Void(("Product Viewed",), FOUND, None, PRODUCT)
selectors = st.sampled_from((FOUND, FOUND, BOTH, replace(VIEWED, voids=(VOID,))))
wheres = st.none() | st.just(MANY)
windows = st.sampled_from(SECONDS)
apart = st.none() | st.just("product_id")
lapses = st.builds(Lapse, selector=selectors, where=wheres, unless=st.none() | selectors, within=windows, same=apart)
runs = lapses.map(lambda lapse: replace(lapse, at_most=lapse.within + SECONDS[1]))
counts = st.builds(Reaches, selector=selectors, where=wheres, n=st.integers(1, 2), within=st.none() | windows)
moments: st.SearchStrategy[Moment] = (
    st.builds(EventMoment, selector=selectors, where=wheres) | st.builds(Nth, selector=selectors, where=wheres, n=st.just(2)) | counts
)
derived_histories = st.builds(
    lambda history, when: with_derived(replace(history, derived=(found_when(when),)), LAST), histories(CROWD), whens | other_moments
)  # fmt: skip


@drawn(8)
@given(history=derived_histories, moment=moments | lapses | runs, reading=readings, ends=bounds, late=st.sampled_from(LATE))
def test_moments_of_derived_events_are_what_is_meant(shelf: Shelf, history: History, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@pytest.mark.slow
@drawn(4)
@given(
    history=derived_histories, some=st.lists(moments | lapses | runs, min_size=1, max_size=3), reading=readings, ends=bounds, seen=instants
)
def test_together_and_told_again_they_are_what_each_is_alone(shelf: Shelf, history: History, some, reading, ends, seen):
    check_together(shelf, history, some, reading, ends)
    check_follows(shelf, history, some[0], seen)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_500))
@given(history=derived_histories, moment=moments | lapses | runs, reading=readings, ends=bounds, late=st.sampled_from(LATE), seen=instants)
def test_moments_of_derived_events_at_length(shelf: Shelf, history: History, moment, reading, ends, late, seen):
    check(shelf, history, moment, reading, ends, late)
    check_follows(shelf, history, moment, seen)
