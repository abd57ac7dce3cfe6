"""kill -9 of the whole service, again and again, at every crash point between a sender and the store: what was acknowledged is stored once.

The journeys' side of it (claims, mail, backtest) is in tests/live/test_kills.py.
"""

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from collections import Counter
from pathlib import Path

import duckdb
import httpx
import pytest
from tests.live.serving import done, free_port, serving, settings, until, write
from tests.live.traffic import Traffic
from tests.soaking import share_of
from tests.webhooks.hooks import payload

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(3600)]
SECRET = "shpss_0123456789"
SOURCES = 'sources: {store: {webhook: shopify, secret_env: CHAOS_SECRET, with: {test_orders: "yes"}}}\n'
POINTS = {"log_append": 60, "log_fsync": 60, "webhook_raw": 15, "load": 6, "commit": 10}
"""Crash point → the latest time it is reached at which a life may end."""


class Store(threading.Thread):
    """Another system that tells its orders, each again and again until it is acknowledged."""

    def __init__(self, address: str) -> None:
        super().__init__(name="store")
        self.acknowledged: list[str] = []
        self._address, self._order = address, payload("shopify-orders-create")
        self._enough = threading.Event()

    def finish(self) -> None:
        """No further order; wait for the last."""
        self._enough.set()
        self.join(60)

    def run(self) -> None:
        number = 10**12
        while not self._enough.is_set():
            number += 1
            body = json.dumps({**self._order, "id": number}).encode()
            signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
            headers = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": "orders/create", "Content-Type": "application/json"}
            while not self._told(body, headers):
                time.sleep(0.05)
            self.acknowledged.append(f"store:order:{number}:completed")

    def _told(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            answer = httpx.post(f"{self._address}/webhooks/store", content=body, headers=headers, timeout=20)
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 429, 503), answer.text
        return answer.status_code == 200


def killed(folder: Path, port: int, times: int) -> Counter[str]:
    """Life after life, each ended at a drawn crash point."""
    chance = random.Random(7)
    points = [list(POINTS)[number % len(POINTS)] for number in range(times)]
    kills: Counter[str] = Counter()
    for point in points:
        after = chance.randint(1, POINTS[point])
        with serving(folder, port, f"{point}:{after}") as serve:
            assert serve.wait(120) == -9, f"{point}:{after} ended otherwise:\n{serve.said()[-3000:]}"
        kills[point] += 1
    return kills


def assert_killed_and_nothing_lost(folder: Path, times: int) -> None:
    project = write(folder / "project", {"opportune.yml": settings(1) + SOURCES}, ())
    key = done("keys", "add", "shop", project=project).splitlines()[-1]
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    traffic = [Traffic(address, key, name=name, pause=0.1, at_least=10) for name in ("ann", "bob")]
    store = Store(address)
    store.start()
    try:
        kills = killed(project, port, times)
        with serving(project, port) as serve:
            store.finish()
            for each in traffic:
                each.finish()
            until("everything is loaded", lambda: not list((project / ".opportune" / "log").glob("*.ndjson")))
            assert serve.stop() == 0
            assert "Traceback" not in serve.said()
    finally:
        for each in traffic:
            each.give_up()
        store._enough.set()
    acknowledged = {message_id for each in traffic for message_id in each.acknowledged} | set(store.acknowledged)
    with duckdb.connect(str(project / ".opportune" / "events.duckdb"), read_only=True) as connection:
        asked = "SELECT id, count(call_hash) FROM unnest(?) AS asked(id) LEFT JOIN calls ON call_hash = md5_number(id) GROUP BY id"
        heard = dict(connection.execute(asked, [sorted(acknowledged)]).fetchall())
        orders = Counter(row[0] for row in connection.execute("SELECT event_id FROM events WHERE line = 0").fetchall())
    print(f"\n{kills.total()} kills {dict(kills)}: {len(acknowledged):,} acknowledged, {len(store.acknowledged):,} of them webhooks")
    assert [each.refused for each in traffic] == [[], []]
    assert heard == dict.fromkeys(acknowledged, 1)
    assert max(orders.values()) == 1
    assert {order: orders[order] for order in store.acknowledged} == dict.fromkeys(store.acknowledged, 1)


def test_what_was_acknowledged_before_a_kill_is_stored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAOS_SECRET", SECRET)
    assert_killed_and_nothing_lost(tmp_path, times=3)


@pytest.mark.soak
def test_what_was_acknowledged_before_any_of_fifty_kills_is_stored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAOS_SECRET", SECRET)
    assert_killed_and_nothing_lost(tmp_path, times=share_of(50))
