"""Each line of mutants.toml, when it replaces the line as it is, turns the test red that it names.

Fast: the list is true of the sources and the tests. Soak: each mutant is written into a copy of `src/`, and its test run there;
the checkout is not touched. The run tries only some of the mutants when OPPORTUNE_SOAK_SHARE says so.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.soaking import share_of

ROOT = Path(__file__).parents[2]
FEWEST = 40
FAILED = 1
"""pytest's exit code when tests failed; errors while collecting, usage and the like have others."""
DISAGREES = re.compile(r"^E +(assert |AssertionError|Failed: )", re.MULTILINE)
"""How pytest shows that a test found something else than it should; another exception would prove less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One wrong line."""

    breaks: str
    """What is wrong then, in words."""
    file: str
    """Inside src/opportune."""
    is_now: str
    """A part of one line that occurs once in the file."""
    becomes: str
    red: str
    """The test that finds it: file and function."""

    def of(self, text: str) -> str:
        """The file's text with the wrong line."""
        return text.replace(self.is_now, self.becomes)


def _listed() -> list[Mutant]:
    entries = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text(encoding="utf-8"))["mutant"]
    return [Mutant(is_now=entry.pop("is"), **entry) for entry in entries]


MUTANTS = _listed()
DRAWN = MUTANTS[:: max(1, len(MUTANTS) // share_of(len(MUTANTS)))]


def test_there_are_enough_mutants_and_no_two_of_one_name_or_one_text() -> None:
    assert len(MUTANTS) >= FEWEST
    for key in ([mutant.breaks for mutant in MUTANTS], [(mutant.file, mutant.is_now, mutant.becomes) for mutant in MUTANTS]):
        assert [one for one, times in Counter(key).items() if times > 1] == []


def test_every_part_of_the_house_that_says_what_something_means_has_mutants() -> None:
    rooms = Counter(next(room for room in ROOMS if mutant.file.startswith(room)) for mutant in MUTANTS)
    assert [room for room, fewest in ROOMS.items() if rooms[room] < fewest] == []


ROOMS = {
    "language/compiler/": 25,
    "language/meaning/": 10,
    "language/tree/": 3,
    "stages/": 5,
    "shell/": 3,
    "collector/": 0,
    "language/": 0,
    "adapters/": 0,
}


def test_a_mutant_is_one_line_that_occurs_once_and_can_be_read() -> None:
    for mutant in MUTANTS:
        text = (ROOT / "src" / "opportune" / mutant.file).read_text(encoding="utf-8")
        moved = f"{mutant.file} has {mutant.is_now} {text.count(mutant.is_now)} times; write into mutants.toml where the rule stands now"
        assert text.count(mutant.is_now) == 1, moved
        assert "\n" not in mutant.is_now + mutant.becomes, mutant
        assert mutant.is_now != mutant.becomes, mutant
        ast.parse(mutant.of(text), mutant.file)


def test_the_tests_that_turn_red_are_there_and_run_every_day() -> None:
    names: defaultdict[str, set[str]] = defaultdict(set)
    for mutant in MUTANTS:
        file, _, name = mutant.red.partition("::")
        names[file].add(name)
    for file, wanted in names.items():
        functions = [node for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
        daily = Counter(node.name for node in functions if "mark.soak" not in " ".join(map(ast.unparse, node.decorator_list)))
        assert {name: daily[name] for name in wanted} == dict.fromkeys(wanted, 1), file


def run_of(source: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """pytest on some tests, up to the first that fails, with the package of `source` instead of the checkout's."""
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_PROFILE": "fast"}
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-x", "--tb=short", "--timeout=300"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `src/`, which the named tests find nothing wrong with."""
    copied = tmp_path_factory.mktemp("mutants") / "src"
    shutil.copytree(ROOT / "src", copied)
    run = run_of(copied, sorted({mutant.red for mutant in DRAWN}))
    assert run.returncode == 0, run.stdout[-4_000:]
    return copied


@pytest.mark.soak
@pytest.mark.parametrize("mutant", DRAWN, ids=lambda mutant: mutant.breaks)
def test_a_mutant_turns_its_test_red(mutant: Mutant, source: Path) -> None:
    file = source / "opportune" / mutant.file
    text = file.read_text(encoding="utf-8")
    file.write_text(mutant.of(text), encoding="utf-8")
    try:
        run = run_of(source, [mutant.red])
    finally:
        file.write_text(text, encoding="utf-8")
    assert run.returncode == FAILED and DISAGREES.search(run.stdout), f"{mutant.red} on {mutant.file}:\n{run.stdout[-4_000:]}"
