"""docs/playbook-journeys.md: its tables say what the files of the starter pack do."""

import re

import pytest
from tests.docs.pages import code, page, tables

from opportune import starter
from opportune.adapters.project.project import read_project
from opportune.language.tree.journeys import Branch, Journey, MessageKind, Reentry, Send, Step
from opportune.language.vocabulary.durations import parse_duration

PAGE = "docs/playbook-journeys.md"
RUNGS = ("checkout", "cart", "click", "pricing", "product", "search", "open")
ROWS = {code(row[0]): row for table in tables(page(PAGE)) for row in table[1:]}


@pytest.fixture(scope="module")
def journeys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Journey]:
    folder = tmp_path_factory.mktemp("pack") / "shop"
    starter.write(folder)
    return dict(read_project(folder).definitions.journeys)


def sends(steps: tuple[Step, ...]) -> list[str]:
    """The templates of all steps, in order."""
    found: list[str] = []
    for step in steps:
        match step:
            case Send(template=template):
                found.append(template)
            case Branch(arms=arms):
                found += [name for arm in arms for name in sends(arm.steps)]
            case _:
                pass
    return found


def test_every_journey_has_its_row(journeys: dict[str, Journey]) -> None:
    assert sorted(ROWS) == sorted(journeys)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_the_file_does(journeys: dict[str, Journey], name: str) -> None:
    journey, (_, _, mails, _, rung, again, within) = journeys[name], ROWS[name]
    assert sorted(re.findall(r"`([\w-]+)`", mails)) == sorted(sends(journey.steps))
    assert (code(rung) if rung else None) == (RUNGS[journey.rung.place] if journey.rung else None)
    written = again.removesuffix(" for each product").replace(" ", "")
    assert journey.reentry == (Reentry.NEVER if written == "never" else parse_duration(written))
    assert (journey.key is not None) == again.endswith("for each product")
    assert journey.goal is not None
    assert journey.goal.within == parse_duration(within.replace(" ", ""))
    assert journey.holdout == (0 if journey.kind is MessageKind.TRANSACTIONAL else 0.1)


def test_higher_rungs_have_higher_priorities(journeys: dict[str, Journey]) -> None:
    ranked = sorted((journey for journey in journeys.values() if journey.rung), key=lambda journey: -journey.priority)
    assert [journey.rung.place for journey in ranked if journey.rung] == list(range(len(RUNGS)))
    assert min(journey.priority for journey in ranked) > max(journey.priority for journey in journeys.values() if not journey.rung)
