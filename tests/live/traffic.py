"""People in a hurry: a lifetime of a customer in a few seconds, sent as Segment's client sends it, again and again until acknowledged."""

import heapq
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

TRANSIENT = frozenset({429, 500, 502, 503, 504})


class Traffic:
    """A thread that sends the calls of customers; `acknowledged` are the ids of those that got their 200."""

    def __init__(self, address: str, key: str, *, name: str, pause: float, at_least: int) -> None:
        self.acknowledged: dict[str, str] = {}
        """messageId → type."""
        self.refused: list[str] = []
        self._client = httpx.Client(base_url=address, auth=(key, ""), timeout=20)
        self._name, self._pause, self._at_least = name, pause, at_least
        self._chance = random.Random(name)
        self._agenda: list[tuple[float, int, dict[str, Any]]] = []
        self._customers = self._calls = 0
        self._enough = threading.Event()
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    @property
    def customers(self) -> int:
        """How many there were so far."""
        return self._customers

    def finish(self) -> None:
        """No new customers; wait until those there are have said everything."""
        self._enough.set()
        self._thread.join()
        self._client.close()

    def give_up(self) -> None:
        """Nobody will answer any more."""
        self._given_up.set()

    def _run(self) -> None:
        next_customer = time.monotonic()
        while not self._given_up.is_set() and (self._agenda or not self._enough.is_set() or self._customers < self._at_least):
            now = time.monotonic()
            if now >= next_customer and (not self._enough.is_set() or self._customers < self._at_least):
                next_customer = now + self._pause
                self._be_born(now)
            batch = []
            while self._agenda and self._agenda[0][0] <= now:
                batch.append(self._dated(heapq.heappop(self._agenda)[2]))
            if batch:
                self._send(batch)
            time.sleep(0.02)

    def _send(self, batch: list[dict[str, Any]]) -> None:
        """The same batch until it is acknowledged, as Segment's client does; sometimes once more than needed."""
        again = self._chance.random() < 0.1
        while not self._given_up.is_set():
            try:
                answer = self._client.post("/v1/batch", json={"batch": batch, "sentAt": datetime.now(UTC).isoformat()})
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code in TRANSIENT:
                time.sleep(0.05)
            elif answer.status_code != 200:
                self.refused.append(answer.text)
                return
            else:
                self.acknowledged |= {call["messageId"]: call["type"] for call in batch}
                if not again:
                    return
                again = False

    def _dated(self, call: dict[str, Any]) -> dict[str, Any]:
        """`late` seconds ago (below 0: ahead of the server's clock), unless it is now."""
        late = call.pop("late", 0.0)
        return {**call, "timestamp": (datetime.now(UTC) - timedelta(seconds=late)).isoformat()}

    # -- what a customer does

    def _be_born(self, now: float) -> None:
        self._customers += 1
        who, cookie = f"{self._name}-{self._customers}", f"cookie-{self._name}-{self._customers}"
        chance = self._chance
        is_shy = chance.random() < 0.35  # signs in only after a while
        signs_in = chance.uniform(0.5, 4.0) if is_shy else 0.0
        traits = {"email": f"{who}@example.com", "first_name": who.title()}
        self._later(now + signs_in, "identify", userId=who, anonymousId=cookie, traits=traits)
        if chance.random() < 0.9:
            self._later(now + signs_in, "track", userId=who, event="Consent Given", properties={"purpose": "email"})
        for _ in range(chance.randint(2, 9)):
            at = now + chance.uniform(0.0, 6.0)
            anonymous = is_shy and at < now + signs_in + 0.5  # some calls of the cookie come after she has signed in
            self._later(at, "track", **({"anonymousId": cookie} if anonymous else {"userId": who}), **self._act())
        if chance.random() < 0.15:
            properties = {"purpose": "email"}
            self._later(now + chance.uniform(2.0, 9.0), "track", userId=who, event="Consent Withdrawn", properties=properties)

    def _act(self) -> dict[str, Any]:
        chance = self._chance
        event = chance.choice(("Product Viewed",) * 4 + ("Product Added",) * 3 + ("Order Completed", "Products Searched"))
        properties: dict[str, Any] = {"product_id": chance.choice(("lamp", "rug"))}
        if event == "Order Completed":
            self._calls += 1
            products = [{"product_id": "lamp", "price": 20, "quantity": 1}]
            properties = {"order_id": f"{self._name}-o{self._calls}", "total": chance.choice((15, 49.5)), "products": products}
        late = chance.choice((0.0,) * 6 + (0.4, 1.5, 3.0, -0.8))
        return {"event": event, "properties": properties, "late": late}

    def _later(self, at: float, kind: str, **call: Any) -> None:
        self._calls += 1
        heapq.heappush(self._agenda, (at, self._calls, {"type": kind, "messageId": f"{self._name}-{self._calls:06d}", **call}))
