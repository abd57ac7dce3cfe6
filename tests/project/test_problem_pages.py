"""Every code has its page in docs/problems.md, and its example does what the page says."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.project.shop import written

from opportune.adapters.project.project import Project, read_project
from opportune.adapters.project.tracking_plan import violations
from opportune.language.tree.long_windows import long_windows
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.problems import Problem
from opportune.stages.events.tracking_plan import Arrived, Seen

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"^## (E1\d\d): (.+?)\n\n(.+?)\n\n```yaml\n(.*?)\n```\n\n\*\*Remedy\.\*\* (.+?)\n", re.MULTILINE | re.DOTALL)
PAGES = {match[1]: match for match in SECTION.finditer((ROOT / "docs/problems.md").read_text(encoding="utf-8"))}
ROOMS = ("src/opportune/language/tree", "src/opportune/adapters/project")


def _used() -> set[str]:
    sources = [path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).glob("*.py")]
    return {code for source in sources for code in re.findall(r'"(E1\d\d)"', source)}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert _used() == set(PAGES)


@pytest.mark.parametrize("code", sorted(PAGES))
def test_the_example_of_a_page_has_the_problem(tmp_path: Path, code: str) -> None:
    parts = re.split(r"^--- (.+)\n", f"--- a.yml\n{PAGES[code][4]}\n", flags=re.MULTILINE)[1:]
    files = {name: text for name, text in zip(parts[::2], parts[1::2], strict=True) if text.strip()}
    problems = _found(read_project(written(tmp_path, files)), code)
    assert code in {problem.code for problem in problems}
    title = PAGES[code][2]
    assert all((problem.severity.value == "warning") == title.endswith("(warning)") for problem in problems if problem.code == code)


def _found(project: Project, code: str) -> tuple[Problem, ...]:
    """The problems of a project; for E153 and E147 those that its data has, where somebody wished in words a month ago."""
    if code == "E147":
        windows = (long_windows(tree, timedelta(days=30), place, project.desk.places) for tree, place in project.desk.checked)
        return tuple(problem for found in windows for problem in found)
    wish = Arrived(event="Lamp Rubbed", property="wishes", said="text", seen=1, beyond=0, first=Instant(0), last=Instant(0))
    return tuple(violations(Seen(events={}, properties=(wish,)), project)) if code == "E153" else project.problems
