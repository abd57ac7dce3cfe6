"""docs/journeys.md: the journey shown does to the history shown what the tables say; every reason and status is on the page."""

import re
from pathlib import Path

import pytest
from tests.docs.asking import imported, project_of
from tests.docs.pages import Block, blocks, code, page, section, tables

from opportune.adapters.project.journeys import DEFAULTS, KEYS
from opportune.adapters.project.settings import RETRIES
from opportune.adapters.project.steps import ACTIONS
from opportune.language.vocabulary.durations import parse_duration
from opportune.language.vocabulary.instants import format_instant, parse_instant
from opportune.shell.backtest import Backtest, backtest
from opportune.shell.world import Rules
from opportune.stages.journeys.enrolment import Status
from opportune.stages.journeys.entry import Turned
from opportune.stages.sending.arbitration import Reason
from opportune.stages.sending.message import MessageStatus

PAGE = "docs/journeys.md"
START, END = parse_instant("2026-03-01T00:00:00Z"), parse_instant("2026-03-08T00:00:00Z")


def shown(first: str) -> list[list[str]]:
    """The rows of the page's table whose heading begins so."""
    return next(rows[1:] for rows in tables(page(PAGE)) if rows[0][0] == first)


def headed(*heading: str) -> list[list[str]]:
    """The rows of the page's table with exactly this heading."""
    return next(rows[1:] for rows in tables(page(PAGE)) if tuple(rows[0]) == heading)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    """The page's journey over the page's history."""
    folder = tmp_path_factory.mktemp("journey")
    (history,) = blocks(PAGE, "json")
    engine, report = imported(folder, "history.ndjson", history.text)
    assert not report.set_aside
    journeys = list(project_of(folder / "shop", blocks(PAGE, "yaml")[0].text).definitions.journeys.values())
    return backtest(engine, journeys, Rules(secret=bytes(32)), start=START, end=END)


@pytest.mark.parametrize("block", blocks(PAGE, "yaml"), ids=str)
def test_an_example_of_a_journey_has_no_problem(tmp_path: Path, block: Block) -> None:
    assert [str(problem) for problem in project_of(tmp_path, block.text).problems] == []


def test_the_enrolments_are_those_shown(replayed: Backtest) -> None:
    assert [[e.customer_id, format_instant(e.entered_at), e.outcome] for e in replayed.enrolments] == headed(
        "customer", "entered_at", "outcome"
    )


def test_the_messages_are_those_shown(replayed: Backtest) -> None:
    found = [[m.customer_id, m.step, format_instant(m.due_at), m.status.value, m.reason] for m in replayed.messages]
    assert found == headed("customer", "step", "due_at", "status", "reason")


def test_the_moments_turned_away_are_those_shown(replayed: Backtest) -> None:
    found = {result: number for (_, result), number in replayed.turned.items() if result != "entered"}
    assert found == {result: int(number) for result, number in shown("moments not entered")}


def test_every_reason_not_to_enter_is_on_the_page_in_its_order() -> None:
    listed = [code(row[0]) for table in tables(section(PAGE, "Who enters")) for row in table[1:]]
    assert set(listed) == {reason.value for reason in Turned}


def test_every_reason_not_to_send_is_on_the_page_in_the_order_of_the_rules() -> None:
    listed = [code(row[0]) for row in next(tables(section(PAGE, "What becomes of a send")))[1:]]
    assert listed == [reason.value for reason in Reason]


def test_every_status_of_a_message_and_outcome_of_an_enrolment_is_on_the_page() -> None:
    listed = [code(row[0]) for row in headed("status", "meaning")]
    assert listed == [status.value for status in MessageStatus]
    outcomes = re.search(r"Outcomes are (.*?)\n\n", page(PAGE), re.DOTALL)
    assert outcomes
    assert {"active", "completed", "merged", "exit_if"} <= set(re.findall(r"`([\w ]+)`", outcomes[1]))
    assert {status.value for status in Status} - {"exited"} <= set(re.findall(r"`([\w ]+)`", outcomes[1]))


def test_the_glossary_names_the_same_statuses() -> None:
    (row,) = re.findall(r"^\| \*\*message\*\* \| .*?`([\w ]+)` \|", page("GLOSSARY.md"), re.MULTILINE)
    assert row.split() == [status.value for status in MessageStatus]


def test_every_key_and_step_is_on_the_page() -> None:
    assert [code(row[0]) for row in headed("key", "meaning")] == list(KEYS)
    assert set(re.findall(r"`(\w+)`", page(PAGE).split("`journey_defaults:` in", 1)[1].split("to all journeys")[0])) - {
        "opportune.yml"
    } == set(DEFAULTS)
    assert [code(row[0]).split(":")[0] for row in headed("step", "does")] == list(ACTIONS)


def test_the_pauses_before_another_attempt_are_those_of_the_code() -> None:
    said = page(PAGE).split("is tried\nagain after ", 1)[1].split(".\n", 1)[0]
    assert [parse_duration(one.replace(" ", "")) for one in re.split(r", | and ", said)] == list(RETRIES)
