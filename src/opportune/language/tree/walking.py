"""Walking and rebuilding trees without knowing every kind of node."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace

from opportune.language.tree.expressions import EntryAt, EntryId, Expr, Literal, Metric, Since, Table, TriggerProperty
from opportune.language.tree.places import Places


def walk(expression: object) -> Iterator[Expr]:
    """The expression and every expression inside it, predicates of metrics and voids included, outermost first.

    Of a moment: every expression it holds.
    """
    waiting: list[object] = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(reversed(node))
        elif is_dataclass(node) and not isinstance(node, type):
            if isinstance(node, Expr):
                yield node
            waiting.extend(getattr(node, field.name) for field in reversed(fields(node)))


def parts_of(node: object) -> Iterator[object]:
    """The trees directly inside a node; enumerations, kinds and constants are none."""
    if isinstance(node, tuple):
        yield from node
    elif is_dataclass(node) and not isinstance(node, Literal | Table):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, tuple) or is_dataclass(value):
                yield value


def journey_words_in(node: object) -> Iterator[tuple[object, str]]:
    """Every part of a tree that has a meaning in journeys (or derived events) only, and its word."""
    match node:
        case TriggerProperty(name=name):
            yield node, f"trigger.{name}"
        case EntryId():
            yield node, "entry.id"
        case EntryAt():
            yield node, "entry.at"
        case Metric(since=Since() as since):
            yield node, f"since={since.value}"
    for part in parts_of(node):
        yield from journey_words_in(part)


def rebuilt(node: object, replaced: Callable[[object], object | None], places: Places | None = None) -> object:
    """The same tree with what `replaced` gives in place of each node it does not give None for; it looks at outer nodes first.

    Untouched parts stay the very objects they were; what is made anew stands where the old stood.
    """
    if isinstance(node, tuple):
        parts = tuple(rebuilt(part, replaced, places) for part in node)
        return parts if any(new is not old for new, old in zip(parts, node, strict=True)) else node
    if not is_dataclass(node) or isinstance(node, type):
        return node
    found = replaced(node)
    if found is None:
        changed = {}
        for field in () if isinstance(node, Literal | Table) else fields(node):
            value = getattr(node, field.name)
            if isinstance(value, tuple) or is_dataclass(value):
                new = rebuilt(value, replaced, places)
                if new is not value:
                    changed[field.name] = new
        if not changed:
            return node
        found = replace(node, **changed)
    if places is not None:
        places.copy(node, found)
    return found
