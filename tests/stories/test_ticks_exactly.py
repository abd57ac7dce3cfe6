"""Ticks cut as finely, as coarsely and as unevenly as can be, over moments of mixed lists, of derived events and of what arrives by itself.

Histories hold calls sent twice, traits that arrive alone, consents, links that are taken back late, and voids of what was acted on.
"""

import random
from dataclasses import dataclass
from typing import Any

import pytest
from tests.soaking import share_of
from tests.stories.test_ticks import MINUTE, START, history
from tests.stories.test_ticks_of_every_kind import project_of, run, with_more

from opportune.adapters.project.project import Project
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.reading import Reading

FILES = """
events:
  order: {of: Order Completed, where: total > 0, void: {by: Order Cancelled, same: order_id}}
segments:
  keen: count("Product Viewed", within="3h") >= 2
  quiet: did(any()) and age(any()) >= "5h"
scores:
  interest:
    parts:
      - {weight: 60, name: views, value: 'count("Product Viewed", within="6h") / 4'}
      - {weight: 40, name: spent, value: 'count(order) / 2 if did(order) else None'}
ladders:
  heat: {by: score.interest, from: {hot: 6, warm: 3, cold: 0}}
derived:
  Keen: {when: enters(segment.keen), set: {views: 'count("Product Viewed", since=previous)'}}
  Taste: {when: 'changes(last("Product Viewed", product_id))', set: {id: 'last("Product Viewed", product_id)'}}
  Morning: {when: 'every("09:00", tz="customer")', set: {views: 'count("Product Viewed", since=previous)'}}
  Restocked:
    when: event("Stock Changed", stock > 0, reaching="Product Viewed", same="product_id", within="8h")
    set: {id: trigger.product_id}
  Due: {when: 'after(time(order), "45m")', set: {views: 'count("Product Viewed", since=previous)'}}
journeys:
  mixed:
    when: ['reaches("Product Viewed", n=2, within="2h")', enters(segment.keen), 'event("Product Viewed", product_id == "b")']
    reentry: always
    holdout: 0%
    steps: [{send: a}]
  mingled:
    when: ['lapse("Product Added", unless=order, within="1h")', leaves(segment.keen), 'every("10:00")', changes(ladder.heat)]
    only_if: did("Product Viewed")
    reentry: 90m
    holdout: 0%
    steps: [{wait: 20m}, {send: b}]
  turned: {when: 'event("Keen", views >= 1)', reentry: always, holdout: 0%, steps: [{send: c}]}
  tasted: {when: 'reaches("Taste", n=2, within="3h")', reentry: always, holdout: 0%, steps: [{send: d}]}
  greeted: {when: 'event("Morning", views > 0)', reentry: always, holdout: 0%, steps: [{send: e}]}
  restocked: {when: 'lapse("Restocked", unless=order, within="30m")', reentry: always, holdout: 0%, steps: [{send: f}]}
  due: {when: 'event("Due", views > 0)', reentry: always, holdout: 0%, steps: [{send: g}]}
  bought:
    when: event(order)
    reentry: always
    key: trigger.order_id
    holdout: 0%
    exit_if: not did(order)
    steps: [{wait: 25m}, {send: h}]
  liked: {when: [enters(trait.vip == True), changes(trait.country)], reentry: always, holdout: 0%, steps: [{send: i}]}
  agreed: {when: [enters(consent.email), leaves(consent.email)], reentry: always, holdout: 0%, steps: [{send: j}]}
  warmed: {when: 'enters(score.interest >= 5, hold="20m")', reentry: always, holdout: 0%, steps: [{send: k}]}
  rested: {when: enters(segment.quiet), reentry: always, holdout: 0%, exit_if: 'did(any(), since=entry)', steps: [{wait: 1h}, {send: l}]}
"""
JOURNEYS = 12
SIX_HOURS = 360 * MINUTE


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project_of(tmp_path_factory.mktemp("project"), FILES)


@dataclass(frozen=True)
class Shop:
    """A seed's history of so many calls."""

    seed: int
    number: int
    is_late: bool = True

    def calls(self) -> list[dict[str, Any]]:
        """In the order they arrive."""
        calls = with_more(history(self.seed, self.number), self.seed)
        chance, more = random.Random(f"exactly {self.seed}"), []
        for one in calls:
            if chance.random() < 0.06:
                more.append(_again(chance, one))
            if chance.random() < 0.08:
                more.append(_traits(chance, one))
        if not self.is_late:
            for one in (*calls, *more):
                one["receivedAt"] = one["timestamp"]
        return sorted([*calls, *more], key=lambda one: (parse_instant(one["receivedAt"]), one["messageId"]))


def _again(chance: random.Random, one: dict[str, Any]) -> dict[str, Any]:
    """The same call once more, later, as if it said something else."""
    received = parse_instant(one["receivedAt"]) + chance.choice((0, 1, 5 * MINUTE))
    ts = parse_instant(one["timestamp"]) - chance.choice((0, 1, MINUTE))
    said = {**one["properties"], "product_id": "c"}
    return {**one, "receivedAt": format_instant(Instant(received)), "timestamp": format_instant(Instant(ts)), "properties": said}


def _traits(chance: random.Random, one: dict[str, Any]) -> dict[str, Any]:
    """Traits of somebody who may have sent nothing else, about when the call came."""
    who = {"userId": chance.choice(("ann", "bob", "eve", "zoe"))}
    told = chance.choice(({"vip": True}, {"vip": False}, {"country": "DE"}, {"country": None}, {"timezone": "Asia/Kolkata"}))
    common = {name: one[name] for name in ("timestamp", "receivedAt", "source", "context")}
    return {**common, **who, "type": "identify", "messageId": f"{one['messageId']}-t", "properties": {}, "traits": told}


def cuts_of(calls: list[dict[str, Any]], how: str, seed: int, number: int = 6) -> list[Instant]:
    """Where ticks end: at what happens or arrives, give or take a microsecond; hours apart; or now this, now that."""
    chance = random.Random(f"{how} {seed}")
    arrivals = [parse_instant(one[name]) for one in calls for name in ("receivedAt", "timestamp")]
    end = Instant(max(arrivals) + SIX_HOURS)
    some = sorted(chance.sample(arrivals, number))
    fine = [Instant(at + nudge) for at in some for nudge in (-2, -1, 0, 1)]
    coarse = [Instant(START + part * SIX_HOURS + 1) for part in range(1, (end - START) // SIX_HOURS, 2)]
    chosen = {"fine": fine, "coarse": coarse, "mixed": [*fine[:10], *coarse[2:]]}[how]
    return sorted({at for at in chosen if START < at < end} | {end})


@pytest.mark.slow
def test_however_time_is_cut_the_same_is_decided(project: Project) -> None:
    check(project, Shop(1, 40), "fine", 3)


def check(project: Project, shop: Shop, how: str, number: int = 6) -> None:
    calls = shop.calls()
    cuts = cuts_of(calls, how, shop.seed, number)
    whole, pieces = run(project, calls, cuts[-1:]), run(project, calls, cuts)
    for one, other in zip(pieces, whole, strict=True):
        assert one == other
    assert len({row[0] for row in whole[0]}) >= JOURNEYS - 4, {row[0] for row in whole[0]}


def check_known(project: Project, shop: Shop, how: str) -> None:
    calls = shop.calls()
    cuts = cuts_of(calls, how, shop.seed)
    known, live = run(project, calls, cuts[-1:], Reading.AS_KNOWN), run(project, calls, cuts)
    for one, other in zip(live, known, strict=True):
        assert one == other


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 100 + share_of(40)))
def test_however_time_is_cut_the_same_is_decided_for_many(project: Project, seed: int) -> None:
    for how in ("fine", "coarse", "mixed"):
        check(project, Shop(seed, 80), how)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(200, 200 + share_of(20)))
def test_where_nothing_comes_late_live_decides_what_the_full_history_says(project: Project, seed: int) -> None:
    check_known(project, Shop(seed, 80, is_late=False), ("fine", "mixed", "coarse")[seed % 3])
