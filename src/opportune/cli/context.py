"""What a command is given: where it was called, the opened project, and somewhere to speak.

The same command runs in its own process or, while `serve` has the stores, inside that process with its words sent back over a socket.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress

    from opportune.cli.webhooking import Webhooks
    from opportune.shell.puller import Puller
    from opportune.shell.workspace import Workspace

Report = Callable[[int, int | None], None]
"""Told (done, total); total None while it is not known."""


class Voice(Protocol):
    """Where a command's words go."""

    def say(self, text: str) -> None:
        """To standard output."""

    def warn(self, text: str) -> None:
        """To standard error."""

    def bar(self, title: str, done: int, total: int | None) -> None:
        """How far long work has come."""


@dataclass(slots=True)
class Context:
    """One call of one command."""

    voice: Voice
    cwd: Path
    workspace: "Workspace"
    is_serving: bool = False
    """The command runs inside `serve`."""
    listening: tuple[str, int] | None = None
    """Inside `serve`: the host and port where it listens."""
    after_apply: Callable[[], None] = field(default=lambda: None)
    """Tells a running `serve` to take up what was applied."""
    puller: "Puller | None" = None
    """Inside `serve`: what fetches sources there."""

    webhooks: "Webhooks | None" = None
    """Inside `serve`: its webhooks."""

    def path(self, text: str) -> Path:
        """A path as the caller meant it."""
        return self.cwd / text

    def say(self, text: str = "") -> None:
        """A line to standard output."""
        self.voice.say(text + "\n")

    def warn(self, text: str) -> None:
        """A line to standard error."""
        self.voice.warn(text + "\n")

    @contextmanager
    def progress(self, title: str) -> Iterator[Report]:
        """A progress bar while the block runs."""

        def report(done: int, total: int | None = None) -> None:
            self.voice.bar(title, done, total)

        try:
            yield report
        finally:
            self.voice.bar(title, -1, None)


class Terminal:
    """A Voice on this process's own streams; bars only on a terminal, on standard error."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: int | None = None

    def say(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def warn(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    def bar(self, title: str, done: int, total: int | None) -> None:
        """Draw; `done` -1 takes the bar away."""
        if not sys.stderr.isatty():
            return
        if done < 0:
            self._stop()
            return
        if self._progress is None:
            self._progress = _bar()
            self._progress.start()
            self._task = self._progress.add_task(title, total=total)
        if self._task is not None:
            self._progress.update(self._task, description=title, completed=done, total=total)  # type: ignore[arg-type]

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
