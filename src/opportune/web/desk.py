"""What the pages read: figures, messages, reasons. Read-only; opened once for all requests."""

import threading
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import cached_property
from time import monotonic
from typing import Protocol, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest

from opportune.adapters.engines.engine import Engine
from opportune.adapters.stores.mailbox import Mailbox
from opportune.language.vocabulary.instants import Instant
from opportune.shell.overview import Overview, overview
from opportune.shell.reasons import chain_of
from opportune.shell.workspace import Workspace
from opportune.web.guessing import Guesses

DESK = "opportune.desk"
"""Key of the request's environment."""
KEPT_SECONDS = 5.0
SHARE = 10
"""Figures are kept at least this many times as long as they took, so that open pages never slow the shop's own work."""


class Intake(Protocol):
    """How much the collector took, from its memory."""

    def by_minute(self, at: Instant, minutes: int = 60) -> list[int]:
        """Accepted calls of each of the last `minutes` minutes, oldest first."""


class Desk:
    """One project's figures and messages. Any thread may ask; one at a time asks the engine."""

    def __init__(
        self,
        workspace: Workspace,
        intake: Intake,
        *,
        live_since: Instant | None = None,
        figures: Callable[[Workspace, Engine], Overview] = overview,
    ) -> None:
        self.workspace = workspace
        self.live_since = live_since
        self.guesses = Guesses()
        self.mailbox = Mailbox(workspace.database)
        self._intake = intake
        self._figures = figures
        self._turn = threading.Lock()
        self._kept: tuple[float, Overview] | None = None

    @cached_property
    def _engine(self) -> Engine:
        return self.workspace.engine.sibling()

    def overview(self) -> Overview:
        """The figures, at most some seconds old."""
        with self._turn:
            if self._kept is None or monotonic() >= self._kept[0]:
                started = monotonic()
                found = self._figures(self.workspace, self._engine)
                ended = monotonic()
                self._kept = (ended + max(KEPT_SECONDS, SHARE * (ended - started)), found)
            return self._kept[1]

    def taken_by_minute(self) -> list[int]:
        """Events taken in each of the last 60 minutes, oldest first; the last is not over."""
        return self._intake.by_minute(self.workspace.clock())

    def decided_until(self) -> Instant | None:
        """Up to where everything is decided: how fresh the journeys are."""
        return self.workspace.journeys.watermark()

    def reasons(self, message_id: str) -> Sequence[str]:
        """Why somebody got a message, or did not, oldest first."""
        sent = self.workspace.outbox.sent(message_id, 0)
        if sent is None:
            return ()
        with self._turn:
            return chain_of(self._engine, sent)

    @property
    def shop(self) -> str:
        """The shop's name."""
        return self.workspace.project.settings.shop.name

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return self.workspace.project.settings.shop.currency

    @cached_property
    def zone(self) -> tzinfo:
        """The shop's time zone."""
        try:
            return ZoneInfo(self.workspace.project.settings.shop.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


def desk_of(request: HttpRequest) -> Desk:
    """The desk this request is served from."""
    return cast(Desk, request.META[DESK])
