"""How do compiled definitions compare with SQL that somebody who knows DuckDB writes by hand?

Settles ADR 0001 and 0002. Aim: at most 1.3 times the fastest of three rivals (benchmarks/rivals/, committed before the compiler), on the
same stored tables, in turns within the same run, with equal rows. Processor time is told beside wall time: it is what stays comparable on
a busy machine. The ratio is told, not asserted; unequal rows fail.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from benchmarks.made_up_shop import END, YEAR, made_up_shop

from opportune.adapters.project.project import read_project
from opportune.language.compiler.moments import moments
from opportune.language.compiler.snapshot import snapshot
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Selector
from opportune.language.tree.moments import Lapse
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

HERE = Path(__file__).parent
SIZES = (1_000_000, 10_000_000) if os.environ.get("OPPORTUNE_BENCH") == "large" else (1_000_000,)
ROUNDS = 5
Rows = list[tuple[object, ...]]


@dataclass
class Best:
    """The least wall and processor time of one statement so far, in seconds."""

    wall: float = float("inf")
    processor: float = float("inf")


def definitions() -> Plan:
    """The twenty definitions of benchmarks/project as one plan."""
    project = read_project(HERE / "project")
    assert not project.problems
    found = project.definitions
    return snapshot({**found.metrics, **found.segments, **found.scores})


def lapse() -> Plan:
    """Carts left alone for two hours, as known."""
    added, ordered = Selector(("Product Added",)), Selector(("Order Completed",))
    return moments(Lapse(selector=added, unless=ordered, within=timedelta(hours=2)), Reading.AS_KNOWN)


QUESTIONS: dict[str, tuple[Callable[[], Plan], Mapping[str, int]]] = {
    "evaluate": (definitions, {"at": END, "seen": FOREVER}),
    "lapse": (lapse, {"lo": END - 2 * YEAR, "hi": END, "max_lateness": FOREVER}),
}
"""Question → our plan, and the parameters of either side: as known nothing is late, so only the rivals name `max_lateness`."""


@pytest.mark.parametrize("events", SIZES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_compiled_against_the_rivals(question: str, events: int, tmp_path: Path) -> None:
    plan_of, parameters = QUESTIONS[question]
    texts = {"ours": plan_of().sql("duckdb")} | {file.stem: file.read_text() for file in sorted(HERE.glob(f"rivals/{question}_*.sql"))}
    best = {name: Best() for name in texts}
    connection = made_up_shop(events, str(tmp_path / "events.duckdb"))
    rows = {name: timed(connection, text, parameters, best[name]) for name, text in texts.items()}
    assert all(rows.values()), "an empty answer measures nothing"
    width = min(len(row) for row in (found[0] for found in rows.values()))
    ours = comparable(rows.pop("ours"), width)
    assert all(comparable(theirs, width) == ours for theirs in rows.values())
    for _ in range(ROUNDS):
        for name, text in texts.items():
            timed(connection, text, parameters, best[name])
    tell(question, events, len(ours), best)


def timed(connection: duckdb.DuckDBPyConnection, text: str, parameters: Mapping[str, int], best: Best) -> Rows:
    """Run one statement, keeping its least times. It is given only the parameters it names."""
    mine = {name: value for name, value in parameters.items() if f"${name}" in text}
    wall, processor = time.perf_counter(), time.process_time()
    rows = connection.execute(text, mine).fetchall()
    best.wall, best.processor = min(best.wall, time.perf_counter() - wall), min(best.processor, time.process_time() - processor)
    return rows


def comparable(rows: Rows, width: int) -> Rows:
    """Scores agree to 1e-9; what we give beyond the rivals' columns (a moment's `same_value`) is left out."""
    return [tuple(round(value, 9) if isinstance(value, float) else value for value in row[:width]) for row in rows]


def tell(question: str, events: int, rows: int, best: Mapping[str, Best]) -> None:
    """A table on the terminal; `ratio` is to the fastest rival."""
    rivals = [times for name, times in best.items() if name != "ours"]
    wall, processor = min(rival.wall for rival in rivals), min(rival.processor for rival in rivals)
    print(f"\n{question}, {events:,} events, {rows:,} rows, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    for name, times in best.items():
        on_the_wall = f"wall {times.wall:7.3f} s ({times.wall / wall:4.2f})"
        print(f"  {name:26} {on_the_wall}   processor {times.processor:7.3f} s ({times.processor / processor:4.2f})")
