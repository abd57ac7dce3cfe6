"""The project of docs/language.md: the definitions of its section Files, and whatever else is asked of it."""

from collections.abc import Sequence
from pathlib import Path

from tests.docs.asking import project_of
from tests.docs.pages import blocks, section

from opportune.adapters.project.project import Project
from opportune.language.tree.expressions import Expr

PAGE = "docs/language.md"


def files() -> str:
    """The YAML blocks of the section, as the files of one project."""
    shown = [block for block in blocks(PAGE, "yaml") if block.text in section(PAGE, "Files")]
    return "\n".join(f"--- file{number}.yml\n{block.text}" for number, block in enumerate(shown))


def asked(folder: Path, expressions: Sequence[str]) -> tuple[Project, dict[str, Expr]]:
    """The project with these expressions among its metrics, and the tree of each."""
    names = {f"asked_{number}": expression for number, expression in enumerate(expressions)}
    lines = "".join(f"  {name}: |\n    {expression}\n" for name, expression in names.items())
    found = project_of(folder, f"{files()}\n--- asked.yml\nmetrics:\n{lines}" if lines else files())
    return found, {expression: found.definitions.metrics[name] for name, expression in names.items()}
