"""How much earlier than a tree its parts are asked."""

from datetime import timedelta

from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Ago, Any, Census, Known, Literal, Population, Trait
from opportune.language.tree.walking import walk_back
from opportune.shell.preparing import reach_back, reaches

DAY = timedelta(days=1)
US = 86_400_000_000
MEAN = Population(Census.MEAN, Trait("points"))


def test_agos_inside_each_other_add_up_and_those_beside_each_other_do_not() -> None:
    tree = Any((Known(Ago(Ago(MEAN, 2 * DAY), DAY)), Known(Ago(Literal(1), DAY)), Known(Ago(Literal(2), DAY))))
    assert reach_back([tree]) == 3 * US
    assert reaches([tree]) == {content_hash(MEAN): 3 * US}


def test_what_is_asked_now_is_not_asked_earlier_because_of_its_neighbours() -> None:
    tree = Any((Known(MEAN), Known(Ago(Literal(1), DAY))))
    assert reaches([tree]) == {content_hash(MEAN): 0}


def test_a_part_that_stands_in_two_places_is_told_as_far_back_as_it_is_asked() -> None:
    told = [back for part, back in walk_back([Any((Known(MEAN), Known(Ago(MEAN, DAY))))]) if part is MEAN]
    assert max(told) == DAY
