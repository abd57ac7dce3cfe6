"""The last weeks of the sample year, lived: the real log, tick, sender, mail server and tracking endpoints on a moved clock.

What people do without mails is in the year as drawn; what they do because of mails comes from `Live.reaction`, the only place where a
mail causes an order. So the difference between mailed and held out is the true effect, and the truth is known beside it.

Cost    some two seconds of processor a tick, nearly all of it the engine planning the fifty questions that twenty journeys ask
"""

import heapq
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue

from opportune.adapters.channels.channel import Channel
from opportune.cli.demonstration.people import Endpoints, Readers
from opportune.cli.demonstration.year import Year
from opportune.cli.serving import channels_of
from opportune.collector.judgement import Circumstances, judged
from opportune.collector.parcels import Parcel
from opportune.collector.refusals import Refusal
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.samples.post_office import PostOffice
from opportune.samples.requests import Request
from opportune.shell.ingredients import Ingredients
from opportune.shell.live import Live, apply
from opportune.shell.rendering import Renderer
from opportune.shell.sender import Prepared, Sender
from opportune.shell.stationery import templates_in_use
from opportune.shell.workspace import Workspace

TICK = span_of(timedelta(hours=12))
"""Simulated time between two ticks: a mail goes out at most so much after its moment."""
GATHERED = span_of(timedelta(minutes=30))
"""Calls of so much simulated time arrive together, to sync the disk less often."""
SOURCE = "shop"


@dataclass(slots=True)
class MovedClock:
    """A clock that goes only when told."""

    now: Instant

    def __call__(self) -> Instant:
        return self.now

    def move(self, to: Instant) -> None:
        """Never back."""
        self.now = max(self.now, to)


class Month:
    """One ticking project among the sample shop's people. Close it before another process, or `serve`, opens the project."""

    def __init__(self, workspace: Workspace, clock: MovedClock, year: Year, office: PostOffice) -> None:
        self._workspace, self._clock, self._coming = workspace, clock, year.coming
        self._next = 0
        clock.move(year.live_from)
        apply(workspace)
        self._log = workspace.open_log()
        self._live = Live(workspace, self._log)
        settings = workspace.project.settings
        public_url = settings.serve.public_url or ""
        self._renderer = Renderer(secret=workspace.secret, public_url=public_url)
        self._renderer.start(templates_in_use(workspace))
        engine = workspace.engine.sibling()
        self._sender = Sender(
            engine=engine,
            outbox=workspace.outbox,
            renderer=self._renderer,
            sending=lambda: workspace.running_definitions().sending,
            settings=settings,
            secret=workspace.secret,
            public_url=public_url,
            clock=clock,
            ingredients=Ingredients(workspace, engine),
        )
        self._channels = channels_of(workspace)
        self._endpoints = Endpoints(workspace, self._log)
        self.readers = Readers(year.shop.live(), office)

    def live_until(self, end: Instant, progress: Callable[[Instant], None]) -> None:
        """Everything up to `end`, a tick at a time."""
        while self._clock.now < end:
            hi = Instant(min(self._clock.now + TICK, end))
            self._happen(hi)
            self._clock.move(hi)
            self._live.step()
            self._hand_over()
            progress(hi)

    def close(self) -> None:
        """End the renderer, hang up, let go of the log."""
        for channel in self._channels:
            channel.close()
        self._endpoints.close()
        self._renderer.close()
        self._log.close()

    def _happen(self, until: Instant) -> None:
        """Visits and what people do with their mail, in order."""
        waiting: list[bytes] = []
        for at, deed in heapq.merge(self._visits(until), self._deeds(until), key=lambda happening: happening[0]):
            if waiting and (isinstance(deed, Request) or at // GATHERED > self._clock.now // GATHERED):
                self._append(waiting)
                waiting = []
            self._clock.move(at)
            if isinstance(deed, Request):
                self._endpoints.ask(deed)
            else:
                waiting.append(deed)
        self._append(waiting)

    def _visits(self, until: Instant) -> Iterator[tuple[Instant, bytes]]:
        while self._next < len(self._coming) and self._coming[self._next][0] <= until:
            yield self._coming[self._next]
            self._next += 1

    def _deeds(self, until: Instant) -> Iterator[tuple[Instant, bytes | Request]]:
        for at, deed in self.readers.due(until):
            yield at, deed if isinstance(deed, Request) else json.dumps(deed).encode()

    def _append(self, calls: list[bytes]) -> None:
        """As the collector does. Raises ValueError for a call it would refuse."""
        how = Circumstances(kind=None, source=SOURCE, arrived_at=self._clock.now, message_id=lambda: "")
        found = judged(Parcel(calls=tuple(calls)), how)
        if isinstance(found, Refusal) or found.refusals:
            raise ValueError(f"the sample shop sent what the collector refuses: {found}")
        if found.lines:
            self._log.append(found.lines)

    def _hand_over(self) -> None:
        """What is due, on every connection at once; then people find it in their mailboxes, and the log learns of it."""
        prepared = self._sender.prepare(10_000)
        if prepared:
            free: SimpleQueue[Channel] = SimpleQueue()
            for channel in self._channels:
                free.put(channel)

            def carry(each: Prepared) -> None:
                channel = free.get()
                try:
                    self._sender.hand_over(each, channel)
                finally:
                    free.put(channel)

            with ThreadPoolExecutor(len(self._channels)) as carriers:
                list(carriers.map(carry, prepared))
            self.readers.fetch(self._clock.now)
        while self._live.pass_on_notices():
            pass
