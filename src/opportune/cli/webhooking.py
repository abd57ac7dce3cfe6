"""The webhooks of `serve`: their endpoints, the raw log behind them, and what a replay or an apply changes about them."""

import shutil
import sys
from collections.abc import Callable

from opportune.adapters.logs.segments import Segments
from opportune.cli.edge import limits_of
from opportune.collector.counters import Counters
from opportune.collector.webhooks import WebhookEndpoints
from opportune.language.vocabulary.instants import Instant
from opportune.shell.memory import resident_bytes
from opportune.shell.webhooks import Forgetting, Hooks, Replayed, open_raw, replay, unbelieved
from opportune.shell.workspace import Workspace
from opportune.stages.mapping.connector import Hook


class Webhooks:
    """Everything of webhooks inside `serve`. Close it after HTTP has ended and before the event log closes."""

    def __init__(self, workspace: Workspace, log: Segments, *, counters: Counters, wake: Callable[[], None]) -> None:
        self._workspace, self._log = workspace, log
        self._wake = wake
        self.raw = open_raw(workspace)
        self._hooks = Hooks(workspace)
        self.endpoints = WebhookEndpoints(
            hooks=self._hooks,
            raw=self.raw,
            log=log,
            clock=workspace.clock,
            free_bytes=lambda: shutil.disk_usage(workspace.data).free,
            resident_bytes=resident_bytes,
            most_resident_bytes=limits_of(workspace.project.settings.collector).most_resident_bytes,
            counters=counters,
            arrived=wake,
            reached=workspace.reached,
        )
        self.forgetting = Forgetting(workspace, self.raw)
        self._warn()

    def take_up(self) -> None:
        """Believe and map by the files as they are now. Raises ProblemsFound; then nothing changed."""
        self._hooks.take_up()
        self._warn()

    def replay(self, hook: Hook, since: Instant) -> Replayed:
        """Tell what was kept again, and wake the tick."""
        told = replay(self._workspace, hook, self.raw, self._log, since)
        self._wake()
        return told

    def close(self) -> None:
        """Write what is under way and let go of the raw log."""
        self.endpoints.close()
        self.raw.close()

    def _warn(self) -> None:
        for words in unbelieved(self._hooks.unbelieved):
            print(f"opportune: {words}", file=sys.stderr)
