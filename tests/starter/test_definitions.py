"""The pack's definitions, worked by hand: `worked/*.txt` say what happened and what follows; both readings must say so, too."""

from pathlib import Path
from typing import cast

import pytest
from tests.starter.working import Worked, is_so, read, told

from opportune import starter
from opportune.adapters.project.project import Project, read_project
from opportune.language.meaning.history import History, TraitSet
from opportune.language.meaning.value import value
from opportune.language.tree.expressions import Expr, Literal, Metric, Score
from opportune.language.tree.walking import rebuilt
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Value

WORKED = sorted((Path(__file__).parent / "worked").glob("*.txt"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("pack")
    starter.write(folder)
    project = read_project(folder, with_templates=False)
    assert project.problems == ()
    return project


@pytest.mark.parametrize("worked", [pytest.param(read(path), id=path.stem) for path in WORKED])
def test_definitions_are_what_was_worked_out_by_hand(worked: Worked, pack: Project, tmp_path: Path) -> None:
    found = told(worked, pack, tmp_path)
    wrong = [f"{claim.who}: {claim.expression} = {claim.value}, and it is {value}" for claim, value in found if not is_so(claim, value)]
    assert not wrong, "\n".join(wrong)


def of_score(pack: Project, definition: Expr, score: float) -> Value:
    """A definition where every score is the one given, which it could hardly be made by events."""
    fixed = rebuilt(definition, lambda node: Literal(score) if isinstance(node, Score) else None)
    somebody = TraitSet(event_id="t", identity="ada", name="country", value="US", ts=Instant(0), received_at=Instant(0))
    return value(cast(Expr, fixed), History(traits=(somebody,)), "ada", Instant(1), Instant(1))


@pytest.mark.parametrize("band", range(10))
def test_a_band_of_engagement_begins_at_its_number_and_ends_below_the_next(pack: Project, band: int) -> None:
    ladder = pack.definitions.ladders["engagement_band"]
    assert of_score(pack, ladder, band) == f"band_{band}"
    assert of_score(pack, ladder, band + 1 - 1e-9) == f"band_{band}"
    assert of_score(pack, ladder, 10) == "band_9"


def test_the_cuts_of_engagement_are_strict_and_lie_within_each_other(pack: Project) -> None:
    segments = [pack.definitions.segments[f"engagement_{name}"] for name in "abc"]
    found = {score: [of_score(pack, segment, score) for segment in segments] for score in (8.000001, 8, 6.000001, 6, 4.000001, 4)}
    assert found == {
        8.000001: [True, True, True],
        8: [False, True, True],
        6.000001: [False, True, True],
        6: [False, False, True],
        4.000001: [False, False, True],
        4: [False, False, False],
    }


def test_who_is_hardly_engaged_is_written_to_less(pack: Project) -> None:
    weekly = pack.definitions.attached["ladder.engagement_cap"]["weekly"]
    found = {score: of_score(pack, weekly, score) for score in (1.999999, 2, 3.999999, 4)}
    assert found == {1.999999: 1, 2: 2, 3.999999: 2, 4: None}


def test_the_preset_brief_offers_something_to_a_six(pack: Project, tmp_path: Path) -> None:
    starter.write(tmp_path)
    brief = read_project(tmp_path, with_templates=False, varied={"nps_discount": "6"})

    def action(project: Project, points: int) -> Value:
        ladder = rebuilt(project.definitions.ladders["nps_action"], lambda node: Literal(points) if isinstance(node, Metric) else None)
        return value(cast(Expr, ladder), History(), "ada", Instant(1), Instant(1))

    assert [action(brief, points) for points in (10, 9, 8, 6, 5, 1)] == ["review", "review", "discount", "discount", "support", "support"]
    assert [action(pack, points) for points in (9, 8, 7, 6, 0)] == ["review", "discount", "discount", "support", "support"]
