"""For all conditions and histories: who was in what, from when to when, is what is meant."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.meaning.histories import histories, instants, ranges
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import DAY, EVER, NEVER
from tests.meaning.test_compiled_turns import DENSE, FEW, conditions, drawn
from tests.meaning.wide_moments import BEGIN, END, ENOUGH, PLACE, hold, of_derived, prepared, wide_histories
from tests.meaning.wide_trees import conditions as wide_conditions
from tests.soaking import share_of

from opportune.language.compiler.memberships import Stages
from opportune.language.compiler.memberships import memberships as compiled
from opportune.language.compiler.moments import moments
from opportune.language.meaning.history import History
from opportune.language.meaning.memberships import memberships
from opportune.language.tree.expressions import Choice, Compare, Comparison, Expr, Literal
from opportune.language.tree.moments import Turns
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.reading import Reading


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """One engine for all examples; each stores its own history."""
    shelf = Shelf()
    yield shelf
    shelf.close()


def check(shelf: Shelf, history: History, named: dict[str, Expr], ends: tuple[Instant, Instant]) -> None:
    """The same intervals of every condition."""
    shelf.store(history)
    found = shelf.rows(compiled(named), {"lo": ends[0], "hi": ends[1]})
    meant = [
        (stay.customer, name, stay.entered_at, stay.left_at)
        for name, condition in named.items()
        for stay in memberships(condition, history, *ends)
    ]
    assert sorted(found, key=repr) == sorted(meant, key=repr), [text_of(condition) for condition in named.values()]


def stays_told_by_ticks(shelf: Shelf, condition: Expr, cuts: Sequence[Instant]) -> list[tuple[str, Instant, Instant | None]]:
    """What somebody who only sees who enters and who leaves, tick by tick, would write down."""
    told: list[tuple[Instant, str, bool]] = []
    for to in (True, False):
        plan = moments(Turns(condition=condition, to=to), Reading.AS_SEEN, narrow=True)
        for lo, hi in pairwise(cuts):
            rows = shelf.rows(plan, {"lo": lo, "hi": hi, "max_lateness": DAY})
            told += [(row[2], str(row[1]), to) for row in rows]  # type: ignore[misc]
    stays: list[tuple[str, Instant, Instant | None]] = []
    inside: dict[str, Instant] = {}
    for at, who, is_in in sorted(told):
        if is_in:
            inside[who] = at
        else:
            stays.append((who, inside.pop(who), at))
    return sorted([*stays, *((who, at, None) for who, at in inside.items())], key=repr)


def check_ticks(shelf: Shelf, history: History, condition: Expr, cuts: Sequence[Instant]) -> None:
    """Where nothing comes late and nobody is linked away, ticks tell the memberships."""
    events, traits = (tuple(replace(one, received_at=one.ts) for one in some) for some in (history.events, history.traits))
    prompt = replace(history, events=events, traits=traits, links=())
    shelf.store(prompt)
    ends = sorted({EVER, *cuts, NEVER})
    told = stays_told_by_ticks(shelf, condition, ends)
    rows = shelf.rows(compiled({"it": condition}), {"lo": EVER, "hi": NEVER})
    assert sorted(((row[0], row[2], row[3]) for row in rows), key=repr) == told, text_of(condition)
    assert sorted(map(tuple, memberships(condition, prompt, EVER, NEVER)), key=repr) == told, text_of(condition)


@drawn(6)
@given(history=histories(DENSE) | histories(), condition=conditions, cuts=st.lists(instants, max_size=5))
def test_ticks_tell_who_was_in_what_from_when_to_when(shelf, history, condition, cuts):
    check_ticks(shelf, history, condition, cuts)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@drawn(share_of(1_500))
@given(history=histories(DENSE) | histories(), condition=conditions, cuts=st.lists(instants, max_size=5), ends=ranges)
def test_memberships_at_length(shelf, history, condition, cuts, ends):
    check_ticks(shelf, history, condition, cuts)
    check(shelf, history, {"it": condition}, ends)


@FEW
@given(history=histories(DENSE) | histories(), one=conditions, other=conditions, ends=ranges | st.just((EVER, NEVER)))
def test_memberships_are_what_is_meant(shelf, history, one, other, ends):
    check(shelf, history, {"one": one, "other": other}, ends)


STEPS, ELSE = ("first", "second", "third"), "none of them"


def ladder_of(rungs: Sequence[Expr], otherwise: str | None) -> Expr:
    """The name of the first rung that is true."""
    value: Expr = Literal(otherwise)
    for step, rung in reversed(list(zip(STEPS, rungs, strict=False))):
        value = Choice(rung, Literal(step), value)
    return value


def check_ladder(shelf: Shelf, history: History, ladder: Expr, ends: tuple[Instant, Instant]) -> None:
    """Asked once for its step, a ladder gives the intervals of each condition that it is on this step."""
    plan = compiled({"it": Stages(ladder)})
    prepared(shelf, [plan], ends[1])
    found = shelf.rows(plan, {"lo": ends[0], "hi": ends[1]})
    meant = [
        (stay.customer, f"it.{step}", stay.entered_at, stay.left_at)
        for step in (*STEPS, ELSE)
        for stay in memberships(Compare(Comparison.EQ, ladder, Literal(step)), history, *ends)
    ]
    assert sorted(found, key=repr) == sorted(meant, key=repr), text_of(ladder)


def ladders(rung: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    rungs = st.lists(rung, min_size=1, max_size=len(STEPS))
    return st.builds(ladder_of, rungs, st.sampled_from([None, ELSE]))


@FEW
@given(history=histories(DENSE) | histories(), ladder=ladders(conditions), ends=ranges | st.just((EVER, NEVER)))
def test_who_was_on_which_step_of_a_ladder_is_what_is_meant(shelf, history, ladder, ends):
    shelf.store(history)
    check_ladder(shelf, history, ladder, ends)


wide = wide_conditions(PLACE).map(of_derived)


@drawn(6)
@given(history=wide_histories, ladder=ladders(wide), ends=ranges | st.just((BEGIN, END)))
def test_steps_of_anything_are_what_is_meant(shelf, history, ladder, ends):
    hold(shelf, history)
    check_ladder(shelf, replace(history, enough=ENOUGH), ladder, (ends[0], min(ends[1], END)))
