"""The webhook endpoints over two real logs in a temporary folder, asked without a network."""

import asyncio
import json
from dataclasses import dataclass, field

from tests.collector.edge import NOON, Reply
from tests.webhooks.hooks import hook

from opportune.adapters.logs.raw import put_by, raw_since
from opportune.adapters.logs.segments import Segments
from opportune.collector.counters import Counters
from opportune.collector.webhooks import WebhookEndpoints
from opportune.language.vocabulary.instants import EARLIEST
from opportune.stages.mapping.connector import Hook
from opportune.stages.mapping.signature import Requested, signed


@dataclass
class Door:
    """`/webhooks/*`, and what it wrote."""

    folder: object
    hooks: dict[str, Hook] = field(default_factory=lambda: {"shop": hook("shopify", test_orders="yes"), "woo": hook("woocommerce")})
    options: dict = field(default_factory=dict)

    def __post_init__(self):
        self.log = self.options.pop("log", None) or Segments.open(self.folder / "log", clock=lambda: NOON)
        self.raw = Segments.open(self.folder / "raw", clock=lambda: NOON)
        self.counters = Counters()
        self.endpoints = WebhookEndpoints(
            **{
                "hooks": self.hooks.get,
                "raw": self.raw,
                "log": self.log,
                "clock": lambda: NOON,
                "free_bytes": lambda: 10**12,
                "counters": self.counters,
                **self.options,
            }
        )

    def send(self, name, body, *, secret="secret", method="POST", headers=(), query=b"", parts=None):
        """The reply to one request, signed as its system signs."""
        source = self.hooks.get(name)
        given = {"content-type": "application/json", **dict(headers)}
        if source is not None and secret is not None:
            scheme = source.connector.scheme
            given[scheme.header] = signed(scheme, Requested(headers=given, body=body), secret)
        messages = [{"type": "http.request", "body": part, "more_body": True} for part in (parts or [body])]
        return self.hear(f"/webhooks/{name}", [*messages, {"type": "http.request", "body": b"", "more_body": False}], method, given, query)

    def hear(self, path, messages, method="POST", headers=None, query=b""):
        sent, waiting = [], iter(messages)

        async def receive():
            return next(waiting)

        async def send(message):
            sent.append(message)

        raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        asyncio.run(self.endpoints({"type": "http", "method": method, "path": path, "headers": raw, "query_string": query}, receive, send))
        if not sent:
            return None
        start, *rest = sent
        return Reply(start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, b"".join(part["body"] for part in rest))

    def lines(self):
        return [json.loads(line) for segment in self.log.seal().segments for line in segment.read_bytes().splitlines()]

    def kept(self):
        put_by(self.raw)
        return list(raw_since(self.folder / "raw", EARLIEST))

    def tallies(self):
        """(kind, reason) → how many."""
        return {(tally.kind, tally.reason): tally.count for tally in self.counters.drained(NOON)}

    def close(self):
        self.endpoints.close()
        self.log.close()
        self.raw.close()
