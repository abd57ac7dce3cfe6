"""MJML to HTML, checked first: the compiler itself drops or dies of what it does not know, and has no line numbers.

Source  the element list is that of the `mjml` package, which follows mjml.io 4.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mjml import mjml_to_html

from opportune.language.vocabulary.problems import Place, Problem, did_you_mean
from opportune.stages.content.placeholders import MARK

CONTAINERS = frozenset(
    {"mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero", "mj-accordion", "mj-navbar", "mj-social"}
)
"""Elements whose loose text MJML throws away; a Liquid tag there is wrapped in `mj-raw`."""
_OTHERS = """
    mj-accordion-element mj-accordion-text mj-accordion-title mj-all mj-attributes mj-breakpoint mj-button mj-carousel mj-carousel-image
    mj-class mj-divider mj-font mj-head mj-html-attributes mj-html-attribute mj-image mj-navbar-link mj-preview mj-raw mj-selector
    mj-social-element mj-spacer mj-style mj-table mj-text mj-title
"""
_DEAF = frozenset({"mjml", "mj-head", "mj-attributes", "mj-carousel", "mj-accordion-element"})
"""Elements that would lose even an `mj-raw`."""
ELEMENTS = CONTAINERS | _DEAF | frozenset(_OTHERS.split())
_ELEMENT = re.compile(
    "<!--.*?-->|<(?P<end>/?)(?P<name>mj[\\w-]*)(?P<rest>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|\ue000\\d+\ue001", re.DOTALL | re.IGNORECASE
)
_REMOTE_FONTS = re.compile(r"<!--\[if !mso\]><!-->\s*<link href=\"https://fonts\.[^>]*>.*?<!--<!\[endif\]-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    place: Place


def is_mjml(source: str) -> bool:
    """Whether a template's body is MJML rather than HTML."""
    return re.search(r"<mjml[\s>]", source, re.IGNORECASE) is not None


def html_of(source: str, lines: "LineCount") -> tuple[str, list[Problem]]:
    """The HTML of MJML `source` (Liquid hidden by marks); no HTML when there is a Problem."""
    problems: list[Problem] = []
    prepared = "".join(_wrapped(source, lines, problems))
    if problems:
        return "", problems
    try:
        html = mjml_to_html(prepared).html
    except Exception as error:  # the package raises whatever its parts raise, and documents none of it
        what = f"MJML could not be compiled: {type(error).__name__}: {error}"
        return "", [Problem(code="E604", place=lines.places[0], what=what, remedy="Take the last change back, element by element.")]
    html = html if "<mj-font" in source.lower() else _REMOTE_FONTS.sub("", html)
    before, after = (_marks(part) for part in re.split(r"<mjml[\s>].*</mjml\s*>", source, maxsplit=1, flags=re.DOTALL | re.IGNORECASE))
    return before + html + after, []


def _marks(text: str) -> str:
    return "".join(mark[0] for mark in MARK.finditer(text))


@dataclass(frozen=True, slots=True)
class LineCount:
    """Where lines were written, seen from a source in which tags are hidden: a tag's own newlines still count."""

    places: tuple[Place, ...]
    tags: tuple[str, ...]

    def at(self, source: str, index: int) -> Place:
        """Where `source[index]` was written."""
        before = source[:index]
        hidden = sum(self.tags[int(mark[1])].count("\n") for mark in MARK.finditer(before))
        return self.places[min(before.count("\n") + hidden, len(self.places) - 1)]


def _wrapped(source: str, lines: LineCount, problems: list[Problem]) -> Iterator[str]:
    """The source with loose Liquid inside `mj-raw`; what is wrong with its elements goes to `problems`."""
    stack: list[_Open] = []
    seen: set[str] = set()
    written = 0
    for match in _ELEMENT.finditer(source):
        if match[0].startswith("<!--"):
            continue
        if not match["name"]:
            if stack and stack[-1].name in _DEAF:
                place = lines.at(source, match.start())
                what = f"Liquid directly inside <{stack[-1].name}> would be lost"
                problems.append(Problem(code="E604", place=place, what=what, remedy="Move it before <mjml> or into <mj-body>."))
            elif stack and stack[-1].name in CONTAINERS:
                yield f"{source[written : match.start()]}<mj-raw>{match[0]}</mj-raw>"
                written = match.end()
            continue
        name = match["name"].lower()
        seen.add(name)
        place = lines.at(source, match.start())
        problems.extend(_step(stack, name, place, is_end=bool(match["end"]), is_empty=match["rest"].rstrip().endswith("/")))
    yield source[written:]
    problems.extend(map(_unclosed, stack))
    if "mj-body" not in seen and not problems:
        problems.append(
            Problem(code="E604", place=lines.places[0], what="the MJML has no <mj-body>", remedy="Put what is shown inside <mj-body>.")
        )


def _step(stack: list[_Open], name: str, place: Place, *, is_end: bool, is_empty: bool) -> Iterator[Problem]:
    if name == "mj-include":
        yield Problem(
            code="E605", place=place, what="a template may not include files", remedy="Copy what <mj-include> named into this template."
        )
    elif name not in ELEMENTS:
        yield Problem(code="E604", place=place, what=f"MJML has no element <{name}>", remedy=did_you_mean(name, ELEMENTS))
    elif not is_end and not is_empty:
        stack.append(_Open(name, place))
    elif is_end:
        while stack and stack[-1].name != name and any(open_.name == name for open_ in stack):
            yield _unclosed(stack.pop())
        if stack and stack[-1].name == name:
            stack.pop()
        else:
            yield Problem(code="E604", place=place, what=f"</{name}> closes nothing", remedy=f"Take it out, or open a <{name}> before it.")


def _unclosed(open_: _Open) -> Problem:
    return Problem(code="E604", place=open_.place, what=f"<{open_.name}> is never closed", remedy=f"Add </{open_.name}>.")
