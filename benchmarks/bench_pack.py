"""How long does the whole starter pack take on a year of the sample shop, as a command that somebody types?

Settles  that every definition of the pack may be asked at once: at most 5 s for a million events of 20,000 customers on two cores. The
         aim is told, not asserted: a machine has other work; an empty answer fails
Run      make bench ARGS="benchmarks/bench_pack.py" · OPPORTUNE_BENCH=large: ten times as many events and customers as well
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from benchmarks.large_shop import CUSTOMERS, a_year_as_told, stores

from opportune.language.compiler.values import snapshot
from opportune.language.vocabulary.instants import FOREVER
from opportune.shell.evaluation import columns_of, stretch_of
from opportune.shell.workspace import Workspace

SIZES = {"1 M": CUSTOMERS // 10, **({"10 M": CUSTOMERS} if os.environ.get("OPPORTUNE_BENCH") == "large" else {})}
"""Events, about, and the customers of that shop."""
ROUNDS = 3
COMMANDS = {"evaluate everything": ("evaluate", "--out", "values.csv")}
"""What is typed, with the file it writes last."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of a clock and of processors."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"wall {self.wall:7.2f} s   processor {self.processor:7.2f} s"


@dataclass(slots=True)
class Grown:
    """The best of each command at each size."""

    best: dict[tuple[str, str], Took] = field(default_factory=dict)


@pytest.fixture(scope="module")
def grown() -> Grown:
    return Grown()


def opportune(*words: str, folder: Path) -> Took:
    """A command from its start to its end, in that folder."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "opportune.cli.main", *words], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(time.perf_counter() - wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def shop_with_the_pack(customers: int, folder: Path) -> Path:
    """A new project with the pack as it is now, over a store that is kept between runs."""
    data = stores() / f"pack-{customers}"
    project = folder / "shop"
    opportune("init", str(project), folder=folder)
    with (project / "opportune.yml").open("a", encoding="utf-8") as settings:
        settings.write(f"\ndata: {data}\n")
    if not (data / "imported").exists():
        opportune("import", str(a_year_as_told(customers)), folder=project)
        (data / "imported").touch()
    return project


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_over_the_whole_pack(name: str, size: str, tmp_path: Path, grown: Grown) -> None:
    project, words = shop_with_the_pack(SIZES[size], tmp_path), COMMANDS[name]
    first = opportune(*words, folder=project)
    best = min((opportune(*words, folder=project) for _ in range(ROUNDS)), key=lambda took: took.processor)
    number = len((project / words[-1]).read_text(encoding="utf-8").splitlines()) - 1
    assert number > 0, "an empty answer measures nothing"
    print(f"\n{name}, {size} events, {number:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"  the first time             {first}")
    print(f"  from then on               {best}")
    grown.best[name, size] = best
    if size == "10 M" and (name, "1 M") in grown.best:
        print(f"  grown from 1 M {best.processor / grown.best[name, '1 M'].processor:19.1f} times the processor time")


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_where_the_time_of_an_evaluation_goes(size: str, tmp_path: Path) -> None:
    workspace = Workspace(shop_with_the_pack(SIZES[size], tmp_path))
    print(f"\nevaluate everything, {size} events, part by part, load {os.getloadavg()[0]:.1f}")
    try:
        project = told("reading the project", lambda: workspace.sound_project(with_templates=False))
        stretch = stretch_of(workspace.engine)
        assert stretch is not None
        ground = told("what it stands on", lambda: workspace.ground(project.definitions, project.tables, stretch.last))
        columns = columns_of(project.definitions, None)
        plan = told("compiling", lambda: snapshot(columns))
        text = told("the text", lambda: plan.sql("duckdb"))
        asked = {"at": stretch.last, "seen": FOREVER}
        told("asking, the first time", lambda: ground.make("values_first", plan, asked))
        number = told("asking", lambda: ground.make("values_again", plan, asked))
        print(f"  {len(columns)} columns, {number:,} rows, {len(text):,} characters of SQL")
        assert number > 0
    finally:
        workspace.close()


def told(part: str, work: Callable[[], T]) -> T:
    """What the work gives; its times are printed."""
    wall, processor = time.perf_counter(), time.process_time()
    given = work()
    print(f"  {part:26} {Took(time.perf_counter() - wall, time.process_time() - processor)}")
    return given
