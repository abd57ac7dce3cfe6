"""For all moments, questions, histories and cuts into ticks: the neighbourhood of a tick answers what the whole store answers.

The neighbourhood holds few: those for whom something may come due. Whoever is forgotten there has no row, so the whole store is the judge.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.meaning.histories import CUSTOMERS, Crowd, histories, instants
from tests.meaning.shelf import KEYS, Shelf
from tests.meaning.test_compiled_event_moments import eventlike
from tests.meaning.test_compiled_turns import LATE, any_history, any_turn, conditions, drawn
from tests.meaning.wide_moments import changing, hold, prepared, turning, wide_histories
from tests.soaking import share_of

from opportune.language.compiler import moments as compiled
from opportune.language.compiler.nearby import due_of, together
from opportune.language.compiler.together import is_eventlike, moments_together
from opportune.language.compiler.turns import turns_together
from opportune.language.compiler.values import at_pairs
from opportune.language.compiler.watch import first_true
from opportune.language.meaning.history import History
from opportune.language.relations.plans import PAIRS, WATCHES, Plan, Row
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Changes, Moment, Turns
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant, Span
from opportune.language.vocabulary.reading import Reading
from opportune.shell.nearby import Nearby, Vicinity


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


cuts = st.lists(instants, min_size=2, max_size=6, unique=True).map(sorted)
readings = st.sampled_from((Reading.AS_SEEN, Reading.AS_SEEN, Reading.AS_KNOWN))
SPARSE = histories(Crowd(most=6, least=1))
"""With few events customers come one by one, and one who is forgotten is missed."""


def check(shelf: Shelf, some: Sequence[Moment], reading: Reading, ends: Sequence[Instant], late: Span) -> None:
    """Tick by tick the same rows, of each moment alone and of all that are asked together."""
    told = [moment for moment in some if due_of(moment) is not None]
    plans = [compiled.moments(moment, reading, narrow=True) for moment in told]
    alike = [moment for moment in told if is_eventlike(moment)]
    turns = [moment for moment in told if isinstance(moment, Turns | Changes)]
    plans += [moments_together(alike, reading)] if alike else []
    plans += [turns_together(turns, reading)] if turns else []
    dues = [due for due in map(due_of, told) if due is not None]
    vicinity = Vicinity(together(dues), plans)
    prepared(shelf, plans, ends[-1])
    for lo, hi in pairwise(ends):
        if not vicinity.due.is_told(lo, hi):
            continue
        tick = Nearby(shelf.engine, vicinity, lo, hi)
        parameters = {"lo": lo, "hi": hi, "max_lateness": late}
        for plan in plans:
            assert tick.rows(plan, parameters) == shelf.rows(plan, parameters), [text_of(moment) for moment in some]


@pytest.mark.slow
@drawn(8)
@given(
    history=any_history | SPARSE, some=st.lists(eventlike, min_size=1, max_size=3), reading=readings, ends=cuts, late=st.sampled_from(LATE)
)
def test_event_like_moments_are_the_same_nearby(
    shelf: Shelf, history: History, some: list[Moment], reading: Reading, ends: list[Instant], late: Span
) -> None:
    shelf.store(history)
    check(shelf, some, reading, ends, late)


@pytest.mark.slow
@drawn(8)
@given(
    history=any_history | SPARSE, some=st.lists(any_turn, min_size=1, max_size=2), reading=readings, ends=cuts, late=st.sampled_from(LATE)
)
def test_turns_are_the_same_nearby(
    shelf: Shelf, history: History, some: list[Moment], reading: Reading, ends: list[Instant], late: Span
) -> None:
    shelf.store(history)
    check(shelf, some, reading, ends, late)


@pytest.mark.slow
@drawn(6)
@given(
    history=wide_histories,
    some=st.lists(turning | changing, min_size=1, max_size=2),
    reading=readings,
    ends=cuts,
    late=st.sampled_from(LATE),
)
def test_turns_over_the_whole_language_are_the_same_nearby(
    shelf: Shelf, history: History, some: list[Moment], reading: Reading, ends: list[Instant], late: Span
) -> None:
    hold(shelf, history)
    check(shelf, some, reading, ends, late)


@pytest.mark.slow
@drawn(8)
@given(
    history=any_history | SPARSE,
    value=conditions,
    ends=cuts,
    customers=st.lists(st.sampled_from(CUSTOMERS), min_size=1, max_size=2, unique=True),
    reading=readings,
)
def test_customers_who_are_taken_along_are_answered_about_as_ever(
    shelf: Shelf, history: History, value: Expr, ends: list[Instant], customers: list[str], reading: Reading
) -> None:
    shelf.store(history)
    values, watch = at_pairs({"value": value}), first_true(value, reading)
    tick = Nearby(shelf.engine, Vicinity(together([]), [values, watch]), ends[-2], ends[-1])
    keys = [KEYS[customer] for customer in customers]
    tick.take(keys)
    asked: list[Row] = [(number, key, at, ends[-1]) for number, (key, at) in enumerate((key, at) for key in keys for at in ends)]
    watched: list[Row] = [(number, key, ends[0], ends[-1]) for number, key in enumerate(keys)]
    assert_same(tick, shelf, values, PAIRS.name, asked)
    assert_same(tick, shelf, watch, WATCHES.name, watched)


def assert_same(tick: Nearby, shelf: Shelf, plan: Plan, table: str, rows: list[Row]) -> None:
    """The neighbourhood and the store give the same answers."""
    assert tick.rows(plan, {}, {table: rows}) == shelf.rows(plan, {}, {table: rows})


@pytest.mark.soak
@drawn(share_of(3000))
@given(
    history=any_history | SPARSE | wide_histories,
    some=st.lists(eventlike | any_turn | turning | changing, min_size=1, max_size=3),
    reading=readings,
    ends=cuts,
    late=st.sampled_from(LATE),
)
def test_moments_of_all_kinds_are_the_same_nearby_at_length(
    shelf: Shelf, history: History, some: list[Moment], reading: Reading, ends: list[Instant], late: Span
) -> None:
    hold(shelf, history)
    check(shelf, some, reading, ends, late)
