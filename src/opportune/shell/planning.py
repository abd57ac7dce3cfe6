"""What would change if the files were applied: definitions, who is in what, how much is sent, and whoever is on the way.

Cost    a snapshot of the segments, ladders and tiers that changed; a backtest of the last 30 days, two where journeys changed
Held to tests/cli/test_plan.py
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from opportune.adapters.project.listing import Listed, listed
from opportune.adapters.project.project import Project
from opportune.adapters.project.shelf import key_of
from opportune.adapters.stores.registry import Moved
from opportune.language.compiler.values import snapshot
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Expr
from opportune.language.vocabulary.instants import FOREVER, Instant, span_of
from opportune.shell.backtest import backtest
from opportune.shell.evaluation import stretch_of
from opportune.shell.ground import Ground
from opportune.shell.workspace import Workspace
from opportune.shell.world import Rules
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.journeys.moving import moved
from opportune.stages.measurement.shifts import Asked, Shift, shifts, told

MONTH = span_of(timedelta(days=30))
WEEKS = 30 / 7
VOLUMES = "planned_volumes"
KEPT = 3
"""Versions whose volume is remembered, as the fact VOLUMES: what runs, and the last that were tried."""
GROUPS = ("segment", "ladder", "tier")
"""What one can be in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One definition, setting, template or file that is not as it was."""

    mark: str
    """`+` added, `-` removed, `~` changed, `>` changed by what it reads, `.` written otherwise, with the same meaning."""
    kind: str
    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A segment, rung or band that changed, and who comes and goes."""

    name: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class Volume:
    """Messages a week of one journey, by backtest of the last 30 days; None: it is not there."""

    journey: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """Enrolments on the way in one version of a journey that is to change or go."""

    journey: str
    version: str
    number: int
    is_gone: bool
    """Nobody enters the journey any more."""
    movable: int
    """Stand at a step that the new version has too."""


# -- definitions


def changes(before: Project | None, after: Project) -> list[Change]:
    """Everything that differs, by kind and name, journeys first. Where nothing was applied everything is added."""
    old, new = listed(before.files) if before else {}, listed(after.files)
    hashes = [_hashes(before) if before else {}, _hashes(after)]
    keys = sorted({*old, *new}, key=lambda key: (key[0] != "journey", key))
    return [change for key in keys if (change := _change(key, (old, new), hashes)) is not None]


def _change(key: tuple[str, str], texts: tuple[Listed, Listed], hashes: Sequence[Mapping[tuple[str, str], str]]) -> Change | None:
    (kind, name), (before, after) = key, (texts[0].get(key), texts[1].get(key))
    if before is None or after is None:
        mark = "+" if before is None else "-"
        return Change(mark=mark, kind=kind, name=name, before=before or "", after=after or "")
    one, other = (found.get(key) for found in hashes)
    if before == after:
        return Change(mark=">", kind=kind, name=name, before=before, after=after) if one != other else None
    mark = "." if one is not None and one == other else "~"
    return Change(mark=mark, kind=kind, name=name, before=before, after=after)


def _hashes(project: Project) -> dict[tuple[str, str], str]:
    """(kind, name) → hash of what it means, references written out; kinds that have no tree of their own are missing."""
    found = project.definitions
    rooms: dict[str, Mapping[str, object]] = {
        "metric": found.metrics,
        "segment": found.segments,
        "score": found.scores,
        "ladder": found.ladders,
        "tier": found.tiers,
        "journey": found.journeys,
        "prediction": found.heuristics,
    }
    trees = {(kind, name): tree for kind, room in rooms.items() for name, tree in room.items()}
    return {key: content_hash((tree, found.attached.get(".".join(key)))) for key, tree in trees.items()}


# -- people


def now_of(workspace: Workspace) -> Instant | None:
    """When "now" is: the clock once the project is live, before that the last event; None while nothing is stored."""
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        return None
    return workspace.clock() if workspace.live_since is not None else reach.last


def groups(workspace: Workspace, before: Project | None, after: Project, at: Instant) -> list[Group]:
    """Every segment, rung and band whose meaning changed, with who enters and leaves it at `at`."""
    columns: dict[str, Expr] = {}
    asked: list[tuple[str, Asked]] = []
    for name, (old, new), steps in _changed_groups(before, after):
        one, other = (None if tree is None else f"{side}{len(asked)}" for side, tree in (("before", old), ("after", new)))
        columns |= {column: tree for column, tree in ((one, old), (other, new)) if column is not None and tree is not None}
        asked += [(f"{name}.{step}", Asked(one, other, step)) for step in steps] or [(name, Asked(one, other))]
    if not asked:
        return []
    ground = _ground(workspace, [project for project in (before, after) if project], at)
    questions = [question for _, question in asked]
    (row,) = ground.rows(shifts(snapshot(columns), questions), {"at": at, "seen": FOREVER})
    return [Group(name, shift) for (name, _), shift in zip(asked, told(row, questions), strict=True)]


def _changed_groups(before: Project | None, after: Project) -> Iterator[tuple[str, tuple[Expr | None, Expr | None], Sequence[str]]]:
    """Name, both meanings, and the rungs or bands of either."""
    for kind in GROUPS:
        old, new = (getattr(project.definitions, f"{kind}s") if project else {} for project in (before, after))
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                parts = [project.definitions.steps_of.get(f"{kind}.{name}", ()) for project in (after, before) if project]
                yield f"{kind}.{name}", (old.get(name), new.get(name)), list(dict.fromkeys(step for steps in parts for step in steps))


def _ground(workspace: Workspace, projects: Sequence[Project], at: Instant) -> Ground:
    """The store for questions of several versions at once."""
    tables = {name: table for project in projects for name, table in project.tables.items()}
    ground = workspace.ground(projects[-1].definitions, tables, at)
    if len(projects) > 1:
        with workspace.loading:
            ground.stand_on([project.definitions for project in projects], tables)
            ground.settle(at)
    return ground


# -- volume


def volumes(
    workspace: Workspace, before: Project | None, after: Project, at: Instant, progress: Callable[[Instant], None] = lambda _: None
) -> list[Volume] | None:
    """Messages a week of every journey, before and after, as if applied 30 days before `at`; None where no journey and no rule changed."""
    if before is not None and _acts(before) == _acts(after):
        return None
    old, new = ({} if project is None else _known_volume(workspace, project, at, progress) for project in (before, after))
    return [Volume(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]


def _acts(project: Project) -> object:
    """All that decides who is mailed when."""
    return project.definitions.journeys, project.definitions.sending


def _known_volume(workspace: Workspace, project: Project, at: Instant, progress: Callable[[Instant], None]) -> dict[str, float]:
    """The same as the last plan found where nothing arrived since: what runs is replayed once, however often the files are tried."""
    reach = stretch_of(workspace.engine.sibling())
    key = key_of(project.hash, str(at), str(reach), str(workspace.live_since))
    known: dict[str, dict[str, float]] = json.loads(workspace.registry.fact(VOLUMES) or "{}")
    found = known.pop(key, None)
    if found is None:
        found = _volume(workspace, project, at, progress)
    workspace.registry.remember(VOLUMES, json.dumps(dict([*known.items(), (key, found)][-KEPT:])))
    return found


def _volume(workspace: Workspace, project: Project, at: Instant, progress: Callable[[Instant], None]) -> dict[str, float]:
    rules = Rules(secret=workspace.secret, sending=project.definitions.sending, live_since=workspace.live_since)
    ground = _ground(workspace, [project], at)
    journeys = list(project.definitions.journeys.values())
    found = backtest(ground, journeys, rules, start=Instant(at - MONTH), end=at, progress=progress) if journeys else None
    return {each.journey: each.mails / WEEKS for each in found.summaries} if found else {}


# -- whoever is on the way


def in_flight(workspace: Workspace, after: Project) -> list[InFlight]:
    """Enrolments on the way in journeys that change or go, by journey and version."""
    active = workspace.journeys.active()
    counted = Counter((each.journey, each.version) for each in active)
    could = Counter((journey, was[0]) for journey, was in _movable(workspace, after, active))
    return [
        InFlight(journey=name, version=version, number=number, is_gone=name not in after.definitions.journeys, movable=could[name, version])
        for (name, version), number in sorted(counted.items())
        if workspace.definitions_of(version).journeys.get(name) != after.definitions.journeys.get(name)
    ]


def _movable(workspace: Workspace, after: Project, active: Sequence[Enrolment]) -> Iterator[tuple[str, tuple[str, int]]]:
    journeys = {each.enrolment: each.was for each in moves(workspace, after, active)}
    yield from ((each.journey, journeys[each.id]) for each in active if each.id in journeys)


def moves(workspace: Workspace, after: Project, active: Sequence[Enrolment]) -> list[Moved]:
    """Where those go on who stand at a step that the changed journey has too."""
    found = []
    for each in active:
        old, new = workspace.definitions_of(each.version).journeys.get(each.journey), after.definitions.journeys.get(each.journey)
        if old is None or new is None or old == new:
            continue
        there = moved(each, old, new, after.hash)
        if there is not None:
            found.append(Moved(enrolment=each.id, was=(each.version, each.cursor), version=after.hash, cursor=there.cursor))
    return found
