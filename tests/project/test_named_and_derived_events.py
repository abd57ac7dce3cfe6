"""Named events with what voids them, derived events, and the loops they can be on."""

# ruff: noqa: E501  # messages stand here as people see them

from pathlib import Path

import pytest
from tests.project.shop import project, said

from opportune.language.tree.expressions import Metric, Property, Void
from opportune.language.tree.moments import Changes, Lapse, Reaches
from opportune.language.tree.print import text_of
from opportune.language.tree.sessions import SESSIONS, VISITING
from opportune.language.vocabulary.kinds import Kind


def test_a_voided_event_tells_each_metric_what_makes_it_absent(tmp_path: Path) -> None:
    text = """
events:
  order:
    of: Order Completed
    where: total > 0
    void:
      - {by: Order Cancelled, same: order_id}
      - {by: [Order Refunded, gone], where: total > 10}
  gone: {of: Call Ended}
metrics:
  orders: count(order, coupon == "A")
"""
    found = project(tmp_path, a=text)
    assert found.problems == ()
    metric = found.definitions.metrics["orders"]
    assert isinstance(metric, Metric)
    assert metric.selector.names == ("Order Completed",)
    cancelled, refunded = metric.selector.voids
    assert (cancelled.names, cancelled.by.names, cancelled.where) == (("Order Completed",), ("Order Cancelled",), None)
    assert isinstance(cancelled.same, Property)
    assert cancelled.same.name == "order_id"
    assert refunded.by.names == ("Order Refunded", "Call Ended")
    assert isinstance(refunded, Void)
    assert refunded.where is not None
    assert text_of(refunded.where) == "total > 10"


def test_a_named_event_with_a_condition_may_stand_beside_others_and_after_unless(tmp_path: Path) -> None:
    text = """
events:
  order: {of: Order Completed, where: total > 0}
  busy: {of: [order, Page Viewed]}
segments:
  active: did(busy)
"""
    found = project(tmp_path, a=text)
    assert found.problems == ()
    moment, _ = found.moment('lapse("Product Added", unless=order, within="2h")', "here")
    assert isinstance(moment, Lapse)
    assert moment.unless_where is not None
    assert text_of(moment.unless_where) == "total > 0"


def test_the_condition_of_a_named_event_may_read_other_definitions(tmp_path: Path) -> None:
    text = 'events:\n  large: {of: Order Completed, where: total > metric.usual}\nmetrics:\n  usual: avg("Order Completed", total)\n  n: count(large)\n'
    found = project(tmp_path, a=text)
    assert found.problems == ()
    assert text_of(found.definitions.metrics["n"]) == 'count("Order Completed", total > avg("Order Completed", total))'


def test_derived_events_stand_after_those_they_read_and_have_the_kinds_of_what_they_set(tmp_path: Path) -> None:
    text = """
derived:
  Big Day:
    when: reaches("Busy Hour", n=3, within="1d")
    set: {spent: 'sum("Busy Hour", spent, since=previous)'}
  Busy Hour:
    when: reaches("Page Viewed", n=9, within="1h")
    set: {spent: 'sum("Order Completed", total, since=previous)', page: trigger.path, at: at}
metrics:
  spent: last("Big Day", spent)
"""
    found = project(tmp_path, a=text)
    assert found.problems == ()
    assert list(found.definitions.derived) == ["Busy Hour", "Big Day"]
    assert found.definitions.derived["Busy Hour"].kinds == {"spent": Kind.MONEY, "page": Kind.TEXT, "at": Kind.TIME}
    assert found.definitions.kinds["metric.spent"] is Kind.MONEY
    big = found.definitions.derived["Big Day"].when
    assert isinstance(big, Reaches)
    assert big.selector.derived == (found.definitions.derived["Busy Hour"].name,)


def test_sessions_are_derived_where_something_reads_them_and_only_there(tmp_path: Path) -> None:
    without = project(tmp_path / "1", a='metrics:\n  n: count("Page Viewed")\n')
    assert without.definitions.derived == {}
    read = project(tmp_path / "2", a='metrics:\n  n: sum("Session Ended", pages)\n  active: max("Session Ended", active)\n')
    assert read.problems == ()
    session = read.definitions.derived["Session Ended"]
    assert (session.when, session.set, session.kinds) == (SESSIONS.when, SESSIONS.set, SESSIONS.kinds)
    assert read.definitions.kinds["metric.active"] is Kind.DURATION
    journey = 'journey: hello\nwhen: event("Session Ended", pages >= 3)\nreentry: always\nsteps: [{exit: done}]\n'
    assert list(project(tmp_path / "3", a=journey).definitions.derived) == ["Session Ended"]


def test_a_project_may_write_sessions_itself(tmp_path: Path) -> None:
    text = 'derived:\n  Session Ended:\n    when: lapse("Page Viewed", within="1h")\n    set: {pages: \'count("Page Viewed", since=previous)\'}\n'
    found = project(tmp_path, a=text)
    assert found.problems == ()
    assert found.definitions.derived["Session Ended"] != SESSIONS


def test_the_built_in_session_is_what_its_text_says(tmp_path: Path) -> None:
    visiting = ", ".join(f'"{name}"' for name in VISITING)
    text = f"""
derived:
  Visit:
    when: lapse(any({visiting}), within="30m")
    set:
      active: active(any({visiting}), since=previous)
      pages: distinct("Page Viewed", path, since=previous)
      products: distinct("Product Viewed", product_id, since=previous)
      channel: coalesce(first("Page Viewed", utm_medium, since=previous), "referral" if known(first("Page Viewed", referrer, since=previous)) else "direct")
      landing: first("Page Viewed", path, since=previous)
"""
    found = project(tmp_path, a=text)
    assert found.problems == ()
    visit = found.definitions.derived["Visit"]
    assert (visit.when, visit.set, visit.kinds) == (SESSIONS.when, SESSIONS.set, SESSIONS.kinds)


def test_a_change_tells_the_value_before_and_after(tmp_path: Path) -> None:
    text = 'segments:\n  vip: count("Order Completed") > 3\nderived:\n  Turned:\n    when: changes(segment.vip)\n    set: {was: trigger.old, became: trigger.new}\n'
    found = project(tmp_path, a=text)
    assert found.problems == ()
    assert isinstance(found.definitions.derived["Turned"].when, Changes)
    assert found.definitions.derived["Turned"].kinds == {"was": Kind.BOOLEAN, "became": Kind.BOOLEAN}


@pytest.mark.parametrize(
    "text, message",
    [
        ("events:\n  a: {of: Order Completed, where: count(a) > 1}\n", "a.yml:2: these definitions go round in a loop: event a → event a [E111]\n  Let one of them stand alone."),
        ("events:\n  a: {of: Order Completed, where: total > metric.m}\nmetrics:\n  m: sum(a, total)\n", "a.yml:2: these definitions go round in a loop: event a → metric.m → event a [E111]\n  Let one of them stand alone."),
        ("derived:\n  Up: {when: 'event(\"Down\")'}\n  Down: {when: 'event(\"Up\")'}\n", "a.yml:3: these definitions go round in a loop: derived Down → derived Up → derived Down [E111]\n  Let one of them stand alone."),
        ("derived:\n  Up:\n    when: enters(segment.s)\nsegments:\n  s: did(\"Up\")\n", "a.yml:2: these definitions go round in a loop: derived Up → segment.s → derived Up [E111]\n  Let one of them stand alone."),
        ("derived:\n  Order Completed: {when: 'event(\"Page Viewed\")'}\n", "a.yml:2: 'Order Completed' arrives from outside, so it cannot be derived [E154]\n  Give the event a name of its own."),
        ("derived:\n  Up: {set: {x: 1}}\n", "a.yml:2: derived event 'Up' has no 'when' [E124]\n  Add `when:`."),
        ("derived:\n  Up:\n    when: event(\"Page Viewed\")\n    set: {price: \"'x'\"}\n", "a.yml:4: money is wanted here, and this is text [E108]"),
        ("metrics:\n  a: count(\"Page Viewed\", since=previous)\n", "a.yml:2: since=previous has a meaning in derived events only [E105]\n  It stands under `set:` of an entry of `derived:`."),
        ("events:\n  a: {of: Order Completed, void: {same: order_id}}\n", "a.yml:2: void of event 'a' has no 'by' [E124]\n  Add `by:`."),
        ("events:\n  a: {of: Order Completed, void: {by: b}}\n  b: {of: Order Cancelled, void: {by: Page Viewed}}\nmetrics:\n  x: count(a)\n", "a.yml:2: what makes an event void cannot be void itself [E106]"),
        ("events:\n  a: {of: [Order Completed, 'any()']}\n", "a.yml:2: any() reads every event already, so nothing can stand beside it [E106]\n  Leave the others out."),
        ("events:\n  a: {of: Order Completed, properties: {x: text}}\n", "a.yml:2: event 'a' has `of` and can declare no properties [E123]\n  Declare them under the raw event's own name."),
        ("journey: x\nwhen: every(\"mon 09:00\")\nreentry: always\nsteps: [{exit: done}]\n", "a.yml:1: journey 'x' has no 'only_if', and every(...) comes round for every customer [E124]\n  Add `only_if: consent.email` or the segment that is meant; `only_if: True` for everybody."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_event_is_told_word_for_word(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(tmp_path, a=text)


def test_an_event_may_be_declared_in_several_files_but_a_property_once(tmp_path: Path) -> None:
    one, other = "events:\n  Lamp Rubbed: {properties: {genie: text}}\n", "events:\n  Lamp Rubbed: {properties: {wishes: number}}\n"
    found = project(tmp_path / "1", a=one, b=other)
    assert found.problems == ()
    assert found.schema.declared["Lamp Rubbed"] == {"genie": Kind.TEXT, "wishes": Kind.NUMBER}
    assert said(tmp_path / "2", a=one, b=one.replace("text", "number")) == [
        "b.yml:2: 'genie' of 'Lamp Rubbed' is declared twice [E128]\n  It is first at a.yml:2; keep one."
    ]
