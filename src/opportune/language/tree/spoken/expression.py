"""An expression that Python's operators build on: `count("Order Completed", within="90d") >= 3`."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.expressions import (
    Arithmetic,
    Choice,
    Compare,
    Comparison,
    Expr,
    Known,
    Literal,
    Lower,
    Member,
    Negative,
    Not,
    Operator,
    TextMatch,
    TextTest,
)
from opportune.language.tree.print import text_of

Constant = None | bool | int | float | str | timedelta | datetime


class Spoken:
    """A tree under construction. `&`, `|` and `~` stand for `and`, `or` and `not`, which Python does not let anyone redefine."""

    __slots__ = ("tree",)

    def __init__(self, tree: Expr) -> None:
        self.tree = tree

    def __repr__(self) -> str:
        return text_of(self.tree)

    def __bool__(self) -> bool:
        raise TypeError("an expression is neither true nor false before it is evaluated; join with & | ~, and put comparisons in brackets")

    __hash__ = None  # type: ignore[assignment]  # == builds a comparison, so nothing could be looked up by it

    def __eq__(self, other: "Spoken | Constant") -> "Spoken":  # type: ignore[override]
        return self._compared(Comparison.EQ, other)

    def __ne__(self, other: "Spoken | Constant") -> "Spoken":  # type: ignore[override]
        return self._compared(Comparison.NE, other)

    def __lt__(self, other: "Spoken | Constant") -> "Spoken":
        return self._compared(Comparison.LT, other)

    def __le__(self, other: "Spoken | Constant") -> "Spoken":
        return self._compared(Comparison.LE, other)

    def __gt__(self, other: "Spoken | Constant") -> "Spoken":
        return self._compared(Comparison.GT, other)

    def __ge__(self, other: "Spoken | Constant") -> "Spoken":
        return self._compared(Comparison.GE, other)

    def _compared(self, operator: Comparison, other: "Spoken | Constant") -> "Spoken":
        return Spoken(Compare(operator, self.tree, tree_of(other)))

    def __add__(self, other: "Spoken | Constant") -> "Spoken":
        return _computed(Operator.ADD, self, other)

    def __radd__(self, other: Constant) -> "Spoken":
        return _computed(Operator.ADD, other, self)

    def __sub__(self, other: "Spoken | Constant") -> "Spoken":
        return _computed(Operator.SUB, self, other)

    def __rsub__(self, other: Constant) -> "Spoken":
        return _computed(Operator.SUB, other, self)

    def __mul__(self, other: "Spoken | Constant") -> "Spoken":
        return _computed(Operator.MUL, self, other)

    def __rmul__(self, other: Constant) -> "Spoken":
        return _computed(Operator.MUL, other, self)

    def __truediv__(self, other: "Spoken | Constant") -> "Spoken":
        return _computed(Operator.DIV, self, other)

    def __rtruediv__(self, other: Constant) -> "Spoken":
        return _computed(Operator.DIV, other, self)

    def __pow__(self, other: "Spoken | Constant") -> "Spoken":
        return _computed(Operator.POW, self, other)

    def __rpow__(self, other: Constant) -> "Spoken":
        return _computed(Operator.POW, other, self)

    def __neg__(self) -> "Spoken":
        return Spoken(Negative(self.tree))

    def __and__(self, other: "Spoken | Constant") -> "Spoken":
        return Spoken(all_of((self.tree, tree_of(other))))

    def __rand__(self, other: Constant) -> "Spoken":
        return Spoken(all_of((tree_of(other), self.tree)))

    def __or__(self, other: "Spoken | Constant") -> "Spoken":
        return Spoken(any_of((self.tree, tree_of(other))))

    def __ror__(self, other: Constant) -> "Spoken":
        return Spoken(any_of((tree_of(other), self.tree)))

    def __invert__(self) -> "Spoken":
        return Spoken(Not(self.tree))

    def is_in(self, options: Iterable[bool | int | float | str]) -> "Spoken":
        """`x in [...]`."""
        return Spoken(Member(self.tree, tuple(Literal(option) for option in options)))

    def not_in(self, options: Iterable[bool | int | float | str]) -> "Spoken":
        """`x not in [...]`."""
        return Spoken(all_of((Known(self.tree), Not(self.is_in(options).tree))))

    def contains(self, pattern: "Spoken | str") -> "Spoken":
        """`x.contains("..")`."""
        return Spoken(TextMatch(TextTest.CONTAINS, self.tree, tree_of(pattern)))

    def startswith(self, pattern: "Spoken | str") -> "Spoken":
        """`x.startswith("..")`."""
        return Spoken(TextMatch(TextTest.STARTSWITH, self.tree, tree_of(pattern)))

    def matches(self, pattern: "Spoken | str") -> "Spoken":
        """`x.matches("glob*")`."""
        return Spoken(TextMatch(TextTest.MATCHES, self.tree, tree_of(pattern)))

    def lower(self) -> "Spoken":
        """`x.lower()`."""
        return Spoken(Lower(self.tree))

    def if_(self, condition: "Spoken | bool", otherwise: "Spoken | Constant") -> "Spoken":
        """`x if condition else otherwise`."""
        return Spoken(Choice(tree_of(condition), self.tree, tree_of(otherwise)))


def tree_of(said: "Spoken | Constant") -> Expr:
    """The tree of what was said; a constant stands for itself."""
    return said.tree if isinstance(said, Spoken) else Literal(said)


def _computed(operator: Operator, left: "Spoken | Constant", right: "Spoken | Constant") -> Spoken:
    return Spoken(Arithmetic(operator, tree_of(left), tree_of(right)))
