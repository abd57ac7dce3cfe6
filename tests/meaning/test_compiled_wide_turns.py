"""For all conditions, values and times of the whole language: moments that turn on them are found where they are meant.

Percentiles and ranks of everybody, tables, calendars, `ago`, voided and derived events, as seen and as known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.meaning.histories import instants
from tests.meaning.shelf import KEYS, Shelf
from tests.meaning.small_shop import DAY, HOUR, KNOWN, MINUTE, event, instant, trait
from tests.meaning.test_compiled_event_moments import eventlike
from tests.meaning.test_compiled_turns import LATE, comparable, drawn
from tests.meaning.test_compiled_values import shops
from tests.meaning.wide_moments import BEGIN, END, ENOUGH, PEOPLE, around, changing, hold, prepared, turning, wide_histories
from tests.soaking import share_of

from opportune.language.compiler import moments as compiled
from opportune.language.compiler.turns import turns_together
from opportune.language.meaning.history import History
from opportune.language.meaning.moments import MomentRow, moments
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.expressions import Aggregate, At, Clamp, Compare, Comparison, Literal, Metric, Selector
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant, Span, datetime_of
from opportune.language.vocabulary.reading import Reading

Ends = tuple[Instant, Instant]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


def rows_of(shelf: Shelf, plan: Plan, ends: Ends, late: Span) -> list[Row]:
    """What a plan finds, once what it stands on is there."""
    prepared(shelf, [plan], ends[1])
    rows = shelf.rows(plan, {"lo": ends[0], "hi": ends[1], "max_lateness": late})
    assert all(KEYS[str(row[1])] == row[0] for row in rows)
    return rows


def as_meant(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Rows of plans as the naive reading gives them."""
    return comparable([MomentRow(row[3], row[2], row[4], row[5], row[1], row[6], *row[7:10]) for row in rows])  # type: ignore[arg-type]


def check(shelf: Shelf, history: History, moment: Moment, reading: Reading, ends: Ends, late: Span) -> None:
    """The same rows, narrow and wide."""
    hold(shelf, history)
    meant = comparable(moments(moment, replace(history, enough=ENOUGH), *ends, reading, late))
    for narrow in (True, False):
        found = as_meant(rows_of(shelf, compiled.moments(moment, reading, narrow=narrow), ends, late))
        assert found == meant, (narrow, text_of(moment))


def check_together(shelf: Shelf, history: History, some: Sequence[Turns | Changes], reading: Reading, ends: Ends) -> None:
    """One plan for all finds what a plan for each finds, narrow and wide."""
    hold(shelf, history)
    for narrow in (True, False):
        rows = rows_of(shelf, turns_together(some, reading, narrow=narrow), ends, DAY)
        for which, moment in enumerate(some):
            alone = rows_of(shelf, compiled.moments(moment, reading, narrow=narrow), ends, DAY)
            assert as_meant([row for row in rows if row[-1] == which]) == as_meant(alone), (narrow, which, text_of(moment))


ranges = st.just((BEGIN, END)) | st.tuples(instants, instants).map(lambda ends: (min(ends), max(ends)))
readings = st.sampled_from(Reading)


@drawn(6)
@given(history=wide_histories, moment=turning | changing, ends=ranges)
def test_turns_of_anything_as_known_are_what_is_meant(shelf, history, moment, ends):
    check(shelf, history, moment, Reading.AS_KNOWN, ends, DAY)


@drawn(6)
@given(history=wide_histories, moment=turning | changing, ends=ranges, late=st.sampled_from(LATE))
def test_turns_of_anything_as_seen_are_what_is_meant(shelf, history, moment, ends, late):
    check(shelf, history, moment, Reading.AS_SEEN, ends, late)


@drawn(8)
@given(history=wide_histories, moment=around, reading=readings, ends=ranges, late=st.sampled_from(LATE))
def test_moments_around_any_time_are_what_is_meant(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


def check_prompt(shelf: Shelf, history: History, moment: Moment, cuts: Sequence[Instant]) -> None:
    """Where everything arrives as it happens, short ranges as seen find what one long range finds as known."""
    at_once = [tuple(replace(one, received_at=one.ts) for one in some) for some in (history.events, history.links, history.traits)]
    hold(shelf, replace(history, events=at_once[0], links=at_once[1], traits=at_once[2]))
    ends = sorted({BEGIN, *cuts, END})
    seen = compiled.moments(moment, Reading.AS_SEEN, narrow=True)
    live = [row for lo, hi in pairwise(ends) for row in rows_of(shelf, seen, (lo, hi), DAY)]
    known = compiled.moments(moment, Reading.AS_KNOWN)
    assert as_meant(live) == as_meant(rows_of(shelf, known, (BEGIN, END), DAY)), text_of(moment)


@drawn(6)
@given(history=shops(PEOPLE), moment=turning | changing | around | eventlike, cuts=st.lists(instants, max_size=3))
def test_what_comes_in_time_is_found_as_it_happens(shelf, history, moment, cuts):
    check_prompt(shelf, history, moment, cuts)


NOW = At()
LIMITS = Literal(datetime_of(instant(-HOUR))), Literal(datetime_of(instant(HOUR)))
ACTIVE = Metric(function=Aggregate.ACTIVE, selector=Selector(("Product Viewed",)))
SAMPLED: dict[str, Moment] = {
    "at": Changes(value=NOW),
    "a limit that moves": Changes(value=Clamp(LIMITS[0], NOW, LIMITS[1])),
    "nothing yet": Turns(condition=Compare(Comparison.LT, ACTIVE, Literal(timedelta(seconds=5))), to=True),
}


@pytest.mark.parametrize("moment", SAMPLED.values(), ids=SAMPLED)
@pytest.mark.parametrize("reading", Reading)
def test_what_moves_by_itself_is_looked_at_when_she_comes_and_daily_and_not_at_whatever_she_does(shelf, moment, reading):
    traits = (trait("country", "a", -2 * HOUR), trait("age", 2, -HOUR), trait("age", 3, HOUR, received=DAY))
    history = History(events=(event("Email Opened", 0), event("Product Viewed", 5, by="bob")), traits=traits, known=KNOWN)
    for lo in (instant(-90 * MINUTE), instant(-30 * MINUTE), BEGIN):
        check(shelf, history, moment, reading, (lo, END), DAY)


@pytest.mark.slow
@drawn(3)
@given(history=wide_histories, some=st.lists(turning | changing, min_size=2, max_size=4), reading=readings, ends=ranges)
def test_turns_together_are_what_each_is_alone(shelf, history, some, reading, ends):
    check_together(shelf, history, some, reading, ends)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_500))
@given(history=wide_histories, moment=turning | changing | around, reading=readings, ends=ranges, late=st.sampled_from(LATE))
def test_moments_of_anything_at_length(shelf, history, moment, reading, ends, late):
    check(shelf, history, moment, reading, ends, late)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_000))
@given(history=shops(PEOPLE), moment=turning | changing | around | eventlike, cuts=st.lists(instants, max_size=4))
def test_what_comes_in_time_at_length(shelf, history, moment, cuts):
    check_prompt(shelf, history, moment, cuts)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_000))
@given(history=wide_histories, some=st.lists(turning | changing, min_size=2, max_size=4), reading=readings, ends=ranges)
def test_turns_together_at_length(shelf, history, some, reading, ends):
    check_together(shelf, history, some, reading, ends)
