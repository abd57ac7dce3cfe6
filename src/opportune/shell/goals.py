"""How enrolments' goals went: the first instant at which `reached` is true within the goal's time, and the value by then."""

from collections.abc import Sequence
from dataclasses import dataclass

from opportune.adapters.engines.engine import Engine
from opportune.language.compiler.values import at_pairs
from opportune.language.compiler.watch import first_true
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Literal
from opportune.language.tree.journeys import Goal
from opportune.language.vocabulary.instants import FOREVER, Instant, span_of
from opportune.language.vocabulary.reading import Reading
from opportune.shell.questions import entered_of
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.measurement.summary import Enrolled


@dataclass(frozen=True, slots=True)
class CompiledGoal:
    """A goal's plans."""

    goal: Goal
    reached: Plan
    value: Plan


def compile_goal(goal: Goal) -> CompiledGoal:
    """Both plans; a goal without `value` is worth nothing."""
    return CompiledGoal(goal, first_true(goal.reached, Reading.AS_KNOWN), at_pairs({"value": goal.value or Literal(None)}))


def goals_reached(engine: Engine, compiled: CompiledGoal | None, enrolments: Sequence[Enrolment], until: Instant) -> list[Enrolled]:
    """One row an enrolment, in their order, as known at `until`. The value is that at the end of the goal's time, or `until`."""
    if compiled is None:
        return [Enrolled(e.id, e.journey, e.customer_id, e.held_out, e.entered_at, None, 0) for e in enrolments]
    length = span_of(compiled.goal.within)
    ends = [Instant(min(e.entered_at + length, until)) for e in enrolments]
    watches = [
        (n, e.identity_key, e.entered_at, end, *entered_of(e).columns()) for n, (e, end) in enumerate(zip(enrolments, ends, strict=True))
    ]
    pairs = [(n, e.identity_key, end, FOREVER, *entered_of(e).columns()) for n, (e, end) in enumerate(zip(enrolments, ends, strict=True))]
    reached = {int(row[0] or 0): row[1] for row in engine.rows(compiled.reached, {}, {"watches": watches})}
    values = {int(row[0] or 0): row[1] for row in engine.rows(compiled.value, {}, {"pairs": pairs})}
    return [
        Enrolled(
            e.id,
            e.journey,
            e.customer_id,
            e.held_out,
            e.entered_at,
            _instant(reached.get(n)),
            int(values.get(n) or 0) if reached.get(n) is not None else 0,
        )
        for n, e in enumerate(enrolments)
    ]


def _instant(value: object) -> Instant | None:
    return Instant(value) if isinstance(value, int) else None
