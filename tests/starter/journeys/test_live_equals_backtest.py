"""The whole pack over one drawn shop, caps and quiet nights included: live, as things arrive, decides what a backtest finds."""

import json
import random
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pytest
from tests.starter.journeys.replaying import calls, only_for, pack
from tests.starter.journeys.telling import DAY, FIRST, Story, books

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project
from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.shell.backtest import world_of
from opportune.shell.ground import Ground
from opportune.shell.tick import tick
from opportune.shell.world import Rules, World

MINUTE = 60_000_000
LATE = (0, 0, 0, 2_000_000, 40 * MINUTE, 3 * 60 * MINUTE, 26 * 60 * MINUTE)
"""How long after it happened something arrives."""
START = Instant(FIRST - DAY)
Decided = tuple[set[Any], set[Any], dict[tuple[str, str], int]]
"""Enrolments, messages, and how many moments came to what."""


def drawn_shop(seed: int) -> list[Story]:
    """Three stories of each book: everybody on the street at once, some of it told late."""
    chance = random.Random(seed)
    people = [story for book in books(Path(__file__).parent) for story in (book.stories[0], *chance.sample(book.stories[1:], 2))]
    for story in people:
        story.done = [replace(done, received_at=Instant(done.received_at + chance.choice(LATE))) for done in story.done]
    return people


def world_at(project: Project) -> World:
    """The pack at work, before it has a store: compiled once for live and backtest."""
    journeys = list(project.definitions.journeys.values())
    rules = Rules(secret=b"k" * 32, sending=project.definitions.sending)
    return world_of(DuckDB.open(None), journeys, rules, version="v", applied_at=START)


def decided(project: Project, world: World, arrived: list[dict[str, Any]], ticks: Sequence[Instant], folder: Path) -> Decided:
    """What came of it all when the shop hears of everything by the tick it arrives before."""
    store, database = DuckDB.open(None, threads=1, currency="USD"), Database.open("sqlite://")
    ground = Ground(store, [only_for(list(project.definitions.journeys.values()), project.definitions)], project.tables)
    world, state = replace(world, engine=ground), SqlJourneyState(database)
    waiting = list(arrived)
    for number, hi in enumerate(ticks):
        now = [call for call in waiting if parse_instant(call["receivedAt"]) <= hi]
        waiting = waiting[len(now) :]
        if now:
            segment = folder / f"{number:06d}.ndjson"
            segment.write_bytes(b"".join(json.dumps(call).encode() + b"\n" for call in now))
            store.load([segment])
        ground.settle(hi)
        tick(world, state, hi, start=START)
    found = {_plain(one) for one in state.enrolments()}, set(state.messages(START, ticks[-1])), state.turned()
    store.close()
    database.close()
    return found


def _plain(enrolment: Any) -> Any:
    """An enrolment without how far its exits have been looked at."""
    return astuple(replace(enrolment, watched_until=Instant(0)))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)])
def test_live_decides_what_a_backtest_finds(tmp_path: Path, seed: int) -> None:
    project, arrived = pack(tmp_path / "shop"), calls(drawn_shop(seed))
    end = Instant(max(parse_instant(call["receivedAt"]) for call in arrived) + 60 * DAY)
    chance = random.Random(seed)
    short = parse_instant(chance.choice(arrived)["receivedAt"])
    ticks = sorted({*(Instant(chance.randrange(START + 1, end)) for _ in range(2)), short, Instant(short + 90 * MINUTE), end})
    world = world_at(project)
    backtest, live = decided(project, world, arrived, [end], tmp_path), decided(project, world, arrived, ticks, tmp_path)
    entered = {row[1] for row in backtest[0]}
    assert len(entered) >= len(project.definitions.journeys) - 2, "journeys nobody entered prove nothing"  # some are told too late
    assert {message.status.value for message in backtest[1]} >= {"planned", "held"}
    for one, other in zip(live, backtest, strict=True):
        assert one == other
