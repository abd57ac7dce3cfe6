"""Pages of documentation as tests read them: fenced blocks, tables, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md"), ROOT / "changelog.d" / "README.md"])
_FENCE = re.compile(r"^```(\w+)?(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word after it, its text and its line on the page."""

    page: str
    language: str
    word: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def page(name: str) -> str:
    """The text of a page, by its path from the top."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page(name)
    found = [Block(name, m[1] or "", m[2] or "", m[3], text.count("\n", 0, m.start()) + 2) for m in _FENCE.finditer(text)]
    return [block for block in found if language in (None, block.language)]


def without_blocks(text: str) -> str:
    """The words of a page alone."""
    return _FENCE.sub("", text)


def section(name: str, title: str) -> str:
    """What stands under a heading of any depth, up to the next one of that depth or above."""
    text = page(name)
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no heading {title!r}"
    start = found.start()
    following = re.search(rf"^#{{1,{len(found[1])}}} ", text[start + len(found[1]) + 1 :], re.MULTILINE)
    return text[start : start + len(found[1]) + 1 + following.start()] if following else text[start:]


def tables(text: str) -> Iterator[list[list[str]]]:
    """The tables of a text: rows of cells, the heading first, code marks taken off."""
    for found in re.finditer(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])] for line in found[0].splitlines()]
        yield [rows[0], *rows[2:]]


def code(cell: str) -> str:
    """`x` → x, and a bar that had to be escaped."""
    return cell.strip("`").replace("\\|", "|")
