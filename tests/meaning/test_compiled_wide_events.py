"""For all moments of events over the whole language: alone and together they are what is meant.

Predicates that read their customer, tables, percentiles and calendars; events that are voided, derived, withdrawn and told again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY
from tests.meaning.test_compiled_turns import LATE, comparable, drawn
from tests.meaning.test_compiled_wide_turns import Ends, as_meant, check, ranges, readings, rows_of
from tests.meaning.wide_moments import ENOUGH, PLACE, hold, lengths, of_derived, wide_histories
from tests.meaning.wide_trees import predicates, selectors
from tests.soaking import share_of

from opportune.language.compiler.together import moments_together
from opportune.language.meaning.history import History
from opportune.language.meaning.moments import moments
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Nth, Reaches
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.reading import Reading


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


named = selectors(PLACE).map(of_derived)
wheres = st.none() | predicates(PLACE).map(of_derived)
apart = st.none() | st.just("product_id")
lapses = st.builds(Lapse, selector=named, where=wheres, unless=named, unless_where=wheres, within=lengths, same=apart)
plain = st.builds(Lapse, selector=named, where=wheres, unless=st.none(), within=lengths, same=apart)
runs = st.builds(lambda lapse, more: replace(lapse, at_most=lapse.within + more), lapses | plain, st.just(timedelta(0)) | lengths)
wide_events: SearchStrategy[Moment] = st.one_of(
    st.builds(EventMoment, selector=named, where=wheres),
    st.builds(Nth, selector=named, where=wheres, n=st.integers(1, 3)),
    st.builds(Reaches, selector=named, where=wheres, n=st.integers(1, 3), within=st.none() | lengths),
    lapses,
    plain,
    runs,
)
several = st.lists(wide_events, min_size=2, max_size=4)


def check_together(shelf: Shelf, history: History, some: Sequence[Moment], reading: Reading, ends: Ends) -> None:
    """One plan for all finds what is meant by each."""
    hold(shelf, history)
    rows = rows_of(shelf, moments_together(some, reading), ends, DAY)
    for which, moment in enumerate(some):
        meant = comparable(moments(moment, replace(history, enough=ENOUGH), *ends, reading, DAY))
        assert as_meant([row for row in rows if row[-1] == which]) == meant, (which, text_of(moment))


@pytest.mark.slow
@drawn(6)
@given(history=wide_histories, moment=wide_events, reading=readings, ends=ranges, late=st.sampled_from(LATE))
def test_moments_of_any_events_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@drawn(5)
@given(history=wide_histories, some=several, reading=readings, ends=ranges)
def test_moments_of_any_events_together_are_what_is_meant_by_each(shelf, history, some, reading, ends):
    check_together(shelf, history, some, reading, ends)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_000))
@given(history=wide_histories, some=several, reading=readings, ends=ranges, late=st.sampled_from(LATE))
def test_moments_of_any_events_at_length(shelf, history, some, reading, ends, late):
    check(shelf, history, some[0], reading, ends, late)
    check_together(shelf, history, some, reading, ends)
