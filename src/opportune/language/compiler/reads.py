"""What an expression reads as time goes by: where its change points come from.

A *part* is one source of change points. Parts found inside `ago(..., D)` carry `shift` D: they change the value D later.
Everything here may name more instants than those at which the value changes, never fewer; an expression that varies all the time
(`is_sampled`) is looked at on a rhythm besides.
Held to tests/compiler/test_reads.py
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opportune.language.tree import expressions as tree
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Calendar, Distance, Expr, Lookup, Metric, Population, Selector
from opportune.language.tree.sampling import AGES, alternatives, is_sampled, passings
from opportune.language.tree.walking import parts_of
from opportune.language.vocabulary.instants import Span, instant_of, span_of
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """The events that a predicate is asked about."""

    selector: Selector
    where: Expr


@dataclass(frozen=True, slots=True)
class EventPart:
    """Events that change the value when they come, and again so many microseconds later."""

    selector: Selector
    where: Expr | None
    spans: tuple[Span, ...]
    """From 0 on, ascending: windows, and limits an age is compared with."""
    shift: int


@dataclass(frozen=True, slots=True)
class TablePart:
    """Rows of a table that change the value when they come, for customers for whom the key of a lookup is theirs; a distance reads all.

    Inside a predicate the key may read properties of the events that are `asked` about.
    """

    lookup: Lookup | Distance
    asked: Asked | None
    shift: int


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """Boundaries of a calendar that is asked about `at`."""

    calendar: Calendar
    shift: int


@dataclass(slots=True)
class Reads:
    """All parts of some expressions, each once."""

    events: list[EventPart] = field(default_factory=list)
    traits: set[tuple[str, int]] = field(default_factory=set)
    tables: list[TablePart] = field(default_factory=list)
    calendars: list[CalendarPart] = field(default_factory=list)
    populations: dict[tuple[str, int], Population] = field(default_factory=dict)
    """By content hash and shift."""
    meetings: dict[str, tuple[Expr, Expr]] = field(default_factory=dict)
    """What varies evenly with `at` (an age, or `at` itself) and what it is compared with, which does not."""
    instants: set[int] = field(default_factory=set)
    """Constants that `at` is compared with."""
    shifts: set[int] = field(default_factory=lambda: {0})
    """0, and how far back `ago` looks: links and the first event count there too."""
    is_sampled: bool = False


def reads_of(exprs: Sequence[Expr]) -> Reads:
    """What `exprs` read."""
    reads = Reads()
    for expr in exprs:
        reads.is_sampled = reads.is_sampled or is_sampled(expr)
        _Reader(reads).read(expr)
    reads.events = _merged(reads.events)
    reads.tables = list({repr(part): part for part in reads.tables}.values())
    reads.calendars = list({repr(part): part for part in reads.calendars}.values())
    return reads


def causes_in(expr: Expr, inside: Metric | None = None) -> Iterator[tuple[Selector, Expr | None]]:
    """The events that can be the trigger of a turn of `expr`: what metrics, voids and consents read at the moment itself."""
    match expr:
        case Metric(selector=selector, where=where):
            yield selector, where
            for void in selector.voids:
                yield void.by, void.where
        case tree.Consent(purpose=purpose):
            yield from _consent_events(purpose)
        case tree.Ago() | Population():
            return
        case _:
            pass
    for part in _below(expr):
        yield from causes_in(part)


def _consent_events(purpose: str) -> Iterator[tuple[Selector, Expr]]:
    is_it = tree.Compare(tree.Comparison.EQ, tree.Property("purpose", Kind.TEXT, True), tree.Literal(purpose))
    for name in ("Consent Given", "Consent Withdrawn"):
        yield Selector((name,)), is_it


def _below(expr: Expr) -> Iterator[Expr]:
    """The expressions directly below, predicates and voids included."""
    waiting = list(parts_of(expr))
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, Expr):
            yield part
        else:
            waiting[:0] = parts_of(part)


def _merged(parts: list[EventPart]) -> list[EventPart]:
    """One part for the same events at the same shift."""
    spans: dict[str, set[Span]] = {}
    firsts: dict[str, EventPart] = {}
    for part in parts:
        key = repr((part.selector.names, part.selector.derived, part.where, part.shift))
        firsts.setdefault(key, part)
        spans.setdefault(key, {Span(0)}).update(part.spans)
    return [EventPart(part.selector, part.where, tuple(sorted(spans[key])), part.shift) for key, part in firsts.items()]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Where in a tree the reading is: how far back, in a predicate about which events."""

    reads: Reads
    shift: int = 0
    asked: Asked | None = None
    agos: tuple[timedelta, ...] = ()

    def read(self, expr: Expr) -> None:
        match expr:
            case Metric():
                self._metric(expr)
                return
            case tree.Ago(part=part, by=by):
                shift = self.shift + span_of(by)
                self.reads.shifts.add(shift)
                _Reader(self.reads, shift, self.asked, (*self.agos, by)).read(part)
                return
            case Population(by=by):
                self.reads.populations[content_hash(expr), self.shift] = expr
                if by is not None:
                    self.read(by)
                return
            case tree.Trait(name=name):
                self.reads.traits.add((name, self.shift))
            case tree.Consent(purpose=purpose):
                for selector, where in _consent_events(purpose):
                    self._events(selector, where)
                if purpose == "tracking":
                    self.reads.traits |= {(name, self.shift) for name in REGION_TRAITS}
            case Lookup() | Distance():
                self.reads.tables.append(TablePart(expr, self.asked, self.shift))
            case Calendar(time=time, of_customer=of_customer):
                if any(isinstance(one, tree.At) for one in alternatives(time)):
                    self.reads.calendars.append(CalendarPart(expr, self.shift))
                if of_customer:
                    self.reads.traits.add(("timezone", self.shift))
            case tree.Compare() | tree.Member():
                for moving, bound in passings(expr):
                    self._meets(moving, bound)
            case tree.Score():
                self.read(tree.Consent("profiling"))
            case _:
                pass
        for part in _below(expr):
            self.read(part)

    def _metric(self, metric: Metric) -> None:
        window = () if metric.within is None else (span_of(metric.within),)
        self._events(metric.selector, metric.where, window)
        self._predicate(metric.selector, metric.where)
        if isinstance(metric.since, Expr):
            self.read(metric.since)
        for void in metric.selector.voids:
            self._events(void.by, void.where)
            self._predicate(void.by, void.where)

    def _predicate(self, selector: Selector, where: Expr | None) -> None:
        if where is not None:
            _Reader(self.reads, self.shift, Asked(selector, where), self.agos).read(where)

    def _events(self, selector: Selector, where: Expr | None, spans: Sequence[int] = ()) -> None:
        ordered = tuple(Span(span) for span in sorted({0, *spans}))
        self.reads.events.append(EventPart(selector, where, ordered, self.shift))

    def _meets(self, moving: Expr, bound: Expr) -> None:
        match moving, bound:
            case Metric(function=function), tree.Literal(value=timedelta() as limit) if function in AGES:
                if limit >= timedelta(0):
                    span = span_of(limit)
                    self._events(moving.selector, moving.where, (span, span + 1))
            case tree.At(), tree.Literal(value=datetime() as limit):
                instant = instant_of(limit) + self.shift
                self.reads.instants |= {instant, instant + 1}
            case _:
                pair = moving, bound
                for by in reversed(self.agos):
                    pair = tree.Ago(pair[0], by), tree.Ago(pair[1], by)
                self.reads.meetings[repr(pair)] = pair


REGION_TRAITS = ("country", "region")
"""What `consent.tracking` reads besides consents: where the customer is."""
