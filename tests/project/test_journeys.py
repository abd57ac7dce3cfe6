"""Journeys out of files."""

# ruff: noqa: E501  # messages stand here as people see them

from datetime import timedelta
from pathlib import Path

import pytest
from tests.project.shop import SETTINGS, written

from opportune.adapters.project.project import Project, read_project
from opportune.language.tree.journeys import Branch, Exit, MessageKind, Reentry, Rung, Send, Wait, WaitTime, WaitUntil
from opportune.language.tree.moments import EventMoment, Lapse
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.problems import ProblemsFound

HEAD = 'journey: cart\nwhen: event("Product Added")\nreentry: 7d\nholdout: 10%\n'
WHOLE = """
journey: cart
when:
  - lapse("Product Added", unless="Order Completed", within=setting.wait)
  - event("Cart Viewed", cart_id == "x")
only_if: consent.email
exit_if: did("Order Completed", since=entry)
reentry: setting.pause
key: trigger.product_id
holdout: 10%
priority: 70
goal: {reached: 'did("Order Completed", since=entry)', within: 5d, value: 'sum("Order Completed", total, since=entry)'}
steps:
  - send: hello
    within: 24h
  - wait: setting.wait
  - branch:
      - if: did("Email Link Clicked", enrolment == entry.id)
        then:
          - send: hello
            id: again
            only_if: trait.vip
      - else:
          - exit: done
"""


def read(folder: Path, journey: str, settings: str = SETTINGS) -> Project:
    files = {"opportune.yml": settings, "j.yml": journey, "s.yml": "settings: {wait: 2h, pause: 7d}\n"}
    return read_project(written(folder, {**files, "templates/hello.mjml": "hi", "templates/other.mjml": "hi"}), with_templates=False)


def said(folder: Path, journey: str) -> list[str]:
    return [str(problem) for problem in read(folder, journey).problems]


def test_a_whole_journey_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found.problems == ()
    journey = found.definitions.journeys["cart"]
    first, second = journey.when
    assert isinstance(first, Lapse)
    assert first.within == timedelta(hours=2)
    assert isinstance(second, EventMoment)
    assert (journey.reentry, journey.holdout, journey.priority) == (timedelta(days=7), 0.1, 70)
    assert text_of(journey.key) == "trigger.product_id"  # type: ignore[arg-type]
    send, wait, branch = journey.steps
    assert isinstance(send, Send)
    assert (send.id, send.template, send.within) == ("hello", "hello", timedelta(hours=24))
    assert wait == Wait(id="wait-1", length=timedelta(hours=2))
    assert isinstance(branch, Branch)
    assert [step.id for arm in branch.arms for step in arm.steps] == ["again", "exit-1"]
    assert branch.arms[1].steps == (Exit(id="exit-1", outcome="done"),)


def test_defaults_are_anded_ored_and_filled_in(tmp_path: Path) -> None:
    defaults = "journey_defaults: {only_if: consent.email, exit_if: 'did(\"Unsubscribed\", since=entry)', holdout: 20%, reentry: never}\n"
    journey = (
        'journeys:\n  a:\n    when: event("Product Added")\n    only_if: trait.vip\n    exit_if: trait.gone\n    steps: [send: hello]\n'
    )
    found = read(tmp_path, journey, SETTINGS + defaults)
    assert found.problems == ()
    read_one = found.definitions.journeys["a"]
    assert text_of(read_one.only_if) == "consent.email and trait.vip"  # type: ignore[arg-type]
    assert text_of(read_one.exit_if) == 'did("Unsubscribed", since=entry) or trait.gone'  # type: ignore[arg-type]
    assert (read_one.holdout, read_one.reentry) == (0.2, Reentry.NEVER)


def test_a_transactional_journey_needs_no_hold_out(tmp_path: Path) -> None:
    found = read(tmp_path, 'journey: a\nkind: transactional\nwhen: event("Order Completed")\nreentry: always\nsteps: [send: hello]\n')
    assert found.problems == ()
    assert found.definitions.journeys["a"].kind is MessageKind.TRANSACTIONAL


def test_a_sending_journey_without_hold_out_is_a_warning_and_still_runs(tmp_path: Path) -> None:
    found = read(tmp_path, 'journey: a\nwhen: event("Order Completed")\nreentry: always\nsteps: [send: hello]\n')
    assert [str(problem) for problem in found.problems] == [
        "j.yml:1: warning: journey 'a' sends and holds nobody out, so what it earns cannot be known [E140]\n"
        "  Add `holdout: 10%`, or `holdout: 0%` if that is meant."
    ]
    assert "a" in found.definitions.journeys


@pytest.mark.parametrize(
    "body, message",
    [
        ("steps: [send: helo]", "j.yml:5: no template is called 'helo' [E131]\n  Did you mean 'hello'?"),
        ("steps: [send: welcome]", "j.yml:5: no template is called 'welcome' [E131]\n  Write templates/welcome.mjml."),
        ("steps:\n  - {send: hello, wait: 1d}", "j.yml:6: a step of steps of journey 'cart' must have one thing to do [E125]\n  There are send, wait, branch, exit."),
        ("steps: [sned: hello]", "j.yml:5: a step of steps of journey 'cart' must have one thing to do [E125]\n  Did you mean 'send'?"),
        ("steps:\n  - send: hello\n  - send: hello", "j.yml:7: two steps are called 'hello' [E132]\n  It is first on line 6; give this one an `id:` of its own."),
        ("steps:\n  - wait: 3", "j.yml:6: wait must be a duration, and 3 has no unit; write 3s, 3h or 3d [E125]"),
        ("steps:\n  - wait: 3x", "j.yml:6: wait must be a duration: '3x' is no duration; write a whole number and a unit, such as '30s', '10m', '2h', '7d' or '2w' [E125]"),
        ("steps:\n  - wait: setting.wiat", "j.yml:6: no setting is called 'wiat' [E110]\n  Did you mean 'wait'?"),
        ("steps:\n  - wait: {until: consent.email}", "j.yml:6: wait has no 'at_most' [E124]\n  Add `at_most:`."),
        ("steps:\n  - wait: {til: consent.email}", "j.yml:6: wait has no key 'til' [E123]\n  There are until_time, days."),
        ("steps:\n  - wait: {until_time: noon}", "j.yml:6: until_time must be a time of day, such as \"09:00\" [E125]"),
        ("steps:\n  - wait: {until_time: '24:00'}", "j.yml:6: until_time must be a time of day, such as \"09:00\" [E125]"),
        ("steps:\n  - wait: {until_time: '09:00', days: [someday]}", "j.yml:6: days must be days such as mon or tue, and someday is none [E125]"),
        ("steps:\n  - wait: {until_time: '09:00', days: []}", "j.yml:6: days must be a list of at least one day [E125]\n  Write days: [mon, tue], or leave it out for every day."),
        ("steps:\n  - wait: 1d\n    then: [exit: a]", "j.yml:7: then stands beside wait: {until: ..., at_most: ...} only [E125]\n  Move its steps behind the wait."),
        ("steps: []", "j.yml:5: steps of journey 'cart' must be a list of at least one step [E125]"),
        ("stps: []", "j.yml:1: journey 'cart' has no 'steps' [E124]\n  Add `steps:`."),
        ("steps:\n  - branch:\n    - else: [exit: a]\n    - if: trait.a\n      then: [exit: b]", "j.yml:7: else must be the last arm of a branch [E125]\n  Move it to the end."),
        ("goal: {reached: consent.email}\nsteps: [exit: a]", "j.yml:5: goal has no 'within' [E124]\n  Add `within:`."),
        ("priority: high\nsteps: [exit: a]", "j.yml:5: priority must be a whole number [E125]"),
        ("steps:\n  - {send: hello, channel: pigeon}", "j.yml:6: channel must be email [E125]"),
        ("steps:\n  - exit: a\n    only_if: trigger.product_idd == 'x'", "j.yml:7: 'Product Added' has no property called 'product_idd' [E104]\n  Did you mean 'product_id'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_journey_is_told_word_for_word(tmp_path: Path, body: str, message: str) -> None:
    assert message in said(tmp_path, f"{HEAD}{body}\n")


@pytest.mark.parametrize(
    "value, message",
    [
        ("7", "reentry must be a duration, and 7 has no unit; write 7s, 7h or 7d [E125]"),
        ("sometimes", "reentry must be never, always or a duration such as 7d [E125]"),
    ],
)
def test_reentry_is_never_always_or_a_duration(tmp_path: Path, value: str, message: str) -> None:
    journey = f'journey: a\nwhen: event("Product Added")\nreentry: {value}\nholdout: 10%\nsteps: [exit: a]\n'
    assert said(tmp_path, journey) == [f"j.yml:3: {message}"]


def test_reentry_is_required(tmp_path: Path) -> None:
    journey = 'journey: a\nwhen: event("Product Added")\nsteps: [exit: a]\n'
    assert said(tmp_path, journey) == ["j.yml:1: journey 'a' has no 'reentry' [E124]\n  Add `reentry:`."]


@pytest.mark.parametrize("value", ["10", "-1%", "101%", "x"])
def test_a_hold_out_is_a_share(tmp_path: Path, value: str) -> None:
    journey = f'journey: a\nwhen: event("Product Added")\nreentry: 7d\nholdout: {value}\nsteps: [exit: a]\n'
    assert said(tmp_path, journey)[0].startswith("j.yml:4: holdout must be a share")


@pytest.mark.parametrize(
    "step, word",
    [
        ("split: {a: 50, b: 50}", "split"),
        ("update: {trait: x, value: 1}", "update"),
        ("webhook: {url: x}", "webhook"),
        ("journey: nps", "journey"),
        ("{send: hello, at: best}", "at: best"),
        ("{send: hello, channel: sms}", "channel: sms"),
        ("{send: hello, channel: [email, sms]}", "channel: [...]"),
    ],
)
def test_steps_of_later_versions_are_named(tmp_path: Path, step: str, word: str) -> None:
    expected = f"j.yml:6: `{word}` is part of the language but not of this version yet [E112]\n  Leave it out for now; nothing is run that would be run wrongly."
    assert said(tmp_path, f"{HEAD}steps:\n  - {step}\n") == [expected]


RUNGS = f"{SETTINGS}rungs: {{abandonment: [checkout, cart, product]}}\n"


def test_a_rung_is_a_place_in_a_ladder_the_highest_first(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD}rung: abandonment.cart\nsteps: [exit: a]\n", RUNGS)
    assert found.problems == ()
    assert found.definitions.journeys["cart"].rung == Rung(ladder="abandonment", place=1)


def test_a_rung_that_is_not_there_is_told_with_its_neighbour(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD}rung: abandonment.card\nsteps: [exit: a]\n", RUNGS)
    assert [str(problem) for problem in found.problems] == [
        "j.yml:5: no rung is called 'abandonment.card' [E110]\n  Did you mean 'abandonment.cart'?"
    ]
    without = said(tmp_path / "b", f"{HEAD}rung: a.b\nsteps: [exit: a]\n")
    assert without == [
        "j.yml:5: no rung is called 'a.b' [E110]\n"
        "  Write it into opportune.yml: rungs: {abandonment: [checkout, cart, product]}, the highest first."
    ]


WAITS = """steps:
  - wait: {until: 'did("Product Viewed", since=entry)', at_most: 3d}
    then: [{send: hello}]
    else: [{send: other}]
  - wait: {until_time: "09:30", days: [tue, mon]}
  - wait: {until_time: "18:00"}
    id: evening
"""


def test_waits_for_a_condition_and_for_a_time_of_day_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + WAITS)
    assert found.problems == ()
    until, morning, evening = found.definitions.journeys["cart"].steps
    assert isinstance(until, WaitUntil)
    assert (until.id, until.at_most, text_of(until.condition)) == ("wait-1", timedelta(days=3), 'did("Product Viewed", since=entry)')
    assert [step.id for step in (*until.then, *until.otherwise)] == ["hello", "other"]
    assert morning == WaitTime(id="wait-2", minute=570, weekdays=(1, 2))
    assert evening == WaitTime(id="evening", minute=1080, weekdays=(1, 2, 3, 4, 5, 6, 7))


def test_a_moment_outside_the_files_speaks_the_names_of_the_project(tmp_path: Path) -> None:
    found, _ = read(tmp_path, WHOLE).moment('lapse("Product Added", within=setting.wait)', "--when")
    assert isinstance(found, Lapse)
    assert found.within == timedelta(hours=2)


def test_a_moment_outside_the_files_tells_its_problems(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match=r"--when: no event is called 'Product Aded' \[E103\]\n  Did you mean 'Product Added'\?"):
        read(tmp_path, WHOLE).moment('event("Product Aded")', "--when")


def test_settings_can_be_varied_for_one_run(tmp_path: Path) -> None:
    read(tmp_path, WHOLE)
    found = read_project(tmp_path, with_templates=False, varied={"wait": "30m"})
    assert found.problems == ()
    assert found.definitions.journeys["cart"].steps[1] == Wait(id="wait-1", length=timedelta(minutes=30))
    wrong = read_project(tmp_path, with_templates=False, varied={"wiat": "30m", "pause": "soon"})
    assert [str(problem) for problem in wrong.problems] == [
        "j.yml:8: reentry must be never, always or a duration such as 7d [E125]",
        "setting.wiat: no setting is called 'wiat' [E110]\n  Did you mean 'wait'?",
    ]


def test_a_moment_cannot_read_its_own_trigger(tmp_path: Path) -> None:
    journey = 'journey: a\nwhen: event("Product Added", product_id == trigger.product_id)\nreentry: 7d\nsteps: [exit: a]\n'
    assert said(tmp_path, journey) == [
        "j.yml:2: trigger.product_id cannot be read in a moment [E105]\n  Ask it in only_if, where the moment is known."
    ]
