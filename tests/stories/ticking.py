"""Journeys over a history that arrives piece by piece, with a tick at each cut."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project
from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.shell.backtest import world_of
from opportune.shell.ground import Ground
from opportune.shell.tick import tick
from opportune.shell.world import Rules


@contextmanager
def ticked(
    project: Project, rules: Rules, calls: Sequence[dict[str, Any]], start: Instant, cuts: Sequence[Instant]
) -> Iterator[SqlJourneyState]:
    """Load what has arrived by each cut, tick there; the state after the last."""
    store, database = DuckDB.open(None, threads=1, currency="USD"), Database.open("sqlite://")
    state = SqlJourneyState(database)
    ground = Ground(store, [project.definitions], project.tables)
    world = world_of(ground, list(project.definitions.journeys.values()), rules, version="v", applied_at=start)
    waiting = list(calls)
    with tempfile.TemporaryDirectory() as folder:
        for number, cut in enumerate(cuts):
            now = [one for one in waiting if parse_instant(one["receivedAt"]) <= cut]
            waiting = waiting[len(now) :]
            if now:
                segment = Path(folder) / f"{number:06d}.ndjson"
                segment.write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in now))
                store.load([segment])
            ground.settle(cut)
            tick(world, state, cut, start=start)
    yield state
    store.close()
    database.close()
