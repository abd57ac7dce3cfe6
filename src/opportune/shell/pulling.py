"""What sources that are fetched bring: into the collector's log as everything else that arrives, counted, what is broken set aside.

A pull is a live source: what it brings is received when it is appended, and may enrol. It is told to the log first and how far it was read
is kept afterwards; ids are made of what is told, so that a pull that was killed in between is repeated and doubles nothing.

Crash points  `pull`, between the two
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opportune.adapters.logs.log import Log
from opportune.adapters.sources.files import write_asides
from opportune.adapters.stores.ledger import LONGEST_REASON, Taken, Tally, hour_of
from opportune.adapters.stores.pulls import Pulls
from opportune.language.relations.loads import SetAside
from opportune.language.vocabulary.instants import Instant
from opportune.shell.workspace import Workspace

Progress = Callable[[int, int | None], None]
"""Called with the calls told and the number of all, where it is known."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Calls as log lines, and those that cannot be stored: place among the calls, from 0, and reason."""

    lines: Sequence[bytes]
    refused: Sequence[tuple[int, str]]


Judge = Callable[[str, Sequence[bytes], Instant], Judgement]
"""Source, its calls as JSON, and now → what of them may be stored: the collector's judgement, whoever brings them."""


class PullFault(Exception):
    """A source could not be read, in words for people. `after`: seconds it asked to be left alone for."""

    def __init__(self, said: str, *, after: float | None = None) -> None:
        super().__init__(said)
        self.after = after


@dataclass(slots=True)
class Pulled:
    """What a pull brought."""

    calls: int = 0
    parts: int = 0
    """Files or pages that were read."""
    left_out: int = 0
    """Rows no entry of the map speaks of."""
    asides: list[SetAside] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Files that may still be written."""
    aside_in: Path | None = None


class Intake:
    """Where pulls bring what they read. One pull of a source at a time; callable from any thread."""

    def __init__(self, workspace: Workspace, log: Log, judge: Judge, *, arrived: Callable[[], None] = lambda: None) -> None:
        self.workspace, self._log, self._judge, self._arrived = workspace, log, judge, arrived
        self.pulls = Pulls(workspace.database)

    def append(self, source: str, calls: Sequence[bytes]) -> Judgement:
        """Tell calls to the log; once this returns they are durable. Raises LogFault."""
        judgement = self._judge(source, calls, self.workspace.clock())
        if judgement.lines:
            self._log.append(judgement.lines)
            self._arrived()
        return judgement

    def reached(self) -> None:
        """What was read is in the log, and how far is not kept yet."""
        self.workspace.reached("pull")

    def set_aside(self, source: str, found: Pulled) -> None:
        """Write down what was set aside and count what came."""
        if found.asides:
            found.aside_in = write_asides(found.asides, self.workspace.data / "set_aside", source)
        now = self.workspace.clock()
        self.workspace.ledger.add([*_accepted(source, found.calls, now), *_refused(source, found.asides, now)])

    def failed(self, source: str, said: str) -> None:
        """Count a pull that did not work."""
        now = self.workspace.clock()
        reason = said.split("\n", 1)[0][:LONGEST_REASON]
        tally = Tally(source=source, hour=hour_of(now), kind=Taken.FAILED, reason=reason, count=1, last_at=now)
        self.workspace.ledger.add([tally])


def _accepted(source: str, calls: int, now: Instant) -> list[Tally]:
    return [Tally(source=source, hour=hour_of(now), kind=Taken.ACCEPTED, count=calls, last_at=now)] if calls else []


def _refused(source: str, asides: Iterable[SetAside], now: Instant) -> list[Tally]:
    """By reason, with one place as a sample."""
    counted: Counter[str] = Counter()
    sample: dict[str, str] = {}
    for aside in asides:
        reason = aside.reason[:LONGEST_REASON]
        counted[reason] += 1
        sample.setdefault(reason, f"{aside.file}:{aside.line}")
    return [
        Tally(source=source, hour=hour_of(now), kind=Taken.REFUSED, reason=reason, count=count, last_at=now, sample=sample[reason])
        for reason, count in counted.items()
    ]
