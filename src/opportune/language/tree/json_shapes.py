"""How the parts of a tree are written as JSON: each shape writes a value, reads it back, and says what it allows as JSON Schema."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TypeAlias

from opportune.language.tree.constants import LARGEST_COUNT, LARGEST_NUMBER, is_text
from opportune.language.tree.expressions import Literal, Property, Selector
from opportune.language.vocabulary.durations import format_duration, parse_duration
from opportune.language.vocabulary.kinds import Json

Schema: TypeAlias = dict[str, Json]


class NoTree(ValueError):
    """JSON that is no tree; its text says why, and `path` where."""

    def __init__(self, why: str, path: str = "") -> None:
        self.path = path
        super().__init__(why)

    def inside(self, key: str) -> "NoTree":
        """The same, seen from outside."""
        return NoTree(str(self), key if not self.path else f"{key}{self.path}" if self.path.startswith("[") else f"{key}.{self.path}")


@dataclass(frozen=True, slots=True)
class Shape:
    """One way of writing a value. `read` is given how much deeper a tree may go, and raises NoTree."""

    write: Callable[[object], Json]
    read: Callable[[Json, int], object]
    schema: Schema


def text() -> Shape:
    """Any text, as the name of an event, property, trait or column."""

    def read(value: Json, depth: int) -> str:
        if not isinstance(value, str) or not value.strip() or not is_text(value):
            raise NoTree("a name is wanted, as a text")
        return value

    return Shape(str, read, {"type": "string", "minLength": 1, "pattern": r"\S"})


def enumeration(kind: type[Enum], values: Iterable[Enum] | None = None) -> Shape:
    """One of the words of an enumeration."""
    known = {str(member.value): member for member in (values or kind)}

    def read(value: Json, depth: int) -> Enum:
        if not isinstance(value, str) or value not in known:
            raise NoTree(f"one of {', '.join(known)} is wanted")
        return known[value]

    return Shape(lambda value: value.value if isinstance(value, Enum) else str(value), read, {"enum": list(known)})


def one_of(*words: str) -> Shape:
    """One of some texts."""

    def read(value: Json, depth: int) -> str:
        if not isinstance(value, str) or value not in words:
            raise NoTree(f"one of {', '.join(words)} is wanted")
        return value

    return Shape(str, read, {"enum": list(words)})


def length(*, signed: bool = False) -> Shape:
    """A duration such as `7d`; with `signed` perhaps behind a minus."""

    def write(value: object) -> Json:
        assert isinstance(value, timedelta)
        return ("-" if value < timedelta(0) else "") + format_duration(abs(value))

    def read(value: Json, depth: int) -> timedelta:
        if not isinstance(value, str):
            raise NoTree('a duration is wanted, such as "7d"')
        is_negative = signed and value.startswith("-")
        try:
            found = parse_duration(value.removeprefix("-") if is_negative else value)
        except ValueError as error:
            raise NoTree(str(error)) from error
        if not signed and found <= timedelta(0):
            raise NoTree("a duration must be longer than nothing")
        return -found if is_negative else found

    return Shape(write, read, {"type": "string", "pattern": f"^{'-?' if signed else ''}[0-9]{{1,18}}(w|d|h|ms|us|m|s)$"})


def whole(least: int = 1, most: int = LARGEST_COUNT) -> Shape:
    """A whole number."""

    def read(value: Json, depth: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise NoTree(f"a whole number from {least} to {most} is wanted")
        return value

    return Shape(lambda value: value if isinstance(value, int) else None, read, {"type": "integer", "minimum": least, "maximum": most})


def share() -> Shape:
    """A number from 0 to 1."""

    def read(value: Json, depth: int) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise NoTree("a share from 0 to 1 is wanted")
        return float(value)

    return Shape(lambda value: value if isinstance(value, float) else None, read, {"type": "number", "minimum": 0, "maximum": 1})


def truth() -> Shape:
    """True or false."""

    def read(value: Json, depth: int) -> bool:
        if not isinstance(value, bool):
            raise NoTree("true or false is wanted")
        return value

    return Shape(bool, read, {"type": "boolean"})


def constant() -> Shape:
    """The value of a literal."""

    def read(value: Json, depth: int) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool) and not (math.isfinite(value) and abs(value) <= LARGEST_NUMBER):
            raise NoTree(f"a number is too large; the largest is {LARGEST_NUMBER:,}")
        if isinstance(value, list | dict):
            raise NoTree("a single value is wanted")
        if isinstance(value, str) and not is_text(value):
            raise NoTree("a text holds a character that is no valid Unicode")
        return value

    number: Schema = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
    return Shape(_plain, read, {"anyOf": [{"type": ["null", "boolean", "string"]}, number]})


def _plain(value: object) -> Json:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"only trees as the parser gives them have a JSON form, not {value!r}")


def several(shape: Shape, least: int, *, most: int | None = None, is_distinct: bool = False) -> Shape:
    """A list of values, as a tuple."""

    def read(value: Json, depth: int) -> tuple[object, ...]:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            raise NoTree(f"a list of {least} or more is wanted" if most is None else f"a list of {least} to {most} is wanted")
        found = tuple(_inside(f"[{number}]", shape, part, depth) for number, part in enumerate(value))
        if is_distinct and len(set(found)) < len(found):
            raise NoTree("each may stand here once")
        return found

    schema: Schema = {"type": "array", "items": shape.schema, "minItems": least}
    if most is not None:
        schema["maxItems"] = most
    if is_distinct:
        schema["uniqueItems"] = True
    return Shape(lambda values: [shape.write(value) for value in _tuple(values)], read, schema)


def _tuple(values: object) -> tuple[object, ...]:
    assert isinstance(values, tuple)
    return values


def _inside(key: str, shape: Shape, value: Json, depth: int) -> object:
    try:
        return shape.read(value, depth)
    except NoTree as error:
        raise error.inside(key) from error


def selector() -> Shape:
    """Raw names and named events; neither means every event."""
    names, named = several(text(), 0, is_distinct=True), several(text(), 0, is_distinct=True)

    def write(value: object) -> Json:
        assert isinstance(value, Selector)
        parts: dict[str, Json] = {"names": names.write(value.names)} if value.names else {}
        return {**parts, **({"named": named.write(value.named)} if value.named else {})}

    def read(value: Json, depth: int) -> Selector:
        if not isinstance(value, dict) or set(value) - {"names", "named"}:
            raise NoTree("events are wanted, as names and named")
        raw, known = (_inside(key, shape, value.get(key, []), depth) for key, shape in (("names", names), ("named", named)))
        return Selector(_texts(raw), _texts(known))

    schema: Schema = {"type": "object", "properties": {"names": names.schema, "named": named.schema}, "additionalProperties": False}
    return Shape(write, read, schema)


def _texts(values: object) -> tuple[str, ...]:
    return tuple(str(value) for value in _tuple(values))


def property_name() -> Shape:
    """The property a metric is over, by its name."""
    name = text()

    def write(value: object) -> Json:
        assert isinstance(value, Property)
        return value.name

    return Shape(write, lambda value, depth: Property(str(name.read(value, depth))), name.schema)


def literal() -> Shape:
    """A constant among options, by its value; null is none."""
    value = constant()

    def read(said: Json, depth: int) -> Literal:
        if said is None:
            raise NoTree("a constant is wanted; for null use known")
        found = value.read(said, depth)
        assert found is None or isinstance(found, bool | int | float | str)
        return Literal(found)

    def write(option: object) -> Json:
        assert isinstance(option, Literal)
        return _plain(option.value)

    return Shape(write, read, {"type": ["boolean", "string", "number"]})
