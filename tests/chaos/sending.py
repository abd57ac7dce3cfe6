"""Senders that do not give up, and what is left in the log afterwards."""

import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
from tests.collector.edge import KEY

from opportune.adapters.logs.segments import Segments

ROOT = Path(__file__).parents[2]
SERVED = Path(__file__).with_name("served.py")
PADDING = "x" * 500


@dataclass
class Senders:
    """Threads that send call after call; each is sent again until it is acknowledged, as Segment's clients do."""

    address: str
    acknowledged: list[str] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    _enough: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, number: int = 4) -> None:
        self._threads = [threading.Thread(target=self._send, args=(f"s{n}",)) for n in range(number)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Wait until each has been answered for its last call."""
        self._enough.set()
        for thread in self._threads:
            thread.join(60)

    def _send(self, name: str) -> None:
        number = 0
        with httpx.Client(base_url=self.address, auth=(KEY, ""), timeout=20) as client:
            while not self._enough.is_set():
                number += 1
                message_id = f"{name}-{number}"
                call = {"event": "Cart Viewed", "userId": "u", "messageId": message_id, "properties": {"padding": PADDING}}
                while True:
                    try:
                        status = client.post("/v1/track", json=call).status_code
                    except httpx.TransportError:
                        return
                    self.statuses[status] += 1
                    if status == 200:
                        self.acknowledged.append(message_id)
                    if status == 200 or self._enough.is_set():
                        break
                    self._enough.wait(0.02)


@contextmanager
def serving(folder: Path, user: str = "") -> Iterator[tuple[str, subprocess.Popen]]:
    """Address and process of a collector of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        words = [sys.executable, str(SERVED), str(folder), str(listening.fileno()), *([user] if user else [])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        with subprocess.Popen(words, pass_fds=[listening.fileno()], env=environment) as process:
            listening.close()
            try:
                yield address, process
            finally:
                process.terminate()
                process.wait(20)


def assert_none_is_lost_and_none_doubled(folder: Path, senders: Senders) -> None:
    """Whatever was answered with 200 is in the log once, and every line of it can be read.

    A call that was turned away may be there too: its sender does not know, comes again, and the repeat is dropped at load.
    """
    log = Segments.open(folder, clock=lambda: 0)
    lines = [msgspec.json.decode(line) for segment in log.seal().segments for line in segment.read_bytes().splitlines()]
    log.close()
    times = Counter(line["messageId"] for line in lines)
    assert len(senders.acknowledged) > 50, senders.statuses
    assert {message_id: times[message_id] for message_id in senders.acknowledged} == dict.fromkeys(senders.acknowledged, 1)
    received = [line["receivedAt"] for line in lines]
    assert received == sorted(received)
    print(f"\n{len(senders.acknowledged):,} acknowledged, {dict(senders.statuses)}: none lost, none doubled")
