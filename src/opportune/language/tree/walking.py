"""Walking and rebuilding trees without knowing every kind of node."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta

from opportune.language.tree.expressions import Ago, EntryAt, EntryId, Expr, Literal, Metric, Since, Table, TriggerProperty
from opportune.language.tree.places import Places


def walk(expression: object) -> Iterator[Expr]:
    """The expression and every expression inside it, predicates of metrics and voids included, outermost first.

    Of a moment: every expression it holds.
    """
    waiting: list[object] = [expression]
    while waiting:
        node = waiting.pop()
        names = _names_of(node)
        if names is _TUPLE:
            waiting.extend(reversed(node))  # type: ignore[call-overload]  # a tuple, as `names` says
        elif names:
            if isinstance(node, Expr):
                yield node
            waiting.extend(getattr(node, name) for name in reversed(names) if name)


def walk_once(trees: Iterable[object]) -> Iterator[Expr]:
    """Every expression in trees; what stands in several places, and is one object there, once."""
    waiting: list[object] = list(trees)
    passed: set[int] = set()
    while waiting:
        node = waiting.pop()
        names = _names_of(node)
        if names is _TUPLE:
            waiting.extend(node)  # type: ignore[arg-type]  # a tuple, as `names` says
        elif names and id(node) not in passed:
            passed.add(id(node))
            if isinstance(node, Expr):
                yield node
            waiting.extend(getattr(node, name) for name in names if name)


def walk_back(trees: Iterable[object]) -> Iterator[tuple[Expr, timedelta]]:
    """Every expression in trees with how much earlier than they it is asked: the `ago`s around it added up.

    What stands in several places is told once, and again where it is asked earlier still: trees share what they refer to.
    """
    waiting: list[tuple[object, timedelta]] = [(tree, timedelta(0)) for tree in trees]
    known: dict[int, timedelta] = {}
    while waiting:
        node, back = waiting.pop()
        names = _names_of(node)
        if names is _TUPLE:
            waiting.extend((part, back) for part in node)  # type: ignore[attr-defined]  # a tuple, as `names` says
        elif names and not (id(node) in known and known[id(node)] >= back):
            known[id(node)] = back
            if isinstance(node, Expr):
                yield node, back
            inner = back + node.by if isinstance(node, Ago) else back
            waiting.extend((getattr(node, name), inner) for name in names if name)


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


def rebuilt(
    node: object, replaced: Callable[[object], object | None], places: Places | None = None, known: "dict[int, object] | None" = None
) -> object:
    """The same tree with what `replaced` gives in place of each node it does not give None for; it looks at outer nodes first.

    Untouched parts stay the very objects they were; what is made anew stands where the old stood. `known`: what became of the nodes
    of earlier calls, by their place in memory, for trees that share parts and live on meanwhile.
    """
    names = _names_of(node)
    if not names:
        return node
    if known is not None and id(node) in known:
        return known[id(node)]
    if names is _TUPLE:
        parts = tuple(rebuilt(part, replaced, places, known) for part in node)  # type: ignore[attr-defined]
        made: object = parts if any(new is not old for new, old in zip(parts, node, strict=True)) else node  # type: ignore[call-overload]
    else:
        made = _remade(node, names, replaced, places, known)
    if known is not None:
        known[id(node)] = made
    return made


_TUPLE = ("a tuple",)
_TREES: dict[type, tuple[str, ...]] = {}
"""Kind of node → the fields that may hold trees; none for what is no tree."""


def _names_of(node: object) -> tuple[str, ...]:
    names = _TREES.get(type(node))
    if names is None:
        names = _TREES[type(node)] = _fields_of(node)
    return names


def _fields_of(node: object) -> tuple[str, ...]:
    if isinstance(node, tuple):
        return _TUPLE
    if not is_dataclass(node) or isinstance(node, type):
        return ()
    return tuple(field.name for field in fields(node)) or ("",)


def _remade(
    node: object,
    names: tuple[str, ...],
    replaced: Callable[[object], object | None],
    places: Places | None,
    known: dict[int, object] | None,
) -> object:
    found = replaced(node)
    if found is None:
        changed = {}
        for name in () if isinstance(node, Literal | Table) else names:
            value = getattr(node, name, None)
            new = rebuilt(value, replaced, places, known)
            if new is not value:
                changed[name] = new
        if not changed:
            return node
        found = replace(node, **changed)  # type: ignore[type-var]  # a dataclass, as `names` says
    if places is not None:
        places.copy(node, found)
    return found
