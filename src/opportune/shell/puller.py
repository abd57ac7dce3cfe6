"""The thread that fetches: each source of `sources:` that is pulled, when it is due; and the way in for `opportune pull`.

What fails is tried again after a while that doubles, at most as long as the source's own `every`, or when the other side says.
"""

import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

from opportune.adapters.logs.log import LogFault
from opportune.adapters.project.pull_sources import FolderPull, Pull, UrlPull
from opportune.adapters.stores.database import StoreFault
from opportune.shell.folder_pull import pull_folder
from opportune.shell.pulling import Intake, Progress, Pulled, PullFault
from opportune.shell.url_pull import pull_url

SOONEST, LATEST = 5.0, 3600.0
"""Seconds after which a pull that failed is tried again: at first, and at most."""
GRACE = 5.0
"""Seconds that a pull at hand has when the service stops."""
LONGEST_PAUSE = 60.0
"""Seconds after which it is looked again which sources there are."""


@dataclass(slots=True)
class _Failing:
    times: int = 0
    not_before: float = 0.0


class Puller:
    """Pulls sources, one at a time each; in a thread of its own once started."""

    def __init__(self, intake: Intake, *, broken: Callable[[], None] = lambda: None) -> None:
        self._intake, self._broken = intake, broken
        self._turns: dict[str, threading.Lock] = {}
        self._failing: dict[str, _Failing] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="puller", daemon=True)

    def sources(self) -> dict[str, Pull]:
        """What opportune.yml says is pulled, by name."""
        declared = self._intake.workspace.project.settings.sources
        return {name: source for name, source in declared.items() if isinstance(source, FolderPull | UrlPull)}

    def pull(self, source: Pull, progress: Progress = lambda _done, _total: None) -> Pulled:
        """Read a source to its end. Raises PullFault when it cannot be read, LogFault and StoreFault; the ledger says so too."""
        with self._turns.setdefault(source.name, threading.Lock()):
            try:
                return (
                    pull_folder(source, self._intake, progress)
                    if isinstance(source, FolderPull)
                    else pull_url(source, self._intake, progress)
                )
            except PullFault as fault:
                self._intake.failed(source.name, str(fault))
                raise

    def start(self) -> None:
        """Begin to fetch what is due."""
        self._thread.start()

    def stop(self) -> None:
        """End. A pull at hand that takes longer is given up: it is repeated from where it was kept last."""
        self._stopping.set()
        self._thread.join(GRACE)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                for source in self._due():
                    self._attempt(source)
                self._stopping.wait(self._pause())
        except Exception:  # a bug: say so and stop the process, never go on half-working
            traceback.print_exc()
            self._broken()

    def _due(self) -> Iterable[Pull]:
        return [source for source in self.sources().values() if self._seconds_until(source) <= 0]

    def _attempt(self, source: Pull) -> None:
        if self._stopping.is_set():
            return
        try:
            self.pull(source)
            self._failing.pop(source.name, None)
        except (PullFault, LogFault, StoreFault) as fault:
            failing = self._failing.setdefault(source.name, _Failing())
            failing.times += 1
            asked = fault.after if isinstance(fault, PullFault) else None
            failing.not_before = monotonic() + (asked or self._patience(source, failing.times))
            if failing.times == 1:
                print(f"opportune: {source.name} could not be pulled and will be tried again: {fault}", file=sys.stderr)

    @staticmethod
    def _patience(source: Pull, times: int) -> float:
        longest = min(max(source.every.total_seconds(), SOONEST), LATEST)
        return float(min(SOONEST * 2 ** min(times - 1, 20), longest))

    def _seconds_until(self, source: Pull) -> float:
        """Until it is due; 0 or less: now."""
        failing = self._failing.get(source.name)
        if failing is not None:
            return failing.not_before - monotonic()
        last = self._intake.pulls.pulled_at(source.name)
        if last is None:
            return 0.0
        return source.every.total_seconds() - (self._intake.workspace.clock() - last) / 1_000_000

    def _pause(self) -> float:
        waits = [self._seconds_until(source) for source in self.sources().values()]
        return max(0.05, min([*waits, LONGEST_PAUSE]))
