"""What a simulated customer must ask of the engine, and the asking of many at once.

A question is a small value; equal questions are asked once. Each kind is one plan per journey version, so a wave of a thousand
customers costs a handful of queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, assert_never, cast

from opportune.adapters.engines.engine import Engine
from opportune.language.relations.plans import Plan, Row
from opportune.language.vocabulary.instants import Instant
from opportune.shell.nearby import Nearby
from opportune.shell.sharing import Mailing, sharing
from opportune.shell.world import World
from opportune.stages.journeys.enrolment import Enrolment


@dataclass(frozen=True, slots=True)
class Entered:
    """The part of a pair that `since=entry`, `entry.*` and `trigger.*` read."""

    at: Instant
    id: str
    trigger_event_id: str
    trigger_line: int
    is_event_moment: bool
    told: str | None

    def columns(self) -> Row:
        """In the order of `PAIRS` and `WATCHES`."""
        return (self.at, self.id, self.trigger_event_id, self.trigger_line, self.is_event_moment, self.told)


@dataclass(frozen=True, slots=True)
class Entry:
    """only_if, exit_if and key at (m, seen = s) → (bool, bool, Value)."""

    journey: str
    version: str
    identity_key: int
    at: Instant
    seen: Instant
    entered: Entered


@dataclass(frozen=True, slots=True)
class Watch:
    """The first instant in (after, until] at which the enrolment's exit condition is true → Instant | None."""

    journey: str
    version: str
    identity_key: int
    after: Instant
    until: Instant
    entered: Entered


@dataclass(frozen=True, slots=True)
class Until:
    """The first instant in (after, until] at which the condition holds that the wait at `index` waits for → Instant | None."""

    journey: str
    version: str
    index: int
    identity_key: int
    after: Instant
    until: Instant
    entered: Entered


@dataclass(frozen=True, slots=True)
class Condition:
    """What a step asks at (at, seen = at): whether its condition holds → bool, a zone → str | None. `index` -1 asks for exit_if."""

    journey: str
    version: str
    index: int
    identity_key: int
    at: Instant
    entered: Entered


@dataclass(frozen=True, slots=True)
class Gate:
    """Consent, objection, bad address, address, cap, zone, whether it is another's →
    (bool, bool, bool, str | None, number | None, str | None, bool)."""

    channel: str
    identity_key: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Follows:
    """Whether a moment already taken still follows from the events received by `seen` → bool."""

    journey: str
    version: str
    which: int
    identity_key: int
    at: Instant
    seen: Instant
    trigger_event_id: str
    trigger_line: int


Question = Entry | Watch | Until | Condition | Gate | Follows
Answers = dict[Question, object]
EXIT_REASON = -1
ADDRESS = 3
"""Its place in the answer to a gate."""


def entered_of(enrolment: Enrolment) -> Entered:
    """The entry columns of an enrolment."""
    return Entered(
        enrolment.entered_at,
        enrolment.id,
        enrolment.trigger_event_id,
        enrolment.trigger_line,
        enrolment.is_event_moment,
        enrolment.told,
    )


def ask(world: World, questions: Iterable[Question], nearby: Nearby | None = None) -> Answers:
    """Answer every question: one query per plan, of the neighbourhood of the tick where there is one."""
    by_plan: dict[tuple[object, ...], list[Question]] = defaultdict(list)
    for question in dict.fromkeys(questions):
        by_plan[_group(question)].append(question)
    if nearby is not None:
        nearby.take(question.identity_key for group in by_plan.values() for question in group)
    answers: Answers = {}
    for group in by_plan.values():
        answers.update(zip(group, _asked(world, group, nearby or world.engine), strict=True))
    return answers | _of_all_who_share(world, answers)


def _of_all_who_share(world: World, answers: Answers) -> Answers:
    """The gates with what those say who have the same address, all over the store."""
    gates = [question for question in answers if isinstance(question, Gate)]
    rows: dict[Gate, tuple[Any, ...]] = {gate: (*cast(Row, answers[gate]), False) for gate in gates}
    mailed = [gate for gate in gates if gate.channel == "email" and rows[gate][ADDRESS]]
    mailings = [Mailing(gate.identity_key, str(rows[gate][ADDRESS]), gate.at, world.rules.seen_at(gate.at)) for gate in mailed]
    for place, found in sharing(world.engine, mailings).items():
        has_consent, objects, is_bad_address, *more, _ = rows[mailed[place]]
        is_bad_address = is_bad_address or found.is_bad_address
        rows[mailed[place]] = (has_consent, objects or found.objects, is_bad_address, *more, found.is_of_another)
    return dict(rows.items())


def _group(question: Question) -> tuple[object, ...]:
    match question:
        case Entry() | Watch():
            return (type(question), question.journey, question.version)
        case Condition() | Until():
            return (type(question), question.journey, question.version, question.index)
        case Gate():
            return (Gate, question.channel)
        case Follows():
            return (Follows, question.journey, question.version, question.which)
        case _:
            assert_never(question)


def _asked(world: World, group: Sequence[Question], engine: Engine | Nearby) -> Iterator[object]:
    """The answers to questions that share a plan, in their order."""
    plan, kind = _plan(world, group[0])
    numbered = [(number, *_columns(world, question)) for number, question in enumerate(group)]
    answered = {row[0]: row[1:] for row in engine.rows(plan, {}, {plan.inputs[0].name: numbered})}
    for number in range(len(group)):
        row = answered.get(number)
        if kind in (Watch, Until):
            yield row[0] if row else None
        elif row is None:
            raise AssertionError(f"a plan left a question unanswered: {group[number]}")
        else:
            yield row[0] if kind in (Condition, Follows) else row


def _plan(world: World, question: Question) -> tuple[Plan, type]:
    match question:
        case Gate(channel=channel):
            return world.gates[channel], Gate
        case _:
            pass
    compiled = world.compiled(question.journey, question.version)
    match question:
        case Entry():
            return compiled.entry, Entry
        case Watch():
            if compiled.exits is None:
                raise AssertionError("a journey without exits is not watched")
            return compiled.exits, Watch
        case Until(index=index):
            return compiled.waits[index], Until
        case Condition(index=index):
            return (compiled.exit_reason if index == EXIT_REASON else compiled.conditions[index]), Condition
        case Follows(which=which):
            plan = compiled.moments[which].follows
            if plan is None:
                raise AssertionError("a moment that is never restated is not asked about again")
            return plan, Follows
        case _:
            assert_never(question)


def _columns(world: World, question: Question) -> Row:
    """The input row of a question, without its number."""
    match question:
        case Entry():
            return (question.identity_key, question.at, question.seen, *question.entered.columns())
        case Watch() | Until():
            return (question.identity_key, question.after, question.until, *question.entered.columns())
        case Condition():
            return (question.identity_key, question.at, world.rules.seen_at(question.at), *question.entered.columns())
        case Gate():
            return (question.identity_key, question.at, world.rules.seen_at(question.at), None, None, None, None, None)
        case Follows():
            trigger = (question.trigger_event_id, question.trigger_line) if question.trigger_event_id else (None, None)
            return (question.identity_key, question.at, question.seen, *trigger)
        case _:
            assert_never(question)
