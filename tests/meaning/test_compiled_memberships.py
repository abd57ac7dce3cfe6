"""For all conditions and histories: who was in what, from when to when, is what is meant."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.meaning.histories import histories, ranges
from tests.meaning.shelf import Shelf
from tests.meaning.small_shop import EVER, NEVER
from tests.meaning.test_compiled_turns import DENSE, FEW, conditions

from opportune.language.compiler.memberships import memberships as compiled
from opportune.language.meaning.history import History
from opportune.language.meaning.memberships import memberships
from opportune.language.tree.expressions import Expr
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant


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


@FEW
@given(history=histories(DENSE) | histories(), one=conditions, other=conditions, ends=ranges | st.just((EVER, NEVER)))
def test_memberships_are_what_is_meant(shelf, history, one, other, ends):
    check(shelf, history, {"one": one, "other": other}, ends)
