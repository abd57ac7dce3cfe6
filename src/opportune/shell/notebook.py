"""Asking a project's store from Python, as in a notebook: definitions written as texts or as Python (`language.tree.spoken`).

    from opportune.shell.notebook import Notebook

    with Notebook.open("shop") as shop:
        shop.values({"orders": say.count("Order Completed")})

Gives   rows as dictionaries: money as Decimal, times as aware datetimes in UTC, durations as timedelta
Held to docs/notebooks.md, by tests/docs/test_notebooks_page.py
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from opportune.language.compiler.snapshot import snapshot
from opportune.language.relations.plans import Plan, Scalar
from opportune.language.tree.moments import Moment
from opportune.language.tree.print import text_of
from opportune.language.tree.spoken import Spoken
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.instants import EARLIEST, EPOCH, FOREVER, Instant, instant_of
from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind
from opportune.shell.evaluation import moments_shown, stretch_of
from opportune.shell.ground import Ground
from opportune.shell.preparing import calibrations_of
from opportune.shell.refusals import Unusable
from opportune.shell.workspace import Workspace

Cell = None | bool | int | float | str | Decimal | datetime | timedelta
Said = str | Spoken


@dataclass(frozen=True, slots=True)
class Notebook:
    """A project's files and store, to be asked. No other process may have the store meanwhile."""

    workspace: Workspace

    @classmethod
    @contextmanager
    def open(cls, folder: Path | str) -> Iterator["Notebook"]:
        """The project in a folder."""
        workspace = Workspace(Path(folder))
        try:
            workspace.load_log()
            yield cls(workspace)
        finally:
            workspace.close()

    def values(self, columns: Mapping[str, Said], *, at: datetime | None = None) -> list[dict[str, Cell]]:
        """A row a customer at a moment (default: that of the last event), as known. Raises ProblemsFound for what does not fit."""
        project = self.workspace.sound_project(with_templates=False)
        found, definitions = project.expressions({name: _text(said) for name, said in columns.items()})
        moment = self._asked(at)
        ground = self.workspace.ground(definitions, project.tables, moment)
        return _rows(ground, snapshot(found), {"at": moment, "seen": FOREVER})

    def moments(self, when: str | Moment, *, start: datetime | None = None, end: datetime | None = None) -> list[dict[str, Cell]]:
        """customer_id, at, trigger_event_id of each moment in (start, end], as known."""
        project = self.workspace.sound_project(with_templates=False)
        moment, definitions = project.moment(when if isinstance(when, str) else text_of(when), "when")
        until = self._asked(end)
        ground = self.workspace.ground(definitions, project.tables, until)
        since = EARLIEST if start is None else instant_of(start)
        return _rows(ground, moments_shown((moment,)), {"lo": since, "hi": until, "max_lateness": FOREVER})

    def calibrations(self, said: Said) -> list[dict[str, Cell]]:
        """What is kept for the population functions that a definition reads, by function, then instant: what was asked so far."""
        project = self.workspace.sound_project(with_templates=False)
        found, _ = project.expressions({"asked": _text(said)})
        return [
            {
                "population": text_of(one.population),
                "at": _cell(one.instant, Kind.TIME),
                "by": one.by_value,
                "value": _cell(one.value, kind_of(one.population.of)),
                "known": one.known,
                "is_unstable": one.is_unstable,
            }
            for one in calibrations_of(self.workspace.engine.sibling(), found["asked"])
        ]

    def _asked(self, moment: datetime | None) -> Instant:
        """The moment asked about."""
        reach = stretch_of(self.workspace.engine.sibling())
        if reach is None:
            raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
        return reach.last if moment is None else instant_of(moment)


def _text(said: Said) -> str:
    return said if isinstance(said, str) else text_of(said.tree)


def _rows(ground: Ground, plan: Plan, parameters: Mapping[str, Scalar]) -> list[dict[str, Cell]]:
    columns = plan.columns
    return [{name: _cell(value, kind) for (name, kind), value in zip(columns, row, strict=True)} for row in ground.rows(plan, parameters)]


def _cell(value: Scalar, kind: Kind) -> Cell:
    if value is None or isinstance(value, bool | str):
        return value
    match kind:
        case Kind.MONEY:
            return Decimal(int(value)) / MONEY_SCALE
        case Kind.TIME:
            return EPOCH + timedelta(microseconds=int(value))
        case Kind.DURATION:
            return timedelta(microseconds=int(value))
        case _:
            return value
