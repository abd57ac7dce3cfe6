"""The collector over a real log in a temporary folder, asked without a network."""

import asyncio
import json
from base64 import b64encode
from dataclasses import dataclass

from opportune.adapters.logs.segments import Segments
from opportune.collector.app import Collector
from opportune.collector.sources import Source, hash_of, keyring
from opportune.language.vocabulary.instants import parse_instant

NOON = parse_instant("2026-03-01T12:00:00Z")
KEY = "server-key-0123456789"
BASIC = ("authorization", "Basic " + b64encode(f"{KEY}:".encode()).decode())
JSON = ("content-type", "application/json")


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


async def elsewhere(scope, receive, send):
    """What stands behind the collector."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


class Edge:
    """A collector, its log, and what it was asked."""

    def __init__(self, folder, log=None, client=None, **options):
        self.client = client
        self.log = log or Segments.open(folder, clock=lambda: NOON)
        self.arrived = []
        ids = (f"made-{n}" for n in range(10**6))
        self.collector = Collector(
            **{
                "log": self.log,
                "sources": keyring({hash_of(KEY): Source(name="shop")}),
                "clock": lambda: NOON,
                "following": elsewhere,
                "ready": lambda: True,
                "free_bytes": lambda: 10**12,
                "arrived": lambda: self.arrived.append(1),
                "message_id": lambda: next(ids),
                **options,
            }
        )

    def ask(self, method, path, *parts, headers=(BASIC, JSON)):
        """One request whose body comes in `parts`."""
        messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        return self.hear(method, path, [*messages, {"type": "http.request", "body": b"", "more_body": False}], headers)

    def hear(self, method, path, messages, headers=(BASIC, JSON)):
        """The reply to these ASGI messages; None when there is none."""
        sent, waiting = [], iter(messages)

        async def receive():
            return next(waiting)

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": [(k.encode(), v.encode()) for k, v in headers]}
        scope["client"] = self.client
        asyncio.run(self.collector(scope, receive, send))
        if not sent:
            return None
        start, *rest = sent
        return Reply(start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, b"".join(part["body"] for part in rest))

    def post(self, path, body, **options):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, raw, **options)

    def lines(self):
        """Every line in the log so far."""
        return [json.loads(line) for segment in self.log.seal().segments for line in segment.read_bytes().splitlines()]

    def close(self):
        self.log.close()
