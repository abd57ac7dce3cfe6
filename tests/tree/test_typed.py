"""What is well-typed has no problem, has the kind it was made with, and comes back from its text checked."""

from hypothesis import given, settings
from tests.tree import typed
from tests.tree.names import NAMES

from opportune.language.tree.dead_conditions import dead_conditions
from opportune.language.tree.expressions import Expr, Reference
from opportune.language.tree.json_form import to_json
from opportune.language.tree.moments import Moment
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.places import Places
from opportune.language.tree.print import text_of
from opportune.language.tree.resolve import inlined, inlined_moment
from opportune.language.tree.types import checked, kind_of
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.kinds import Kind


@settings(max_examples=80, deadline=None)
@given(typed.expressions())
def test_a_well_typed_expression_has_no_problem_and_its_kind(drawn: tuple[Kind, Expr]) -> None:
    wanted, tree = drawn
    known, kind, errors = typed.ready(tree)
    assert errors == []
    assert kind is wanted
    assert kind_of(inlined(known, {})) is wanted


@settings(max_examples=50, deadline=None)
@given(typed.expressions())
def test_checking_twice_changes_nothing(drawn: tuple[Kind, Expr]) -> None:
    known, kind, _ = typed.ready(drawn[1])
    again, kind_again, errors = typed.ready(known)
    assert (again, kind_again, errors) == (known, kind, [])


@settings(max_examples=50, deadline=None)
@given(typed.expressions())
def test_a_well_typed_expression_means_the_same_by_its_text(drawn: tuple[Kind, Expr]) -> None:
    _, tree = drawn
    parsed, problems = expression(text_of(tree), typed.HERE, names=NAMES)
    assert problems == []
    assert parsed is not None
    assert typed.ready(parsed)[0] == typed.ready(tree)[0]


@settings(max_examples=50, deadline=None)
@given(typed.moments)
def test_a_well_typed_moment_has_no_problem_and_comes_back_from_its_text(tree: Moment) -> None:
    known, errors = typed.ready_moment(tree)
    assert errors == []
    assert moment(text_of(tree), typed.HERE, names=NAMES) == (tree, [])
    assert not [node for node in walk(inlined_moment(known, {})) if isinstance(node, Reference)]
    assert to_json(tree)


@settings(max_examples=50, deadline=None)
@given(typed.of_kind(Kind.BOOLEAN, 2))
def test_nothing_is_left_without_a_kind(tree: Expr) -> None:
    known, _, _ = typed.ready(tree)
    inside = inlined(known, {})
    assert not [node for node in walk(inside) if getattr(node, "kind", Kind.TEXT) is None]
    dead_conditions(inside, typed.HERE, Places())
    assert checked(inside, place=typed.HERE)[0] == inside
