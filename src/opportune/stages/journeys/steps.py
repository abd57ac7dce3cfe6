"""One step forward: `state + answer → new state + effect`. Logical time only; nothing here knows the clock.

Held to tests/journeys/test_steps.py.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from opportune.language.tree.journeys import Send
from opportune.language.tree.wall_times import first_occurrence
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.stages.journeys.enrolment import Enrolment, Status
from opportune.stages.journeys.program import COMPLETED, Ask, Await, Finish, Instruction, Jump, Pause, PauseTill, Request


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step left out because its `only_if` was false: recorded."""

    step: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A message asked for: arbitration decides."""

    send: Send


Effect = None | Skipped | Asked


def question_at(enrolment: Enrolment, program: tuple[Instruction, ...]) -> Ask | Await | PauseTill | None:
    """The instruction at the cursor, if it needs an answer of its due instant: whether its condition holds; the customer's zone."""
    instruction = program[enrolment.cursor]
    return instruction if isinstance(instruction, Ask | Await | PauseTill) else None


def advance(enrolment: Enrolment, program: tuple[Instruction, ...], answer: bool | str | None) -> tuple[Enrolment, Effect]:
    """Carry out the instruction at the cursor at its due instant. `answer` is to its question: a truth, of `PauseTill` a zone."""
    instruction = program[enrolment.cursor]
    match instruction:
        case Ask(otherwise=otherwise, skips=skips):
            if answer:
                return _at(enrolment, enrolment.cursor + 1), None
            return _at(enrolment, otherwise), Skipped(skips) if skips is not None else None
        case Request(send=send):
            return replace(enrolment, asked_at=enrolment.due_at), Asked(send)
        case Pause(length=length):
            due = Instant(enrolment.due_at + span_of(length))
            return replace(enrolment, cursor=enrolment.cursor + 1, due_at=due), None
        case Await(at_most=at_most):
            if answer:
                return _at(enrolment, enrolment.cursor + 1), None
            return replace(enrolment, waited_until=enrolment.due_at, due_at=Instant(enrolment.due_at + span_of(at_most))), None
        case PauseTill(minute=minute, weekdays=weekdays):
            comes = first_occurrence(minute, weekdays, str(answer), enrolment.due_at)
            return _at(enrolment, enrolment.cursor + 1) if comes == enrolment.due_at else replace(enrolment, due_at=comes), None
        case Jump(to=to):
            return _at(enrolment, to), None
        case Finish(outcome=outcome):
            status = Status.COMPLETED if outcome == COMPLETED else Status.EXITED
            return enrolment.ended(status, outcome, enrolment.due_at), None
        case _:
            assert_never(instruction)


def met(enrolment: Enrolment, at: Instant) -> Enrolment:
    """The condition it waited for holds at `at`: the next step is due then."""
    return replace(enrolment, cursor=enrolment.cursor + 1, due_at=at, waited_until=None)


def missed(enrolment: Enrolment, program: tuple[Instruction, ...]) -> Enrolment:
    """The wait is over and its condition did not hold: the step for that is due now."""
    instruction = program[enrolment.cursor]
    if not isinstance(instruction, Await):
        raise AssertionError("only a wait for a condition can end without it")
    return replace(enrolment, cursor=instruction.otherwise, waited_until=None)


def decided(enrolment: Enrolment, at: Instant) -> Enrolment:
    """After arbitration at `at`, sent or refused: the next step is due then."""
    return replace(enrolment, cursor=enrolment.cursor + 1, due_at=at, asked_at=None)


def deferred(enrolment: Enrolment, until: Instant) -> Enrolment:
    """Arbitration will be asked again at `until`."""
    return replace(enrolment, due_at=until)


def _at(enrolment: Enrolment, cursor: int) -> Enrolment:
    return replace(enrolment, cursor=cursor)
