"""The form of maps: which keys there may be, what their values are; each departure a Problem with its line."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from opportune.adapters.project.nodes import QUOTE_IT, Entry, Listing, Map, Node, Scalar
from opportune.language.vocabulary.durations import parse_duration
from opportune.language.vocabulary.problems import Problem, did_you_mean

T = TypeVar("T")
Value = bool | int | float | str | None


class Form:
    """Collects problems while nodes are read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, node: Node | Entry, code: str, what: str, remedy: str = "") -> None:
        """Record an error at a node."""
        self.problems.append(Problem(code=code, place=node.place, what=what, remedy=remedy))

    def map(self, node: Node, what: str, known: Iterable[str] | None = None, required: Iterable[str] = ()) -> Map:
        """`node` as a map; keys outside `known` are reported and left out, absent `required` ones reported."""
        if not isinstance(node, Map):
            if isinstance(node, Scalar) and node.value is None:
                self.report(node, "E122", f"{what} has no value", QUOTE_IT)
            else:
                self.report(node, "E125", f"{what} must be a map of keys and values")
            return Map((), node.place, 1)
        entries = node.entries
        if known is not None:
            entries = tuple(entry for entry in entries if self._is_known(entry, what, tuple(known)))
        for key in required:
            if node.get(key) is None:
                self.report(node, "E124", f"{what} has no '{key}'", f"Add `{key}:`.")
        return Map(entries, node.place, node.size)

    def _is_known(self, entry: Entry, what: str, known: tuple[str, ...]) -> bool:
        if entry.key in known:
            return True
        remedy = did_you_mean(entry.key, known) or f"There are {', '.join(known)}."
        self.report(entry, "E123", f"{what} has no key '{entry.key}'", remedy)
        return False

    def listing(self, node: Node, what: str) -> tuple[Node, ...]:
        """`node` as a list."""
        if isinstance(node, Listing):
            return node.nodes
        self.report(node, "E125", f"{what} must be a list", "Begin each line with '- '.")
        return ()

    def value(self, node: Node, what: str, read: Callable[[Value], T]) -> T | None:
        """A single value read by `read`, which raises ValueError with what it wants."""
        if not isinstance(node, Scalar):
            self.report(node, "E125", f"{what} must be a single value")
            return None
        if node.value is None:
            self.report(node, "E122", f"{what} has no value", "Give it one, or leave the key out.")
            return None
        try:
            return read(node.value)
        except ValueError as error:
            self.report(node, "E125", f"{what} {error}")
            return None


def text(value: Value) -> str:
    """A text; numbers stand for themselves."""
    if isinstance(value, bool) or value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError("must be a text")
    return str(value)


def whole(value: Value) -> int:
    """A whole number."""
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def counted(value: Value) -> int:
    """A whole number from 1 to a million."""
    number = whole(value)
    if not 1 <= number <= 1_000_000:
        raise ValueError("must be a whole number from 1 to 1,000,000")
    return number


def truth(value: Value) -> bool:
    """true or false."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def length(value: Value) -> timedelta:
    """A duration longer than nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"must be a duration, and {value} has no unit; write {value}s, {value}h or {value}d")
    try:
        found = parse_duration(str(value))
    except ValueError as error:
        raise ValueError(f"must be a duration: {error}") from error
    if found <= timedelta(0):
        raise ValueError("must be longer than nothing")
    return found


def clock(value: Value) -> int:
    """A time of day such as 09:00, as the minute of the day."""
    said = re.fullmatch(r"(\d{1,2}):(\d\d)", value.strip(), re.ASCII) if isinstance(value, str) else None
    if said is None or int(said[1]) > 23 or int(said[2]) > 59:
        raise ValueError('must be a time of day, such as "09:00"')
    return int(said[1]) * 60 + int(said[2])


def share(value: Value) -> float:
    """A share such as 10 %, as a number from 0 to 1."""
    said = str(value).strip()
    try:
        number = float(said.removesuffix("%")) / (100 if said.endswith("%") else 1)
    except ValueError as error:
        raise ValueError("must be a share such as 10%") from error
    if isinstance(value, bool) or not 0 <= number <= 1:
        raise ValueError("must be a share from 0% to 100%, such as 10%")
    return number


def one_of(*words: str) -> Callable[[Value], str]:
    """One of a few words."""

    def chosen(value: Value) -> str:
        if value not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return str(value)

    return chosen
