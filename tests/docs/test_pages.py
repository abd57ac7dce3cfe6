"""What holds for every page: links lead somewhere, files named are there, headings are unique, words are those of the glossary."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, page, without_blocks

NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
_LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:src|tests|docs|examples|benchmarks|scripts|changelog\.d)/[\w./*-]+)`")
_SHORT = re.compile(r"`((?:cli|web|collector|samples|shell|starter|adapters|stages|language)/[\w./*-]+)`")
"""Decisions leave `src/opportune/` out."""
MADE_LATER = {"docs/images/overview.png"}
"""A screenshot: made by hand, looked at, and committed with the pages."""
BANNED = ("blacklist", "dead letter", "audience", "uplift", "ingestion", "data subject", "cutting-edge", "seamless", "blazing")
"""Words that the glossary has another one for, and words that say nothing."""


def anchors(text: str) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    broken = []
    for target in _LINK.findall(without_blocks(page(name))):
        if re.match(r"https?://|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        if str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path) in MADE_LATER:
            continue
        if not path.exists() or (anchor and anchor not in anchors(path.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("name", NAMES)
def test_every_file_a_page_names_is_there(name: str) -> None:
    named = {*_PATH.findall(page(name)), *(f"src/opportune/{path}" for path in _SHORT.findall(page(name)))}
    assert sorted(path for path in named if not (list(ROOT.glob(path)) if "*" in path else (ROOT / path).exists())) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_two_headings_of_a_page_are_the_same(name: str) -> None:
    found = anchors(page(name))
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "GLOSSARY.md"])
def test_a_page_uses_the_words_of_the_glossary(name: str) -> None:
    said = without_blocks(page(name)).lower()
    assert [word for word in BANNED if re.search(rf"\b{word}\b", said)] == []


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        targets = (target.partition("#")[0] for target in _LINK.findall(path.read_text(encoding="utf-8")) if "://" not in target)
        waiting += [(path.parent / target).resolve() for target in targets if target and (path.parent / target).exists()]
    assert sorted(str(path.relative_to(ROOT)) for path in set(PAGES) - reached - {ROOT / "changelog.d/README.md"}) == []
