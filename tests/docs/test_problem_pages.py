"""Every code in the source has a page in docs/problems.md, and the examples for templates and import maps do what it says."""

import re
from pathlib import Path

import pytest
from tests.docs.asking import imported
from tests.docs.pages import ROOT, page
from tests.project.shop import written

from opportune.adapters.project.project import read_project
from opportune.language.vocabulary.problems import ProblemsFound

SECTION = re.compile(
    r"^## (E\d{3}): (.+?)\n\n(.+?)\n\n```yaml\n(.*?)\n```\n\n\*\*Remedy\.\*\* (.+?)(?:\n\n|\n?\Z)", re.MULTILINE | re.DOTALL
)
PAGES = {match[1]: match for match in SECTION.finditer(page("docs/problems.md"))}
TABLE = "invoice,ts,customer,total\n1,2026-03-01T10:00:00Z,ada,12.5\n1,2026-03-01T10:00:00Z,ada,7\n2,2026-03-02T10:00:00Z,bob,3\n"


def _used() -> set[str]:
    return {code for path in (ROOT / "src").rglob("*.py") for code in re.findall(r'"(E\d{3})"', path.read_text(encoding="utf-8"))}


def test_every_code_of_the_source_has_a_page_and_every_page_a_code() -> None:
    assert set(PAGES) == set(re.findall(r"^## (E\d{3}):", page("docs/problems.md"), re.MULTILINE)), "a page is not of the usual form"
    assert set(PAGES) == _used()


@pytest.mark.parametrize("code", sorted(code for code in PAGES if code.startswith("E6")))
def test_the_example_of_a_template_problem_has_it(tmp_path: Path, code: str) -> None:
    _, *parts = re.split(r"^--- (.+)\n", PAGES[code][4] + "\n", flags=re.MULTILINE)
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    problems = [problem for problem in read_project(written(tmp_path, files)).problems if problem.code == code]
    assert problems
    assert all((problem.severity.value == "warning") == PAGES[code][2].endswith("(warning)") for problem in problems)


@pytest.mark.parametrize("code", sorted(code for code in PAGES if code.startswith("E7")))
def test_the_example_of_a_map_problem_has_it(tmp_path: Path, code: str) -> None:
    with pytest.raises(ProblemsFound) as raised:
        imported(tmp_path, "orders.csv", TABLE, PAGES[code][4] + "\n")
    assert code in {problem.code for problem in raised.value.problems}
