"""What templates quote of definitions: `tier.value.tone`, `metric.orders`, asked at the instant each message was decided.

Cost    one query for the messages of a version that are written together; a plan is made once a version
Held to tests/stories/test_templates.py
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opportune.language.compiler.values import at_pairs
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Literal
from opportune.language.vocabulary.instants import Instant, format_instant, instant_of
from opportune.language.vocabulary.kinds import MONEY_SCALE, Json, Kind
from opportune.shell.ground import Ground
from opportune.shell.workspace import Workspace
from opportune.stages.content.variables import expression_of
from opportune.stages.sending.message import Message

Paths = Iterable[str]


@dataclass(frozen=True, slots=True)
class _Asking:
    """A version's paths: those that are constants, and a plan for the others, in order."""

    constants: Mapping[str, Json]
    asked: tuple[str, ...]
    plan: Plan | None
    ground: Ground


class Quotations:
    """Serves one thread, as the ground it asks does."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._versions: dict[str, _Asking] = {}

    def of(self, messages: Sequence[tuple[Message, Paths]], read_by_version: Mapping[str, Paths]) -> list[dict[str, Json]]:
        """For each message the values of its paths. `read_by_version`: all that the templates of a version read."""
        found: list[dict[str, Json]] = [{} for _ in messages]
        open_ones: dict[str, list[int]] = defaultdict(list)
        for number, (message, paths) in enumerate(messages):
            wanted = tuple(paths)
            asking = self._asking(message.version, read_by_version.get(message.version, ())) if wanted else None
            if asking is not None:
                found[number] = {path: asking.constants[path] for path in wanted if path in asking.constants}
                if not asking.constants.keys() >= set(wanted):
                    open_ones[message.version].append(number)
        for version, numbers in open_ones.items():
            rows = self._rows(self._versions[version], [(number, messages[number][0]) for number in numbers])
            for number in numbers:
                found[number] |= {path: value for path, value in rows.get(number, {}).items() if path in set(messages[number][1])}
        return found

    def _rows(self, asking: _Asking, messages: Sequence[tuple[int, Message]]) -> dict[int, dict[str, Json]]:
        if asking.plan is None:
            return {}
        pairs = [(number, m.identity_key, m.decided_at, m.decided_at, None, None, None, None, None, None) for number, m in messages]
        kinds = [kind for _, kind in asking.plan.columns[1:]]
        return {
            int(row[0] or 0): {path: _shown(kind, value) for path, kind, value in zip(asking.asked, kinds, row[1:], strict=True)}
            for row in asking.ground.rows(asking.plan, {}, {"pairs": pairs})
        }

    def _asking(self, version: str, paths: Paths) -> _Asking:
        if version not in self._versions:
            project = self._workspace.project_of(version)
            trees, definitions = project.expressions({path: expression_of(path) for path in sorted(set(paths))})
            constants = {path: _constant(tree) for path, tree in trees.items() if isinstance(tree, Literal)}
            open_ones = {path: tree for path, tree in trees.items() if path not in constants}
            ground = self._workspace.bare_ground()
            ground.stand_on([definitions], project.tables)
            plan = at_pairs({f"value_{number}": tree for number, tree in enumerate(open_ones.values())}) if open_ones else None
            self._versions[version] = _Asking(constants, tuple(open_ones), plan, ground)
        return self._versions[version]


def as_tree(values: Mapping[str, Json]) -> dict[str, Json]:
    """`{"tier.value.tone": "vip"}` → `{"tier": {"value": {"tone": "vip"}}}`, as templates read it."""
    tree: dict[str, Json] = {}
    for path, value in sorted(values.items()):
        *before, last = path.split(".")
        inner = tree
        for name in before:
            deeper = inner.setdefault(name, {})
            if not isinstance(deeper, dict):  # `score.x` and `score.x.coverage`: the value itself goes without
                deeper = inner[name] = {}
            inner = deeper
        inner[last] = value
    return tree


def _constant(literal: Literal) -> Json:
    match literal.value:
        case timedelta() as length:
            return length.total_seconds()
        case datetime() as moment:
            return format_instant(instant_of(moment))
        case _ as value:
            return value


def _shown(kind: Kind, value: object) -> Json:
    """As a template reads it: money in units, durations in seconds, times as ISO text."""
    if value is None or isinstance(value, bool | str):
        return value
    if not isinstance(value, int | float):
        return str(value)
    match kind:
        case Kind.MONEY:
            return value / MONEY_SCALE
        case Kind.DURATION:
            return value / 1_000_000
        case Kind.TIME:
            return format_instant(Instant(int(value)))
        case Kind.BOOLEAN:
            return bool(value)
        case _:
            return int(value) if float(value).is_integer() else value
