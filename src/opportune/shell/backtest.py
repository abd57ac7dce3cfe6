"""Backtest: what journeys would have done between two instants, as if applied at the first; live's own `tick` on a moved clock."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from opportune.adapters.engines.engine import Engine
from opportune.adapters.stores.remembered import RememberedState
from opportune.language.tree.journeys import Journey
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.shell.compiled import compile_gates, compile_journey
from opportune.shell.evaluation import stretch_of
from opportune.shell.goals import compile_goal, goals_reached
from opportune.shell.tick import tick
from opportune.shell.world import Rules, Running, World
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.measurement.summary import JourneySummary, Mail, summarise
from opportune.stages.sending.message import Message

STRIDE = span_of(timedelta(days=92))
"""How much time one tick of a backtest covers; any other gives the same rows. Every tick asks each journey's plans anew, which a long one
saves; what varies all the time is looked at each midnight, and a year of them at once would not fit into memory."""
VERSION = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What would have happened, in the order of the output files."""

    enrolments: Sequence[Enrolment]
    messages: Sequence[Message]
    turned: Mapping[tuple[str, str], int]
    """(journey, result) → moments."""
    summaries: Sequence[JourneySummary]


def world_of(engine: Engine, journeys: Sequence[Journey], rules: Rules, *, version: str, applied_at: Instant) -> World:
    """A world in which `journeys` were applied at one instant."""
    compiled = [compile_journey(journey, version, rules.reading) for journey in journeys]
    return World(
        engine=engine,
        running=tuple(Running(each, applied_at) for each in compiled),
        versions={(each.journey.name, version): each for each in compiled},
        gates=compile_gates(rules.sending),
        rules=rules,
    )


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """A backtest makes millions of things and keeps them to its end; to look again and again for what may go was a tenth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_nothing_thrown_away()
def backtest(
    engine: Engine,
    journeys: Sequence[Journey],
    rules: Rules,
    *,
    start: Instant,
    end: Instant,
    stride: int = STRIDE,
    progress: Callable[[Instant], None] = lambda _: None,
) -> Backtest:
    """Replay (start, end]; `progress` is told how far it has come."""
    state = RememberedState()
    world = world_of(engine, journeys, rules, version=VERSION, applied_at=start)
    reach = stretch_of(engine)
    last = max(reach.last, reach.last_received_at) if reach else start
    hi = start
    while hi < end:
        hi = Instant(min(hi + stride, end)) if hi < last else end  # nothing arrives any more: only what is due is left
        tick(world, state, hi, start=start)
        progress(hi)
    enrolments, messages, turned = state.enrolments(), state.messages(start, end), state.turned()
    summaries = [_summary(engine, journey, enrolments, messages, end) for journey in journeys]
    return Backtest(enrolments=enrolments, messages=messages, turned=turned, summaries=summaries)


def _summary(
    engine: Engine, journey: Journey, enrolments: Sequence[Enrolment], messages: Sequence[Message], end: Instant
) -> JourneySummary:
    mine = [enrolment for enrolment in enrolments if enrolment.journey == journey.name]
    enrolled = goals_reached(engine, compile_goal(journey.goal) if journey.goal else None, mine, end)
    mails = [Mail(m.id, m.journey, m.status.value, m.reason, m.decided_at) for m in messages if m.journey == journey.name]
    return summarise(journey.name, enrolled, mails, frozenset())
