"""Values worked out once: what several definitions say of each other becomes columns, layer upon layer, instead of being written out anew.

A score that five segments ask, and that asks each of its parts three times, would otherwise grow with every level of reference.

Reads   a step with a column for every leaf of the expressions
Gives   that step, or one more for each level of reference, and the terms of the expressions over its columns
Cost    one projection a level; the whole starter pack is 0.24 MB of SQL, and was 1.6 MB without it
Held to tests/compiler/test_sharing.py and meaning, by tests/meaning/test_compiled_values.py
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from opportune.language.compiler.leaves import Leaf, parts_of
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Source, Steps, Term
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Expr
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind

SMALLEST = 4
"""Nodes: what is smaller is written as shortly as the name of a column."""
TABLE = "v"
"""What the relation is called that the terms read."""


def worked_out(steps: Steps, known: str, named: Mapping[str, Expr], scalars: Scalars) -> tuple[str, dict[str, Term]]:
    """The step to read as `TABLE`, with the columns of `known` too, and the terms of `named` over it."""
    parts = _Parts()
    for expr in named.values():
        parts.take(expr)
    layers, names = parts.layers()
    told = {node: names[kind] for node, kind in parts.kinds.items() if kind in names}
    step = known
    for number, layer in enumerate(layers):
        written = {name: scalars.reading(told).written(part) for name, part in layer.items()}
        step = steps.add(f"{known}_worked_{number}", sql.query(written, Source(step, TABLE), whole=[TABLE]))
    return step, {name: scalars.reading(told).term(expr) for name, expr in named.items()}


@dataclass(slots=True)
class _Parts:
    """The parts of some expressions, each once however often and in however many copies it stands in them; inner ones first."""

    kinds: dict[int, int] = field(default_factory=dict)
    """Identity of a node → its number; equal nodes have one number."""
    nodes: list[Expr] = field(default_factory=list)
    """By number."""
    below: list[tuple[tuple[int, int], ...]] = field(default_factory=list)
    """By number: those it is written with, and how often each."""
    roots: list[int] = field(default_factory=list)
    _numbers: dict[object, int] = field(default_factory=dict)

    def take(self, root: Expr) -> None:
        """Take up an expression that is to be told."""
        self.roots.append(self._number(root))

    def _number(self, node: Expr) -> int:
        if id(node) not in self.kinds:
            below = tuple((self._number(part), often) for part, often in _written_with(node))
            key = (type(node), repr(node) if not below else (_own(node), tuple(number for number, _ in below)))
            if key not in self._numbers:
                self._numbers[key] = len(self.nodes)
                self.nodes.append(node)
                self.below.append(below)
            self.kinds[id(node)] = self._numbers[key]
        return self.kinds[id(node)]

    def layers(self) -> tuple[list[dict[str, Expr]], dict[int, str]]:
        """Column → part, those first that need no other; and number → column."""
        shared = self._shared()
        names = {number: f"worked_{place}" for place, number in enumerate(shared)}
        depths: list[int] = []
        for number, below in enumerate(self.below):
            depths.append(max((depths[part] for part, _ in below), default=0) + (number in names))
        layers: list[dict[str, Expr]] = [{} for _ in range(max((depths[number] for number in shared), default=0))]
        for number in shared:
            layers[depths[number] - 1][names[number]] = self.nodes[number]
        return layers, names

    def _shared(self) -> list[int]:
        """Those worth a column: written twice or more, were it not for the columns of those around them."""
        sizes: list[int] = []
        for below in self.below:
            sizes.append(1 + sum(sizes[part] * often for part, often in below))
        often = [0] * len(self.nodes)
        for root in self.roots:
            often[root] += 1
        shared: list[int] = []
        for number in reversed(range(len(self.nodes))):
            is_shared = often[number] > 1 and _may_be_shared(self.nodes[number], sizes[number])
            if is_shared:
                shared.append(number)
            for part, times in self.below[number]:
                often[part] += times if is_shared else times * often[number]
        return shared[::-1]


def _written_with(node: Expr) -> Iterator[tuple[Expr, int]]:
    """The parts of a node that its term holds, and how often."""
    if isinstance(node, Leaf):
        return
    for part in parts_of(node):
        is_repeated = isinstance(node, tree.Score | tree.Coverage) or (isinstance(node, tree.Clamp) and part is node.part)
        yield part, 3 if is_repeated else 1


def _own(node: Expr) -> str:
    """What tells a node from others of its kind with the same parts."""
    match node:
        case tree.Compare(operator=operator) | tree.Arithmetic(operator=operator):
            return str(operator)
        case tree.Extremum(extreme=extreme):
            return str(extreme)
        case tree.TextMatch(test=test):
            return str(test)
        case tree.Member() | tree.Calendar() | tree.Score() | tree.Coverage():
            return repr(node)
        case _:
            return ""


def _may_be_shared(node: Expr, size: int) -> bool:
    match node:
        case tree.Metric(function=function):
            return function in (Aggregate.AVG, Aggregate.GAP)
        case tree.Trait() | tree.Consent():
            return True
        case tree.Labelled() | tree.Literal():
            return False
        case _:
            return size >= SMALLEST and kind_of(node) is not Kind.NULL
