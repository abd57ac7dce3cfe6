"""Python syntax → expression trees. One `Translator` reads one text and collects what is wrong with it."""

import ast
import math
from datetime import timedelta

from opportune.language.tree import later
from opportune.language.tree.build import all_of, any_of
from opportune.language.tree.calls import ROOMS, called, property_named, reserved
from opportune.language.tree.expressions import (
    Arithmetic,
    Compare,
    Comparison,
    Consent,
    EntryId,
    Expr,
    Known,
    Literal,
    Member,
    Negative,
    Not,
    Operator,
    Property,
    Reference,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.names import Names
from opportune.language.tree.places import Places
from opportune.language.tree.syntax import line_of, too_deep
from opportune.language.vocabulary.durations import parse_duration
from opportune.language.vocabulary.events import PURPOSES
from opportune.language.vocabulary.problems import Place, Problem, did_you_mean

DEEPEST = 64
"""Levels of nesting in one expression."""
LARGEST_NUMBER = 10**15
BROKEN = Literal(None)
"""Stands in for a part that has a Problem; the tree is then not given out."""

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

    def not_yet(self, node: ast.AST, word: str) -> Expr:
        """Record that `word` is for a later version."""
        self.problems.append(later.not_yet(word, line_of(self.place, node)))
        return BROKEN

    def expression(self, node: ast.expr) -> Expr:
        """The tree of `node`, its place remembered."""
        if self._depth >= DEEPEST:
            if not any(problem.code == "E102" for problem in self.problems):
                self.problems.append(too_deep(line_of(self.place, node)))
            return BROKEN
        self._depth += 1
        try:
            tree = self._expression(node)
        finally:
            self._depth -= 1
        self.places.mark(tree, line_of(self.place, node))
        return tree

    def predicate(self, node: ast.expr) -> Expr:
        """The tree of a predicate: bare names in it are properties."""
        outside, self.in_predicate = self.in_predicate, True
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
            case ast.BinOp(op=ast.Pow()):
                return self.not_yet(node, "**")
            case ast.BinOp(op=operator, left=left, right=right) if type(operator) in _OPERATORS:
                return Arithmetic(_OPERATORS[type(operator)], self.expression(left), self.expression(right))
            case ast.Compare():
                return self._comparison(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return called(node, self)
            case ast.IfExp():
                return self.not_yet(node, "x if c else y")
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
            if any("\ud800" <= sign <= "\udfff" for sign in value):
                return self.refuse(node, "E101", "a quoted text holds a character that is no valid Unicode")
            return Literal(value)
        return self.refuse(node, "E101", f"{_described(node)} is not part of the language", "SEMANTICS section 3 lists what is.")

    def _name(self, node: ast.Name, name: str) -> Expr:
        if reserved(name):
            return self.not_yet(node, name)
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
        constants = [self.constant(option) for option in options]
        if any(constant is None or constant.value is None for constant in constants) and not self.problems:
            self.refuse(node, "E106", "`in` wants a list of constants", 'Write it as in ["a", "b"]; for null use known(x).')
        return tuple(constant for constant in constants if constant is not None)

    def constant(self, tree: Expr) -> Literal | None:
        """The constant a tree stands for, settings included; None when it is none."""
        match tree:
            case Literal():
                return tree
            case Reference(room="setting", name=name):
                return self.names.settings.get(name)
            case _:
                return None

    def duration(self, node: ast.expr, what: str) -> timedelta | None:
        """A duration written where a constant must be; a Problem when it is none."""
        value = self.expression(node)
        constant = self.constant(value)
        if constant is None:
            if isinstance(value, Reference):
                self.refuse(node, "E110", f"no setting is called '{value.name}'", did_you_mean(value.name, self.names.settings))
            elif value is not BROKEN:
                self.refuse(node, "E107", f"{what} wants a duration", 'Write one, such as "7d", or a setting.')
            return None
        if constant is BROKEN:
            return None
        if isinstance(constant.value, str):
            try:
                length = parse_duration(constant.value)
            except ValueError as error:
                self.refuse(node, "E107", str(error))
                return None
            if length <= timedelta(0):
                self.refuse(node, "E107", f"{what} must be longer than nothing")
                return None
            return length
        self.refuse(node, "E109", f"{what} wants a duration, and {constant.value} has no unit", 'Write "7d" for days, "2h" for hours.')
        return None

    def _attribute(self, node: ast.Attribute) -> Expr:
        name = node.attr
        match node.value:
            case ast.Attribute(value=ast.Name(id="score"), attr=score) if name == "coverage":
                return Reference("score", f"{score}.coverage")
            case ast.Attribute(value=ast.Name(id=room)) if room in later.ROOMS:
                return self.not_yet(node, room)
            case ast.Name(id="trait"):
                return Trait(name)
            case ast.Name(id="trigger"):
                return TriggerProperty(name)
            case ast.Name(id="consent"):
                if name in PURPOSES:
                    return Consent(name)
                remedy = did_you_mean(name, PURPOSES) or f"There are {', '.join(PURPOSES)}."
                return self.refuse(node, "E110", f"no purpose of consent is called '{name}'", remedy)
            case ast.Name(id="entry"):
                return self._entry(node, name)
            case ast.Name(id="metric" | "segment" | "score" | "setting" as room):
                return Reference(room, name)
            case ast.Name(id=room) if room in later.ROOMS:
                return self.not_yet(node, room)
            case ast.Name(id=room):
                remedy = did_you_mean(room, ROOMS) or f"There are {', '.join(ROOMS)}."
                return self.refuse(node, "E110", f"nothing can be read from '{room}'", remedy)
            case _:
                return self.refuse(node, "E101", f"`.{name}` cannot stand here", "Write trait.x, metric.x, segment.x and the like.")

    def _entry(self, node: ast.Attribute, name: str) -> Expr:
        match name:
            case "id":
                return EntryId()
            case "at":
                return self.not_yet(node, "entry.at")
            case _:
                return self.refuse(node, "E110", f"entry has no '{name}'", "Write entry.id.")

    def _subscript(self, node: ast.Subscript) -> Expr:
        match node:
            case ast.Subscript(value=ast.Name(id="trait"), slice=ast.Constant(value=str(name))) if property_named(name):
                return Trait(name)
            case ast.Subscript(value=ast.Name(id="trigger"), slice=ast.Constant(value=str(name))) if property_named(name):
                return TriggerProperty(name)
            case ast.Subscript(value=ast.Name(id="trait" | "trigger" as room)):
                return self.refuse(node, "E106", f"{room}[...] wants a name in quotes", f'Write {room}["any name"].')
            case ast.Subscript(value=ast.Name(id=room)):
                return self.not_yet(node, f"{room}[...]")
            case _:
                return self.refuse(node, "E101", "`[...]` cannot stand here")


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
