"""People with their mail on a moved clock: letters read as they arrived, pixels fetched and links clicked through the real endpoints."""

import asyncio
import heapq
from collections.abc import Iterator
from itertools import count
from typing import Any

from opportune.adapters.logs.line import Line, written
from opportune.adapters.logs.segments import Segments
from opportune.collector.tracking import Ports, Resolved, TrackingEndpoints
from opportune.language.vocabulary.instants import Instant
from opportune.samples.calls import Call
from opportune.samples.letters import read_letter
from opportune.samples.live import Live
from opportune.samples.post_office import PostOffice
from opportune.samples.requests import Request, request_of
from opportune.shell.sender import id_of
from opportune.shell.workspace import Workspace
from opportune.stages.tracking.tokens import Token


class Readers:
    """What people do with the letters in the post office, by instant."""

    def __init__(self, live: Live, office: PostOffice) -> None:
        self._live, self._office = live, office
        self._read = 0
        self._number = count()
        self._coming: list[tuple[Instant, int, Call | Request]] = []
        self.letters = 0
        self._caused: list[tuple[Instant, str, float]] = []

    def fetch(self, now: Instant) -> None:
        """Read what arrived since the last time."""
        paths = self._office.paths()
        for path in paths[self._read :]:
            letter = read_letter(path)
            if letter is None:
                continue
            self.letters += 1
            for reaction in self._live.reaction(letter.mail(now)):
                deed = reaction.call or request_of(reaction, letter)
                if deed is not None:
                    heapq.heappush(self._coming, (reaction.at, next(self._number), deed))
                if reaction.call and reaction.call.get("event") == "Order Completed":
                    self._caused.append((reaction.at, letter.journey, float(reaction.call["properties"]["total"])))
        self._read = len(paths)

    def caused(self, until: Instant) -> dict[str, list[float]]:
        """Journey → totals of the orders its mails caused up to `until`: the simulation's truth."""
        found: dict[str, list[float]] = {}
        for at, journey, total in self._caused:
            if at <= until:
                found.setdefault(journey, []).append(total)
        return found

    def due(self, until: Instant) -> Iterator[tuple[Instant, Call | Request]]:
        """What is done up to `until`, in order."""
        while self._coming and self._coming[0][0] <= until:
            at, _, deed = heapq.heappop(self._coming)
            yield at, deed


class Endpoints:
    """The tracking endpoints that `serve` mounts, asked without a socket between."""

    def __init__(self, workspace: Workspace, log: Segments) -> None:
        async def record(call: dict[str, Any]) -> None:
            log.append([written(line_of(call))])

        async def resolve(token: Token) -> Resolved | None:
            return _resolved(workspace, token)

        async def suppress(_address: str, _reason: str) -> None:
            """The recorded events are the suppression."""

        ports = Ports(resolve=resolve, record=record, suppress=suppress, now=workspace.clock)
        self._endpoints = TrackingEndpoints(workspace.secret, ports)
        self._runner = asyncio.Runner()

    def ask(self, request: Request) -> int:
        """Make the request; gives the status."""
        return self._runner.run(self._answered(request))

    def close(self) -> None:
        """End the event loop."""
        self._runner.close()

    async def _answered(self, request: Request) -> int:
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        headers = [(b"user-agent", request.agent.encode())]
        await self._endpoints({"type": "http", "method": request.method, "path": request.path, "headers": headers}, receive, send)
        return statuses[0]


def _resolved(workspace: Workspace, token: Token) -> Resolved | None:
    """The message a token names, as `Tracked` finds it, but without asking the engine each time: a mail of the sample shop carries tracked
    links only where tracking was allowed, goes to customers with a user id only, and nobody asks why.
    """
    sent = workspace.outbox.sent(id_of(token.message), token.link)
    if sent is None:
        return None
    message = sent.message
    return Resolved(
        message_id=message.id,
        customer_id=message.customer_id,
        is_anonymous=False,
        address=message.address or "",
        shop=workspace.project.settings.shop.name,
        journey=message.journey,
        step=message.step,
        enrolment=message.enrolment_id,
        sent_at=sent.settled_at,
        url=sent.url,
    )


def line_of(call: dict[str, Any]) -> Line:
    """A call of the tracking endpoints as a log line."""
    return Line(
        type=call["type"],
        message_id=call["messageId"],
        source="opportune",
        user_id=call.get("userId"),
        anonymous_id=call.get("anonymousId"),
        event=call["event"],
        timestamp=call["timestamp"],
        properties=call["properties"],
        traits={},
        context={},
    )
