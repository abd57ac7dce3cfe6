from datetime import timedelta

from opportune.language.tree.expressions import Literal, Selector
from opportune.language.tree.journeys import Arm, Branch, Exit, Journey, MessageKind, Reentry, Send, Step, Wait
from opportune.language.tree.moments import EventMoment
from opportune.stages.journeys.program import Ask, Finish, Jump, Pause, Request, program_of

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
