"""Conditions that are always true or false, and windows longer than the history."""

from datetime import timedelta

import pytest
from tests.tree.names import NAMES

from opportune.language.tree.dead_conditions import dead_conditions
from opportune.language.tree.expansion import expanded
from opportune.language.tree.long_windows import long_windows
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.places import Places
from opportune.language.tree.types import checked
from opportune.language.vocabulary.problems import Place, Severity

HERE = Place("segments.yml", 7)


def said(text: str) -> list[str]:
    places = Places()
    tree, problems = expression(text, HERE, names=NAMES, places=places)
    assert tree is not None, problems
    known, _, problems = checked(expanded(tree, NAMES, places), place=HERE, places=places)
    assert not [problem for problem in problems if problem.severity is Severity.ERROR]
    return [str(problem) for problem in dead_conditions(known, HERE, places)]


@pytest.mark.parametrize(
    "text, truth, dead",
    [
        ('count("A") >= 0', True, None),
        ('0 <= count("A")', True, None),
        ('count("A") < 0', False, None),
        ('count("A") == -1', False, None),
        ('count("A") != -1', True, None),
        ('count("A") in [-1, -2]', False, None),
        ("1 < 2", True, None),
        ('"a" == "b"', False, None),
        ('age("A") < "0s"', False, None),
        ('known(count("A"))', True, None),
        ("known(None)", False, None),
        ('hour(at, tz="UTC") > 23', False, None),
        ('weekday(at, tz="UTC") >= 1', True, None),
        ("clamp(trait.a, 0, 1) > 1", False, None),
        ('did("B") and count("A") < 0', False, 'count("A") < 0'),
        ('did("B", quantity > 3 and quantity < 2)', False, "quantity > 3 and quantity < 2"),
        ('trait.a == "x" and trait.a == "y"', False, None),
        ('trait.a == "x" and trait.a != "x"', False, None),
        ('did("A") and not did("A")', False, None),
        ('did("A") or not did("A")', True, None),
        ('count("A") > 3 or count("A") <= 3', True, None),
        ('count("A") != 3 or count("A") != 4', True, None),
        ('did("A") or True', True, None),
        ('did("A") and False', False, None),
        ('1 if count("A") >= 0 else 2', True, 'count("A") >= 0'),
        ('sum("A", total, count("B") < 0)', False, 'count("B") < 0'),
    ],
)
def test_a_dead_condition_is_told(text: str, truth: bool, dead: str | None) -> None:
    assert said(text) == [
        f"segments.yml:7: warning: this is always {str(truth).lower()}: {dead or text} [E146]\n"
        "  Leave it out, or compare with something that can happen."
    ]


@pytest.mark.parametrize(
    "text",
    [
        'count("A") > 0',
        'count("A") <= 0',
        'age("A") >= "0s"',  # null where there is no event
        'age("A") > "0s"',
        "trait.a > 3 or trait.a <= 3",  # null
        "trait.a != 3 or trait.a != 4",  # null
        "trait.a >= 3 and trait.a <= 3",
        'known(age("A"))',
        "hour(trait.since) >= 0",
        'trait.a > 3 and count("A") < 2',
        "trait.a < 3 or trait.a > 5",
        "trait.a == 3 or not trait.b == 3",
        "trait.vip",
        "True",
        "trait.a in [1, 2]",
        'count("A") in [0]',
        "trait.a == None",  # has a warning of its own
    ],
)
def test_a_living_condition_is_left_alone(text: str) -> None:
    assert said(text) == []


def test_a_dead_condition_is_told_at_its_own_line() -> None:
    assert said('did("A")\nand count("A") < 0')[0].startswith("segments.yml:8: ")


def test_a_window_longer_than_the_history_is_told() -> None:
    places = Places()
    tree, _ = expression('count("A",\n within="91d") > ago(count("A", within="90d"), "92d")', HERE, places=places)
    assert tree is not None
    assert [str(problem) for problem in long_windows(tree, timedelta(days=90), HERE, places)] == [
        'segments.yml:7: warning: within="91d" reaches back beyond the first event, 90 days ago [E147]\n'
        "  Import older events; until then it reads what there is.",
        'segments.yml:8: warning: ago by "92d" reaches back beyond the first event, 90 days ago [E147]\n'
        "  Import older events; until then it reads what there is.",
    ]


def test_the_window_of_a_moment_is_looked_at_too() -> None:
    tree, _ = moment('lapse("A", count("B", within="1d") > 3, within="2d")', HERE)
    assert tree is not None
    assert len(long_windows(tree, timedelta(hours=12), HERE, Places())) == 2
    assert len(long_windows(tree, timedelta(days=2), HERE, Places())) == 0
