"""YAML 1.2 as small nodes with their lines: duplicate keys, tags, bombs and depth are refused before anything is built.

Source: YAML 1.2.2, section 10.3 (core schema).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from opportune.language.vocabulary.problems import Place, Problem

DEEPEST = 40
"""Levels of maps and lists in one file."""
MOST_NODES = 100_000
"""Nodes of one file, each counted as often as an alias repeats it."""
_NULL = re.compile(r"null|Null|NULL|~|")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]{1,300}")
_BASED = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `source` is the text as it stands in the file, from `source_line` on, so that expressions keep their lines."""

    value: bool | int | float | str | None
    text: str
    place: Place
    source: str
    source_line: int
    size: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    nodes: tuple["Node", ...]
    place: Place
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a map, its value and where the key stands."""

    key: str
    node: "Node"
    place: Place


@dataclass(frozen=True, slots=True)
class Map:
    """A YAML mapping; keys are texts, each once."""

    entries: tuple[Entry, ...]
    place: Place
    size: int

    def get(self, key: str) -> "Node | None":
        """The value of `key`, if it is there."""
        return next((entry.node for entry in self.entries if entry.key == key), None)


Node = Scalar | Listing | Map


class _Refused(Exception):
    """A file that is not read further."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def nodes_of(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """The one document of a YAML text; None when it is empty or cannot be read."""
    node, problems = _read(text, file)
    return node, list(problems)


@lru_cache(maxsize=128)
def _read(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """A process reads the same files again for each question it is asked, and YAML takes a third of the reading."""
    reader = _Reader(text, file)
    try:
        return reader.document(), reader.problems
    except _Refused as refused:
        return None, [*reader.problems, refused.problem]
    except MarkedYAMLError as error:
        return None, [*reader.problems, _malformed(error, file)]
    except (YAMLError, ValueError, IndexError, RecursionError, OverflowError, AttributeError, AssertionError, TypeError) as error:
        # The scanner stumbles in many ways over text that is no YAML; none of them is worth a traceback to its author.
        return None, [*reader.problems, Problem(code="E120", place=Place(file), what=f"this is no YAML: {type(error).__name__}")]


def _malformed(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = " ".join(str(error.problem or error.context or "it cannot be read").split())
    remedy = "An expression that begins with a quote, or holds ': ' or ' #', is written in quotes or as a block after |."
    return Problem(code="E120", place=Place(file, mark.line + 1 if mark else 0), what=f"this is no YAML: {said}", remedy=remedy)


class _Reader:
    """Turns parsing events into nodes, without recursion into anything the text did not spend characters on."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node] = {}
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.refused(event, "E120", "a file holds one YAML document", "Move what follows --- into a file of its own.")
                root = self.node(next(self._events), 1)
        return root

    def place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1)

    def refused(self, event: Event, code: str, what: str, remedy: str = "") -> _Refused:
        return _Refused(Problem(code=code, place=self.place(event), what=what, remedy=remedy))

    def node(self, event: Event, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.refused(event, "E127", f"this file is nested more than {DEEPEST} levels deep")
        if isinstance(event, AliasEvent):
            return self._alias(event)
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) != "!":
            raise self.refused(event, "E120", "YAML tags are not allowed", "Leave out what begins with !.")
        if isinstance(event, ScalarEvent):
            node: Node = self._scalar(event)
        elif isinstance(event, SequenceStartEvent):
            node = self._listing(event, depth)
        else:
            node = self._map(event, depth)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[str(anchor)] = node
        return node

    def _alias(self, event: AliasEvent) -> Node:
        found = self._anchors.get(str(event.anchor))
        if found is None:
            raise self.refused(event, "E120", f"no anchor &{event.anchor} stands before *{event.anchor}")
        return found

    def _listing(self, event: Event, depth: int) -> Listing:
        nodes: list[Node] = []
        size = 1
        for inner in self._events:
            if isinstance(inner, SequenceEndEvent):
                break
            nodes.append(self.node(inner, depth + 1))
            size += nodes[-1].size
            self._bounded(size, inner)
        return Listing(tuple(nodes), self.place(event), size)

    def _bounded(self, size: int, event: Event) -> None:
        if size > MOST_NODES:
            raise self.refused(event, "E127", f"this file holds more than {MOST_NODES:,} values")

    def _map(self, event: Event, depth: int) -> Map:
        if not isinstance(event, MappingStartEvent):
            raise self.refused(event, "E120", "this is no YAML")
        entries: dict[str, Entry] = {}
        size = 1
        for inner in self._events:
            if isinstance(inner, MappingEndEvent):
                break
            key = self.node(inner, depth + 1)
            node = self.node(next(self._events), depth + 1)
            size += node.size + 1
            self._bounded(size, inner)
            self._enter(entries, key, node)
        return Map(tuple(entries.values()), self.place(event), size)

    def _enter(self, entries: dict[str, Entry], key: Node, node: Node) -> None:
        if not isinstance(key, Scalar):
            self.problems.append(Problem(code="E122", place=key.place, what="a key must be a text", remedy="Put an expression in quotes."))
            return
        if "(" in key.text or '"' in key.text:
            what = f"the key {_shortened(key.text)} looks like an expression"
            self.problems.append(Problem(code="E122", place=key.place, what=what, remedy=QUOTE_IT))
            return
        if key.text in entries:
            what = f"'{key.text}' stands here twice"
            remedy = f"It is first on line {entries[key.text].place.line}; keep one."
            self.problems.append(Problem(code="E121", place=key.place, what=what, remedy=remedy))
            return
        if isinstance(node, Scalar) and node.value is None and not node.source:
            node = replace(node, place=key.place)  # nothing is written there, so it is missing where its key stands
        entries[key.text] = Entry(key.text, node, key.place)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        place, text = self.place(event), str(event.value)
        if event.style in ("|", ">"):
            lines = self.text[event.start_mark.index : event.end_mark.index].split("\n")
            return Scalar(text, text, place, "\n".join(lines[1:]), place.line + 1)
        if event.style in ("'", '"'):
            return Scalar(text, text, place, text, place.line)
        source = self.text[event.start_mark.index : event.end_mark.index]
        return Scalar(plain_value(text), text, place, source, place.line)


QUOTE_IT = "Inside { } an expression stands in quotes, and so does one that begins with a quote or holds ': ' or ' #'."


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def plain_value(text: str) -> bool | int | float | str | None:
    """What an unquoted YAML value means."""
    if _NULL.fullmatch(text):
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _REAL.fullmatch(text) and len(text) < 300 else text
