"""The front matter of a template: `key: value` lines between two lines `---`, and the body below them."""

from collections.abc import Iterator

from opportune.language.vocabulary.problems import Place, Problem, did_you_mean
from opportune.stages.content.pieces import Source

KEYS = ("subject", "preheader", "topic", "layout", "offer")
Head = dict[str, tuple[str, int]]
"""Key → (value, line)."""


def front_matter(source: str, file: str) -> tuple[Head, Source, list[Problem]]:
    """The head, the body and their Problems. Values are the rest of the line: a Liquid tag or a colon needs no quotes."""
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        remedy = "Begin with a line '---', then 'subject: ...', then a line '---'."
        what = "the template has no front matter"
        return {}, _source(lines, file, 1), [Problem(code="E601", place=Place(file, 1), what=what, remedy=remedy)]
    end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == "---")
    head: Head = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:end], 2):
        if line.strip() and not line.lstrip().startswith("#"):
            problems += _head_line(line, Place(file, number), head)
    if not head.get("subject", ("", 0))[0]:
        what, remedy = "the template has no subject", "Add 'subject: ...' to the front matter."
        problems.append(Problem(code="E602", place=Place(file, 1), what=what, remedy=remedy))
    return head, _source(lines[end + 1 :], file, end + 2), problems


def _source(lines: list[str], file: str, first: int) -> Source:
    return Source("\n".join(lines), tuple(Place(file, first + number) for number in range(max(len(lines), 1))))


def _head_line(line: str, place: Place, head: Head) -> Iterator[Problem]:
    key, colon, value = (part.strip() for part in line.partition(":"))
    if not colon:
        what = f"this line of the front matter is no 'key: value': {line.strip()!r}"
        yield Problem(code="E601", place=place, what=what, remedy="Write a value on one line.")
    elif key not in KEYS:
        remedy = did_you_mean(key, KEYS) or f"Known are {', '.join(KEYS)}."
        yield Problem(code="E601", place=place, what=f"front matter has no key {key!r}", remedy=remedy)
    elif key in head:
        yield Problem(code="E601", place=place, what=f"{key!r} is written twice", remedy="Keep one of them.")
    else:
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[0] not in value[1:-1]
        head[key] = (value[1:-1] if is_quoted else value, place.line)
