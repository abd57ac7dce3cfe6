"""docs/templates.md: each example has no Problem and says what is shown; every key, variable, filter and pressing word is on the page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import Block, blocks, code, page, section, tables
from tests.project.shop import written

from opportune.adapters.project.project import read_project
from opportune.stages.content import brand, front_matter
from opportune.stages.content.filters import FILTERS
from opportune.stages.content.offers import Offer, told
from opportune.stages.content.render import render
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.specimens import AT, addressing
from opportune.stages.content.template_source import read_template
from opportune.stages.content.urgency import URGENT
from opportune.stages.content.variables import VARIABLES

PAGE = "docs/templates.md"


def examples() -> Iterator[tuple[Block, Block, Block]]:
    """The files, what is told and what comes out."""
    files = None
    told: Block | None = None
    for block in blocks(PAGE):
        if block.language == "yaml":
            files = block
        elif block.language == "json":
            told = block
        elif files and told:
            yield files, told, block


def laid(folder: Path, block: Block) -> Path:
    _, *parts = re.split(r"^--- (.+)\n", block.text, flags=re.MULTILINE)
    return written(folder, dict(zip(parts[::2], parts[1::2], strict=True)))


@pytest.mark.parametrize("files, told, shown", [*examples()], ids=str)
def test_an_example_has_no_problem_and_says_what_is_shown(tmp_path: Path, files: Block, told: Block, shown: Block) -> None:
    project = read_project(laid(tmp_path, files))
    assert [str(problem) for problem in project.problems] == []
    (source,) = project.templates.values()
    text = {"text": source.text, "text_place": source.text_place}
    template, _ = read_template(source.name, source.markup, source.place, pieces=source.pieces, **text)  # type: ignore[arg-type]
    assert template is not None
    found = render(template, json.loads(told.text), addressing(), at=AT)
    assert isinstance(found, Rendered)
    said = re.split(r"\n\n(?:-- \n| ?Why\?)", found.text)[0]
    assert f"{found.subject}\n{said}\n" == shown.text


def test_every_key_variable_and_filter_is_on_the_page() -> None:
    keys, variables = (rows[1:] for rows in tables(page(PAGE)))
    assert [code(row[0]) for row in keys] == list(front_matter.KEYS)
    assert sorted(name for row in variables for name in re.findall(r"`(\w+)`", row[0])) == sorted(VARIABLES)
    said = section(PAGE, "Variables")
    assert [name for name in FILTERS if f"`{name}`" not in said] == []
    assert [name for name in brand.told(brand.Brand(), "Lumen") if f"`{name}`" not in said] == []


def test_everything_an_offer_tells_is_on_the_page() -> None:
    whole = Offer(name="a", code="A", percent=1, amount=1, says="x", ends=type(AT)(AT + 1), stock=2)
    names = told(whole, "ann", 0, at=AT, secret=b"") or {}
    assert [name for name in names if f"`{name}`" not in section(PAGE, "Offers")] == []


def test_the_words_that_press_are_those_the_page_lists() -> None:
    listed = re.findall(r"\*([^*\n]+)\*", section(PAGE, "Words that press").replace("\n", " "))
    alone = [words for words in listed if "," not in words and words not in ("last", "no hurry", "limited")]
    assert [words for words in alone if not URGENT.search(words)] == []
    assert not URGENT.search("no hurry")
