"""Inlining what definitions say of each other: `metric.x`, `segment.x`, `score.x`, `score.x.coverage` and `setting.x`.

A reference is replaced by the tree it names, so that change points are those of the whole. Loops are found before, by `ordered`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import cast

from opportune.language.tree.expressions import Coverage, EntryId, Expr, Literal, Metric, Reference, Score, Since, TriggerProperty
from opportune.language.tree.moments import Moment
from opportune.language.tree.places import Places

LARGEST = 100_000
"""Nodes of a definition with everything inlined."""
DEEPEST = 150
"""Levels of a definition with everything inlined."""


def references_in(node: object) -> Iterator[Reference]:
    """Every reference in a tree, in the order written."""
    if isinstance(node, Reference):
        yield node
    else:
        for part in _parts(node):
            yield from references_in(part)


def journey_words_in(node: object) -> Iterator[tuple[object, str]]:
    """Every part of a tree that has a meaning in journeys only, and its word."""
    match node:
        case TriggerProperty(name=name):
            yield node, f"trigger.{name}"
        case EntryId():
            yield node, "entry.id"
        case Metric(since=Since.ENTRY):
            yield node, "since=entry"
    for part in _parts(node):
        yield from journey_words_in(part)


def key_of(reference: Reference) -> str:
    """`room.name` of the definition a reference needs; a coverage needs its score."""
    return f"{reference.room}.{reference.name.removesuffix('.coverage') if reference.room == 'score' else reference.name}"


def with_settings(tree: Expr, constants: Mapping[str, Literal], places: Places) -> Expr:
    """The tree with the settings it names as constants; unknown ones stay references."""

    def constant(reference: Reference) -> Expr:
        known = constants.get(reference.name) if reference.room == "setting" else None
        return Literal(known.value) if known is not None else reference

    return cast(Expr, _rebuilt(tree, constant, places))


def inlined(tree: Expr, definitions: Mapping[str, Expr]) -> Expr:
    """The tree with every reference replaced; `definitions` holds `room.name` → resolved tree. Raises KeyError for an unknown one."""
    return cast(Expr, _rebuilt(tree, _lookup(definitions), Places()))


def inlined_moment(moment: Moment, definitions: Mapping[str, Expr]) -> Moment:
    """The moment with every reference in its predicate replaced."""
    return replace(moment, where=inlined(moment.where, definitions)) if moment.where is not None else moment


def ordered(needs: Mapping[str, frozenset[str]]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The names with each after those it needs, and the loops found; names on a loop come in some order too."""
    done: dict[str, None] = {}
    loops: list[tuple[str, ...]] = []
    for start in needs:
        path: dict[str, Iterator[str]] = {}
        waiting = [start]
        while waiting:
            name = waiting[-1]
            if name not in path and name not in done:
                path[name] = iter(sorted(needs[name] & needs.keys()))
            following = next(path[name], None) if name in path else None
            if following is None:
                path.pop(name, None)
                done.setdefault(name)
                waiting.pop()
            elif following in path:
                loops.append(_turned((*path,)[list(path).index(following) :]))
            elif following not in done:
                waiting.append(following)
    return list(done), list(dict.fromkeys(loops))


def measured(node: object, known: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Nodes and levels a tree would have with everything inlined; `known` gives those of the definitions it names."""
    if isinstance(node, Reference):
        return known.get(key_of(node), (1, 1))
    parts = [measured(part, known) for part in _parts(node)]
    return 1 + sum(size for size, _ in parts), 1 + max((depth for _, depth in parts), default=0)


def _turned(loop: tuple[str, ...]) -> tuple[str, ...]:
    """A loop written from its first name, so that one loop has one form."""
    first = loop.index(min(loop))
    return loop[first:] + loop[:first]


def _lookup(definitions: Mapping[str, Expr]) -> Callable[[Reference], Expr]:
    def found(reference: Reference) -> Expr:
        tree = definitions[key_of(reference)]
        if reference.room == "score" and reference.name.endswith(".coverage") and isinstance(tree, Score):
            return Coverage(tree)
        return tree

    return found


def _parts(node: object) -> Iterator[object]:
    """The trees directly inside a node; enumerations, kinds and constants are none."""
    if isinstance(node, tuple):
        yield from node
    elif is_dataclass(node) and not isinstance(node, Literal):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, tuple) or is_dataclass(value):
                yield value


def _rebuilt(node: object, replaced: Callable[[Reference], Expr], places: Places) -> object:
    """The same tree with references replaced; untouched parts stay the very objects they were."""
    if isinstance(node, Reference):
        return replaced(node)
    if isinstance(node, tuple):
        parts = tuple(_rebuilt(part, replaced, places) for part in node)
        return parts if any(new is not old for new, old in zip(parts, node, strict=True)) else node
    if not is_dataclass(node) or isinstance(node, type | Literal):
        return node
    changed = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple) or is_dataclass(value):
            rebuilt = _rebuilt(value, replaced, places)
            if rebuilt is not value:
                changed[field.name] = rebuilt
    if not changed:
        return node
    tree = replace(node, **changed)
    places.copy(node, tree)
    return tree
