"""What was counted at the edge goes into the ledger, and whoever falls silent is told of once. Chores of the ticker.

Held to tests/live/test_bookkeeping.py, tests/measurement/test_silence.py
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from opportune.adapters.project.declared_sources import DeclaredSource
from opportune.adapters.project.pull_sources import FolderPull, UrlPull
from opportune.adapters.project.settings import Settings
from opportune.adapters.project.webhook_sources import Webhook
from opportune.adapters.stores.ledger import Ledger, Tally, hour_of
from opportune.adapters.stores.registry import Registry
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.shell.workspace import Workspace
from opportune.stages.measurement.silence import MOST, Silence
from opportune.stages.measurement.sources import by_day, sources_of
from opportune.stages.measurement.standing import Standing, State, standings

PAUSE = 1.0
"""Seconds between two additions to the ledger."""
LOOKED = 60.0
"""Seconds between two looks at who is silent."""
_KINDS: Mapping[type[DeclaredSource], str] = {Webhook: "webhook", FolderPull: "folder", UrlPull: "url"}
_TOLD = "silent_since."
"""Begins the facts that remember of which silence people were told."""


@dataclass(slots=True)
class Bookkeeper:
    """Adds to the ledger what was counted, at most once a second and at the end; what could not be added is added the next time."""

    ledger: Ledger
    drained: Callable[[Instant], Sequence[Tally]]
    clock: Callable[[], Instant]
    _held: list[Tally] = field(default_factory=list)
    _last: float = float("-inf")

    def __call__(self) -> None:
        """Add, unless that was done a moment ago. Raises StoreFault, and then nothing is lost."""
        if monotonic() - self._last >= PAUSE:
            self.settle()

    def settle(self) -> None:
        """Add all there is. Raises StoreFault."""
        self._last = monotonic()
        self._held += self.drained(self.clock())
        self.ledger.add(self._held)
        self._held = []


@dataclass(slots=True)
class Watch:
    """Tells of each silence once, over restarts too."""

    workspace: Workspace
    tell: Callable[[str], None]
    _last: float = float("-inf")

    def __call__(self) -> None:
        """Look, unless that was done a moment ago."""
        if monotonic() - self._last >= LOOKED:
            self._last = monotonic()
            self.look()

    def look(self) -> None:
        """Tell of those that are silent and were not when this was last looked at."""
        workspace = self.workspace
        for each in standing_now(workspace, is_stored_asked=False):
            if each.state is State.SILENT and each.silence is not None:
                said = str(each.silence.since)
                if workspace.registry.fact(_TOLD + each.name) != said:
                    workspace.registry.remember(_TOLD + each.name, said)
                    self.tell(told(each))


def told(each: Standing) -> str:
    """A silence in words."""
    assert each.silence is not None
    missed = f"about {each.silence.missed:,.0f} calls were to be expected since" if each.silence.missed >= 1 else "that is not its way"
    return (
        f"opportune: {each.name} has sent nothing since {format_instant(each.silence.since)}; {missed}\n"
        f"  Look whether it still runs; opportune sources {each.name} says more."
    )


def standing_now(workspace: Workspace, *, is_stored_asked: bool = True) -> list[Standing]:
    """How every source stands at this instant; whether the event store is asked too, which knows of imports and of what is older."""
    now = workspace.clock()
    sent = (workspace.asked(lambda engine: sources_of(engine.rows(by_day()))) or []) if is_stored_asked else []
    named = [each for each in sent if each.name is not None]
    stored = {each.title: "import" if each.is_imported else "opportune" if each.is_ours else "" for each in named}
    kinds = {name: kind for name, kind in stored.items() if kind} | kinds_of(workspace.registry, workspace.project.settings)
    last: dict[str, Instant] = {}
    for each in named:
        last[each.title] = max(last.get(each.title, each.last_received_at), each.last_received_at)
    return standings(kinds, workspace.ledger.since(hour_of(now) - MOST), last, now, revoked=workspace.registry.revoked())


def by_hour(workspace: Workspace) -> dict[str, str]:
    """What an audit tells of sources whose rhythm is known: since when each says nothing, empty where it goes on."""
    known = [each for each in standing_now(workspace, is_stored_asked=False) if each.usual is not None and each.kind]
    return {each.name: _in_short(each.silence) if each.silence is not None else "" for each in known}


def _in_short(silence: Silence) -> str:
    return f"nothing since {format_instant(silence.since)}; about {silence.missed:,.0f} calls were to be expected by its hours of the week"


def kinds_of(registry: Registry, settings: Settings) -> dict[str, str]:
    """Who may send → what it is."""
    keys = {key.name: "browser" if key.is_browser else "server" for key in registry.sources()}
    return keys | {name: _KINDS[type(source)] for name, source in settings.sources.items()}
