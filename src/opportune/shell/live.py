"""The live side of the engine: load what arrived, tick, take up what was applied. Driven by serve, the demo and tests on a moved clock."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from opportune.adapters.logs.segments import Segments
from opportune.adapters.project.project import Project
from opportune.adapters.project.tables import TableFile
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.journeys import Journey
from opportune.language.tree.reading import of_journeys
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.problems import ProblemsFound, Severity
from opportune.shell.compiled import CompiledJourney, compile_gates, compile_journey
from opportune.shell.evaluation import stretch_of
from opportune.shell.planning import moves
from opportune.shell.sweeping import Needed, Swept, needed_by, rolled, swept
from opportune.shell.tick import TickReport, tick
from opportune.shell.workspace import Workspace
from opportune.shell.world import Running, World
from opportune.stages.journeys.program import Request, program_of

ROLLED_FROM = 10_000_000
"""Events. Below, questions are answered from the events as fast, and loads need not add to roll-ups."""


class Live:
    """One ticking project. Not thread-safe: one thread ticks."""

    def __init__(self, workspace: Workspace, log: Segments) -> None:
        self._workspace = workspace
        self._log = log
        self._ground = workspace.bare_ground()
        self._compiled: dict[tuple[str, str], CompiledJourney] = {}
        self.start = self._go_live()
        self.take_up()

    def _go_live(self) -> Instant:
        """The instant of the first `serve`, remembered: imports after it fire nothing."""
        live_since = self._workspace.live_since
        if live_since is None:
            live_since = self._workspace.load(self._log)
            self._workspace.registry.remember("live_since", str(live_since))
        return live_since

    def take_up(self) -> None:
        """Compile what runs now and what somebody is still in; called at start and after `apply`."""
        workspace = self._workspace
        running = workspace.registry.running()
        needed = {(each.journey, each.version) for each in running} | workspace.journeys.versions_in_use()
        for name, version in needed - self._compiled.keys():
            journey = workspace.definitions_of(version).journeys[name]
            self._compiled[name, version] = compile_journey(journey, version, workspace.rules().reading)
        rules = workspace.rules()
        self._ground.stand_on(*in_use(workspace))
        self._keep_rollups(workspace.running_definitions())
        sweep(workspace)
        self._world = World(
            engine=self._ground,
            running=tuple(Running(self._compiled[each.journey, each.version], each.applied_at) for each in running),
            versions=dict(self._compiled),
            gates=compile_gates(rules.sending),
            rules=rules,
        )

    def _keep_rollups(self, definitions: Definitions) -> None:
        """Keep what the running definitions add up, in stores so large that adding it up again takes seconds."""
        reach = stretch_of(self._ground)
        wanted = rolled(definitions) if reach and reach.number >= ROLLED_FROM else ()
        with self._workspace.loading:
            self._workspace.engine.keep(wanted)

    def step(self) -> TickReport:
        """Load and decide everything up to now."""
        with self._workspace.loading:
            hi = self._workspace.load(self._log)
            self._ground.settle(hi)
        return tick(self._world, self._workspace.journeys, hi, start=self.start)

    def pass_on_notices(self) -> int:
        """Put what the hand-overs have to tell into the log: their ids make a repeat after a crash harmless."""
        notices = self._workspace.outbox.notices()
        if notices:
            self._log.append([notice.call for notice in notices])
            self._workspace.outbox.noted([notice.id for notice in notices])
        return len(notices)


def changed_journeys(workspace: Workspace, journeys: Sequence[Journey]) -> list[str]:
    """Names of the journeys that are new or differ from what runs."""
    running = {each.journey: each.version for each in workspace.registry.running()}
    return [journey.name for journey in journeys if _running_tree(workspace, running, journey.name) != journey]


def _running_tree(workspace: Workspace, running: dict[str, str], name: str) -> Journey | None:
    version = running.get(name)
    return None if version is None else workspace.definitions_of(version).journeys.get(name)


def apply(workspace: Workspace, *, version: str | None = None, is_moving: bool = False) -> list[str]:
    """Switch to the files as they are, or as they were in an applied `version`; gives the journeys that changed.

    With `is_moving` whoever is in a changed journey goes on in the new version, where her step is still there. All of it is one
    transaction. Raises ProblemsFound when a file has one.
    """
    project = chosen(workspace, version)
    if version is None:
        workspace.project = project
    journeys = list(project.definitions.journeys.values())
    changed = changed_journeys(workspace, journeys)
    rewritten = [name for name in rewritten_journeys(workspace, project) if name not in changed]
    names = [journey.name for journey in journeys]
    with workspace.switching:
        moved = moves(workspace, project, workspace.journeys.active()) if is_moving else []
        at = workspace.clock()
        workspace.registry.apply(project.hash, project.files, names, changed, at, rewritten=rewritten, moved=moved)
    return changed


def chosen(workspace: Workspace, version: str | None) -> Project:
    """The files as they are now, or those of an applied version. Raises ProblemsFound when one has a problem."""
    if version is None:
        return workspace.sound_project()
    project = workspace.project_of(version)
    errors = [problem for problem in project.problems if problem.severity is Severity.ERROR]
    if errors:
        raise ProblemsFound(errors)
    return project


def rewritten_journeys(workspace: Workspace, project: Project) -> list[str]:
    """Names of the running journeys whose templates are not those of the version they run from."""
    found = []
    for each in workspace.registry.running():
        journey, running = project.definitions.journeys.get(each.journey), workspace.project_of(each.version)
        used = {step.send.template for step in program_of(journey) if isinstance(step, Request)} if journey is not None else set()
        if any(project.templates.get(name) != running.templates.get(name) for name in used):
            found.append(each.journey)
    return found


def in_use(workspace: Workspace) -> tuple[list[Definitions], dict[str, TableFile]]:
    """What was applied, whole, and of other versions the journeys that run or that somebody is in; and the tables they all read."""
    applied = workspace.registry.fact("applied_version")
    journeys = {(each.journey, each.version) for each in workspace.registry.running()} | workspace.journeys.versions_in_use()
    found, tables = [], dict[str, TableFile]()
    for version in sorted({version for _, version in journeys} | ({applied} if applied else set())):
        project = workspace.project_of(version)
        names = [name for name, of in journeys if of == version]
        found.append(project.definitions if version == applied else of_journeys(project.definitions, names))
        tables |= {table.name: project.tables[table.name] for table in found[-1].tables.values() if table.name in project.tables}
    return found, tables


def sweep(workspace: Workspace) -> Swept:
    """Take out of the event store what neither anything in use needs nor anything that is being asked."""
    with workspace.loading:
        standing = [needed_by(definitions) for definitions in in_use(workspace)[0]]
        standing += [ground.needed for ground in workspace.grounds]
        standing += [Needed(rollups=frozenset(each.hash for each in rolled(workspace.running_definitions())))]
        return workspace.asked(lambda engine: swept(engine, reduce(or_, standing))) or Swept()
