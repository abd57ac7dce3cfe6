"""Python syntax → expression trees. One `Translator` reads one text and collects what is wrong with it."""

import ast
import math
from collections.abc import Callable
from typing import TypeVar

from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.calls import called, reserved
from opportune.language.tree.constants import BROKEN, LARGEST_NUMBER, constant_of, is_text
from opportune.language.tree.expressions import (
    Arithmetic,
    At,
    Choice,
    Compare,
    Comparison,
    Expr,
    Known,
    Literal,
    Member,
    Negative,
    Not,
    Operator,
    Property,
)
from opportune.language.tree.names import Names
from opportune.language.tree.places import Places
from opportune.language.tree.rooms import attribute_of, subscript_of
from opportune.language.tree.syntax import line_of, too_deep
from opportune.language.vocabulary.problems import Place, Problem

T = TypeVar("T")
DEEPEST = 64
"""Levels of nesting in one expression."""

_COMPARISONS: dict[type[ast.cmpop], Comparison] = {
    ast.Eq: Comparison.EQ,
    ast.NotEq: Comparison.NE,
    ast.Lt: Comparison.LT,
    ast.LtE: Comparison.LE,
    ast.Gt: Comparison.GT,
    ast.GtE: Comparison.GE,
}
_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: Operator.ADD,
    ast.Sub: Operator.SUB,
    ast.Mult: Operator.MUL,
    ast.Div: Operator.DIV,
    ast.Pow: Operator.POW,
}


class Translator:
    """Turns the syntax of one text into a tree; `problems` grows, and the tree is worth something only while it is empty."""

    def __init__(self, place: Place, names: Names, places: Places, *, in_predicate: bool = False) -> None:
        self.place = place
        self.names = names
        self.places = places
        self.problems: list[Problem] = []
        self.in_predicate = in_predicate
        self._depth = 0

    def refuse(self, node: ast.AST, code: str, what: str, remedy: str = "") -> Expr:
        """Record a Problem at `node` and give a stand-in."""
        self.problems.append(Problem(code=code, place=line_of(self.place, node), what=what, remedy=remedy))
        return BROKEN

    def expression(self, node: ast.expr) -> Expr:
        """The tree of `node`, its place remembered."""
        broken: Expr = BROKEN
        tree = self.nested(node, lambda inner, translator: translator._expression(inner), broken)
        self.places.mark(tree, line_of(self.place, node))
        return tree

    def nested(self, node: ast.expr, read: "Callable[[ast.expr, Translator], T]", otherwise: T) -> T:
        """What `read` makes of a part one level deeper; `otherwise` with one Problem for all of it when that is too deep."""
        if self._depth >= DEEPEST:
            if not any(problem.code == "E102" for problem in self.problems):
                self.problems.append(too_deep(line_of(self.place, node)))
            return otherwise
        self._depth += 1
        try:
            return read(node, self)
        finally:
            self._depth -= 1

    def predicate(self, node: ast.expr) -> Expr:
        """The tree of a predicate: bare names in it are properties."""
        outside, self.in_predicate = self.in_predicate, True
        try:
            return self.expression(node)
        finally:
            self.in_predicate = outside

    def plainly(self, node: ast.expr) -> Expr:
        """The tree of what is asked at the pair, wherever it stands: no properties in it."""
        outside, self.in_predicate = self.in_predicate, False
        try:
            return self.expression(node)
        finally:
            self.in_predicate = outside

    def _expression(self, node: ast.expr) -> Expr:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.BoolOp(op=ast.And(), values=values):
                return all_of(self.expression(value) for value in values)
            case ast.BoolOp(values=values):
                return any_of(self.expression(value) for value in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.expression(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _negative(self.expression(operand))
            case ast.BinOp(op=operator, left=left, right=right) if type(operator) in _OPERATORS:
                return Arithmetic(_OPERATORS[type(operator)], self.expression(left), self.expression(right))
            case ast.Compare():
                return self._comparison(node)
            case ast.Attribute():
                return attribute_of(node, self)
            case ast.Subscript():
                return subscript_of(node, self)
            case ast.Call():
                return called(node, self)
            case ast.IfExp(test=condition, body=then, orelse=otherwise):
                return Choice(self.expression(condition), self.expression(then), self.expression(otherwise))
            case _:
                return self.refuse(node, "E101", f"{_described(node)} is not part of the language", "SEMANTICS section 3 lists what is.")

    def _constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if isinstance(value, bool) or value is None:
            return Literal(value)
        if isinstance(value, int | float):
            if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
                return self.refuse(node, "E102", "a number is too large", f"The largest is {LARGEST_NUMBER:,}.")
            return Literal(value)
        if isinstance(value, str):
            if not is_text(value):
                return self.refuse(node, "E101", "a quoted text holds a character that is no valid Unicode")
            return Literal(value)
        return self.refuse(node, "E101", f"{_described(node)} is not part of the language", "SEMANTICS section 3 lists what is.")

    def _name(self, node: ast.Name, name: str) -> Expr:
        if reserved(name):
            return At()
        if self.in_predicate:
            return Property(name)
        if name in self.names.events:
            return self.refuse(node, "E105", f"`{name}` is an event, not a value", f"Write did({name}) or count({name}).")
        remedy = "Properties of an event are read inside a selector's predicate; other values as trait.x, metric.x, setting.x."
        return self.refuse(node, "E105", f"nothing is called `{name}` here", remedy)

    def _comparison(self, node: ast.Compare) -> Expr:
        links: list[Expr] = []
        left = self.expression(node.left)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                member = Member(left, self._options(right))
                self.places.mark(member, line_of(self.place, node))
                links.extend([member] if isinstance(operator, ast.In) else [Known(left), Not(member)])
                if len(node.ops) > 1:
                    return self.refuse(node, "E101", "`in` cannot be chained with another comparison", "Join them with `and`.")
            elif type(operator) in _COMPARISONS:
                after = self.expression(right)
                links.append(Compare(_COMPARISONS[type(operator)], left, after))
                left = after
            else:
                return self.refuse(node, "E101", "`is` is not part of the language", "Write ==, or known(x).")
            self.places.mark(links[-1], line_of(self.place, right))
        return all_of(links)

    def _options(self, node: ast.expr) -> tuple[Literal, ...]:
        if not isinstance(node, ast.List | ast.Tuple) or not node.elts:
            self.refuse(node, "E106", "`in` wants a list of constants", 'Write it as in ["a", "b"].')
            return ()
        options = [self.expression(element) for element in node.elts]
        constants = [constant_of(option, self.names) for option in options]
        if any(constant is None or constant.value is None for constant in constants) and not self.problems:
            self.refuse(node, "E106", "`in` wants a list of constants", 'Write it as in ["a", "b"]; for null use known(x).')
        return tuple(constant for constant in constants if constant is not None)


def _negative(part: Expr) -> Expr:
    match part:
        case Literal(value=int() | float() as number) if not isinstance(number, bool):
            return Literal(-number)
        case _:
            return Negative(part)


def _described(node: ast.expr) -> str:
    names: dict[type[ast.expr], str] = {
        ast.List: "a list here",
        ast.Tuple: "a comma here",
        ast.Dict: "a map",
        ast.Set: "a set",
        ast.Lambda: "lambda",
        ast.JoinedStr: "an f-string",
        ast.NamedExpr: "`:=`",
        ast.Starred: "`*`",
        ast.Await: "await",
        ast.Yield: "yield",
        ast.Constant: "this constant",
        ast.UnaryOp: "this sign",
        ast.BinOp: "this operator",
    }
    return names.get(type(node), "this")
