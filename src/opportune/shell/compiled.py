"""Journeys and the gate, compiled once per version: everything a tick asks the engine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from opportune.language.compiler.moments import follows, moments
from opportune.language.compiler.values import at_pairs
from opportune.language.compiler.watch import first_true
from opportune.language.relations.plans import Plan
from opportune.language.tree.expressions import Aggregate, Ago, Any, At, Expr, Literal, Lookup, Metric, Population, Since
from opportune.language.tree.journeys import Journey, MessageKind
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.sending import Sending
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import FOREVER, Span, span_of
from opportune.language.vocabulary.reading import Reading
from opportune.stages.journeys.program import Ask, Await, Instruction, PauseTill, Request, program_of
from opportune.stages.privacy.gate import ZONE, questions, volume, withdrawn_since_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledMoment:
    """One moment of a journey's `when:`."""

    moment: Moment
    plan: Plan
    """For long stretches of time."""
    narrow: Plan
    """The same rows, for short ones."""
    follows: Plan | None
    """Whether one that was taken still follows; None where it always does, or no moment of its journey is ever restated."""
    is_event_moment: bool
    """Where it has a trigger, that happened at the moment itself."""
    is_once: bool
    """Taken once per customer."""
    reach: Span | None
    """How near a moment already taken makes this one its restatement; None: moments of this kind are never restated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledJourney:
    """A version of a journey with its plans."""

    journey: Journey
    version: str
    program: tuple[Instruction, ...]
    moments: tuple[CompiledMoment, ...]
    entry: Plan
    """Columns only_if, exit_if, key."""
    exits: Plan | None
    """First instant at which exit_if is true or consent is withdrawn."""
    is_timed: bool
    """The exit or what a wait is for can come true although nothing happens to the customer."""
    exit_reason: Plan
    """Column exit_if: which of the two it was."""
    conditions: Mapping[int, Plan]
    """Index of an `Ask` or `Await` → column holds; of a `PauseTill` → column zone."""
    waits: Mapping[int, Plan]
    """Index of an `Await` → the first instant at which its condition holds."""

    @property
    def plans(self) -> Iterator[Plan]:
        """All that a tick may ask of few customers."""
        for moment in self.moments:
            yield moment.narrow
            yield from () if moment.follows is None else (moment.follows,)
        yield self.entry
        yield from () if self.exits is None else (self.exits,)
        yield self.exit_reason
        yield from self.conditions.values()
        yield from self.waits.values()


TRUE, FALSE = Literal(True), Literal(False)


def compile_journey(journey: Journey, version: str, reading: Reading) -> CompiledJourney:
    """All plans of a journey. Cost: 10-100 ms a plan, so once per version."""
    program = program_of(journey)
    exits = _exits(journey, program)
    awaited = {index: each.condition for index, each in enumerate(program) if isinstance(each, Await)}
    return CompiledJourney(
        journey=journey,
        version=version,
        program=program,
        moments=tuple(_compile_moment(moment, reading, is_asked_again=_is_asked_again(moment, journey)) for moment in journey.when),
        entry=at_pairs({"only_if": journey.only_if or TRUE, "exit_if": journey.exit_if or FALSE, "key": journey.key or Literal(None)}),
        exits=first_true(exits, reading) if exits is not None else None,
        is_timed=any(_is_timed(node) for watched in (exits, *awaited.values()) for node in walk(watched)),
        exit_reason=at_pairs({"exit_if": journey.exit_if or FALSE}),
        conditions={index: at_pairs(asked) for index, each in enumerate(program) if (asked := _asked(each))},
        waits={index: first_true(condition, reading) for index, condition in awaited.items()},
    )


def _asked(instruction: Instruction) -> dict[str, Expr]:
    """What an instruction needs to know at its due instant."""
    match instruction:
        case Ask(condition=condition) | Await(condition=condition):
            return {"holds": condition}
        case PauseTill():
            return {"zone": ZONE}
        case _:
            return {}


CHANNELS = ("email", "sms", "push")


def compile_gate(channel: str) -> Plan:
    """What is asked of a customer before any message: columns has_consent, objects, is_bad_address, address."""
    return at_pairs(questions(channel))


def compile_gates(sending: Sending) -> dict[str, Plan]:
    """Channel → what arbitration asks: the columns of `compile_gate`, then weekly_cap and zone."""
    return {channel: at_pairs({**questions(channel), **volume(sending)}) for channel in CHANNELS}


def _is_asked_again(moment: Moment, journey: Journey) -> bool:
    """Whether it matters if a moment still follows once it was taken: another of the journey may restate it. A time of `before` and
    `after` that came has come."""
    return not isinstance(moment, Around) and any(_reach(each) is not None for each in journey.when)


def _compile_moment(moment: Moment, reading: Reading, *, is_asked_again: bool) -> CompiledMoment:
    return CompiledMoment(
        moment=moment,
        plan=moments(moment, reading),
        narrow=moments(moment, reading, narrow=True),
        follows=follows(moment) if is_asked_again else None,
        is_event_moment=isinstance(moment, EventMoment | ThingMoment | Nth | Reaches)
        or (isinstance(moment, Turns | Changes) and moment.hold is None),
        is_once=isinstance(moment, Nth),
        reach=_reach(moment),
    )


def _reach(moment: Moment) -> Span | None:
    match moment:
        case EventMoment() | ThingMoment() | Nth() | Around() | Every():
            return None
        case Lapse(within=within, at_most=at_most):
            return span_of(at_most or within)
        case Reaches(within=within):
            return span_of(within) if within is not None else Span(FOREVER)
        case Turns(condition=expr, hold=hold) | Changes(value=expr, hold=hold):
            return Span(_longest(expr) + (span_of(hold) if hold is not None else 0))
        case _:
            assert_never(moment)


def _longest(expr: Expr) -> int:
    """The longest window or age an expression reads."""
    lengths = [0]
    for node in walk(expr):
        match node:
            case Metric(within=timedelta() as length) | Ago(by=length) | Literal(value=timedelta() as length):
                lengths.append(span_of(length))
            case _:
                pass
    return max(lengths)


_VARYING = (Aggregate.AGE, Aggregate.TENURE, Aggregate.DECAYED)


def _is_timed(node: Expr) -> bool:
    """Whether its value can change although nothing happens."""
    match node:
        case Metric(function=function, within=within, since=since):
            return within is not None or function in _VARYING or not isinstance(since, Since | None)
        case Lookup(source=source):
            return source is None or source.event is not None
        case _:
            return isinstance(node, Ago | At | Population)


def _exits(journey: Journey, program: tuple[Instruction, ...]) -> Expr | None:
    """`exit_if`, or consent withdrawn for a channel the journey sends marketing on."""
    channels = sorted(
        {step.send.channel for step in program if isinstance(step, Request) and (step.send.kind or journey.kind) is MessageKind.MARKETING}
    )
    parts = ([journey.exit_if] if journey.exit_if is not None else []) + [withdrawn_since_entry(channel) for channel in channels]
    if len(parts) < 2:
        return parts[0] if parts else None
    return Any(tuple(part for whole in parts for part in (whole.parts if isinstance(whole, Any) else (whole,))))
