"""How long does a tick take that brings 1,000 events, with 50 definitions and 20 journeys behind it?

Settles  that a shop of any size is followed live: p50 at most 200 ms at 10 M events and 1 s at 100 M, p99 at most 3 s
Run      make bench ARGS="benchmarks/bench_tick.py" · OPPORTUNE_BENCH=large: 100 M as well
Needs    a copy of the store beside it while it runs; the visits are told once before they are kept up, which takes a minute

Told apart: loading, keeping derived events up (benchmarks/visits, of the smaller store), setting apart the customers for whom something
may come due and looking for the moments of all journeys (benchmarks/twenty), and the values of benchmarks/fifty for each customer the
load touched. The events are the shop's own last ones, once more: with other ids, just after the end of the stored year.
"""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
from benchmarks.large_shop import a_year, a_year_as_told, copied, tiled

from opportune.adapters.project.project import Project, read_project
from opportune.language.compiler.nearby import together
from opportune.language.compiler.values import at_pairs
from opportune.language.relations.plans import PAIRS, Plan, Row
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.reading import Reading
from opportune.shell.compiled import compile_journey
from opportune.shell.ground import Ground
from opportune.shell.nearby import Nearby, Vicinity
from opportune.shell.search import Search
from opportune.stages.customers import changes

HERE = Path(__file__).parent
STORES: dict[str, Callable[[], Path]] = {"10 M": a_year}
STORES |= {"100 M": tiled} if os.environ.get("OPPORTUNE_BENCH") == "large" else {}
TICKS, WARM_UP = 24, 2
ASKED = ("20 moments", "50 definitions")
EVENTS = 1_000
MINUTE = 60_000_000
LATENESS = 7 * 24 * 60 * MINUTE
END = parse_instant("2026-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds on the wall, and of the processor: on a machine with other work the second tells more."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Self:
        return cls(time.perf_counter(), time.process_time())

    def until(self, other: Self) -> Self:
        """What went by."""
        return type(self)(other.wall - self.wall, other.processor - self.processor)


@dataclass
class Told:
    """What each part of each tick took; visits are no part of `tick`."""

    parts: dict[str, list[Clock]] = field(default_factory=lambda: {name: [] for name in ("tick", "load", "visits", *ASKED)})
    found: int = 0
    touched: int = 0

    def note(self, began: Clock, loaded: Clock, derived: Clock, found: Clock, valued: Clock) -> None:
        """One tick."""
        spans = {"load": began.until(loaded), "visits": loaded.until(derived)}
        spans |= dict(zip(ASKED, (derived.until(found), found.until(valued)), strict=True))
        told = [spans[name] for name in ("load", *ASKED)]
        spans["tick"] = Clock(sum(one.wall for one in told), sum(one.processor for one in told))
        for name, span in spans.items():
            self.parts[name].append(span)


@pytest.mark.slow
@pytest.mark.parametrize("size", STORES)
def test_ticks_of_a_thousand_events(size: str, tmp_path: Path) -> None:
    fifty, twenty = read_project(HERE / "fifty"), read_project(HERE / "twenty")
    assert not [*fifty.problems, *twenty.problems]
    journeys = [compile_journey(journey, "1", Reading.AS_SEEN) for journey in twenty.definitions.journeys.values()]
    told = Told()
    with copied(STORES[size](), tmp_path) as engine:
        ground = Ground(engine, [fifty.definitions, twenty.definitions], {})
        shop = Shop(ground, Search(journeys, Reading.AS_SEEN), definitions(fifty))
        if size == "10 M":
            shop.visits = Ground(engine, [read_project(HERE / "visits").definitions], {})
            shop.visits.settle(END)
        for number, segment in enumerate(segments(tmp_path)):
            _tick(shop, segment, number, told)
    assert told.found > 0
    tell(size, told)


def definitions(project: Project) -> Plan:
    """The values of all definitions, for some customers."""
    found = project.definitions
    return at_pairs({**found.metrics, **found.segments, **found.scores, **found.ladders})


def segments(folder: Path) -> Iterator[Path]:
    """One file of EVENTS calls for each minute after the end of the year."""
    with a_year_as_told().open(encoding="utf-8") as told:
        last = deque(told, maxlen=EVENTS * TICKS)
    for number in range(TICKS):
        path = folder / f"segment-{number}.ndjson"
        with path.open("w", encoding="utf-8") as segment:
            for place in range(EVENTS):
                at = END + number * MINUTE + place * MINUTE // EVENTS
                call = json.loads(last.popleft())
                call |= {"messageId": f"tick-{number}-{place}", "timestamp": format_instant(Instant(at))}
                call["receivedAt"] = format_instant(Instant(at + 40_000))
                segment.write(json.dumps(call) + "\n")
        yield path


@dataclass
class Shop:
    """What a tick stands on."""

    engine: Ground
    search: Search
    values: Plan
    visits: Ground | None = None

    def __post_init__(self) -> None:
        dues = [asked.due for asked in self.search.short if asked.due is not None]
        self.vicinity = Vicinity(together(dues), [*(asked.nearby for asked in self.search.short), self.values])


def _tick(shop: Shop, segment: Path, number: int, told: Told) -> None:
    """What a tick asks; the first ones warm caches and are not told."""
    engine, lo, hi = shop.engine, Instant(END + number * MINUTE), Instant(END + (number + 1) * MINUTE)
    began = Clock.now()
    assert engine.load([segment]).loaded == EVENTS
    engine.settle(hi)
    loaded = Clock.now()
    if shop.visits is not None:
        shop.visits.settle(hi)
    derived = Clock.now()
    nearby = Nearby(engine, shop.vicinity, lo, hi)
    moments = list(shop.search.found(engine, lo, hi, LATENESS, nearby))
    found = Clock.now()
    touched = [int(row[0] or 0) for row in engine.rows(changes.touched(), {"lo": lo, "hi": hi})]
    nearby.take(touched)
    pairs: list[Row] = [(pair, key, hi, hi, None, None, None, None, None) for pair, key in enumerate(touched)]
    assert len(nearby.rows(shop.values, None, {PAIRS.name: pairs})) == len(touched)
    if number >= WARM_UP:
        told.note(began, loaded, derived, found, Clock.now())
        told.found += len(moments)
        told.touched += len(touched)


def tell(size: str, told: Told) -> None:
    """A table on the terminal, in milliseconds."""
    ticks = len(told.parts["tick"])
    print(
        f"\n{ticks} ticks of {EVENTS:,} events after {size} events, {told.touched / ticks:.0f} customers and "
        f"{told.found / ticks:.0f} moments each, load average {os.getloadavg()[0]:.1f}"
    )
    for name, spans in told.parts.items():
        wall, processor = sorted(1000 * one.wall for one in spans), sorted(1000 * one.processor for one in spans)
        places = ticks // 2, min(ticks - 1, ticks * 99 // 100)
        told_wall, told_processor = (" ".join(f"{times[place]:7.0f}" for place in places) for times in (wall, processor))
        print(f"  {name:16} p50 and p99 in ms: {told_wall}   of the processor: {told_processor}")
