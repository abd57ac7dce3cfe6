"""Inlining what definitions say of each other: `metric.x`, `segment.x`, `score.x.coverage`, `ladder.x.tone`, `setting.x` and so on.

A reference is replaced by the tree it names, so that change points are those of the whole. Loops are found before, by `ordered`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

from opportune.language.tree.expressions import Coverage, Expr, Literal, Reference, Score
from opportune.language.tree.moments import Moment
from opportune.language.tree.places import Places
from opportune.language.tree.predictions import TREES as PREDICTIONS
from opportune.language.tree.walking import journey_words_in, parts_of, rebuilt

__all__ = [
    "DEEPEST",
    "LARGEST",
    "inlined",
    "inlined_moment",
    "journey_words_in",
    "key_of",
    "measured",
    "ordered",
    "references_in",
    "with_settings",
]

T = TypeVar("T")
LARGEST = 100_000
"""Nodes of a definition with everything inlined."""
DEEPEST = 150
"""Levels of a definition with everything inlined."""


def references_in(node: object) -> Iterator[Reference]:
    """Every reference in a tree, in the order written."""
    if isinstance(node, Reference):
        yield node
    else:
        for part in parts_of(node):
            yield from references_in(part)


def key_of(reference: Reference) -> str:
    """`room.name` of the definition a reference needs; a coverage needs its score."""
    return f"{reference.room}.{reference.name.removesuffix('.coverage') if reference.room == 'score' else reference.name}"


def with_settings(tree: T, constants: Mapping[str, Literal], places: Places) -> T:
    """The tree or moment with the settings it names as constants; unknown ones stay references."""

    def constant(node: object) -> object | None:
        known = constants.get(node.name) if isinstance(node, Reference) and node.room == "setting" else None
        return Literal(known.value) if known is not None else None

    return cast(T, rebuilt(tree, constant, places))


def inlined(tree: Expr, definitions: Mapping[str, Expr]) -> Expr:
    """The tree with every reference replaced; `definitions` holds `room.name` → resolved tree. Raises KeyError for an unknown one."""
    return cast(Expr, rebuilt(tree, _named(definitions)))


def inlined_moment(moment: Moment, definitions: Mapping[str, Expr]) -> Moment:
    """The moment with every reference in it replaced, in predicates, conditions, values and times alike."""
    return cast(Moment, rebuilt(moment, _named(definitions)))


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
    parts = [measured(part, known) for part in parts_of(node)]
    return 1 + sum(size for size, _ in parts), 1 + max((depth for _, depth in parts), default=0)


def _turned(loop: tuple[str, ...]) -> tuple[str, ...]:
    """A loop written from its first name, so that one loop has one form."""
    first = loop.index(min(loop))
    return loop[first:] + loop[:first]


def _named(definitions: Mapping[str, Expr]) -> Callable[[object], object | None]:
    def found(node: object) -> object | None:
        if not isinstance(node, Reference):
            return None
        key = key_of(node)
        tree = definitions[key] if key in definitions or node.room != "prediction" else PREDICTIONS[key]
        if node.room == "score" and node.name.endswith(".coverage") and isinstance(tree, Score):
            return Coverage(tree)
        return tree

    return found
