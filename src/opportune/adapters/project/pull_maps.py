"""Mapping files of addresses that are pulled: a list entry of a page → calls."""

from pathlib import Path

from opportune.adapters.project.form import Form
from opportune.adapters.project.mapping_files import MAPPING_KEYS, mapping_of
from opportune.adapters.project.nodes import nodes_of
from opportune.language.vocabulary.problems import Place, Problem, ProblemsFound, Severity
from opportune.stages.mapping.entries import Mapping


def read_page_map(path: Path, name: str) -> Mapping:
    """The mapping in a file, called `name` in problems. Raises ProblemsFound."""
    form = Form()
    try:
        root, problems = nodes_of(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        what = f"the map cannot be read: {error}"
        raise ProblemsFound(
            [Problem(code="E701", place=Place(name, 0), what=what, remedy="Check the path and the encoding (UTF-8).")]
        ) from error
    mapping = mapping_of(form.map(root, "the map", MAPPING_KEYS), form) if root is not None else Mapping()
    found = [problem for problem in (*problems, *form.problems) if problem.severity is Severity.ERROR]
    if root is None and not found:
        found.append(Problem(code="E703", place=Place(name, 1), what="the map is empty", remedy="docs/pulls.md shows one."))
    if found:
        raise ProblemsFound(found)
    return mapping
