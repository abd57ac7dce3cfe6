"""The thread that ticks: as soon as something arrived or is due, and at the latest after `serve.tick`."""

import sys
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.logs.log import LogFault
from opportune.adapters.stores.database import StoreFault
from opportune.shell.live import Live
from opportune.shell.tick import TickReport
from opportune.shell.workspace import Workspace

BREATH = 0.05
"""Seconds between two ticks when events keep coming: one tick then takes in all that came meanwhile."""
AFTER_FAULT = 2.0


class Ticker:
    """Runs Live.step again and again in a thread of its own."""

    def __init__(
        self, workspace: Workspace, live: Live, *, longest_pause: timedelta, decided: Callable[[], None], broken: Callable[[], None]
    ) -> None:
        self._workspace, self._live = workspace, live
        self._longest_pause = longest_pause.total_seconds()
        self._decided, self._broken = decided, broken
        self._wake = threading.Event()
        self._stopping = False
        self._take_up = False
        self.last: TickReport | None = None
        self.chores: list[Callable[[], None]] = []
        """What is looked after between ticks; each returns at once where it has nothing to do. Added to before `start`."""
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something arrived. Callable from any thread."""
        self._wake.set()

    def take_up(self) -> None:
        """Something was applied: compile it before the next tick."""
        self._take_up = True
        self._wake.set()

    def stop(self) -> None:
        """Finish the tick at hand and end."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping:
                pause = self._step()
                self._wake.wait(pause)
                self._wake.clear()
        except Exception:  # a bug: say so and stop the process, never go on half-working
            traceback.print_exc()
            self._broken()

    def _step(self) -> float:
        """One tick; gives the seconds until the next."""
        started = monotonic()
        try:
            with self._workspace.switching:
                if self._take_up:
                    self._take_up = False
                    self._live.take_up()
                self.last = self._live.step()
            if self._live.pass_on_notices():
                self._wake.set()
        except (EngineFault, LogFault, StoreFault) as fault:
            print(f"opportune: the tick failed and will be repeated: {fault}", file=sys.stderr)
            return AFTER_FAULT
        if self.last.planned:
            self._decided()
        if not self._looked_after():
            return AFTER_FAULT
        self._rest(BREATH - (monotonic() - started))
        return self._until_due()

    def _looked_after(self) -> bool:
        """Do the chores; one that fails holds up no other, and no mail."""
        is_well = True
        for chore in self.chores:
            try:
                chore()
            except (EngineFault, LogFault, StoreFault) as fault:
                print(f"opportune: something beside the tick failed and will be tried again: {fault}", file=sys.stderr)
                is_well = False
        return is_well

    def _rest(self, seconds: float) -> None:
        if seconds > 0 and not self._stopping:
            threading.Event().wait(seconds)

    def _until_due(self) -> float:
        due = self._workspace.journeys.next_due()
        if due is None:
            return self._longest_pause
        return min(self._longest_pause, max(0.0, (due - self._workspace.clock()) / 1_000_000))
