"""Expressions of a mapping: JMESPath with our own words, read once, evaluated within a budget.

`order.customer.id` is an expression; `"shop:{order.id}"` a template, a text with expressions in braces, null where one of them is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError, ParseError
from jmespath.visitor import Options, TreeInterpreter

from opportune.language.vocabulary.problems import known_names
from opportune.stages.mapping.words import KNOWN, Arrival, WordError, Words, written

MOST_STEPS = 500_000
"""Of one payload: a second of work. Ten thousand are spent on an order of a hundred lines."""
LONGEST_EXPRESSION = 4_000
_HOLE = re.compile(r"\{([^{}]*)\}")


class Unmapped(Exception):
    """A payload, or one call of it, that cannot be told; says why."""


class Exhausted(Unmapped):
    """A payload that takes more than MOST_STEPS."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What was written, and its tree as the library has it."""

    text: str
    tree: dict[str, Any]


Template = tuple[str | Expression, ...]


def expression_of(text: str) -> Expression:
    """Read an expression. Raises ValueError with what is wrong with it."""
    if len(text) > LONGEST_EXPRESSION:
        raise ValueError(f"is longer than {LONGEST_EXPRESSION:,} characters")
    try:
        tree: dict[str, Any] = jmespath.compile(text.strip()).parsed
    except (JMESPathError, RecursionError) as error:
        raise ValueError(f"is no expression: {_wrong(error)}") from error
    for name, given in _calls(tree):
        _check_call(name, given)
    return Expression(text.strip(), tree)


def template_of(text: str) -> Template:
    """Read a template. Raises ValueError."""
    parts: list[str | Expression] = []
    end = 0
    for hole in _HOLE.finditer(text):
        parts += [text[end : hole.start()], expression_of(hole[1])]
        end = hole.end()
    parts.append(text[end:])
    return tuple(part for part in parts if part != "")


def _calls(tree: Any) -> Iterator[tuple[str, int]]:
    if isinstance(tree, dict):
        if tree.get("type") == "function_expression":
            yield tree["value"], len(tree["children"])
        for child in tree.get("children", ()):
            yield from _calls(child)


def _check_call(name: str, given: int) -> None:
    """The library would find these only once a payload comes."""
    if name not in KNOWN:
        raise ValueError(f"calls {name}(), which there is not. {known_names(name, KNOWN)}")
    wanted = KNOWN[name]
    is_open = bool(wanted) and wanted[-1].get("variadic", False)
    if given < len(wanted) or (given > len(wanted) and not is_open):
        raise ValueError(f"gives {name}() {given} values, and it takes {len(wanted)}{' or more' if is_open else ''}")


class Evaluation:
    """One payload's expressions, all within one budget of steps."""

    def __init__(self, arrival: Arrival, most_steps: int = MOST_STEPS) -> None:
        self._left = most_steps
        self._interpreter = _Counting(Options(custom_functions=Words(arrival, self._spend)), self._spend)

    def value(self, expression: Expression, here: Any) -> Any:
        """Its value, read from `here`. Raises Unmapped."""
        try:
            return self._interpreter.visit(expression.tree, here)
        except (JMESPathError, TypeError, ValueError, RecursionError, OverflowError) as error:
            # The library lets Python's own errors through where it compares or sorts what does not go together.
            raise Unmapped(f"{expression.text[:100]}: {_said(error)}") from error

    def holds(self, expression: Expression | None, here: Any) -> bool:
        """Whether a condition is true: not null, false or empty. None always is."""
        if expression is None:
            return True
        found = self.value(expression, here)
        return not (found is None or found is False or found in ("", [], {}))

    def text(self, template: Template, here: Any) -> str | None:
        """The template's text; None where one of its expressions is null. Raises Unmapped."""
        parts = [part if isinstance(part, str) else self.value(part, here) for part in template]
        if any(part is None for part in parts):
            return None
        try:
            return "".join(map(written, parts))
        except WordError as error:
            raise Unmapped(str(error)) from error

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise Exhausted("this payload takes too long to map; name smaller parts of it")


class _Counting(TreeInterpreter):  # type: ignore[misc]
    """The library's interpreter, one step a node."""

    def __init__(self, options: Options, spend: Any) -> None:
        super().__init__(options)
        self._spend = spend

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._spend(1)
        return super().visit(node, *args, **kwargs)


def _wrong(error: Exception) -> str:
    """The library draws its parse errors over three lines."""
    if isinstance(error, ParseError) and error.token_value is not None:
        return f"{str(error.token_value)!r} cannot stand at column {error.lex_position + 1}"
    return "it is not finished" if isinstance(error, ParseError) else _said(error)


def _said(error: Exception) -> str:
    """What is wrong, without the value: reasons are counted and shown, and values are customers'."""
    match error:
        case JMESPathTypeError():
            return f"{error.function_name}() takes {' or '.join(error.expected_types)}, and got {error.actual_type}"
        case JMESPathError():
            return " ".join(str(error).split())[:200]
        case _:
            return "the values do not go together"
