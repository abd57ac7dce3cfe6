"""What walks a tree to check it: kinds filled in on the way down, problems collected. `types` says what goes with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from opportune.language.tree import checking_operators as operators
from opportune.language.tree import checking_words as words
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    All,
    Any,
    Arithmetic,
    At,
    Calendar,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Consent,
    Coverage,
    Distance,
    EntryAt,
    EntryId,
    Expr,
    Extremum,
    IsNamed,
    Known,
    Labelled,
    Literal,
    Lookup,
    Lower,
    Member,
    Metric,
    Negative,
    Not,
    Population,
    Property,
    Reference,
    Score,
    Selector,
    TextMatch,
    Trait,
    TriggerProperty,
    Void,
)
from opportune.language.tree.inference import ARTICLES, COUNTABLE, literal_kind, own_kind
from opportune.language.tree.places import Places
from opportune.language.tree.schema import Schema
from opportune.language.tree.spelling import property_problem, selector_problems, trait_problem
from opportune.language.tree.times import parse_time
from opportune.language.vocabulary.durations import parse_duration
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place, Problem, Severity

_COMPUTED = frozenset({Aggregate.SUM, Aggregate.AVG, Aggregate.MEDIAN, Aggregate.MIN, Aggregate.MAX})
"""Metrics over numbers, money and durations only."""


@dataclass
class Checker:
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
        """The kind `expr` has by itself."""
        return own_kind(expr, self.schema, self.references, self.events, self.trigger)

    def has_errors(self, since: int) -> bool:
        """Whether an error was found after the first `since` problems."""
        return any(problem.severity is Severity.ERROR for problem in self.problems[since:])

    def selector(self, selector: Selector) -> Selector:
        """A selector's events known, its voids checked."""
        self.problems += selector_problems(selector, self.schema, self.place_of(selector))
        if not selector.voids:
            return selector
        made = replace(selector, voids=tuple(self._void(void) for void in selector.voids))
        self.places.copy(selector, made)
        return made

    def _void(self, void: Void) -> Void:
        by = self.selector(void.by)
        where = self.predicate(void.where, by)
        same = self.same(void.same, Selector(void.names), by) if void.same is not None else None
        return replace(void, by=by, where=where, same=same)

    def same(self, same: Property, *selectors: Selector) -> Property:
        """A property that events of several selectors have in common."""
        for selector in selectors:
            self.spelled(same.name, selector, self.place_of(same))
        outside, self.events = self.events, Selector(tuple(name for selector in selectors for name in selector.names))
        known, _ = self.named(same, None)
        self.events = outside
        assert isinstance(known, Property)
        return known

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
        self.wanted(expr, kind, Kind.BOOLEAN)
        return tree

    def wanted(self, expr: Expr, kind: Kind, wanted: Kind) -> None:
        """Report an expression whose kind is not the one its place wants."""
        if kind not in (wanted, Kind.NULL):
            remedy = "Compare it with something, as in ... > 0." if wanted is Kind.BOOLEAN else ""
            self.report(expr, "E108", f"{ARTICLES[wanted]} is wanted here, and this is {ARTICLES[kind]}", remedy)

    def check(self, expr: Expr, hint: Kind | None = None) -> tuple[Expr, Kind]:
        """The tree and its kind; `hint` is the kind wanted where the tree itself does not say. It stands where it stood."""
        tree, kind = self._checked(expr, hint)
        self.places.copy(expr, tree)
        return tree, kind

    def _checked(self, expr: Expr, hint: Kind | None) -> tuple[Expr, Kind]:
        match expr:
            case Literal():
                return self._literal(expr, hint)
            case Property() | TriggerProperty() | Trait():
                return self.named(expr, hint)
            case Lookup():
                return words.lookup(expr, hint, self)
            case Reference():
                return expr, words.reference(expr, self)
            case Metric():
                return self._metric(expr, hint)
            case Compare():
                return operators.compare(expr, self), Kind.BOOLEAN
            case Member():
                return operators.member(expr, self), Kind.BOOLEAN
            case Arithmetic():
                return operators.arithmetic(expr, hint, self)
            case Negative():
                return operators.negative(expr, hint, self)
            case Not(part=part):
                return Not(self.condition(part)), Kind.BOOLEAN
            case All(parts=parts):
                return All(tuple(self.condition(part) for part in parts)), Kind.BOOLEAN
            case Any(parts=parts):
                return Any(tuple(self.condition(part) for part in parts)), Kind.BOOLEAN
            case Known(part=part):
                return Known(self.check(part)[0]), Kind.BOOLEAN
            case Coalesce() | Choice() | Clamp() | Extremum():
                return operators.alternatives(expr, hint, self)
            case Ago(part=part):
                tree, kind = self.check(part, hint)
                return replace(expr, part=tree), kind
            case Labelled(part=part):
                tree, kind = self.check(part, hint)
                return replace(expr, part=tree), kind
            case TextMatch() | Lower():
                return words.text_word(expr, self)
            case Calendar():
                return words.calendar(expr, self), Kind.NUMBER
            case Distance():
                return words.distance(expr, self), Kind.NUMBER
            case Population():
                return words.population(expr, hint, self)
            case Consent() | IsNamed():
                return expr, Kind.BOOLEAN
            case EntryId():
                return expr, Kind.TEXT
            case At() | EntryAt():
                return expr, Kind.TIME
            case Score() | Coverage():
                return expr, Kind.NUMBER
            case _:
                assert_never(expr)

    def _literal(self, expr: Literal, hint: Kind | None) -> tuple[Expr, Kind]:
        value = expr.value
        if hint not in (Kind.DURATION, Kind.TIME) or value is None or isinstance(value, bool | timedelta | datetime):
            return expr, literal_kind(value)
        if isinstance(value, str):
            try:
                return Literal(parse_duration(value) if hint is Kind.DURATION else parse_time(value)), hint
            except ValueError as error:
                self.report(expr, "E107", str(error))
        elif hint is Kind.DURATION:
            self.report(
                expr, "E109", f"{value} has no unit where a duration is wanted", f'Write "{value}d" for days, "{value}h" for hours.'
            )
        else:
            self.report(expr, "E109", f"{value} is no time where one is wanted", 'Write "2026-03-01" or "2026-03-01T09:00:00Z".')
        return expr, hint

    def named(self, expr: Property | TriggerProperty | Trait, hint: Kind | None) -> tuple[Expr, Kind]:
        """A property or trait with its kind: its own, else that of its use."""
        kind = self.alone(expr) or (hint if hint is not Kind.NULL else None) or Kind.TEXT
        if isinstance(expr, Trait):
            self.problems += trait_problem(expr.name, self.schema, self.place_of(expr))
            return Trait(expr.name, kind), kind
        events = self.events if isinstance(expr, Property) else self.trigger
        kinds = self.schema.kinds_of(expr.name, events.names if events else ())
        if events is not None:
            self.spelled(expr.name, events, self.place_of(expr))
        if len(kinds) > 1:
            listed = " and ".join(sorted(kind.value for kind in kinds))
            self.report(expr, "E108", f"'{expr.name}' is declared as {listed} by different events", "Select one of these events.")
        if isinstance(expr, Property):
            return Property(expr.name, kind, bool(kinds) or expr.declared), kind
        return TriggerProperty(expr.name, kind, bool(kinds) or expr.declared), kind

    def spelled(self, name: str, events: Selector, place: Place) -> None:
        """Report a property nobody knows."""
        self.problems += property_problem(name, events, self.schema, place)

    def _metric(self, expr: Metric, hint: Kind | None) -> tuple[Expr, Kind]:
        selector = self.selector(expr.selector)
        where = self.predicate(expr.where, selector)
        since = expr.since
        if isinstance(since, Expr):
            tree, kind = self.check(since, Kind.TIME)
            self.wanted(since, kind, Kind.TIME)
            since = tree
        if expr.value is None:
            return replace(expr, selector=selector, where=where, since=since), self.alone(expr) or Kind.NUMBER
        value, kind = self._measured(expr, expr.value, selector, hint)
        return replace(expr, selector=selector, value=value, where=where, since=since), kind

    def _measured(self, expr: Metric, value: Property, selector: Selector, hint: Kind | None) -> tuple[Property, Kind]:
        """The property a metric is over, and the kind of the metric."""
        computed = expr.function in _COMPUTED
        fixed = self.alone(expr) if expr.function is Aggregate.DISTINCT else None
        wanted = None if fixed else Kind.NUMBER if computed and hint not in COUNTABLE else hint
        outside, self.events = self.events, selector
        known, kind = self.named(value, wanted)
        self.events = outside
        if computed and kind not in COUNTABLE:
            verb = "adds" if expr.function is Aggregate.SUM else "wants"
            self.report(value, "E108", f"{expr.function.value}() {verb} numbers, and '{value.name}' is {ARTICLES[kind]}")
        assert isinstance(known, Property)
        return known, fixed or kind
