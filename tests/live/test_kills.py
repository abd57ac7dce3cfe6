"""kill -9 at every crash point while customers live fast: nothing acknowledged is lost, no mail goes twice, live equals its backtest."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from tests.live.comparing import both, difference, watermark
from tests.live.serving import done, free_port, post_office, run, serving, settings, state, until, write
from tests.live.traffic import Traffic

from opportune.cli.serving import CONNECTIONS
from opportune.shell.crash_points import VARIABLE

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(400)]

KILLS_EACH = 5
POINTS = {"load": 4, "commit": 8, "claim": 3, "data": 3, "after_data": 3}
"""Crash point → the latest time it is reached at which a life may end."""
CUSTOMERS = 60
JOURNEYS = """
journeys:
  cart:
    when: lapse("Product Added", unless="Order Completed", within="2s")
    only_if: consent.email
    exit_if: did("Order Completed", since=entry)
    reentry: 3s
    holdout: 30%
    priority: 60
    goal: {reached: 'did("Order Completed", since=entry)', within: 5s, value: 'sum("Order Completed", total, since=entry)'}
    steps:
      - send: cart-first
        within: 8d
      - wait: 1s
      - branch:
          - if: count("Product Viewed", within="3s") >= 2
            then: [{send: cart-looking}]
          - else: [{send: cart-second}]
  browse:
    when: reaches("Product Viewed", n=2, within="3s")
    exit_if: did("Product Added", since=entry)
    reentry: always
    holdout: 30%
    steps:
      - wait: 700ms
      - send: browse
        only_if: not did("Products Searched", within="2s")
  same:
    when: lapse("Product Viewed", unless="Product Added", same="product_id", within="1s")
    only_if: known(trait.email)
    reentry: 2s
    key: trigger.product_id
    holdout: 0%
    steps:
      - send: same
        within: 10s
      - wait: 500ms
      - send: same-later
  thanks:
    when: event("Order Completed", total > 20)
    reentry: always
    holdout: 0%
    kind: transactional
    steps:
      - wait: 1s
      - send: thanks
"""
TEMPLATES = ("cart-first", "cart-looking", "cart-second", "browse", "same", "same-later", "thanks")


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is left when everything has come to rest."""

    folder: Path
    kills: Counter[str]
    acknowledged: dict[str, str]
    refused: list[str]
    letters: list[tuple[str, str]]
    """(recipient, Message-ID) of every mail that arrived."""
    errors: str


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    root = tmp_path_factory.mktemp("kills")
    with post_office(root / "office") as office:
        folder = write(root / "project", {"opportune.yml": settings(office.port), "journeys.yml": JOURNEYS}, TEMPLATES)
        key = done("keys", "add", "shop", project=folder).splitlines()[-1]
        port = free_port()
        traffic = [Traffic(f"http://127.0.0.1:{port}", key, name=name, pause=0.45, at_least=CUSTOMERS // 2) for name in ("ann", "bob")]
        try:
            kills = killed(folder, port)
        except BaseException:
            for each in traffic:
                each.give_up()
            raise
        with serving(folder, port) as serve:
            for each in traffic:
                each.finish()
            done("import", old_orders(folder), project=folder)
            everything_at_rest(folder)
            assert serve.stop() == 0
            errors = serve.said()
        letters = [(str(message["Delivered-To"]), str(message["Message-ID"])) for message in office.messages()]
        acknowledged = {message_id: kind for each in traffic for message_id, kind in each.acknowledged.items()}
        yield Aftermath(folder, kills, acknowledged, [text for each in traffic for text in each.refused], letters, errors)


def killed(folder: Path, port: int) -> Counter[str]:
    """Life after life, each ended by a kill at a drawn instant; while they last, a file is imported too."""
    chance = random.Random(7)
    plan = [(point, chance.randint(1, latest)) for point, latest in POINTS.items() for _ in range(KILLS_EACH)]
    chance.shuffle(plan)
    kills: Counter[str] = Counter()
    for number, (point, after) in enumerate(plan):
        with serving(folder, port, f"{point}:{after}") as serve:
            if number == len(plan) // 2:
                run("import", old_orders(folder), project=folder)  # may be interrupted: it is repeated below
            assert serve.wait() == -9, f"{point}:{after} ended otherwise:\n{serve.said()[-3000:]}"
        kills[point] += 1
    print(f"\nkills: {dict(kills)}")
    return kills


def old_orders(folder: Path) -> Path:
    """Orders of yesterday, by some of the customers that are there today."""
    path = folder.parent / "old.ndjson"
    orders = [
        {"event_id": f"old-{number}", "customer_id": f"ann-{number}", "name": "Order Completed", "ts": "2026-01-05T10:00:00Z", "total": 30}
        for number in range(1, 40)
    ]
    path.write_text("".join(json.dumps(order) + "\n" for order in orders))
    return path


def everything_at_rest(folder: Path) -> None:
    """No message on its way and nobody due today."""
    soon = watermark(folder) + 6_000_000  # no journey waits longer, but for the cap
    until("the watermark is well past the last event", lambda: watermark(folder) > soon)
    until("nothing is on its way", lambda: not state(folder, "SELECT 1 FROM messages WHERE status IN ('planned', 'claimed') LIMIT 1"))
    until("every notice is told", lambda: not state(folder, "SELECT 1 FROM notices LIMIT 1"))


def test_the_process_was_killed_at_least_five_times_at_each_crash_point(aftermath: Aftermath) -> None:
    assert aftermath.kills == dict.fromkeys(POINTS, KILLS_EACH), VARIABLE


def test_whatever_was_acknowledged_is_stored_exactly_once(aftermath: Aftermath) -> None:
    with duckdb.connect(str(aftermath.folder / ".opportune" / "events.duckdb"), read_only=True) as connection:
        stored = Counter(row[0] for row in connection.execute("SELECT event_id FROM events WHERE line = 0").fetchall())
        asked = "SELECT id, count(call_hash) FROM unnest(?) AS asked(id) LEFT JOIN calls ON call_hash = md5_number(id) GROUP BY id"
        heard = dict(connection.execute(asked, [list(aftermath.acknowledged)]).fetchall())
    assert aftermath.refused == []
    assert len(aftermath.acknowledged) > 500
    assert heard == dict.fromkeys(aftermath.acknowledged, 1)
    tracks = {message_id for message_id, kind in aftermath.acknowledged.items() if kind == "track"}
    assert {message_id: stored[message_id] for message_id in tracks} == dict.fromkeys(tracks, 1)
    assert max(stored.values()) == 1


def test_no_mail_arrives_twice(aftermath: Aftermath) -> None:
    assert len(aftermath.letters) > 100
    assert max(Counter(aftermath.letters).values()) == 1
    assert max(Counter(message_id for _, message_id in aftermath.letters).values()) == 1


def test_every_message_ends_handed_over_unknown_or_with_the_reason_why_not(aftermath: Aftermath) -> None:
    found = state(aftermath.folder, "SELECT id, status, reason FROM messages")
    statuses = Counter(status for _, status, _ in found)
    print(f"\nmessages: {dict(statuses)}")
    assert statuses.keys() <= {"handed_over", "unknown", "failed", "held"}
    assert [message for message, status, reason in found if status in ("failed", "held", "unknown") and not reason] == []
    assert statuses["unknown"] <= CONNECTIONS * aftermath.kills.total()
    arrived = {message_id.strip("<>").partition("@")[0] for _, message_id in aftermath.letters}
    assert {message for message, status, _ in found if status == "handed_over"} <= arrived
    assert arrived <= {message for message, status, _ in found if status in ("handed_over", "unknown")}


def test_every_hand_over_is_told_as_an_event_once(aftermath: Aftermath) -> None:
    handed_over = {message for (message,) in state(aftermath.folder, "SELECT id FROM messages WHERE status = 'handed_over'")}
    with duckdb.connect(str(aftermath.folder / ".opportune" / "events.duckdb"), read_only=True) as connection:
        told = [row[0] for row in connection.execute("SELECT message_id FROM events WHERE name = 'Email Sent'").fetchall()]
    assert sorted(told) == sorted(handed_over)


def test_nothing_went_wrong_that_nobody_was_told_of(aftermath: Aftermath) -> None:
    assert "Traceback" not in aftermath.errors, aftermath.errors[-3000:]


def test_the_backtest_of_the_same_time_gives_lives_very_rows(aftermath: Aftermath) -> None:
    live, tested = both(aftermath.folder)
    outcomes = Counter((dict(row)["journey"], dict(row)["outcome"]) for row in live["enrolments"])
    print(f"\nenrolments: {dict(outcomes)}\ndecisions: {dict(Counter(dict(row)['held'] for row in live['messages']))}")
    assert len(live["enrolments"]) > 100
    for file in ("enrolments", "messages"):
        assert not (unequal := difference(live[file], tested[file])), f"{file}: {unequal}"
