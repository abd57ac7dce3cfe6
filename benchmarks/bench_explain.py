"""How long does somebody wait for an explanation, and for a plan of what applying would change?

Settles  that explaining is quick enough to click through: at most 300 ms for any customer and definition of the starter pack, on a year of
         the sample shop with a million events; and at most 30 s for `plan`. Of explaining two figures are told: the question alone, as a
         running `serve` answers it, and the whole command with the start of its process. Aims are told, not asserted
Run      make bench ARGS="benchmarks/bench_explain.py"
"""

import os
import random
import statistics
import time
from pathlib import Path

import pytest
from benchmarks.bench_pack import opportune, shop_with_the_pack

from opportune.cli.commands.explain import COMMAND
from opportune.cli.context import Context
from opportune.cli.usage import parse
from opportune.shell.workspace import Workspace

CUSTOMERS = 20_000
SAMPLE = 200
COMMANDS = 3


class Silence:
    """A Voice that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.said.append(text)

    def bar(self, title: str, done: int, total: int | None) -> None:
        """No bar."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack over a store in which all that it stands on is settled."""
    folder = shop_with_the_pack(CUSTOMERS, tmp_path_factory.mktemp("explain"))
    opportune("evaluate", "--out", "values.csv", folder=folder)
    return folder


def asked(project: Path, number: int) -> list[tuple[str, str]]:
    """Customers and definitions, journeys among them, drawn the same way each time."""
    chance = random.Random(7)
    names = [line.split(",", 1)[0] for line in (project / "values.csv").read_text(encoding="utf-8").splitlines()]
    workspace = Workspace(project)
    try:
        found = workspace.sound_project(with_templates=False).definitions
    finally:
        workspace.close()
    rooms = (found.segments, found.scores, found.ladders, found.tiers, found.metrics, found.journeys)
    definitions = [name for room in rooms for name in room if sum(name in each for each in rooms) == 1]
    return [(chance.choice(names[1:]), chance.choice(definitions)) for _ in range(number)]


@pytest.mark.slow
def test_the_question_alone(project: Path) -> None:
    workspace, took = Workspace(project), dict[tuple[str, str], float]()
    try:
        for customer, name in asked(project, SAMPLE):
            context = Context(voice=(voice := Silence()), cwd=project, workspace=workspace)
            began = time.process_time()
            assert COMMAND.run(context, parse(["explain", customer, name])) == 0
            took[customer, name] = time.process_time() - began
            assert voice.said
    finally:
        workspace.close()
    ordered = sorted(took.values())
    print(f"\nexplain, the question alone, {len(ordered)} of them, load {os.getloadavg()[0]:.1f}, milliseconds of processor")
    print(f"  median {1000 * statistics.median(ordered):.0f}, of ten the slowest {1000 * ordered[len(ordered) * 9 // 10]:.0f} or more")
    for (customer, name), seconds in sorted(took.items(), key=lambda each: -each[1])[:5]:
        print(f"  {1000 * seconds:6.0f}  {customer} {name}")


@pytest.mark.slow
def test_whole_commands(project: Path) -> None:
    ((customer, name),) = asked(project, 1)
    print(f"\nwhole commands, the best of {COMMANDS}, load {os.getloadavg()[0]:.1f}")
    for words in (("--help",), ("explain", customer, name), ("explain", customer), ("plan", "--no-volume"), ("plan",)):
        best = min((opportune(*words, folder=project) for _ in range(COMMANDS)), key=lambda took: took.processor)
        print(f"  {' '.join(words):<40} {best}")
