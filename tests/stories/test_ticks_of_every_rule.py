"""Rungs, waits, caps, the gap and quiet hours over the nights on which clocks change, with customers that become one: however time is
cut into ticks, the same people enter, wait, are outranked, and the same messages are decided, put off and held."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from textwrap import dedent
from typing import Any

import pytest
from tests.soaking import share_of
from tests.stories.test_ticks import MINUTE
from tests.stories.ticking import ticked

from opportune.adapters.project.project import Project, read_project
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.problems import Severity
from opportune.language.vocabulary.zones import wall_clock
from opportune.shell.world import Rules

START = parse_instant("2026-03-28T00:00:00Z")
"""The clocks of Europe go forward on the next night, those of Lord Howe back by half an hour a week later."""
SETTINGS = """
shop: {name: Shop, currency: USD, timezone: Europe/Berlin}
rungs: {abandonment: [checkout, cart, product]}
caps: {weekly: 'least(trait.mail_frequency, 12 + count("Order Completed", within="1d"))', gap: 3h}
quiet_hours: {from: "21:30", to: "02:30"}
"""
JOURNEYS = """
journeys:
  product:
    when: lapse("Product Viewed", unless="Product Added", same="product_id", within="1h")
    exit_if: did("Order Completed", since=entry)
    reentry: 3h
    holdout: 50%
    rung: abandonment.product
    priority: 40
    steps:
      - send: a
        within: 8h
      - wait: {until: 'did("Product Viewed", since=entry)', at_most: 5h}
        then: [{send: b, within: 2h}]
        else: [{send: c}]
      - wait: 1h
  cart:
    when: lapse("Product Added", unless="Order Completed", within="90m")
    exit_if: did("Order Completed", since=entry) or count("Product Viewed", within="40m") >= 3
    reentry: 2h
    holdout: 0%
    rung: abandonment.cart
    steps:
      - send: d
        within: 12h
      - wait: {until_time: "09:00", days: [sat, sun, mon]}
      - send: e
  checkout:
    when: event("Checkout Started")
    exit_if: age("Checkout Started") >= "7h"
    reentry: always
    holdout: 0%
    rung: abandonment.checkout
    priority: 70
    steps:
      - wait: {until: 'age("Product Viewed") >= "2h"', at_most: 6h}
      - send: f
        within: 1d
  another:
    when: event("Product Added")
    reentry: 1h
    holdout: 0%
    steps:
      - wait: {until: consent.email, at_most: 3h}
        else: [{exit: silent}]
      - wait: {until_time: "02:30"}
      - send: g
        within: 1d
  receipt:
    when: event("Order Completed")
    reentry: always
    kind: transactional
    steps: [{send: h}]
"""
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Mars/Base", "Pacific/Kiritimati")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    (folder / "opportune.yml").write_text(dedent(SETTINGS))
    (folder / "journeys.yml").write_text(dedent(JOURNEYS))
    (folder / "templates").mkdir()
    for name in "abcdefgh":
        (folder / "templates" / f"{name}.html").write_text("---\nsubject: x\n---\n<p>x</p>")
    found = read_project(folder)
    assert [p for p in found.problems if p.severity is Severity.ERROR] == []
    return found


def history(seed: int, number: int) -> list[dict[str, Any]]:
    """Three days of three customers and two cookies with addresses of their own: coarse instants, a quarter of it late, moves and links."""
    chance = random.Random(seed)
    first = START + chance.choice((0, 7)) * 24 * 60 * MINUTE
    calls: list[dict[str, Any]] = []
    for index in range(number):
        ts = first + chance.randrange(1, 4 * 72) * 15 * MINUTE + chance.choice((-1, 0, 0, 0, 1))
        late = chance.choice((0, 0, 0, 0, 0, 0, 1, 20 * MINUTE, 3 * 60 * MINUTE))
        who = {"userId": chance.choice(("ann", "bob", "eve"))} if chance.random() < 0.6 else {"anonymousId": chance.choice(("c1", "c2"))}
        common = {"messageId": f"m{index:04d}", "source": "test", "properties": {}, "traits": {}, "context": {}}
        times = {"timestamp": format_instant(Instant(ts)), "receivedAt": format_instant(Instant(ts + late))}
        calls.append({**common, **times, **who, **dict(_what(chance, who))})
    for name, who in (("ann", "userId"), ("bob", "userId"), ("c1", "anonymousId"), ("c2", "anonymousId")):
        times = {"timestamp": format_instant(Instant(first + MINUTE)), "receivedAt": format_instant(Instant(first + MINUTE))}
        common = {"source": "test", who: name, "context": {}, **times}
        given = {"type": "track", "event": "Consent Given", "properties": {"purpose": "email"}, "traits": {}}
        calls.append({**common, **given, "messageId": f"c-{name}"})
        calls.append({**common, "type": "identify", "traits": {"email": f"{name}@x.org"}, "properties": {}, "messageId": f"i-{name}"})
    return sorted(calls, key=lambda one: (parse_instant(one["receivedAt"]), one["messageId"]))


def _what(chance: random.Random, who: dict[str, str]) -> Iterator[tuple[str, Any]]:
    dice = chance.random()
    if dice < 0.08 and "userId" in who:
        device = chance.choice(("c1", "c2"))
        # without the address the device alone becomes hers, not the address's customer
        told = {"email": f"{device}@x.org"} if chance.random() < 0.7 else {}
        yield from (("type", "identify"), ("anonymousId", device), ("traits", told))
    elif dice < 0.15:
        traits = chance.choice(({"timezone": chance.choice(ZONES)}, {"mail_frequency": chance.choice((4, 20))}))
        yield from (("type", "identify"), ("traits", traits))
    elif dice < 0.18:
        yield from (
            ("type", "track"),
            ("event", chance.choice(("Consent Given", "Consent Withdrawn"))),
            ("properties", {"purpose": "email"}),
        )
    else:
        events = (
            "Product Viewed",
            "Product Viewed",
            "Product Viewed",
            "Product Added",
            "Product Added",
            "Checkout Started",
            "Order Completed",
        )
        properties = {"product_id": chance.choice(("a", "b")), "total": 10}
        yield from (("type", "track"), ("event", chance.choice(events)), ("properties", properties))


Found = tuple[set[Any], set[Any], dict[Any, int]]


def run(project: Project, calls: list[dict[str, Any]], start: Instant, cuts: list[Instant]) -> Found:
    """What came of it."""
    rules = Rules(secret=b"k" * 32, sending=project.definitions.sending)
    with ticked(project, rules, calls, start, cuts) as state:
        enrolments = {
            (e.id, e.customer_id, e.entered_at, e.acted_at, e.held_out, e.status, e.outcome, e.ended_at, e.cursor, e.due_at, e.asked_at)
            for e in state.enrolments()
        }
        return enrolments, {astuple(m) for m in state.messages(start, cuts[-1])}, state.turned()


def compared(project: Project, seed: int) -> Found:
    """A history decided at once and in pieces, and that it is the same."""
    calls = history(seed, 120)
    first, last = (parse_instant(one["receivedAt"]) for one in (calls[0], calls[-1]))
    start, end = Instant(first - 5 * MINUTE), Instant(last + 26 * 60 * MINUTE)
    chance = random.Random(seed)
    cuts = {Instant(chance.randrange(start + 1, end)) for _ in range(chance.choice((2, 6, 12)))}
    cuts |= {Instant(parse_instant(one["receivedAt"])) for one in calls if chance.random() < 0.05}
    whole, pieces = run(project, calls, start, [end]), run(project, calls, start, sorted({*cuts, end}))
    for one, other in zip(pieces, whole, strict=True):
        assert one == other
    return whole


DAILY = (3, 5)
"""Histories in which between them every rule comes into it."""


@pytest.mark.slow
def test_ticks_of_any_size_decide_the_same(project: Project) -> None:
    said: Counter[str] = Counter()
    for seed in DAILY:
        enrolments, messages, turned = compared(project, seed)
        assert any(result == "outranked" for _, result in turned)
        said.update(row[6] for row in enrolments)
        said.update(row[-1] for row in messages)
    wanted = {"outranked", "merged", "exit_if", "silent", "capped", "too soon after another", "quiet hours", "held out"}
    assert wanted <= set(said), "rules that never come into it prove nothing"


WITHIN = {"a": 8, "b": 2, "d": 12, "f": 24, "g": 24}
"""Hours each send may wait, of those that may."""
PLACES = {"checkout": 0, "cart": 1, "product": 2}


@pytest.mark.slow
def test_what_was_sent_keeps_every_rule_as_people_count_it(project: Project) -> None:
    calls = [one for one in history(7, 160) if not {"userId", "anonymousId"} <= one.keys()]  # nobody becomes another
    first, last = (parse_instant(one["receivedAt"]) for one in (calls[0], calls[-1]))
    start, end = Instant(first - 5 * MINUTE), Instant(last + 26 * 60 * MINUTE)
    with ticked(project, Rules(secret=b"k" * 32, sending=project.definitions.sending), calls, start, [end]) as state:
        enrolments, messages = state.enrolments(), [m for m in state.messages(start, end) if m.status.value == "planned" and m.is_marketing]
    assert len(messages) > 20
    for who in {m.customer_id for m in messages}:
        sent = [m.decided_at for m in messages if m.customer_id == who]
        assert all(later - earlier >= 180 * MINUTE for earlier, later in pairwise(sent))
        for number, at in enumerate(sent, 1):
            assert number <= least_of(calls, who, at)
            clock = wall_clock(at, zone_of(calls, who, at))
            assert clock is not None
            assert is_night_of_change(clock) or (2, 30) <= (clock.hour, clock.minute) < (21, 30)
    assert [m for m in messages if m.decided_at - m.due_at > WITHIN.get(m.step, 0) * 60 * MINUTE] == []
    climbing = [e for e in enrolments if e.journey in PLACES]
    for one, other in combinations(climbing, 2):
        if one.customer_id == other.customer_id and one.acted_at != other.acted_at:
            early, late = sorted((one, other), key=lambda each: each.acted_at)
            assert early.ended_at is not None
            assert early.ended_at <= late.acted_at, "two rungs at a time"
            assert early.outcome != "outranked" or any(
                e.acted_at == early.ended_at and PLACES[e.journey] < PLACES[early.journey]
                for e in climbing
                if e.customer_id == early.customer_id
            )


def seen(calls: list[dict[str, Any]], who: str, at: Instant) -> list[dict[str, Any]]:
    """What of hers had happened and arrived by then, in its order."""
    hers = [one for one in calls if who in (one.get("userId"), one.get("anonymousId"))]
    known = [one for one in hers if max(parse_instant(one["timestamp"]), parse_instant(one["receivedAt"])) <= at]
    return sorted(known, key=lambda one: (parse_instant(one["timestamp"]), one["messageId"]))


def least_of(calls: list[dict[str, Any]], who: str, at: Instant) -> int:
    known = seen(calls, who, at)
    asked = [one["traits"]["mail_frequency"] for one in known if "mail_frequency" in one["traits"]]
    orders = [one for one in known if one.get("event") == "Order Completed" and parse_instant(one["timestamp"]) > at - 24 * 60 * MINUTE]
    return min([*asked[-1:], 12 + len(orders)])


def zone_of(calls: list[dict[str, Any]], who: str, at: Instant) -> str:
    said = [one["traits"]["timezone"] for one in seen(calls, who, at) if "timezone" in one["traits"]]
    return said[-1] if said and said[-1] != "Mars/Base" else "Europe/Berlin"


def is_night_of_change(clock: datetime) -> bool:
    """Whether clocks there change within a few hours: tests/sending/test_quiet_hours.py says what holds then."""
    return (clock - timedelta(hours=4)).utcoffset() != (clock + timedelta(hours=4)).utcoffset()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(6, 6 + share_of(60)))
def test_ticks_of_any_size_decide_the_same_of_many_histories(project: Project, seed: int) -> None:
    compared(project, seed)
