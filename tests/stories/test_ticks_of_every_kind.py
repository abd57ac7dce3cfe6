"""Journeys with moments of every kind, over derived events, ladders, tiers and populations: however time is cut, the same rows."""

import json
import random
import tempfile
from dataclasses import astuple
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.soaking import share_of
from tests.stories.test_ticks import MINUTE, START, history

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project, read_project
from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.language.tree.sending import Sending
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.problems import Severity
from opportune.language.vocabulary.reading import Reading
from opportune.shell.backtest import world_of
from opportune.shell.ground import Ground
from opportune.shell.tick import tick
from opportune.shell.world import Rules

FILES = """
events:
  order: {of: Order Completed, where: total > 0, void: {by: Order Cancelled, same: order_id}}
metrics:
  views_3h: count("Product Viewed", within="3h")
  spent: sum(order, total)
segments:
  keen: metric.views_3h >= 2
  quiet: did(any()) and age(any()) >= "5h"
  well_off: metric.spent > quantile(metric.spent, 0.5, every="day")
ladders:
  mood:
    rungs:
      - loyal: {when: count(order) >= 2, tone: warm}
      - buyer: did(order)
      - keen: segment.keen
    otherwise: cold
tiers:
  value:
    by: metric.spent if did(order) else None
    bands: [{high: 30%}, {low: 70%}]
    calibrate: daily
derived:
  Spree: {when: 'reaches("Product Added", n=2, within="2h")', set: {added: 'count("Product Added", since=previous)'}}
journeys:
  entering: {when: enters(keen), reentry: 1h, holdout: 0%, steps: [{send: a}]}
  staying: {when: 'enters(quiet, hold="2h")', reentry: 1h, holdout: 0%, steps: [{send: b}]}
  leaving: {when: leaves(segment.keen), reentry: always, holdout: 0%, exit_if: segment.keen, steps: [{wait: 20m}, {send: c}]}
  changing: {when: changes(ladder.mood), reentry: always, holdout: 0%, steps: [{send: d}]}
  rising: {when: changes(tier.value), reentry: always, holdout: 0%, only_if: segment.well_off, steps: [{send: e}]}
  third: {when: 'nth("Product Viewed", n=3)', reentry: always, holdout: 0%, steps: [{send: f}]}
  running: {when: 'lapse("Product Viewed", unless=order, within="1h", at_most="2h")', reentry: never, holdout: 0%, steps: [{send: g}]}
  waiting: {when: 'after(time(order), "90m")', reentry: always, holdout: 0%, steps: [{send: h}]}
  weekly: {when: 'every("09:00", tz="Europe/Berlin")', only_if: did("Product Viewed"), reentry: always, holdout: 0%, steps: [{send: i}]}
  stocked:
    when: event("Stock Changed", stock > 0, reaching="Product Viewed", same="product_id", within="8h")
    reentry: always
    holdout: 0%
    steps: [{send: j}]
  visited: {when: 'event("Session Ended", products >= 1)', reentry: always, holdout: 0%, steps: [{send: k}]}
  spreeing: {when: 'event("Spree", added >= 2)', reentry: always, holdout: 0%, steps: [{send: l}]}
"""
NAMES = ("entering", "staying", "leaving", "changing", "rising", "third", "running", "waiting", "weekly", "stocked", "visited", "spreeing")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project_of(tmp_path_factory.mktemp("project"), FILES)


def project_of(folder: Path, files: str) -> Project:
    """A project of one file, with the templates a to l."""
    (folder / "opportune.yml").write_text("shop: {name: Shop, currency: USD, timezone: America/New_York}\n")
    (folder / "all.yml").write_text(dedent(files))
    (folder / "templates").mkdir()
    for name in "abcdefghijkl":
        (folder / "templates" / f"{name}.html").write_text("---\nsubject: x\n---\n<p>x</p>")
    project = read_project(folder)
    assert [p for p in project.problems if p.severity is Severity.ERROR] == []
    return project


def with_more(calls: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Orders get ids, some are cancelled; stock changes; ids are parted again."""
    chance, more = random.Random(f"more {seed}"), []
    for number, one in enumerate(calls):
        ts, received = parse_instant(one["timestamp"]), parse_instant(one["receivedAt"])
        later = {"timestamp": format_instant(Instant(ts + 30 * MINUTE)), "receivedAt": format_instant(Instant(received + 31 * MINUTE))}
        if one.get("event") == "Order Completed":
            one["properties"]["order_id"] = f"o{number}"
            if chance.random() < 0.3 and "userId" in one:
                more.append({**one, **later, "messageId": f"{one['messageId']}-c", "event": "Order Cancelled"})
        if chance.random() < 0.08:
            thing = {"product_id": chance.choice(("a", "b")), "stock": chance.choice((0, 3))}
            who = {key: value for key, value in one.items() if key not in ("userId", "anonymousId")}
            more.append(
                {**who, "type": "track", "messageId": f"{one['messageId']}-s", "event": "Stock Changed", "properties": thing, "traits": {}}
            )
        if one["type"] == "identify" and chance.random() < 0.3:
            parted = {"type": "track", "event": "Identity Unlinked", "properties": {"previous_id": one["anonymousId"]}, "traits": {}}
            more.append({**one, **later, **parted, "anonymousId": None, "messageId": f"{one['messageId']}-u"})
    return sorted([*calls, *more], key=lambda one: (parse_instant(one["receivedAt"]), one["messageId"]))


def run(
    project: Project, calls: list[dict[str, Any]], cuts: list[Instant], reading: Reading = Reading.AS_SEEN
) -> tuple[set[Any], set[Any], dict[Any, int]]:
    """Load what has arrived by each cut, tick there; what came of it."""
    store, database = DuckDB.open(None, threads=1, currency="USD"), Database.open("sqlite://")
    state = SqlJourneyState(database)
    ground = Ground(store, [project.definitions], project.tables)
    journeys = list(project.definitions.journeys.values())
    rules = Rules(secret=b"k" * 32, sending=Sending(weekly=None), reading=reading)
    world = world_of(ground, journeys, rules, version="v", applied_at=START)
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
            tick(world, state, cut, start=START)
    enrolments = {
        (
            e.journey,
            e.customer_id,
            e.entered_at,
            e.acted_at,
            e.trigger_event_id,
            e.trigger_line,
            e.which,
            e.told,
            e.status,
            e.outcome,
            e.ended_at,
        )
        for e in state.enrolments()
    }
    messages = {astuple(m) for m in state.messages(START, cuts[-1])}
    turned = state.turned()
    store.close()
    database.close()
    return enrolments, messages, turned


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 2 + share_of(40)))])
def test_ticks_of_any_size_decide_the_same(project: Project, seed: int) -> None:
    calls = with_more(history(seed, 110), seed)
    end = Instant(max(parse_instant(one["receivedAt"]) for one in calls) + 6 * 60 * MINUTE)
    chance = random.Random(seed)
    cuts = sorted({Instant(chance.randrange(START + 1, end)) for _ in range(chance.choice((3, 10)))} | {end})
    whole, pieces = run(project, calls, [end]), run(project, calls, cuts)
    entered = {row[0] for row in whole[0]}
    assert len(entered) >= len(NAMES) - 2, f"nobody entered {set(NAMES) - entered}"
    for one, other in zip(pieces, whole, strict=True):
        assert one == other
