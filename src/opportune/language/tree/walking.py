"""Walking expression trees without knowing every kind of node."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from opportune.language.tree.expressions import Expr


def walk(expression: Expr) -> Iterator[Expr]:
    """The expression and every expression inside it, predicates of metrics included, outermost first."""
    waiting: list[object] = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(reversed(node))
        elif is_dataclass(node) and not isinstance(node, type):
            if isinstance(node, Expr):
                yield node
            waiting.extend(getattr(node, field.name) for field in reversed(fields(node)))
