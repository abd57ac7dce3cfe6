"""The moments that running journeys wait for, looked for in a stretch of time.

A short stretch asks for all of a kind in one plan, because planning is what a small question costs; a long one moment by moment.

Cost    short: two plans however many journeys run, and one for each `before`, `after`, `every` and event of things
Held to tests/stories/test_ticks.py, tests/shell/test_search.py
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.together import is_eventlike, moments_together
from opportune.language.compiler.turns import turns_together
from opportune.language.relations.plans import Plan, Row
from opportune.language.tree.moments import Changes, Turns
from opportune.language.vocabulary.instants import Instant, Span, span_of
from opportune.language.vocabulary.reading import Reading
from opportune.shell.compiled import CompiledJourney, CompiledMoment
from opportune.stages.journeys.entry import Moment

SHORT = span_of(timedelta(hours=6))
"""Up to here moments are asked for customer by customer and together, beyond it by sorting everything once."""


@dataclass(frozen=True, slots=True)
class Waited:
    """One moment of one journey: their places among the journeys that run and in its `when:` list."""

    journey: int
    which: int
    compiled: CompiledMoment


@dataclass(frozen=True)
class Search:
    """The moments of these journeys."""

    journeys: Sequence[CompiledJourney]
    reading: Reading

    def found(self, engine: Engine, lo: Instant, hi: Instant, max_lateness: Span) -> Iterator[tuple[int, Moment]]:
        """(place of its journey, moment) for every moment in (lo, hi]; those of one plan in its order."""
        parameters = {"lo": lo, "hi": hi, "max_lateness": max_lateness}
        for plan, waited in self._short if hi - lo <= SHORT else self._long:
            for row in engine.rows(plan, parameters):
                one = waited[int(row[-1] or 0)] if len(waited) > 1 else waited[0]
                yield one.journey, _moment(row, one)

    @property
    def _every(self) -> list[Waited]:
        return [Waited(n, which, each) for n, journey in enumerate(self.journeys) for which, each in enumerate(journey.moments)]

    @cached_property
    def _long(self) -> list[tuple[Plan, list[Waited]]]:
        return [(one.compiled.plan, [one]) for one in self._every]

    @cached_property
    def _short(self) -> list[tuple[Plan, list[Waited]]]:
        alike = [one for one in self._every if is_eventlike(one.compiled.moment)]
        turning = [(one, one.compiled.moment) for one in self._every if isinstance(one.compiled.moment, Turns | Changes)]
        others = [one for one in self._every if one not in alike and not isinstance(one.compiled.moment, Turns | Changes)]
        found = [(one.compiled.narrow, [one]) for one in others]
        if len(alike) == 1:
            found += [(alike[0].compiled.narrow, alike)]
        elif alike:
            found += [(moments_together([one.compiled.moment for one in alike], self.reading), alike)]
        if len(turning) == 1:
            found += [(turning[0][0].compiled.narrow, [turning[0][0]])]
        elif turning:
            found += [(turns_together([moment for _, moment in turning], self.reading), [one for one, _ in turning])]
        return [(replace(plan, joins_as_written=True), waited) for plan, waited in found]


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
