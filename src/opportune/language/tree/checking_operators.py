"""Checking what joins values: comparisons, arithmetic, and choices among values of one kind."""

from dataclasses import replace
from typing import TYPE_CHECKING

from opportune.language.tree.expressions import (
    Arithmetic,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Comparison,
    Expr,
    Extremum,
    Literal,
    Member,
    Negative,
    Operator,
    Reference,
)
from opportune.language.tree.inference import ARTICLES, COUNTABLE, literal_kind, operand_kinds, result_kind
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.durations import is_duration
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Severity

if TYPE_CHECKING:
    from opportune.language.tree.checker import Checker

ORDERED = (Comparison.LT, Comparison.LE, Comparison.GT, Comparison.GE)
_WRITTEN = (Kind.DURATION, Kind.TIME)
"""Kinds that a text writes where they are wanted."""
Alternatives = Coalesce | Choice | Clamp | Extremum


def compare(expr: Compare, checker: "Checker") -> Expr:
    """A comparison whose sides are of one kind."""
    left, right = checker.alone(expr.left), checker.alone(expr.right)
    wanted_left = _partner(expr.left, left, expr.right, right, expr.operator)
    wanted_right = _partner(expr.right, right, expr.left, left, expr.operator)
    before = len(checker.problems)
    left_tree, left_kind = checker.check(expr.left, wanted_left)
    right_tree, right_kind = checker.check(expr.right, wanted_right)
    if not checker.has_errors(before):
        _comparable(expr, left_kind, right_kind, checker)
    return Compare(expr.operator, left_tree, right_tree)


def _partner(own: Expr, kind: Kind | None, other: Expr, other_kind: Kind | None, operator: Comparison) -> Kind | None:
    """The kind one side of a comparison should have, given the other."""
    if kind is None:
        is_duration_text = isinstance(other, Literal) and isinstance(other.value, str) and is_duration(other.value)
        return Kind.DURATION if is_duration_text and operator in ORDERED else other_kind
    if other_kind in _WRITTEN and (kind is Kind.TEXT or (isinstance(own, Literal) and kind is Kind.NUMBER)):
        return other_kind if _is_constant(own) else kind
    if isinstance(own, Literal) and other_kind is None and kind is Kind.TEXT and operator in ORDERED and is_duration(str(own.value)):
        return Kind.DURATION
    return kind


def _is_constant(expr: Expr) -> bool:
    """Whether a value can only be one of some constants written out."""
    match expr:
        case Literal():
            return True
        case Choice(then=then, otherwise=otherwise):
            return _is_constant(then) and _is_constant(otherwise)
        case Coalesce(parts=parts) | Extremum(parts=parts):
            return all(_is_constant(part) for part in parts)
        case _:
            return False


def _comparable(expr: Compare, left: Kind, right: Kind, checker: "Checker") -> None:
    if Kind.NULL in (left, right):
        if not any(isinstance(side, Reference) for side in (expr.left, expr.right)):
            remedy = "Write known(x), or not known(x)."
            checker.report(expr, "E144", "a comparison with None is always false", remedy, Severity.WARNING)
        return
    if left is not right and {left, right} != {Kind.MONEY, Kind.NUMBER}:
        remedy = _quoting_remedy(expr, left, right)
        checker.report(expr, "E108", f"{ARTICLES[left]} cannot be compared with {ARTICLES[right]}", remedy)
    elif left is Kind.BOOLEAN and expr.operator in ORDERED:
        checker.report(expr, "E108", f"conditions have no order, so {expr.operator.value} cannot stand here", "Write == or !=.")


def _quoting_remedy(expr: Compare, left: Kind, right: Kind) -> str:
    for side, other in ((expr.left, right), (expr.right, left)):
        match side:
            case Literal(value=str(text)) if other in (Kind.NUMBER, Kind.MONEY):
                return f"Write {text} without quotes." if text.replace(".", "", 1).isdigit() else ""
            case Literal(value=int() | float() as number) if other is Kind.TEXT:
                return f'Write "{number}" in quotes.'
            case _:
                continue
    return ""


def member(expr: Member, checker: "Checker") -> Expr:
    """`in`, all options of the kind of what is looked for."""
    kinds = {literal_kind(option.value) for option in expr.options}
    own = checker.alone(expr.item)
    part, kind = checker.check(expr.item, next(iter(kinds)) if own is None and len(kinds) == 1 else own)
    options: list[Literal] = []
    for option in expr.options:
        tree, found = checker.check(option, kind)
        if found is not kind and {found, kind} != {Kind.MONEY, Kind.NUMBER}:
            checker.report(expr, "E108", f"{ARTICLES[kind]} cannot be compared with {ARTICLES[found]}")
        assert isinstance(tree, Literal)
        options.append(tree)
    return Member(part, tuple(options))


def arithmetic(expr: Arithmetic, hint: Kind | None, checker: "Checker") -> tuple[Expr, Kind]:
    """Two values that can be computed with each other."""
    left_kind, right_kind = operand_kinds(expr, checker.alone(expr.left), checker.alone(expr.right), hint)
    before = len(checker.problems)
    left_tree, left = checker.check(expr.left, _unit(expr.left, left_kind, right_kind, expr.operator))
    right_tree, right = checker.check(expr.right, _unit(expr.right, right_kind, left_kind, expr.operator))
    result = result_kind(expr.operator, left, right)
    is_sum = expr.operator in (Operator.ADD, Operator.SUB)
    if is_sum and {left, right} == {Kind.MONEY, Kind.NUMBER} and not any(isinstance(side, Literal) for side in (expr.left, expr.right)):
        result = None
    if result is None and len(checker.problems) == before:
        what = f"{ARTICLES[left]} {expr.operator.value} {ARTICLES[right]} makes no sense"
        checker.report(expr, "E108", what, f"It is written here: {_short(expr)}")
    return Arithmetic(expr.operator, left_tree, right_tree), result or Kind.NUMBER


def _unit(side: Expr, kind: Kind, other: Kind, operator: Operator) -> Kind:
    """The kind to ask of one side: beside a duration or time in a sum a constant without unit lacks one."""
    is_sum = operator in (Operator.ADD, Operator.SUB)
    lacks_unit = isinstance(side, Literal) and kind in (Kind.NUMBER, Kind.TEXT) and other in _WRITTEN
    return Kind.DURATION if lacks_unit and (is_sum or (operator is Operator.DIV and kind is Kind.TEXT)) else kind


def negative(expr: Negative, hint: Kind | None, checker: "Checker") -> tuple[Expr, Kind]:
    """Unary minus of what can be computed with."""
    tree, kind = checker.check(expr.part, hint if hint in COUNTABLE else Kind.NUMBER)
    if kind not in (*COUNTABLE, Kind.NULL):
        checker.report(expr, "E108", f"- wants a number, and this is {ARTICLES[kind]}")
    return Negative(tree), kind


def alternatives(expr: Alternatives, hint: Kind | None, checker: "Checker") -> tuple[Expr, Kind]:
    """`coalesce`, `if`, `clamp`, `least`, `greatest`: values of one kind, money also with numbers written out."""
    kind = checker.alone(expr)
    wanted = hint if kind in (None, Kind.NULL) or (kind is Kind.TEXT and hint in _WRITTEN) else kind
    match expr:
        case Coalesce(parts=parts):
            trees, found = _alike("coalesce()", parts, wanted, checker)
            return Coalesce(trees), found
        case Extremum(extreme=extreme, parts=parts):
            trees, found = _alike(f"{extreme.value}()", parts, wanted, checker)
            _ordered(expr, f"{extreme.value}()", found, checker)
            return replace(expr, parts=trees), found
        case Clamp(part=part, low=low, high=high):
            trees, found = _alike("clamp()", (part, low, high), wanted, checker)
            _ordered(expr, "clamp()", found, checker)
            return Clamp(*trees), found
        case Choice(condition=condition, then=then, otherwise=otherwise):
            asked = checker.condition(condition)
            trees, found = _alike("`x if c else y`", (then, otherwise), wanted, checker)
            return Choice(asked, *trees), found


def _alike(word: str, parts: tuple[Expr, ...], wanted: Kind | None, checker: "Checker") -> tuple[tuple[Expr, ...], Kind]:
    trees: list[Expr] = []
    kind = wanted if wanted is not Kind.NULL else None
    for part in parts:
        before = len(checker.problems)
        tree, found = checker.check(part, kind)
        kind = kind or (found if found is not Kind.NULL else None)
        is_amount = kind is Kind.MONEY and found is Kind.NUMBER and isinstance(part, Literal)
        if found not in (kind, Kind.NULL) and not is_amount and not checker.has_errors(before) and kind is not None:
            checker.report(part, "E108", f"{word} wants values of one kind, and these are {ARTICLES[kind]} and {ARTICLES[found]}")
        trees.append(tree)
    return tuple(trees), kind or Kind.NULL


def _ordered(expr: Expr, word: str, kind: Kind, checker: "Checker") -> None:
    if kind not in (*COUNTABLE, Kind.TIME, Kind.NULL):
        checker.report(expr, "E108", f"{word} wants numbers, money, durations or times, and this is {ARTICLES[kind]}")


def _short(expr: Expr) -> str:
    text = text_of(expr)
    return text if len(text) <= 80 else f"{text[:77]}..."
