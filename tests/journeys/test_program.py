from datetime import timedelta

from opportune.language.tree.expressions import Literal, Selector
from opportune.language.tree.journeys import Arm, Branch, Exit, Journey, MessageKind, Reentry, Send, Step, Wait, WaitTime, WaitUntil
from opportune.language.tree.moments import EventMoment
from opportune.stages.journeys.program import Ask, Await, Finish, Jump, Pause, PauseTill, Request, program_of

YES = Literal(True)


def journey(*steps: Step) -> Journey:
    return Journey(
        name="j", when=(EventMoment(selector=Selector(("A",))),), only_if=None, exit_if=None, reentry=Reentry.ALWAYS, key=None,
        holdout=0.0, priority=0, kind=MessageKind.MARKETING, goal=None, steps=steps,
    )  # fmt: skip


def send(name: str, **more: object) -> Send:
    return Send(id=name, template=name, **more)  # type: ignore[arg-type]


def test_steps_follow_each_other_and_end_as_completed() -> None:
    first, wait = send("first"), Wait(id="w", length=timedelta(hours=1))
    assert program_of(journey(first, wait)) == (Request(first), Pause(timedelta(hours=1)), Finish("completed"))


def test_a_step_whose_only_if_is_false_is_jumped_over_and_named() -> None:
    guarded, last = send("guarded", only_if=YES), send("last")
    assert program_of(journey(guarded, last)) == (Ask(YES, 2, "guarded"), Request(guarded), Request(last), Finish("completed"))


def test_every_arm_of_a_branch_rejoins_behind_it() -> None:
    left, right, after = send("left"), send("right"), send("after")
    branch = Branch(id="b", arms=(Arm(condition=YES, steps=(left,)), Arm(condition=None, steps=(right,))))
    program = program_of(journey(branch, after))
    assert program == (Ask(YES, 3, None), Request(left), Jump(5), Request(right), Jump(5), Request(after), Finish("completed"))


def test_a_branch_inside_a_guarded_branch_keeps_its_addresses() -> None:
    inner = Branch(id="i", arms=(Arm(condition=YES, steps=(send("x"),)),))
    outer = Branch(id="o", arms=(Arm(condition=YES, steps=(inner, send("y"))),), only_if=YES)
    program = program_of(journey(outer, Exit(id="e", outcome="done")))
    assert [type(step).__name__ for step in program] == ["Ask", "Ask", "Ask", "Request", "Jump", "Request", "Jump", "Finish", "Finish"]
    assert program[0] == Ask(YES, 7, "o") and program[1] == Ask(YES, 7, None) and program[2] == Ask(YES, 5, None)
    assert program[4] == Jump(5) and program[6] == Jump(7)


def test_both_ways_out_of_a_wait_rejoin_behind_it() -> None:
    day = timedelta(days=1)
    wait = WaitUntil(id="w", condition=YES, at_most=day, then=(send("met"),), otherwise=(send("missed"), Exit(id="e", outcome="gone")))
    program = program_of(journey(wait, send("after")))
    met, missed, after = Request(send("met")), Request(send("missed")), Request(send("after"))
    assert program == (Await(YES, day, 3), met, Jump(5), missed, Finish("gone"), after, Finish("completed"))
    bare = WaitUntil(id="w", condition=YES, at_most=day)
    assert program_of(journey(bare, send("after"))) == (Await(YES, day, 2), Jump(2), after, Finish("completed"))


def test_a_guarded_wait_for_a_time_of_day_is_jumped_over() -> None:
    program = program_of(journey(WaitTime(id="w", minute=540, weekdays=(1,), only_if=YES)))
    assert program == (Ask(YES, 2, "w"), PauseTill(540, (1,)), Finish("completed"))
