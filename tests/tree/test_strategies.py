"""The trees other rooms test with are what the checker gives."""

from hypothesis import given, settings
from tests.tree import strategies

from opportune.language.tree.expressions import Expr
from opportune.language.tree.types import checked, kind_of
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Severity

HERE = Place("here.yml", 3)


@settings(max_examples=80, deadline=None)
@given(strategies.values(strategies.Scope(in_journey=True)))
def test_a_drawn_value_is_checked_already(tree: Expr) -> None:
    again, kind, problems = checked(tree, place=HERE)
    assert again == tree
    assert kind is kind_of(tree)
    assert not [problem for problem in problems if problem.severity is Severity.ERROR]


@settings(max_examples=80, deadline=None)
@given(strategies.conditions())
def test_a_drawn_condition_is_a_condition(tree: Expr) -> None:
    assert kind_of(tree) is Kind.BOOLEAN
