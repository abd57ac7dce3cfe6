"""A clock that jumps an hour ahead and back, again and again, under load and ticks: nothing is lost, doubled, or decided twice."""

import asyncio
import json
import random
from base64 import b64encode
from collections import Counter
from pathlib import Path

import pytest
from tests.collector.edge import KEY, elsewhere
from tests.live.serving import write
from tests.soaking import share_of

from opportune.collector.app import Collector
from opportune.collector.sources import Source, hash_of, keyring
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.shell.live import Live, apply
from opportune.shell.workspace import Workspace

HOUR, SECOND = 3_600_000_000, 1_000_000
SHOP = "shop: {name: Lamps, currency: USD, consent: {opt_in: []}}\nquiet_hours: {none: true}\ncaps: {none: true}\n"
JOURNEY = """
journey: thanks
when: event("Order Completed")
reentry: always
holdout: 0%
kind: transactional
steps:
  - send: thanks
"""


class JumpingShop:
    """A project whose clock is moved by hand; orders go in over HTTP, and a tick follows whenever it is told."""

    def __init__(self, folder: Path) -> None:
        self.now = parse_instant("2026-03-01T12:00:00Z")
        self.workspace = Workspace(write(folder, {"opportune.yml": SHOP, "thanks.yml": JOURNEY}, ("thanks",)), clock=lambda: self.now)
        apply(self.workspace)
        self.log = self.workspace.open_log()
        self.live = Live(self.workspace, self.log)
        self.live.step()
        self.acknowledged: list[str] = []
        self._collector = Collector(
            log=self.log,
            sources=keyring({hash_of(KEY): Source(name="shop")}),
            clock=lambda: self.now,
            following=elsewhere,
            ready=lambda: True,
            free_bytes=lambda: 10**12,
        )

    def order(self, message_id: str) -> None:
        """An order by a customer of its own, sent twice."""
        call = {"type": "track", "event": "Order Completed", "userId": f"u-{message_id}", "messageId": message_id}
        known = {
            "type": "identify",
            "userId": f"u-{message_id}",
            "traits": {"email": f"{message_id}@example.com"},
            "messageId": f"i-{message_id}",
        }
        body = json.dumps({"batch": [known, {**call, "properties": {"order_id": message_id}}]}).encode()
        for _ in range(2):
            if self._post(body) == 200:
                self.acknowledged.append(message_id)

    def _post(self, body: bytes) -> int:
        said: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            said.append(message)

        headers = [(b"authorization", b"Basic " + b64encode(f"{KEY}:".encode())), (b"content-type", b"application/json")]
        asyncio.run(self._collector({"type": "http", "method": "POST", "path": "/v1/batch", "headers": headers}, receive, send))
        return said[0]["status"]

    def close(self) -> None:
        self.log.close()
        self.workspace.close()


def jumped(folder: Path, seed: int, turns: int) -> None:
    """A shop whose clock jumps; everything about it is as it was without."""
    shop, chance = JumpingShop(folder / "project"), random.Random(seed)
    try:
        for turn in range(turns):
            shop.now = Instant(shop.now + chance.choice((SECOND, SECOND, SECOND, HOUR, -HOUR)))
            for number in range(chance.randint(0, 3)):
                shop.order(f"{turn}-{number}")
            if chance.random() < 0.7:
                shop.live.step()
        shop.now = Instant(shop.now + 3 * HOUR)
        shop.live.step()
        rows = shop.workspace.engine._connection.execute(
            "SELECT event_id, received_at, ts FROM events WHERE name = 'Order Completed'"
        ).fetchall()
        messages = shop.workspace.journeys.messages(Instant(0), Instant(2**60))
        assert shop.acknowledged and set(shop.acknowledged) == {event_id for event_id, _, _ in rows}
        assert max(Counter(event_id for event_id, _, _ in rows).values()) == 1
        assert Counter(message.customer_id for message in messages) == Counter({f"u-{event_id}": 1 for event_id, _, _ in rows})
        print(f"\n{len(rows)} orders under a clock that jumped {turns} times: none lost, none doubled, each thanked once")
    finally:
        shop.close()


@pytest.mark.slow
def test_a_clock_that_jumps_loses_and_doubles_nothing(tmp_path: Path):
    jumped(tmp_path, seed=7, turns=15)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(5))
def test_a_clock_that_jumps_often_loses_and_doubles_nothing(tmp_path: Path, seed: int):
    jumped(tmp_path, seed=seed, turns=share_of(400))
