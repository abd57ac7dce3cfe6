"""However time is cut into ticks, and whatever arrives when, the same people enter and the same messages are decided."""

import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.soaking import share_of

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import read_project
from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.language.tree.journeys import Journey
from opportune.language.tree.sending import Sending
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.problems import Severity
from opportune.shell.backtest import world_of
from opportune.shell.tick import tick
from opportune.shell.world import Apart, Rules

MINUTE = 60_000_000
START = parse_instant("2026-03-01T00:00:00Z")
JOURNEYS = """
journeys:
  cart:
    when: lapse("Product Added", unless="Order Completed", within="2h")
    only_if: consent.email and count("Product Viewed", within="1d") < 6
    exit_if: did("Order Completed", since=entry)
    reentry: 6h
    holdout: 20%
    priority: 60
    goal: {reached: 'did("Order Completed", since=entry)', within: 1d}
    steps:
      - send: first
        within: 12h
      - wait: 3h
      - send: second
        only_if: not did("Email Opened", enrolment == entry.id)
      - wait: 1h
      - send: third
  browse:
    when:
      - lapse("Product Viewed", unless="Product Added", same="product_id", within="1h")
      - event("Products Searched", query == "lamp")
    exit_if: count("Product Viewed", within="30m") >= 3
    reentry: 2h
    holdout: 0%
    steps:
      - branch:
          - if: metric.value >= 40
            then: [{send: rich}]
          - else: [{send: poor}]
      - wait: 30m
      - send: later
  loyal:
    when: reaches("Order Completed", n=2, within="4h")
    reentry: always
    holdout: 0%
    steps:
      - send: thanks
metrics:
  value: sum("Order Completed", total)
"""


@pytest.fixture(scope="module")
def journeys(tmp_path_factory: pytest.TempPathFactory) -> list[Journey]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "opportune.yml").write_text("shop: {name: Shop, currency: USD}\n")
    (folder / "journeys.yml").write_text(dedent(JOURNEYS))
    (folder / "templates").mkdir()
    for name in ("first", "second", "third", "rich", "poor", "later", "thanks"):
        (folder / "templates" / f"{name}.html").write_text("---\nsubject: x\n---\n<p>x</p>")
    project = read_project(folder)
    assert [p for p in project.problems if p.severity is Severity.ERROR] == []
    return list(project.definitions.journeys.values())


def history(seed: int, number: int) -> list[dict[str, Any]]:
    """Two days of three customers and two cookies: coarse instants so that edges and ties happen, a third of it late."""
    chance = random.Random(seed)
    calls: list[dict[str, Any]] = []
    grid = [START + k * 15 * MINUTE for k in range(1, 160)]
    for index in range(number):
        ts = chance.choice(grid) + chance.choice((-1, 0, 0, 0, 1))
        late = chance.choice((0, 0, 0, 1, 2_000_000, 40 * MINUTE, 3 * 60 * MINUTE, 26 * 60 * MINUTE))
        who = chance.choice(("ann", "bob", "eve"))
        cookie = chance.choice(("cookie-1", "cookie-2"))
        calls.append(call(chance, f"m{seed}-{index:04d}", who, cookie, ts, ts + late))
    calls.sort(key=lambda one: (parse_instant(one["receivedAt"]), one["messageId"]))
    return calls


def call(chance: random.Random, message_id: str, who: str, cookie: str, ts: int, received: int) -> dict[str, Any]:
    common = {
        "messageId": message_id, "timestamp": format_instant(Instant(ts)), "receivedAt": format_instant(Instant(received)),
        "source": "test", "properties": {}, "traits": {}, "context": {},
    }  # fmt: skip
    dice = chance.random()
    if dice < 0.06:
        return {**common, "type": "identify", "userId": who, "anonymousId": cookie, "traits": {"email": f"{who}@example.com"}}
    if dice < 0.16:
        purpose = {"purpose": "email"}
        return {
            **common,
            "type": "track",
            "userId": who,
            "event": chance.choice(["Consent Given"] * 5 + ["Consent Withdrawn"]),
            "properties": purpose,
        }
    event = chance.choice(("Product Added", "Product Added", "Product Viewed", "Product Viewed", "Order Completed", "Products Searched"))
    properties = {"product_id": chance.choice(("a", "b")), "total": chance.choice((10, 30.5)), "query": chance.choice(("lamp", "rug"))}
    sender = {"anonymousId": cookie} if dice < 0.35 else {"userId": who}
    return {**common, **sender, "type": "track", "event": event, "properties": properties}


def run(
    journeys: Sequence[Journey], calls: list[dict[str, Any]], cuts: list[Instant], apart: Apart | None = None
) -> tuple[set[Any], set[Any], dict[Any, int]]:
    """Load what has arrived by each cut, tick there; what came of it."""
    engine, database = DuckDB.open(None, threads=1), Database.open("sqlite://")
    state = SqlJourneyState(database)
    world = world_of(engine, journeys, Rules(secret=b"k" * 32, sending=Sending()), version="v", applied_at=START)
    world = world if apart is None else replace(world, apart=apart)
    waiting = list(calls)
    with tempfile.TemporaryDirectory() as folder:
        for number, cut in enumerate(cuts):
            now = [one for one in waiting if parse_instant(one["receivedAt"]) <= cut]
            waiting = waiting[len(now) :]
            if now:
                segment = Path(folder) / f"{number:06d}.ndjson"
                segment.write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in now))
                engine.load([segment])
            tick(world, state, cut, start=START)
    enrolments = {
        (e.id, e.customer_id, e.entered_at, e.acted_at, e.held_out, e.status, e.outcome, e.ended_at, e.cursor) for e in state.enrolments()
    }
    messages = {astuple(m) for m in state.messages(START, cuts[-1])}
    turned = state.turned()
    engine.close()
    database.close()
    return enrolments, messages, turned


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(5, 5 + share_of(55)))])
def test_ticks_of_any_size_decide_the_same(journeys: list[Journey], seed: int) -> None:
    calls = history(seed, 140)
    end = Instant(max(parse_instant(one["receivedAt"]) for one in calls) + 6 * 60 * MINUTE)
    chance = random.Random(seed)
    cuts = sorted({Instant(chance.randrange(START + 1, end)) for _ in range(chance.choice((3, 12, 40)))} | {end})
    edges = [parse_instant(one["receivedAt"]) for one in calls if chance.random() < 0.1]
    cuts = sorted({*cuts, *(Instant(edge) for edge in edges if START < edge <= end)})
    whole, pieces = run(journeys, calls, [end]), run(journeys, calls, cuts)
    assert len(whole[0]) >= 3, "a history in which nobody enters proves nothing"
    assert pieces == whole


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 2 + share_of(30)))])
def test_who_is_set_apart_in_a_long_tick_is_decided_about_the_same(journeys: list[Journey], seed: int) -> None:
    calls = history(seed, 140)
    end = Instant(max(parse_instant(one["receivedAt"]) for one in calls) + 6 * 60 * MINUTE)
    apart, together = run(journeys, calls, [end], Apart(0, 1.0)), run(journeys, calls, [end])
    assert len(together[0]) >= 3, "a history in which nobody enters proves nothing"
    assert apart == together
