"""The webhooks of a project: who is believed, what was kept and is told again, and when it is forgotten."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opportune.adapters.logs.line import line_of_call, written
from opportune.adapters.logs.log import Log, LogFault
from opportune.adapters.logs.raw import FOLDER, Raw, drop_before, put_by, raw_since
from opportune.adapters.logs.segments import Segments
from opportune.adapters.project.connectors import connectors_of
from opportune.adapters.project.form import Form
from opportune.adapters.project.project import Project
from opportune.adapters.project.webhook_sources import Webhook
from opportune.adapters.sources.reaching import Manners, Unreached, fetched
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.problems import ProblemsFound, Severity
from opportune.shell.workspace import Workspace, system_clock
from opportune.stages.mapping.connector import Connector, Hook, Reader
from opportune.stages.mapping.signature import Provided

DAY = 86_400_000_000
"""Microseconds."""
MOST_AT_ONCE = 1_000
"""Calls that are appended together in a replay."""


def hooks_of(project: Project, environment: Mapping[str, str]) -> dict[str, Hook]:
    """Source → its webhook, with the secrets of the environment. Raises ProblemsFound where a connector has one."""
    declared = [source for source in project.settings.sources.values() if isinstance(source, Webhook)]
    form = Form()
    connectors = connectors_of(declared, project.files, form)
    errors = [problem for problem in form.problems if problem.severity is Severity.ERROR]
    if errors:
        raise ProblemsFound(errors)
    public_url = project.settings.serve.public_url or ""
    return {each.name: _hook(each, connectors[each.name], environment, public_url) for each in declared}


def _hook(declared: Webhook, connector: Connector, environment: Mapping[str, str], public_url: str) -> Hook:
    provided = isinstance(connector.scheme, Provided)
    return Hook(
        reader=_reader(declared, f"{public_url}/webhooks/{declared.name}") if provided else None,
        source=declared.name,
        connector=connector,
        secrets=tuple(secret for name in declared.secret_env if (secret := environment.get(name, "").strip())),
        settings=declared.settings,
        largest_bytes=declared.largest_bytes,
        wanted=declared.secret_env,
    )


def _reader(declared: Webhook, url: str) -> Reader:
    from opportune.adapters.providers.reader import ProviderReader  # only where there is one: it brings Django along
    from opportune.adapters.providers.sns import Sns

    return ProviderReader(provider=declared.settings["provider"], sns=Sns(_from_amazon), public_url=url)


def _from_amazon(url: str) -> bytes:
    """Raises OSError."""
    try:
        return fetched(url, {}, Manners(timeout=5, largest_bytes=100_000), system_clock()).body
    except Unreached as error:
        raise OSError(str(error)) from error


class Hooks:
    """The webhooks as `serve` knows them, until it is told to look again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._hooks: dict[str, Hook] = {}
        self.take_up()

    def __call__(self, source: str) -> Hook | None:
        return self._hooks.get(source)

    def take_up(self) -> None:
        """Read the files as they are now. Raises ProblemsFound; then those of before stay."""
        self._hooks = hooks_of(self._workspace.files_now(with_templates=False), os.environ)

    @property
    def unbelieved(self) -> list[Hook]:
        """Those without a secret: whatever they are sent is turned away."""
        return [hook for hook in self._hooks.values() if not hook.secrets]


def open_raw(workspace: Workspace) -> Segments:
    """The log of what webhooks bring; fails with LogTaken while another process has it."""
    return Segments.open(workspace.data / FOLDER, clock=workspace.clock)


class Forgetting:
    """Once a day: what was kept longer than `keep_raw` is deleted."""

    def __init__(self, workspace: Workspace, raw: Log) -> None:
        self._workspace, self._raw = workspace, raw
        self._day = -1

    def __call__(self) -> None:
        """Called as often as anybody likes; works when the UTC day is another."""
        at = self._workspace.clock()
        if at // DAY == self._day:
            return
        self._day = at // DAY  # first: what fails is told once a day, not at every tick
        put_by(self._raw)
        kept = span_of(self._workspace.project.settings.keep_raw)
        try:
            drop_before(self._workspace.data / FOLDER, Instant(at - kept))
        except OSError as error:
            raise LogFault(f"what webhooks brought long ago could not be deleted: {error}") from error


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What a replay did."""

    payloads: int = 0
    calls: int = 0
    left_out: int = 0
    """Payloads no entry speaks of."""
    failures: dict[str, int] = field(default_factory=dict)
    """Reason → how often."""


def replay(workspace: Workspace, hook: Hook, raw: Log, log: Log, since: Instant) -> Replayed:
    """Map what was kept of a source since an instant again, by the mapping as it is now: calls that are known already change nothing."""
    put_by(raw)
    told = Replayed()
    waiting: list[bytes] = []
    for each in raw_since(workspace.data / FOLDER, since):
        if each.source == hook.source:
            waiting += _again(hook, each, told)
        if len(waiting) >= MOST_AT_ONCE:
            log.append(waiting)
            waiting = []
    if waiting:
        log.append(waiting)
    return told


def _again(hook: Hook, raw: Raw, told: Replayed) -> Sequence[bytes]:
    mapped = hook.mapped(raw.body, media=raw.media, headers=raw.headers)
    told.payloads += 1
    told.calls += len(mapped.calls)
    told.left_out += not mapped.calls and not mapped.failures
    for failed in map(str, mapped.failures):
        told.failures[failed] = told.failures.get(failed, 0) + 1
    return [written(line_of_call(_as_it_arrived(call, raw), source=hook.source)) for call in mapped.calls]


def _as_it_arrived(call: dict[str, object], raw: Raw) -> dict[str, object]:
    """A call that says no time happened when it was first received."""
    return {"timestamp": raw.received_at, **call}


def unbelieved(hooks: Iterable[Hook]) -> list[str]:
    """What to tell the operator of webhooks without a secret."""
    return [
        f"{hook.source}: no webhook is believed, for none of {', '.join(hook.wanted)} is set in the environment of serve" for hook in hooks
    ]
