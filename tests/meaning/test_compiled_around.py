"""For all times and histories: `before` and `after` fire where they are meant."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.meaning.histories import histories, instants, ranges
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY, EVER, NEVER
from tests.meaning.test_compiled_turns import DENSE, FEW, LATE, comparable, found, selectors, wheres, windows
from tests.tree import strategies

from opportune.language.meaning.history import History
from opportune.language.meaning.moments import moments
from opportune.language.tree.expressions import Aggregate, Arithmetic, Coalesce, Expr, Literal, Metric, Operator, Property, Trait
from opportune.language.tree.moments import Around, Moment
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant, Span
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


metrics = st.builds(Metric, function=st.sampled_from((Aggregate.TIME, Aggregate.FIRST_TIME)), selector=selectors, where=wheres)
lengths = st.sampled_from(strategies.WINDOWS)
shifted = st.builds(lambda metric, length: Arithmetic(Operator.ADD, metric, Literal(length)), metrics, lengths)
dwells = st.builds(
    Metric, function=st.just(Aggregate.SUM), selector=selectors, within=windows, value=st.just(Property("dwell", Kind.DURATION, True))
)
later = st.builds(lambda metric, dwell: Arithmetic(Operator.ADD, metric, dwell), metrics, dwells)
due: SearchStrategy[Expr] = st.just(Trait("due", Kind.TIME))
times = metrics | shifted | later | due | st.builds(lambda one, other: Coalesce((one, other)), due, metrics)
around: SearchStrategy[Moment] = st.builds(Around, time=times, by=lengths | lengths.map(lambda length: -length) | st.just(timedelta(0)))


def check(shelf: Shelf, history: History, moment: Moment, reading: Reading, ends: tuple[Instant, Instant], late: Span) -> None:
    """The same rows, narrow and wide."""
    shelf.store(history)
    meant = comparable(moments(moment, history, *ends, reading, late))
    for narrow in (True, False):
        assert comparable(found(shelf, moment, reading, ends, late, narrow=narrow)) == meant, (narrow, text_of(moment))


@FEW
@given(
    history=histories(DENSE) | histories(),
    moment=around,
    reading=st.sampled_from(Reading),
    ends=ranges | st.just((EVER, NEVER)),
    late=st.sampled_from(LATE),
)
def test_moments_around_a_time_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@FEW
@given(history=histories(DENSE), moment=around, reading=st.sampled_from(Reading), cuts=st.lists(instants, min_size=3, max_size=5))
def test_moments_around_a_time_do_not_depend_on_how_time_is_cut(shelf, history, moment, reading, cuts):
    shelf.store(history)
    cuts = sorted(cuts)
    parts = [row for lo, hi in pairwise(cuts) for row in found(shelf, moment, reading, (lo, hi), DAY, narrow=True)]
    assert comparable(parts) == comparable(found(shelf, moment, reading, (cuts[0], cuts[-1]), DAY, narrow=False))


@FEW
@given(history=histories(DENSE), moment=around, reading=st.sampled_from(Reading))
def test_the_shortest_range_finds_each_moment_around_a_time(shelf, history, moment, reading):
    shelf.store(history)
    every = moments(moment, history, EVER, NEVER, reading, DAY)
    assume(every)
    for at in sorted({row.acted_at for row in every})[-4:]:
        then = [row for row in every if row.acted_at == at]
        ends = Instant(at - 1), at
        assert comparable(found(shelf, moment, reading, ends, DAY, narrow=True)) == comparable(then), text_of(moment)
