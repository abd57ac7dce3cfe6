"""Moving an enrolment to another version: she goes on at the same step, or she stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opportune.language.tree.expressions import Literal
from opportune.language.tree.journeys import Arm, Branch, Exit, Journey, MessageKind, Reentry, Send, Step, Wait, WaitTime, WaitUntil
from opportune.language.vocabulary.instants import Instant
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.journeys.moving import length_of, moved, spots_of
from opportune.stages.journeys.program import Ask, Await, Finish, Instruction, Jump, Request, program_of

YES = Literal(True)
DAY = timedelta(days=1)
FIRST, LATER = Send(id="first", template="a"), Send(id="later", template="b")
PAUSE = Wait(id="wait", length=DAY)


def journey(*steps: Step) -> Journey:
    return Journey(
        name="cart", when=(), only_if=None, exit_if=None, reentry=Reentry.ALWAYS, key=None, holdout=0.0, priority=50,
        kind=MessageKind.MARKETING, goal=None, steps=steps,
    )  # fmt: skip


def at(cursor: int, **more: Instant | None) -> Enrolment:
    here = Enrolment(
        id="e", journey="cart", version="old", customer_id="ann", identity_key=1, key=None, entered_at=Instant(0), acted_at=Instant(0),
        trigger_event_id="t", trigger_line=0, is_event_moment=True, same_value=None, held_out=False, cursor=cursor, due_at=Instant(7),
        watched_until=Instant(5),
    )  # fmt: skip
    return replace(here, **more)  # type: ignore[arg-type]


BRANCH = Branch(
    id="branch", arms=(Arm(condition=YES, steps=(FIRST, PAUSE)), Arm(condition=YES, steps=()), Arm(condition=None, steps=(LATER,)))
)
BRANCH_INSIDE = Branch(id="inside", arms=(Arm(condition=YES, steps=(FIRST, LATER)), Arm(condition=YES, steps=())))
AWAIT = WaitUntil(id="until", condition=YES, at_most=DAY, then=(FIRST,), otherwise=(LATER, PAUSE), only_if=YES)
EVERY = (
    FIRST, replace(LATER, only_if=YES), PAUSE, WaitTime(id="nine", minute=540), BRANCH, replace(BRANCH, id="guarded", only_if=YES), AWAIT,
    replace(AWAIT, id="nested", then=(BRANCH_INSIDE,), otherwise=(replace(AWAIT, then=(), otherwise=(PAUSE,)),), only_if=None),
    Exit(id="exit", outcome="enough", only_if=YES),
)  # fmt: skip


@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.id)
def test_a_step_is_as_long_as_its_instructions(step: Step) -> None:
    assert length_of(step) == len(program_of(journey(step))) - 1


@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.id)
def test_a_spot_is_what_the_program_has_there(step: Step) -> None:
    program = program_of(journey(PAUSE, step, LATER))
    spots = spots_of(journey(PAUSE, step, LATER))
    for place, spot in spots.items():
        match spot.sort, spot.part:
            case "Send", _:
                assert isinstance(program[place], Request if spot.part == "body" else Request | Ask)
            case "WaitUntil", "body":
                assert isinstance(program[place], Await)
            case "end", _:
                assert program[place] == Finish("completed")
            case _:
                pass
    assert spots[len(program) - 1].sort == "end"


@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.id)
def test_in_an_equal_journey_everybody_stays_where_she_is(step: Step) -> None:
    same = journey(Wait(id="before", length=DAY), step, Wait(id="behind", length=DAY))
    for place in spots_of(same):
        there = moved(at(place), same, same, "new")
        assert there is not None
        assert _led(program_of(same), there.cursor) == _led(program_of(same), place)


def _led(program: tuple[Instruction, ...], place: int) -> int:
    """Where the jumps lead that begin at a place: every arm has one of its own."""
    instruction = program[place]
    return _led(program, instruction.to) if isinstance(instruction, Jump) else place


def test_she_goes_on_at_the_step_she_waits_for_however_it_was_shifted() -> None:
    there = moved(at(2), journey(FIRST, PAUSE, LATER), journey(FIRST, replace(LATER, id="more"), PAUSE, PAUSE, LATER), "new")
    assert there == replace(at(4), version="new"), "the time that was set stays"


def test_where_her_step_is_gone_or_does_something_else_she_stays() -> None:
    old = journey(FIRST, PAUSE, LATER)
    assert moved(at(2), old, journey(FIRST, PAUSE), "new") is None
    assert moved(at(2), old, journey(FIRST, PAUSE, Exit(id="later", outcome="enough")), "new") is None


def test_at_the_end_she_is_at_the_end() -> None:
    there = moved(at(2), journey(FIRST, PAUSE), journey(FIRST, PAUSE, LATER), "new")
    assert there is not None and there.cursor == 3, "she waited for the end and not for what was added before it"


def test_a_deferred_message_is_not_asked_its_condition_again() -> None:
    plain, guarded = journey(FIRST), journey(replace(FIRST, only_if=YES))
    asked = at(0, asked_at=Instant(6))
    assert moved(asked, plain, guarded, "new") == replace(asked, version="new", cursor=1)
    assert moved(at(0), plain, guarded, "new") == replace(at(0), version="new", cursor=0), "not yet asked: it is asked"
    deferred = at(1, asked_at=Instant(6))
    assert moved(deferred, guarded, plain, "new") == replace(deferred, version="new", cursor=0)


def test_after_a_branch_she_goes_on_behind_it() -> None:
    old = journey(Branch(id="branch", arms=(Arm(condition=YES, steps=(PAUSE,)),)), LATER)
    new = journey(FIRST, Branch(id="branch", arms=(Arm(condition=YES, steps=(FIRST, PAUSE)),)), LATER)
    there = moved(at(2), old, new, "new")
    assert there is not None
    assert program_of(new)[there.cursor] == program_of(old)[2].__class__(5)
