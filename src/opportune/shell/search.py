"""The moments that running journeys wait for, looked for in a stretch of time.

A short stretch asks for all of a kind in one plan, because planning is what a small question costs; a long one moment by moment.
What may be asked of those alone for whom something may come due (`compiler.nearby`), is asked of them.

Cost    short: two plans however many journeys run, and one for each `before`, `after`, `every` and event of things
Held to tests/stories/test_ticks.py, tests/meaning/test_compiled_nearby.py
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.nearby import Due, due_of, together
from opportune.language.compiler.together import is_eventlike, moments_together
from opportune.language.compiler.turns import turns_together
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.moments import Changes, Turns
from opportune.language.vocabulary.instants import Instant, Span, span_of
from opportune.language.vocabulary.reading import Reading
from opportune.shell.compiled import CompiledJourney, CompiledMoment
from opportune.shell.nearby import Nearby
from opportune.stages.journeys.entry import Moment

SHORT = span_of(timedelta(hours=6))
"""Up to here moments are asked for customer by customer and together, beyond it by sorting everything once."""


@dataclass(frozen=True, slots=True)
class Waited:
    """One moment of one journey: their places among the journeys that run and in its `when:` list."""

    journey: int
    which: int
    compiled: CompiledMoment


@dataclass(frozen=True, slots=True)
class Asked:
    """One plan and what it looks for; `due`: when, where that tells the customers who may have a moment."""

    plan: Plan
    waited: Sequence[Waited]
    due: Due | None
    near: Plan | None = None
    """The plan to be asked of a neighbourhood; None: `plan`."""

    @property
    def nearby(self) -> Plan:
        """What is asked of a neighbourhood."""
        return self.near or self.plan


@dataclass(frozen=True)
class Search:
    """The moments of these journeys."""

    journeys: Sequence[CompiledJourney]
    reading: Reading

    def found(
        self, engine: Engine, lo: Instant, hi: Instant, max_lateness: Span, nearby: Nearby | None = None
    ) -> Iterator[tuple[int, Moment]]:
        """(place of its journey, moment) for every moment in (lo, hi]; those of one plan in its order.

        `nearby`: the neighbourhood of the stretch in this engine.
        """
        parameters = {"lo": lo, "hi": hi, "max_lateness": max_lateness}
        for asked in self.short if hi - lo <= SHORT else self._long:
            for row in _rows(engine, asked, parameters, nearby):
                one = asked.waited[int(row[-1] or 0)] if len(asked.waited) > 1 else asked.waited[0]
                yield one.journey, _moment(row, one)

    @property
    def _every(self) -> list[Waited]:
        return [Waited(n, which, each) for n, journey in enumerate(self.journeys) for which, each in enumerate(journey.moments)]

    @cached_property
    def _long(self) -> list[Asked]:
        return [Asked(one.compiled.plan, [one], None) for one in self._every]

    @cached_property
    def short(self) -> list[Asked]:
        """What is asked of a short stretch."""
        alike = [one for one in self._every if is_eventlike(one.compiled.moment)]
        told = [one for one in self._every if _is_turning(one) and due_of(one.compiled.moment) is not None]
        others = [one for one in self._every if _is_turning(one) and one not in told]
        alone = [one for one in self._every if one not in alike and not _is_turning(one)]
        found = [Asked(one.compiled.narrow, [one], None) for one in alone]
        for some in (alike, told, others):
            if some:
                dues = [due_of(one.compiled.moment) for one in some]
                due = together(due for due in dues if due is not None) if None not in dues else None
                near = self._alike(some, is_nearby=True) if some is alike else None
                found.append(Asked(self._plan(some), some, due, near))
        return [replace(asked, plan=replace(asked.plan, joins_as_written=True)) for asked in found]

    def _plan(self, some: Sequence[Waited]) -> Plan:
        if len(some) == 1:
            return some[0].compiled.narrow
        return self._turning(some) if _is_turning(some[0]) else self._alike(some)

    def _alike(self, some: Sequence[Waited], *, is_nearby: bool = False) -> Plan:
        plan = moments_together([one.compiled.moment for one in some], self.reading, is_nearby=is_nearby)
        return replace(plan, joins_as_written=True)

    def _turning(self, some: Sequence[Waited]) -> Plan:
        return turns_together([one.compiled.moment for one in some if isinstance(one.compiled.moment, Turns | Changes)], self.reading)


def _rows(engine: Engine, asked: Asked, parameters: Mapping[str, int], nearby: Nearby | None) -> list[Row]:
    if nearby is None or asked.due is None or not asked.due.is_told(nearby.lo, nearby.hi):
        return engine.rows(asked.plan, parameters)
    return nearby.rows(asked.nearby, parameters) if nearby.people else []


def _is_turning(one: Waited) -> bool:
    return isinstance(one.compiled.moment, Turns | Changes)


def _moment(row: Row, waited: Waited) -> Moment:
    """A row of a moment plan (`MOMENT_COLUMNS`, perhaps with its number behind)."""
    key, customer_id, at, acted_at, event_id, line, is_imported, same_value, old, new = row[:10]
    is_change = isinstance(waited.compiled.moment, Changes)
    return Moment(
        customer_id=str(customer_id),
        identity_key=int(key or 0),
        at=Instant(int(at or 0)),
        acted_at=Instant(int(acted_at or 0)),
        trigger_event_id="" if event_id is None else str(event_id),
        trigger_line=int(line or 0),
        is_imported=bool(is_imported),
        is_event_moment=waited.compiled.is_event_moment and event_id is not None,
        which=waited.which,
        same_value=None if same_value is None else str(same_value),
        told=f'{{"old": {old or "null"}, "new": {new or "null"}}}' if is_change else None,
    )
