"""The language's engine at the sizes that matter: about 10 M and 100 M events of the sample shop (`large_shop`), 200 k and 2 M customers.

Settles  the figures of ADR 0002 and 0017-0020: at most 1.3 times the fastest SQL written by hand (`rivals/`), in one run, with equal rows;
         how cost grows with ten times the events; and that a query spills under a memory limit and gives the same rows. Ours runs as
         the engine runs it (`PASSES`), the rivals with all that DuckDB's optimizer does
Run      make bench ARGS="benchmarks/bench_engine.py" · OPPORTUNE_BENCH=large: 100 M as well
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from benchmarks.large_shop import a_year, looked_at, text_of, tiled

from opportune.adapters.engines.duckdb import PASSES
from opportune.adapters.project.project import read_project
from opportune.language.compiler.memberships import memberships
from opportune.language.compiler.moments import moments
from opportune.language.compiler.snapshot import snapshot
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Aggregate, Compare, Comparison, Expr, Literal, Metric, Selector
from opportune.language.tree.moments import Lapse, Moment, Reaches, Turns
from opportune.language.vocabulary.instants import FOREVER, parse_instant
from opportune.language.vocabulary.reading import Reading

HERE = Path(__file__).parent
IS_LARGE = os.environ.get("OPPORTUNE_BENCH") == "large"
STORES: dict[str, Callable[[], Path]] = {"10 M": a_year, **({"100 M": tiled} if IS_LARGE else {})}
ROUNDS = {"10 M": 3, "100 M": 1}
MEMORY = "4GB"
FIRST, END = parse_instant("2024-12-01T00:00:00Z"), parse_instant("2026-01-01T00:00:00Z")
SNAPSHOT = {"at": END, "seen": FOREVER}
HISTORY = {"lo": FIRST, "hi": END, "max_lateness": FOREVER}


def views(*names: str) -> Selector:
    """Events by name."""
    return Selector(names)


def often() -> Expr:
    """Five product views in thirty days."""
    count = Metric(function=Aggregate.COUNT, selector=views("Product Viewed"), within=timedelta(days=30))
    return Compare(Comparison.GE, count, Literal(5))


def fifty() -> Plan:
    """The definitions of benchmarks/fifty."""
    project = read_project(HERE / "fifty")
    assert not project.problems
    found = project.definitions
    return snapshot({**found.metrics, **found.segments, **found.scores, **found.ladders})


def of(moment: Moment, reading: Reading = Reading.AS_KNOWN) -> Callable[[], Plan]:
    """The plan of a moment."""
    return lambda: moments(moment, reading)


CART = Lapse(selector=views("Product Added"), unless=views("Order Completed"), within=timedelta(hours=2))
SPREE = Reaches(selector=views("Product Viewed"), n=3, within=timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, the rivals' files, and the columns that both sides give."""

    plan: Callable[[], Plan]
    parameters: Mapping[str, int]
    rivals: str
    columns: tuple[str, ...] = ()


OFTEN = Turns(condition=often(), to=True)
MOMENT = ("identity_key", "customer_id", "at", "acted_at", "trigger_event_id")
QUESTIONS = {
    "50 definitions at one moment": Question(fifty, SNAPSHOT, "fifty"),
    "lapse": Question(of(CART), HISTORY, "lapse", MOMENT),
    "reaches": Question(of(SPREE), HISTORY, "reaches", MOMENT),
    "enters": Question(of(OFTEN), HISTORY, "enters", MOMENT),
    "membership history": Question(
        lambda: memberships({"often": often()}), HISTORY, "memberships", ("customer_id", "entered_at", "left_at")
    ),
}


@dataclass
class Best:
    """The least wall and processor time of one statement, in seconds."""

    wall: float = float("inf")
    processor: float = float("inf")

    def take(self, wall: float, processor: float) -> None:
        """Keep the smaller ones."""
        self.wall, self.processor = min(self.wall, wall), min(self.processor, processor)


@dataclass
class Grown:
    """Our least times, by question and size."""

    best: dict[tuple[str, str], Best] = field(default_factory=dict)


@pytest.fixture(scope="module")
def grown() -> Grown:
    return Grown()


@pytest.mark.slow
@pytest.mark.parametrize("size", STORES)
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_against_its_rivals(name: str, size: str, tmp_path: Path, grown: Grown) -> None:
    question = QUESTIONS[name]
    with looked_at(STORES[size](), tmp_path, MEMORY) as connection:
        texts = {"ours": text_of(question.plan(), connection)}
        texts |= {file.stem: file.read_text() for file in sorted((HERE / "rivals").glob(f"{question.rivals}_*.sql"))}
        best = {rival: Best() for rival in texts}
        for number in range(ROUNDS[size]):
            for rival, text in list(texts.items()):
                try:
                    best[rival].take(*made(connection, text, question.parameters, rival))
                except duckdb.OutOfMemoryException:
                    assert rival != "ours"
                    print(f"\n{rival}: out of memory at {MEMORY}")
                    del texts[rival], best[rival]
                    continue
                if number + 1 < ROUNDS[size]:
                    connection.execute(f'DROP TABLE "found {rival}"')
        rows = compared(connection, list(texts), question)
        tell(name, size, rows, best)
        peak, spilled = peaks_of(connection, texts["ours"], question.parameters)
    grown.best[name, size] = best["ours"]
    if size == "100 M" and (name, "10 M") in grown.best:
        before = grown.best[name, "10 M"]
        times = (
            f"{best['ours'].wall / before.wall:.1f} times the wall time, {best['ours'].processor / before.processor:.1f} the processor's"
        )
        print(f"  ten times the events: {times}")
    print(f"  ours held at most {peak / 2**20:,.0f} MiB and {spilled / 2**20:,.0f} MiB in files, limit {MEMORY}")


def made(connection: duckdb.DuckDBPyConnection, text: str, parameters: Mapping[str, int], name: str) -> tuple[float, float]:
    """Wall and processor seconds of one statement whose rows land in a temporary table, which costs either side the same."""
    mine = {parameter: value for parameter, value in parameters.items() if f"${parameter}" in text}
    connection.execute(PASSES if name.startswith("ours") else "RESET disabled_optimizers")
    wall, processor = time.perf_counter(), time.process_time()
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "found {name}" AS {text}', mine)
    return time.perf_counter() - wall, time.process_time() - processor


def peaks_of(connection: duckdb.DuckDBPyConnection, text: str, parameters: Mapping[str, int]) -> tuple[int, int]:
    """Bytes that one more run of ours held in memory and in temporary files at most."""
    connection.execute("PRAGMA enable_profiling = 'no_output'")
    made(connection, text, parameters, "ours once more")
    told = json.loads(connection.get_profiling_information("json"))["system"]
    connection.execute("PRAGMA disable_profiling")
    connection.execute('DROP TABLE "found ours once more"')
    return int(told["peak_buffer_memory"]), int(told["peak_temp_dir_size"])


def compared(connection: duckdb.DuckDBPyConnection, names: list[str], question: Question) -> int:
    """The number of rows; fails where any two differ. Fractions agree to nine digits."""
    described = {
        name: dict(connection.execute(f'SELECT column_name, column_type FROM (DESCRIBE "found {name}")').fetchall()) for name in names
    }
    columns = question.columns or tuple(column for column in described["ours"] if all(column in found for found in described.values()))
    assert len(columns) >= 3
    shown = {name: ", ".join(_comparable(column, described[name][column]) for column in columns) for name in names}
    for name in names[1:]:
        for one, other in (("ours", name), (name, "ours")):
            missing = f'SELECT {shown[one]} FROM "found {one}" EXCEPT ALL SELECT {shown[other]} FROM "found {other}"'
            left = connection.execute(f"SELECT count(*), any_value(x) FROM ({missing}) AS x").fetchall()[0]
            assert left[0] == 0, f"{left[0]} rows of {one} are not among those of {other}, such as {left[1]}"
    number = connection.execute('SELECT count(*) FROM "found ours"').fetchall()[0][0]
    for name in names:
        connection.execute(f'DROP TABLE "found {name}"')
    assert number > 0, "an empty answer measures nothing"
    return int(number)


def _comparable(column: str, kind: str) -> str:
    if kind == "DOUBLE":
        return f'round("{column}", 7) AS "{column}"'
    return f'"{column}"::HUGEINT AS "{column}"' if kind.endswith("INT") or kind == "INTEGER" else f'"{column}"'


@pytest.mark.slow
def test_a_query_spills_and_gives_the_same_rows(tmp_path: Path) -> None:
    store, question = list(STORES.values())[-1](), QUESTIONS["50 definitions at one moment"]
    limit = "2GB" if IS_LARGE else "500MB"
    sums = {}
    for memory in (MEMORY, limit):
        with looked_at(store, tmp_path, memory) as connection:
            text = text_of(question.plan(), connection)
            wall, processor = made(connection, text, question.parameters, "ours")
            sums[memory] = connection.execute(
                'SELECT count(*), bit_xor(hash(orders, revenue, last_category, lifecycle)) FROM "found ours"'
            ).fetchall()
            connection.execute('DROP TABLE "found ours"')
            peak, spilled = peaks_of(connection, text, question.parameters)
        told = f"{wall:.2f} s, processor {processor:.2f} s, held {peak / 2**20:,.0f} MiB, {spilled / 2**20:,.0f} MiB in files"
        print(f"\n50 definitions, {list(STORES)[-1]} events, memory limit {memory}: {told}")
    assert sums[MEMORY] == sums[limit]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lapse", "reaches", "enters", "membership history"])
def test_a_history_of_moments_fits_into_little_memory(name: str, tmp_path: Path) -> None:
    store, question = list(STORES.values())[-1](), QUESTIONS[name]
    limit = "2GB" if IS_LARGE else "300MB"
    sums = {}
    for memory in (MEMORY, limit):
        with looked_at(store, tmp_path, memory) as connection:
            text = text_of(question.plan(), connection)
            wall, processor = made(connection, text, question.parameters, "ours")
            shown = ", ".join(f'"{column}"' for column in question.columns)
            sums[memory] = connection.execute(f'SELECT count(*), bit_xor(hash({shown})) FROM "found ours"').fetchall()
            connection.execute('DROP TABLE "found ours"')
            peak, spilled = peaks_of(connection, text, question.parameters)
        told = f"{wall:.2f} s, processor {processor:.2f} s, held {peak / 2**20:,.0f} MiB, {spilled / 2**20:,.0f} MiB in files"
        print(f"\n{name}, {list(STORES)[-1]} events, memory limit {memory}: {told}")
    assert sums[MEMORY] == sums[limit]


SEEN = {"lapse": CART, "reaches": SPREE, "enters": OFTEN}


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEN)
def test_a_replay_of_a_year_as_seen_against_as_known(name: str, tmp_path: Path) -> None:
    with looked_at(a_year(), tmp_path, MEMORY) as connection:
        best = {reading: Best() for reading in Reading}
        for _ in range(ROUNDS["10 M"]):
            for reading in Reading:
                text = text_of(of(SEEN[name], reading)(), connection)
                best[reading].take(*made(connection, text, HISTORY, "ours"))
    seen, known = best[Reading.AS_SEEN], best[Reading.AS_KNOWN]
    print(f"\n{name}, 10 M events, load average {os.getloadavg()[0]:.1f}: as seen {seen.wall:.3f} s, as known {known.wall:.3f} s")
    print(f"  wall {seen.wall / known.wall:.2f} times, processor {seen.processor / known.processor:.2f} times")


def tell(question: str, size: str, rows: int, best: Mapping[str, Best]) -> None:
    """A table on the terminal; the ratio is to the fastest rival."""
    rivals = [times for name, times in best.items() if name != "ours"] or [best["ours"]]
    wall, processor = min(rival.wall for rival in rivals), min(rival.processor for rival in rivals)
    print(f"\n{question}, {size} events, {rows:,} rows, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    for name, times in best.items():
        on_the_wall = f"wall {times.wall:7.3f} s ({times.wall / wall:4.2f})"
        print(f"  {name:26} {on_the_wall}   processor {times.processor:7.3f} s ({times.processor / processor:4.2f})")
