"""Pieces that templates share, put together before anything is compiled: a layout around them and blocks within.

A piece is `templates/_NAME.mjml` (or `.html`) and, for the text part, `templates/_NAME.txt`; one without markup serves both. A template
names its layout in the front matter; the layout says `{{ content }}` where the template goes. `{% include "NAME" %}` puts a piece where it
stands. All of it is text laid end to end, so a piece reads the variables that were assigned before it. Every line keeps its place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from opportune.language.vocabulary.problems import Place, Problem, did_you_mean

DEEPEST = 8
"""Pieces within pieces."""
_INCLUDE = re.compile(r"\{%-?\s*include\s+[\"']([^\"'\n]*)[\"']\s*-?%\}")
_CONTENT = re.compile(r"\{\{-?\s*content\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of Liquid and, for each of its lines, where it was written."""

    liquid: str
    places: tuple[Place, ...]

    def at(self, index: int) -> Place:
        """Where the character at `index` was written."""
        return self.at_line(self.liquid[: max(index, 0)].count("\n"))

    def at_line(self, number: int) -> Place:
        """Where a line, counted from 0, was written."""
        return self.places[min(number, len(self.places) - 1)]


@dataclass(frozen=True, slots=True)
class _Written:
    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces one part of a mail may name: NAME → (file, text)."""

    by_name: Mapping[str, tuple[str, str]]

    @classmethod
    def among(cls, files: Mapping[str, str], endings: Sequence[str]) -> "Pieces":
        """Those of `files` (path → text) that are called `_NAME` and end in one of `endings`, the first of which counts most."""
        found: dict[str, tuple[str, str]] = {}
        for ending in reversed(endings):
            for path, text in files.items():
                stem, dot, end = path.rpartition("/")[2].partition(".")
                if stem.startswith("_") and dot + end == ending:
                    found[stem[1:]] = (path, text)
        return cls(found)


def source_at(text: str, place: Place) -> Source:
    """Text that stands in one file, from `place` on."""
    return Source(text, tuple(Place(place.file, place.line + number) for number in range(text.count("\n") + 1)))


def composed(body: Source, pieces: Pieces, *, layout: str, layout_place: Place, is_layout_needed: bool) -> tuple[Source, list[Problem]]:
    """The body with its layout around it and every piece in its place."""
    problems: list[Problem] = []
    written = [_Written(body.liquid, body.places[0].file, body.places[0].line)]
    if layout and (layout in pieces.by_name or is_layout_needed):
        written = _laid_out(layout, layout_place, written, pieces, problems)
    return _joined(part for each in written for part in _expanded(each, pieces, (), problems)), problems


def _laid_out(layout: str, place: Place, body: list[_Written], pieces: Pieces, problems: list[Problem]) -> list[_Written]:
    found = _piece(layout, place, pieces, problems)
    if found is None:
        return body
    match = _CONTENT.search(found.text)
    if match is None:
        remedy = "Write {{ content }} where the template goes."
        problems.append(Problem(code="E609", place=Place(found.file, 1), what="this layout has no {{ content }}", remedy=remedy))
        return body
    after = found.line + found.text[: match.end()].count("\n")
    return [_Written(found.text[: match.start()], found.file, found.line), *body, _Written(found.text[match.end() :], found.file, after)]


def _expanded(written: _Written, pieces: Pieces, inside: tuple[str, ...], problems: list[Problem]) -> Iterator[_Written]:
    """The text with every `include` replaced by what it names."""
    end = 0
    for match in _INCLUDE.finditer(written.text):
        yield _Written(written.text[end : match.start()], written.file, written.line + written.text[:end].count("\n"))
        end = match.end()
        place = Place(written.file, written.line + written.text[: match.start()].count("\n"))
        name = match[1]
        if name in inside or len(inside) >= DEEPEST:
            problems.append(Problem(code="E609", place=place, what=f"the piece '{name}' holds itself", remedy="Take one of them out."))
        elif (found := _piece(name, place, pieces, problems)) is not None:
            yield from _expanded(found, pieces, (*inside, name), problems)
    yield _Written(written.text[end:], written.file, written.line + written.text[:end].count("\n"))


def _piece(name: str, place: Place, pieces: Pieces, problems: list[Problem]) -> _Written | None:
    if name not in pieces.by_name:
        remedy = did_you_mean(name, pieces.by_name) or f"Write templates/_{name}.mjml, and _{name}.txt for the text part."
        problems.append(Problem(code="E609", place=place, what=f"no piece of a template is called '{name}'", remedy=remedy))
        return None
    file, text = pieces.by_name[name]
    return _Written(text.removesuffix("\n"), file, 1)


def _joined(parts: Iterator[_Written]) -> Source:
    """The parts laid end to end. A line that holds several is placed where the first that says something was written."""
    text: list[str] = []
    places: list[Place] = []
    is_blank = True
    for part in parts:
        for number, line in enumerate(part.text.split("\n")):
            if number > 0 or not places:
                text += ["\n"] if places else []
                places.append(Place(part.file, part.line + number))
                is_blank = True
            elif is_blank and line.strip():
                places[-1] = Place(part.file, part.line)
            is_blank = is_blank and not line.strip()
            text.append(line)
    return Source("".join(text), tuple(places))
