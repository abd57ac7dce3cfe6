"""The demo's people in real time, in a process of their own: they visit, leave carts, read their mail, click and buy, over HTTP.

The process ends when its standard input does, so nothing is left behind however its parent went. To have something to see within a
minute, hours of waiting are shortened (`hurry`), and most abandoned carts are reported as of two hours ago: they arrive late, as
events of a shop do, and their wait is over at once.
"""

import base64
import heapq
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from zlib import crc32

import opportune
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant, span_of
from opportune.samples.calls import Call
from opportune.samples.letters import Letter, read_letter
from opportune.samples.requests import Request, request_of
from opportune.samples.shop import Shop

AHEAD = span_of(timedelta(minutes=15))
"""How far visits are drawn ahead: longer than a visit, so that an abandoned cart is known when it is filled."""
EARLIER = span_of(timedelta(hours=2))
SHARE_EARLIER = 0.8
"""Of the abandoned carts, those reported as of `EARLIER`."""
CART_EVENTS = ("Product Added", "Product Removed", "Cart Viewed", "Checkout Started", "Checkout Step Completed")
ROUND = 0.5
"""Seconds between two looks around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the process is told. `end` is where the shop's history ends."""

    customers: int
    seed: int
    start: int
    days: int
    port: int
    write_key: str
    letters: str
    """Folder of the post office."""
    visits_per_minute: float
    hurry: float


class Visitors:
    """The running process, seen from the one that started it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    def start(cls, orders: Orders) -> "Visitors":
        """Start the process; it needs a second or two until the first visit."""
        source = str(Path(opportune.__file__).parents[1])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", ""))))}
        command = [sys.executable, "-m", "opportune.samples.visitors"]
        # A process group of its own: Ctrl-C is for the parent. The write key goes over a pipe, not where `ps` shows it.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment, process_group=0)
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(orders)) + "\n")
        process.stdin.flush()
        return cls(process)

    def close(self) -> None:
        """End the process and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Street:
    """What is still to come: calls to post and requests to make, by instant."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        shop = Shop.build(customers=orders.customers, seed=orders.seed, start=Instant(orders.start), days=orders.days)
        self._live = shop.live(visits_per_minute=orders.visits_per_minute, hurry=orders.hurry)
        self._drawn = shop.end
        self._coming: list[tuple[Instant, int, Call | Request]] = []
        self._ordered: set[str] = set()
        self._number = count()
        self._read = set(self._paths())

    def due(self, now: Instant) -> Iterator[Call | Request]:
        """Everything up to `now`, in order."""
        self._draw(Instant(now + AHEAD))
        for path in self._paths():
            if path not in self._read:
                self._read.add(path)
                letter = read_letter(path)
                if letter is not None:
                    self._answer(letter, now)
        while self._coming and self._coming[0][0] <= now:
            deed = heapq.heappop(self._coming)[2]
            yield deed if isinstance(deed, Request) else self._earlier(deed)

    def _paths(self) -> list[Path]:
        return sorted(Path(self._orders.letters, "new").glob("*.eml"))

    def _draw(self, until: Instant) -> None:
        for at, call in self._live.arrivals(self._drawn, until):
            if call.get("event") == "Order Completed":
                self._ordered.add(call["properties"].get("cart_id", ""))
            self._expect(at, call)
        self._drawn = until

    def _answer(self, letter: Letter, now: Instant) -> None:
        for reaction in self._live.reaction(letter.mail(now)):
            deed = reaction.call or request_of(reaction, letter)
            if deed is not None:
                self._expect(reaction.at, deed)

    def _expect(self, at: Instant, deed: Call | Request) -> None:
        heapq.heappush(self._coming, (at, next(self._number), deed))

    def _earlier(self, call: Call) -> Call:
        """Events of most carts that nobody will order soon, as of two hours ago."""
        cart = call.get("properties", {}).get("cart_id", "")
        is_left = call.get("event") in CART_EVENTS and cart and cart not in self._ordered
        if not is_left or crc32(cart.encode()) % 100 >= 100 * SHARE_EARLIER:
            return call
        return {**call, "timestamp": format_instant(Instant(parse_instant(call["timestamp"]) - EARLIER))}


class Wire:
    """HTTP to the server on this machine, one connection kept open."""

    def __init__(self, port: int, write_key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._authorization = "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()

    def post(self, calls: list[Call]) -> int:
        """Calls to the collector; gives the status."""
        body = json.dumps({"batch": calls}).encode()
        return self._ask("POST", "/v1/batch", body, {"Authorization": self._authorization, "Content-Type": "application/json"})

    def make(self, request: Request) -> int:
        """A reader's request; redirects are not followed, the shop they lead to is not there."""
        return self._ask(request.method, request.path, request.body, {"User-Agent": request.agent})

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            self._connection.request(method, path, body or None, headers)
            answer = self._connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 503


def _walk(street: Street, wire: Wire) -> None:
    """For ever. What the server has no room for now is posted again."""
    unsent: list[Call] = []
    while True:
        for deed in street.due(Instant(time.time_ns() // 1_000)):
            if isinstance(deed, Request):
                wire.make(deed)
            else:
                unsent.append(deed)
        for first in range(0, len(unsent), 500):
            if wire.post(unsent[first : first + 500]) >= 429:
                unsent = unsent[first:]
                break
        else:
            unsent = []
        time.sleep(ROUND)


def _end_with_parent() -> None:
    """The parent holds the other end of our input; when it is gone, however it went, so are we."""
    while os.read(0, 64):
        pass
    os._exit(0)


if __name__ == "__main__":
    given = Orders(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _walk(Street(given), Wire(given.port, given.write_key))
