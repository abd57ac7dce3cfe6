"""Expressions as SQL over columns that hold their leaves.

Gives   for BOOLEAN nodes of the language two-valued terms (a comparison with null is FALSE); leaves may be null
Held to meaning.value, by tests/meaning/test_compiled_equals_naive.py
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf
from typing import assert_never

from opportune.language.compiler import scores, texts, wall_clocks
from opportune.language.compiler.leaves import PROFILING, TIMEZONE, Leaf
from opportune.language.compiler.properties import property_term, selected
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Comparison, Expr, Operator
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.instants import instant_of, span_of
from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind

_COMPARED: Mapping[Comparison, Callable[[Term, Term], Term]] = {
    Comparison.EQ: sql.equal,
    Comparison.NE: sql.unequal,
    Comparison.LT: sql.less,
    Comparison.LE: sql.at_most,
    Comparison.GT: lambda left, right: sql.less(right, left),
    Comparison.GE: lambda left, right: sql.at_most(right, left),
}
_EXACT_LIMIT = 2**62
SCALED = (Kind.MONEY, Kind.DURATION, Kind.TIME)
"""Kinds that are whole numbers of a small unit."""


@dataclass(frozen=True, slots=True)
class Scalars:
    """Where the leaves are: `leaf` gives a fresh term for each; `event` is the alias whose properties a predicate reads."""

    leaf: Callable[[Leaf], Term]
    event: str | None = None
    told: Mapping[int, str] = field(default_factory=dict)
    """Identity of an expression → the column of `v` that tells its value already, see `sharing`."""

    def reading(self, told: Mapping[int, str]) -> "Scalars":
        """The same where some values stand in columns."""
        return replace(self, told=told)

    def term(self, expr: Expr) -> Term:
        """The value of `expr`."""
        return sql.column(self.told[id(expr)], "v") if id(expr) in self.told else self.written(expr)

    def written(self, expr: Expr) -> Term:
        """The value of `expr` from those of its parts."""
        match expr:
            case tree.Literal(value=value):
                return constant(value)
            case tree.Property(name=name, kind=kind, declared=declared):
                return property_term(name, kind, declared=declared, table=self._event())
            case tree.IsNamed(names=names):
                return selected(names, self._event())
            case tree.Metric() | tree.Trait() | tree.Consent() | tree.Ago() | tree.Population() | tree.Lookup() | tree.Distance():
                return self.leaf(expr)
            case tree.TriggerProperty() | tree.EntryId() | tree.EntryAt() | tree.At():
                return self.leaf(expr)
            case tree.Compare():
                return sql.coalesce(self._compared(expr), sql.truth(False))
            case tree.Member():
                return sql.coalesce(self._member(expr), sql.truth(False))
            case tree.Not(part=part):
                return sql.negated(self.truth(part))
            case tree.All(parts=parts):
                return sql.both(*map(self.truth, parts))
            case tree.Any(parts=parts):
                return sql.either(*map(self.truth, parts))
            case tree.Known(part=part):
                return sql.is_known(self.term(part))
            case tree.Arithmetic():
                return self._arithmetic(expr)
            case tree.Negative(part=part):
                return sql.minus(sql.number(0), self._widened(part, kind_of(part)))
            case tree.Coalesce(parts=parts):
                return sql.coalesce(*(self._widened(part, kind_of(expr)) for part in parts))
            case tree.Choice(condition=condition, then=then, otherwise=otherwise):
                kind = kind_of(expr)
                return sql.choose(self.truth(condition), self._widened(then, kind), self._widened(otherwise, kind))
            case tree.Clamp():
                return self._clamped(expr)
            case tree.Extremum(extreme=extreme, parts=parts):
                pick = sql.smaller if extreme is tree.Extreme.LEAST else sql.larger
                return pick(*(self._widened(part, kind_of(expr)) for part in parts))
            case tree.TextMatch(test=test, text=text, pattern=pattern):
                return sql.coalesce(texts.matched(test, self.term(text), self.term(pattern)), sql.truth(False))
            case tree.Lower(text=text):
                return texts.lowered(self.term(text))
            case tree.Calendar():
                return self._calendar(expr)
            case tree.Labelled(part=part):
                return self.term(part)
            case tree.Score(parts=scored):
                return sql.choose(self.leaf(PROFILING), sql.times(sql.real(10), scores.mean(scored, self._as_score)))
            case tree.Coverage(score=score):
                return scores.coverage(score.parts, self._as_score)
            case tree.Reference(room=room, name=name):
                raise ValueError(f"{room}.{name} was not resolved before it was compiled")
            case _:
                assert_never(expr)

    def truth(self, expr: Expr) -> Term:
        """`expr` as a condition, never null."""
        term = self.term(expr)
        return sql.coalesce(term, sql.truth(False)) if may_be_null(expr) else term

    def chosen(self, expr: Expr) -> Term:
        """`expr` as a filter, where null already counts as false: plain comparisons, which engines can push into scans."""
        match expr:
            case tree.All(parts=parts):
                return sql.both(*map(self.chosen, parts))
            case tree.Any(parts=parts):
                return sql.either(*map(self.chosen, parts))
            case tree.Compare():
                return self._compared(expr)
            case tree.Member():
                return self._member(expr)
            case _:
                return self.term(expr)

    def _event(self) -> str:
        if self.event is None:
            raise ValueError("a property stands outside of a predicate; the type check should have refused it")
        return self.event

    def _compared(self, expr: tree.Compare) -> Term:
        left, right = kind_of(expr.left), kind_of(expr.right)
        if Kind.NULL in (left, right):
            return sql.truth(False)
        if left is right:
            return _COMPARED[expr.operator](self.term(expr.left), self.term(expr.right))
        if {left, right} == {Kind.MONEY, Kind.NUMBER}:
            return _COMPARED[expr.operator](self._as_money(expr.left), self._as_money(expr.right))
        if expr.operator is Comparison.NE:
            return sql.both(sql.is_known(self.term(expr.left)), sql.is_known(self.term(expr.right)))
        return sql.truth(False)

    def _member(self, expr: tree.Member) -> Term:
        kind = kind_of(expr.item)
        if kind is Kind.MONEY:
            options = [self._as_money(option) for option in expr.options if kind_of(option) in (Kind.NUMBER, Kind.MONEY)]
        else:
            options = [constant(option.value) for option in expr.options if kind_of(option) is kind]
        return sql.one_of(self.term(expr.item), options)

    def _as_money(self, expr: Expr) -> Term:
        """Money, or a number of the shop's units, in 1/10000."""
        if kind_of(expr) is Kind.MONEY:
            return self.term(expr)
        if isinstance(expr, tree.Literal) and isinstance(expr.value, int | float):
            scaled = Decimal(str(expr.value)) * MONEY_SCALE
            whole = scaled == scaled.to_integral_value() and abs(scaled) < _EXACT_LIMIT
            return sql.number(int(scaled)) if whole else sql.real(float(scaled))
        return sql.times(sql.cast(self.term(expr), "DOUBLE"), sql.real(MONEY_SCALE))

    def _arithmetic(self, expr: tree.Arithmetic) -> Term:
        kind = kind_of(expr)
        match expr.operator:
            case Operator.ADD:
                return sql.plus(self._widened(expr.left, kind), self._widened(expr.right, kind))
            case Operator.SUB:
                return sql.minus(self._widened(expr.left, kind), self._widened(expr.right, kind))
            case Operator.MUL:
                return _rounded(sql.times(self._double(expr.left), self._double(expr.right)), kind)
            case Operator.DIV:
                return _rounded(sql.over(self._double(expr.left), self._double(expr.right)), kind)
            case Operator.POW:
                return _power(self._double(expr.left), self._double(expr.right))
            case _:
                assert_never(expr.operator)

    def _widened(self, expr: Expr, kind: Kind) -> Term:
        """`expr` as an operand of something of this kind, wide enough not to overflow."""
        if kind is Kind.NUMBER:
            return self._double(expr)
        if kind is Kind.MONEY and kind_of(expr) is Kind.NUMBER:
            return _rounded(sql.cast(self._as_money(expr), "DOUBLE"), kind)
        return sql.cast(self.term(expr), "HUGEINT") if kind in SCALED else self.term(expr)

    def _double(self, expr: Expr) -> Term:
        return sql.cast(self.term(expr), "DOUBLE")

    def _as_score(self, expr: Expr) -> Term:
        return sql.over(self._double(expr), sql.real(MONEY_SCALE)) if kind_of(expr) is Kind.MONEY else self._double(expr)

    def _clamped(self, expr: tree.Clamp) -> Term:
        kind = kind_of(expr)
        part, low, high = (self._widened(part, kind) for part in (expr.part, expr.low, expr.high))
        return sql.choose(sql.is_known(self.term(expr.part)), sql.smaller(sql.larger(part, low), high))

    def _calendar(self, expr: tree.Calendar) -> Term:
        zone = wall_clocks.zone_or(lambda: self.leaf(TIMEZONE), expr.zone) if expr.of_customer else sql.text(expr.zone)
        return wall_clocks.part_of(expr.part, lambda: self.term(expr.time), zone)


def constant(value: bool | float | str | timedelta | datetime | None) -> Term:
    """A constant of the language."""
    match value:
        case None:
            return sql.null()
        case bool():
            return sql.truth(value)
        case int():
            return sql.number(value) if abs(value) < _EXACT_LIMIT else sql.real(value)
        case float():
            return sql.real(value)
        case str():
            return sql.text(value)
        case timedelta():
            return sql.number(span_of(value))
        case datetime():
            return sql.number(instant_of(value))
        case _:
            assert_never(value)


def may_be_null(expr: Expr) -> bool:
    """Whether a condition has to be made two-valued."""
    two_valued = tree.Compare | tree.Member | tree.Not | tree.All | tree.Any | tree.Known | tree.Consent | tree.TextMatch | tree.IsNamed
    return not isinstance(expr, two_valued)


def _rounded(term: Term, kind: Kind) -> Term:
    """Money and durations are whole, half to even."""
    return sql.try_cast(sql.call("round_even", term, sql.number(0)), "HUGEINT") if kind in SCALED else term


def _power(base: Term, exponent: Term) -> Term:
    """Null unless the base is positive and the result finite."""
    positive = sql.nullif(sql.larger(base, sql.real(0)), sql.real(0))
    return sql.nullif(sql.power(positive, exponent), sql.real(inf))
