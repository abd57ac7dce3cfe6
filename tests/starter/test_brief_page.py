"""docs/playbook-lines.md: each line of the brief leads to something that is there, and to a history, a story or a test that works it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.docs.pages import page, tables
from tests.starter.test_playbook_page import ROOMS, defined, is_worked
from tests.starter.working import read

from opportune import starter
from opportune.adapters.project.project import Project, read_project

PAGE = "docs/playbook-lines.md"
PARTS = [f"3.{number}" for number in range(1, 12)]
ROOT = Path(__file__).parents[2]
ROWS = [row for table in tables(page(PAGE)) for row in table[1:]]
LINK = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)\)(?:: (\w+))?")
NAME = re.compile(r"`((?:metric|segment|score|ladder|tier|prediction|event|derived|setting|journey)\.[\w. -]+)`")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("pack")
    starter.write(folder)
    return read_project(folder, with_templates=False)


def test_the_page_has_all_eleven_parts_of_the_brief() -> None:
    assert re.findall(r"^## (3\.\d+) ", page(PAGE), re.MULTILINE) == PARTS


def test_every_name_on_the_page_is_one_of_the_pack(pack: Project) -> None:
    known = defined(pack) | {f"journey.{name}" for name in pack.definitions.journeys}
    known |= {f"setting.{name}" for name in re.findall(r"^  (\w+): ", settings(), re.MULTILINE)}
    data = {f"{room}.{datum}" for room, found in pack.definitions.attached.items() for datum in found}
    assert [name for _, said, _ in ROWS for name in NAME.findall(said) if name not in known | data] == []


def settings() -> str:
    return (ROOT / "src/opportune/starter/files/opportune.yml").read_text(encoding="utf-8").partition("\nsettings:\n")[2]


def test_every_journey_score_ladder_tier_and_prediction_of_the_pack_serves_some_line(pack: Project) -> None:
    named = {name for _, said, _ in ROWS for name in NAME.findall(said)}
    whole = {name for name in defined(pack) if name.partition(".")[0] in ("score", "ladder", "tier", "prediction")}
    assert sorted((whole | {f"journey.{name}" for name in pack.definitions.journeys}) - named) == []


@pytest.mark.parametrize("line, said, shown", ROWS, ids=[f"{number}: {row[0]}" for number, row in enumerate(ROWS)])
def test_a_line_is_said_by_something_and_worked_for_somebody(line: str, said: str, shown: str) -> None:
    found = LINK.findall(shown)
    assert said and found, f"{line}: nothing says it, or nothing shows it"
    for words, path, _ in found:
        assert (ROOT / path).is_file(), path
        if path.endswith(".py"):
            assert re.search(rf"def test_{words.replace(' ', '_')}\(", (ROOT / path).read_text(encoding="utf-8")), words
    histories = [(ROOT / path, who) for _, path, who in found if path.endswith(".txt")]
    missing = [name for name in asked(said) if not any(works(path, name, who) for path, who in histories)]
    assert not histories or len(missing) < len(asked(said)), f"{line}: worked nowhere"
    assert not histories or any(who for _, who in histories) or missing == [], line


def asked(said: str) -> list[str]:
    """The definitions of a row; a setting is a constant, and a journey has stories."""
    return [name for name in NAME.findall(said) if name.partition(".")[0] in (*ROOMS, "event", "derived")]


def works(path: Path, name: str, who: str) -> bool:
    """Whether the history asks for it, of her if somebody is named."""
    worked = read(path)
    return is_worked(name, replace(worked, claims=tuple(claim for claim in worked.claims if who in ("", claim.who))))
