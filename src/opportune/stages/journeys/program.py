"""A journey's steps as a flat program, so that where somebody stands in it is one number.

Held to tests/journeys/test_program.py: branches and refused steps rejoin what follows.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from opportune.language.tree.expressions import Expr
from opportune.language.tree.journeys import Branch, Exit, Journey, Send, Step, Wait, WaitTime, WaitUntil


@dataclass(frozen=True, slots=True)
class Ask:
    """Go on when `condition` holds at the due instant, else jump to `otherwise`; `skips` names the step left out then."""

    condition: Expr
    otherwise: int
    skips: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """Ask for one message."""

    send: Send


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Await:
    """Let time pass until `condition` holds, at most `at_most`; where it has not held by then, jump to `otherwise`."""

    condition: Expr
    at_most: timedelta
    otherwise: int


@dataclass(frozen=True, slots=True)
class PauseTill:
    """Let time pass until the customer's clocks say `minute` of the day, on one of `weekdays` (1 Monday)."""

    minute: int
    weekdays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on elsewhere."""

    to: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The end, with its outcome."""

    outcome: str


Instruction = Ask | Request | Pause | Await | PauseTill | Jump | Finish
COMPLETED = "completed"


def program_of(journey: Journey) -> tuple[Instruction, ...]:
    """The steps as instructions; the last is always `Finish`."""
    written = _sequence(journey.steps, 0)
    return (*written, Finish(COMPLETED))


def _sequence(steps: tuple[Step, ...], start: int) -> tuple[Instruction, ...]:
    """`steps` one after the other, addressed from `start`."""
    written: tuple[Instruction, ...] = ()
    for step in steps:
        written += _guarded(step, start + len(written))
    return written


def _guarded(step: Step, start: int) -> tuple[Instruction, ...]:
    """A step, behind its `only_if` when it has one."""
    if step.only_if is None:
        return _plain(step, start)
    body = _plain(step, start + 1)
    return (Ask(step.only_if, start + 1 + len(body), step.id), *body)


def _plain(step: Step, start: int) -> tuple[Instruction, ...]:
    match step:
        case Send():
            return (Request(step),)
        case Wait(length=length):
            return (Pause(length),)
        case WaitUntil():
            return _wait_until(step, start)
        case WaitTime(minute=minute, weekdays=weekdays):
            return (PauseTill(minute, weekdays),)
        case Exit(outcome=outcome):
            return (Finish(outcome),)
        case Branch():
            return _branch(step, start)
        case _:
            assert_never(step)


def _wait_until(wait: WaitUntil, start: int) -> tuple[Instruction, ...]:
    """The wait, the steps for when it was met and a jump behind the others, the steps for when it was not."""
    met = _sequence(wait.then, start + 1)
    missed = start + 1 + len(met) + 1
    otherwise = _sequence(wait.otherwise, missed)
    return (Await(wait.condition, wait.at_most, missed), *met, Jump(missed + len(otherwise)), *otherwise)


def _branch(branch: Branch, start: int) -> tuple[Instruction, ...]:
    """Every arm: its question, its steps, and a jump behind the branch."""
    lengths = [len(_sequence(arm.steps, 0)) + 1 + (arm.condition is not None) for arm in branch.arms]
    end = start + sum(lengths)
    written: tuple[Instruction, ...] = ()
    for arm, length in zip(branch.arms, lengths, strict=True):
        here = start + len(written)
        if arm.condition is not None:
            written += (Ask(arm.condition, here + length, None),)
        written += (*_sequence(arm.steps, start + len(written)), Jump(end))
    return written
