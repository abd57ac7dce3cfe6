"""Kinds: fills them in, turns texts into durations where one is meant, and reports what does not fit.

What goes with what (everything else is a Problem):

- comparisons: a kind with itself; money with number (the number counts units of currency); `<` and the like not for booleans
- `+ -`: number with number, money with money or a number literal, duration with duration
- `*`: number with number; money or duration with number, either way round
- `/`: number by number, money or duration by number, money by money and duration by duration (a number)
- `coalesce`: parts of one kind, money with number literals (then all is money)
- `-x`: number, money, duration; `sum`: over those three; `and or not`: booleans

A property, trait or trigger property that nobody declared takes the kind of what it is compared with: of a literal, its kind
(a text that writes a duration counts as one in `< <= > >=`), else text.
Held to tests/tree/test_types.py; what a tree says of itself is in `inference`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Arithmetic,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Coverage,
    EntryId,
    Expr,
    Known,
    Literal,
    Member,
    Metric,
    Negative,
    Not,
    Operator,
    Property,
    Reference,
    Score,
    Selector,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.inference import COUNTABLE, kind_of, literal_kind, own_kind, result_kind
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.tree.places import Places
from opportune.language.tree.print import text_of
from opportune.language.tree.schema import USUAL, Schema
from opportune.language.tree.spelling import property_problem, selector_problems, trait_problem
from opportune.language.vocabulary.durations import is_duration, parse_duration
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean

__all__ = ["checked", "checked_moment", "kind_of"]

ORDERED = (Comparison.LT, Comparison.LE, Comparison.GT, Comparison.GE)
_ARTICLES = {
    Kind.BOOLEAN: "a condition",
    Kind.NUMBER: "a number",
    Kind.TEXT: "text",
    Kind.MONEY: "money",
    Kind.DURATION: "a duration",
    Kind.TIME: "a time",
    Kind.NULL: "None",
}


def checked(
    expr: Expr,
    *,
    schema: Schema = USUAL,
    expect: Kind | None = None,
    place: Place,
    references: Mapping[str, Kind] | None = None,
    places: Places | None = None,
    trigger: Selector | None = None,
    events: Selector | None = None,
) -> tuple[Expr, Kind, list[Problem]]:
    """The tree with kinds, the kind of its value, and all problems (the tree is usable when none is an error).

    `references` gives the kinds of `metric.x`, `setting.x` and the like, left in place; `trigger` the events a moment's trigger
    may be; `events` those whose properties stand bare at the top (the `where` of a named event).
    """
    checker = _Checker(schema, place, places or Places(), references or {}, trigger, events)
    tree, kind = checker.check(expr, expect)
    if expect is not None and not _fits(kind, expect):
        checker.report(expr, "E108", f"{_ARTICLES[expect]} is wanted here, and this is {_ARTICLES[kind]}", _wanted_remedy(expect))
    return tree, kind, checker.problems


def checked_moment(
    moment: Moment, *, schema: Schema = USUAL, place: Place, references: Mapping[str, Kind] | None = None, places: Places | None = None
) -> tuple[Moment, list[Problem]]:
    """The moment with its predicate checked, and all problems."""
    checker = _Checker(schema, place, places or Places(), references or {}, None, None)
    checker.problems += selector_problems(moment.selector, schema, checker.place_of(moment.selector))
    where = checker.predicate(moment.where, moment.selector)
    match moment:
        case EventMoment() | Reaches():
            return replace(moment, where=where), checker.problems
        case Lapse(unless=unless, same=same):
            if unless is not None:
                checker.problems += selector_problems(unless, schema, checker.place_of(unless))
            if same is not None:
                checker.spelled(Property(same), moment.selector, checker.place_of(moment))
            return replace(moment, where=where), checker.problems


def _fits(kind: Kind, wanted: Kind) -> bool:
    return kind in (wanted, Kind.NULL)


def _wanted_remedy(expect: Kind) -> str:
    return "Compare it with something, as in ... > 0." if expect is Kind.BOOLEAN else ""


@dataclass
class _Checker:
    """Walks one tree, collecting problems."""

    schema: Schema
    place: Place
    places: Places
    references: Mapping[str, Kind]
    trigger: Selector | None
    events: Selector | None
    problems: list[Problem] = field(default_factory=list)

    def place_of(self, node: object) -> Place:
        return self.places.of(node, self.place)

    def report(self, node: object, code: str, what: str, remedy: str = "", severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(code=code, place=self.place_of(node), what=what, remedy=remedy, severity=severity))

    def alone(self, expr: Expr) -> Kind | None:
        return own_kind(expr, self.schema, self.references, self.events, self.trigger)

    def predicate(self, where: Expr | None, selector: Selector) -> Expr | None:
        """A predicate over the events of `selector`."""
        if where is None:
            return None
        outside, self.events = self.events, selector
        tree = self.condition(where)
        self.events = outside
        return tree

    def condition(self, expr: Expr) -> Expr:
        tree, kind = self.check(expr, Kind.BOOLEAN)
        if not _fits(kind, Kind.BOOLEAN):
            self.report(expr, "E108", f"a condition is wanted here, and this is {_ARTICLES[kind]}", _wanted_remedy(Kind.BOOLEAN))
        return tree

    def check(self, expr: Expr, hint: Kind | None = None) -> tuple[Expr, Kind]:
        """The tree and its kind; `hint` is the kind wanted where the tree itself does not say."""
        match expr:
            case Literal():
                return self._literal(expr, hint)
            case Property() | TriggerProperty() | Trait():
                return self._named(expr, hint)
            case Reference():
                return expr, self._reference(expr)
            case Metric():
                return self._metric(expr, hint)
            case Compare():
                return self._compare(expr), Kind.BOOLEAN
            case Member():
                return self._member(expr), Kind.BOOLEAN
            case Arithmetic():
                return self._arithmetic(expr, hint)
            case Negative(part=part):
                tree, kind = self.check(part, hint if hint in COUNTABLE else Kind.NUMBER)
                if kind not in (*COUNTABLE, Kind.NULL):
                    self.report(expr, "E108", f"- wants a number, and this is {_ARTICLES[kind]}")
                return Negative(tree), kind
            case Not(part=part):
                return Not(self.condition(part)), Kind.BOOLEAN
            case All(parts=parts):
                return All(tuple(self.condition(part) for part in parts)), Kind.BOOLEAN
            case Any(parts=parts):
                return Any(tuple(self.condition(part) for part in parts)), Kind.BOOLEAN
            case Known(part=part):
                return Known(self.check(part)[0]), Kind.BOOLEAN
            case Coalesce():
                return self._coalesce(expr, hint)
            case Consent():
                return expr, Kind.BOOLEAN
            case EntryId():
                return expr, Kind.TEXT
            case Score() | Coverage():
                return expr, Kind.NUMBER

    def _literal(self, expr: Literal, hint: Kind | None) -> tuple[Expr, Kind]:
        value = expr.value
        if hint is not Kind.DURATION or value is None or isinstance(value, bool | timedelta):
            return expr, literal_kind(value)
        if isinstance(value, str):
            try:
                return Literal(parse_duration(value)), Kind.DURATION
            except ValueError as error:
                self.report(expr, "E107", str(error))
                return expr, Kind.DURATION
        self.report(expr, "E109", f"{value} has no unit where a duration is wanted", f'Write "{value}d" for days, "{value}h" for hours.')
        return expr, Kind.DURATION

    def _named(self, expr: Property | TriggerProperty | Trait, hint: Kind | None) -> tuple[Expr, Kind]:
        known = self.alone(expr)
        kind = known or (hint if hint not in (None, Kind.NULL) else None) or Kind.TEXT
        if isinstance(expr, Trait):
            self.problems += trait_problem(expr.name, self.schema, self.place_of(expr))
            return Trait(expr.name, kind), kind
        events = self.events if isinstance(expr, Property) else self.trigger
        kinds = self.schema.kinds_of(expr.name, events.names if events else ())
        self.spelled(expr, events, self.place_of(expr))
        if len(kinds) > 1:
            listed = " and ".join(sorted(kind.value for kind in kinds))
            self.report(expr, "E108", f"'{expr.name}' is declared as {listed} by different events", "Select one of these events.")
        if isinstance(expr, Property):
            return Property(expr.name, kind, bool(kinds) or expr.declared), kind
        return TriggerProperty(expr.name, kind, bool(kinds) or expr.declared), kind

    def spelled(self, expr: Property | TriggerProperty, events: Selector | None, place: Place) -> None:
        """Report a property nobody knows."""
        if events is not None:
            self.problems += property_problem(expr.name, events, self.schema, place)

    def _reference(self, expr: Reference) -> Kind:
        found = self.references.get(f"{expr.room}.{expr.name}")
        if found is None:
            known = [name.split(".", 1)[1] for name in self.references if name.startswith(f"{expr.room}.")]
            remedy = did_you_mean(expr.name, known) or f"Define it under `{expr.room}s:`."
            self.report(expr, "E110", f"no {expr.room} is called '{expr.name}'", remedy)
        return found or Kind.NULL

    def _metric(self, expr: Metric, hint: Kind | None) -> tuple[Expr, Kind]:
        self.problems += selector_problems(expr.selector, self.schema, self.place_of(expr.selector))
        where = self.predicate(expr.where, expr.selector)
        if expr.value is None:
            return replace(expr, where=where), self.alone(expr) or Kind.NUMBER
        outside, self.events = self.events, expr.selector
        wanted = Kind.NUMBER if expr.function is Aggregate.SUM and hint not in COUNTABLE else hint
        value, kind = self._named(expr.value, wanted)
        self.events = outside
        if expr.function is Aggregate.SUM and kind not in COUNTABLE:
            self.report(expr.value, "E108", f"sum() adds numbers, and '{expr.value.name}' is {_ARTICLES[kind]}")
        assert isinstance(value, Property)
        return replace(expr, value=value, where=where), kind

    def _compare(self, expr: Compare) -> Expr:
        left, right = self.alone(expr.left), self.alone(expr.right)
        wanted_left = self._partner(expr.left, left, expr.right, right, expr.operator)
        wanted_right = self._partner(expr.right, right, expr.left, left, expr.operator)
        before = len(self.problems)
        left_tree, left_kind = self.check(expr.left, wanted_left)
        right_tree, right_kind = self.check(expr.right, wanted_right)
        if len(self.problems) == before or all(p.severity is Severity.WARNING for p in self.problems[before:]):
            self._comparable(expr, left_kind, right_kind)
        return Compare(expr.operator, left_tree, right_tree)

    def _partner(self, own: Expr, kind: Kind | None, other: Expr, other_kind: Kind | None, operator: Comparison) -> Kind | None:
        """The kind one side of a comparison should have, given the other."""
        if kind is None:
            is_duration_text = isinstance(other, Literal) and isinstance(other.value, str) and is_duration(other.value)
            return Kind.DURATION if is_duration_text and operator in ORDERED else other_kind
        if isinstance(own, Literal) and other_kind is Kind.DURATION and kind in (Kind.TEXT, Kind.NUMBER):
            return Kind.DURATION
        if isinstance(own, Literal) and other_kind is None and kind is Kind.TEXT and operator in ORDERED and is_duration(str(own.value)):
            return Kind.DURATION
        return kind

    def _comparable(self, expr: Compare, left: Kind, right: Kind) -> None:
        if Kind.NULL in (left, right):
            if not any(isinstance(side, Reference) for side in (expr.left, expr.right)):
                remedy = "Write known(x), or not known(x)."
                self.report(expr, "E144", "a comparison with None is always false", remedy, Severity.WARNING)
            return
        if left is not right and {left, right} != {Kind.MONEY, Kind.NUMBER}:
            remedy = _quoting_remedy(expr, left, right)
            self.report(expr, "E108", f"{_ARTICLES[left]} cannot be compared with {_ARTICLES[right]}", remedy)
        elif left is Kind.BOOLEAN and expr.operator in ORDERED:
            self.report(expr, "E108", f"conditions have no order, so {expr.operator.value} cannot stand here", "Write == or !=.")

    def _member(self, expr: Member) -> Expr:
        kinds = {literal_kind(option.value) for option in expr.options}
        own = self.alone(expr.item)
        part, kind = self.check(expr.item, next(iter(kinds)) if own is None and len(kinds) == 1 else own)
        options: list[Literal] = []
        for option in expr.options:
            tree, found = self.check(option, kind)
            if found is not kind and {found, kind} != {Kind.MONEY, Kind.NUMBER}:
                self.report(expr, "E108", f"{_ARTICLES[kind]} cannot be compared with {_ARTICLES[found]}")
            assert isinstance(tree, Literal)
            options.append(tree)
        return Member(part, tuple(options))

    def _arithmetic(self, expr: Arithmetic, hint: Kind | None) -> tuple[Expr, Kind]:
        left, right = self.alone(expr.left), self.alone(expr.right)
        is_sum = expr.operator in (Operator.ADD, Operator.SUB)
        wanted = hint if hint in COUNTABLE and is_sum else Kind.NUMBER
        left_hint = Kind.DURATION if is_sum and right is Kind.DURATION else left or (right if is_sum and right in COUNTABLE else wanted)
        right_hint = Kind.DURATION if is_sum and left is Kind.DURATION else right or (left if is_sum and left in COUNTABLE else wanted)
        left_hint = Kind.DURATION if expr.operator is Operator.DIV and right is Kind.DURATION and left is Kind.TEXT else left_hint
        right_hint = Kind.DURATION if expr.operator is Operator.DIV and left is Kind.DURATION and right is Kind.TEXT else right_hint
        before = len(self.problems)
        left_tree, left_kind = self.check(expr.left, left_hint)
        right_tree, right_kind = self.check(expr.right, right_hint)
        result = result_kind(expr.operator, left_kind, right_kind, right_tree)
        mixed = is_sum and {left_kind, right_kind} == {Kind.MONEY, Kind.NUMBER}
        if mixed and not any(isinstance(side, Literal) for side in (expr.left, expr.right)):
            result = None
        if result is None and len(self.problems) == before:
            what = f"{_ARTICLES[left_kind]} {expr.operator.value} {_ARTICLES[right_kind]} makes no sense"
            self.report(expr, "E108", what, f"It is written here: {_short(expr)}")
        return Arithmetic(expr.operator, left_tree, right_tree), result or Kind.NUMBER

    def _coalesce(self, expr: Coalesce, hint: Kind | None) -> tuple[Expr, Kind]:
        kind = self.alone(expr)
        parts: list[Expr] = []
        for part in expr.parts:
            tree, found = self.check(part, kind or hint)
            kind = kind or found
            is_amount = kind is Kind.MONEY and found is Kind.NUMBER and isinstance(part, Literal)
            if found not in (kind, Kind.NULL) and not is_amount:
                self.report(part, "E108", f"coalesce() wants values of one kind, and these are {_ARTICLES[kind]} and {_ARTICLES[found]}")
            parts.append(tree)
        return Coalesce(tuple(parts)), kind or Kind.NULL


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


def _short(expr: Expr) -> str:
    text = text_of(expr)
    return text if len(text) <= 80 else f"{text[:77]}..."
