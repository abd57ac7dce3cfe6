"""What is wrong with the maps of sources that are pulled, before the first pull tells."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from opportune.adapters.project.pull_maps import read_page_map
from opportune.adapters.project.pull_sources import FolderPull, UrlPull
from opportune.adapters.sources.mapped import map_at, read_mapping
from opportune.language.vocabulary.problems import Place, Problem, ProblemsFound


def problems_of_maps(folder: Path, sources: Iterable[object]) -> list[Problem]:
    """Every Problem of the maps that folders and addresses among `sources` name; whether a map fits its files is seen with a file."""
    found: list[Problem] = []
    for source in sources:
        try:
            match source:
                case FolderPull(map=str(name)):
                    read_mapping(map_at(folder, name))
                case UrlPull(map=str(name)):
                    read_page_map(folder / name, name)
        except ProblemsFound as problems:
            found += [_inside(folder, problem) for problem in problems.problems]
    return found


def _inside(folder: Path, problem: Problem) -> Problem:
    """The same, its place told from the project's folder."""
    return replace(problem, place=Place(problem.place.file.removeprefix(f"{folder}/"), problem.place.line))
