"""The pack's definitions, worked by hand: `worked/*.txt` say what happened and what follows; both readings must say so, too."""

from pathlib import Path

import pytest

from opportune import starter
from opportune.adapters.project.project import Project, read_project
from tests.starter.working import Worked, is_so, read, told

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
