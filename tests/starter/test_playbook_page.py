"""docs/playbook.md and the pack's definitions: each stands in a table, none is made up, and each is worked where the table says so."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import page
from tests.starter.working import Worked, read

from opportune import starter
from opportune.adapters.project.project import Project, read_project
from opportune.language.tree.names import SESSION_ENDED

ROW = re.compile(r"\| .* \| ((?:`[^`]+` ?)+) \| \[\w+\]\(\.\./(tests/starter/worked/\w+\.txt)\) \|")
ROOMS = ("metric", "segment", "score", "ladder", "tier", "prediction")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("pack")
    starter.write(folder)
    return read_project(folder, with_templates=False)


@pytest.fixture(scope="module")
def rows() -> dict[str, Path]:
    """Definition → the file it is worked in; each stands in one row."""
    found: dict[str, Path] = {}
    for cells, path in ROW.findall(page("docs/playbook.md")):
        for name in re.findall(r"`([^`]+)`", cells):
            assert name not in found, f"{name} stands in two rows"
            found[name] = ROOT / path
    return found


def defined(pack: Project) -> set[str]:
    definitions = pack.definitions
    rooms = {
        "metric": definitions.metrics,
        "segment": definitions.segments,
        "score": definitions.scores,
        "ladder": definitions.ladders,
        "tier": definitions.tiers,
        "prediction": definitions.heuristics,
    }
    named = {f"{room}.{name}" for room, found in rooms.items() for name in found}
    derived = {f"derived.{name.split('@')[0]}" for name in definitions.derived if not name.startswith(SESSION_ENDED)}
    return named | derived | {f"event.{name}" for name in pack.desk.names.events}


def test_every_definition_of_the_pack_stands_in_the_playbook_and_no_other(pack: Project, rows: dict[str, Path]) -> None:
    assert set(rows) == defined(pack)


def test_every_definition_is_worked_where_the_playbook_says(rows: dict[str, Path]) -> None:
    files = {path: read(path) for path in set(rows.values())}
    assert [name for name, path in rows.items() if not is_worked(name, files[path])] == []


def is_worked(name: str, worked: Worked) -> bool:
    room, _, own = name.partition(".")
    asked = {claim.expression for claim in worked.claims}
    if room == "event":
        return f"count({own})" in asked or f"did({own})" in asked
    return f'count("{own}")' in asked if room == "derived" else name in asked
