"""What would make a condition come out the other way. Every advice was tried on the oracle: with its changes the value does flip.

Gives   `advise(expr, pair)`: up to three pieces of advice, of what she may do, of what time alone does, of what would have had to be
        otherwise; none where nothing simple was found
Cost    at most BUDGET questions to the oracle
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from opportune.language.explaining.ahead import ahead
from opportune.language.explaining.changes import Becomes, Change, Consents, Happens, Undone, Waits, applied
from opportune.language.explaining.fitting import beyond, fitting
from opportune.language.meaning.answers import is_true
from opportune.language.meaning.asking import answer
from opportune.language.meaning.deriving import json_of
from opportune.language.meaning.metrics import read_events
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.reads import parts_read_now
from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Choice,
    Compare,
    Comparison,
    Consent,
    Expr,
    Labelled,
    Literal,
    Member,
    Metric,
    Not,
    Trait,
)
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.kinds import Json, Kind

BUDGET = 120
"""Questions of one search to the oracle about somebody with few events; of somebody with hundreds each counts for several."""
_EVENTS = 150
"""So many events make a question as dear again."""
MOST_EVENTS = 64
"""Nobody is advised to do something more often."""
_DOUBLED = (64, 32, 16, 8, 4)
AHEAD = span_of(timedelta(days=400))
_MOMENTS_AHEAD = 60
_BEGINNINGS = 4
_EXAMPLES: dict[Kind, Json] = {Kind.BOOLEAN: True, Kind.NUMBER: 1, Kind.TEXT: "x", Kind.MONEY: 1, Kind.DURATION: 1}


@dataclass(frozen=True, slots=True)
class Advice:
    """With these changes, all at the moment that was asked about, the condition comes out the other way."""

    changes: tuple[Change, ...]


def advise(condition: Expr, pair: Pair) -> list[Advice]:
    """How a condition that is true could be false, or the other way round."""
    wanted = not is_true(answer(condition, pair))
    found: list[Advice] = []
    left = _afforded(BUDGET, pair)
    for search in (_Search(_acts, left), _Search(_undoings, left)):
        changes = next(search.toward(condition, wanted, pair), None)
        found += [Advice(changes)] if changes is not None else []
    waits = _waited(condition, wanted, pair)
    if not found and waits is None:
        return _begun(condition, wanted, pair)
    return [*found[:1], *([Advice((waits,))] if waits is not None else []), *found[1:]]


def _afforded(questions: int, pair: Pair) -> int:
    """How many of these questions are asked of a history so long: each reads all of it."""
    return questions * _EVENTS // (_EVENTS + len(pair.history.events))


def _begun(condition: Expr, wanted: bool, pair: Pair) -> list[Advice]:
    """One thing happens, and then time does the rest: nobody's order is old before there is one."""
    levers = (lever for part in _movable(condition) for lever in _acts(condition, part, pair))
    for change in (lever(1) for lever in islice(levers, _BEGINNINGS)):
        waits = _waited(condition, wanted, applied(pair, (change,))) if change is not None else None
        if change is not None and waits is not None:
            return [Advice((change, waits))]
    return []


def _movable(condition: Expr) -> list[Expr]:
    """The parts that something can be done to, each once."""
    return list(dict.fromkeys(part for part in parts_read_now(condition) if isinstance(part, Metric | Trait | Consent)))


def being(ladder: Expr, step: str) -> Expr:
    """The condition of standing on a rung or in a band."""
    return Compare(Comparison.EQ, ladder, Literal(step))


def _waited(condition: Expr, wanted: bool, pair: Pair) -> Waits | None:
    """The first instant ahead, of those looked at, at which it comes out as wanted if nothing happens."""
    aside = replace(pair, history=replace(pair.history, answered={}))  # what it comes to later is of no use to the searches
    for instant in ahead(condition, pair, Instant(pair.at + AHEAD))[: _afforded(_MOMENTS_AHEAD, pair)]:
        change = Waits(until=instant)
        if is_true(answer(condition, applied(aside, (change,)))) is wanted:
            return change
    return None


Levers = Callable[[Expr, Expr, Pair], Iterator[Callable[[int], Change | None]]]
"""For a condition and a part of it: what may be done to the part, as a function of how often; None where that is too often."""


@dataclass(slots=True)
class _Search:
    levers: Levers
    left: int

    def toward(self, condition: Expr, wanted: bool, pair: Pair) -> Iterator[tuple[Change, ...]]:
        """Changes with which `condition` is `wanted`, tried."""
        if self._is(condition, pair) is wanted:
            yield ()
            return
        match condition:
            case Labelled(part=part):
                yield from self.toward(part, wanted, pair)
            case Not(part=part):
                yield from self.toward(part, not wanted, pair)
            case All(parts=parts) if wanted:
                yield from self._all(parts, True, pair, condition)
            case Any(parts=parts) if not wanted:
                yield from self._all(parts, False, pair, condition)
            case All(parts=parts) | Any(parts=parts):
                for part in parts:
                    yield from self._checked(self.toward(part, wanted, pair), condition, wanted, pair)
            case Choice(condition=first, then=then, otherwise=otherwise):
                is_first = self._is(first, pair)
                yield from self._checked(self.toward(then if is_first else otherwise, wanted, pair), condition, wanted, pair)
                yield from self._checked(self.toward(first, not is_first, pair), condition, wanted, pair)
            case Compare(operator=operator, left=Choice() as left, right=Literal() as right):
                yield from self._checked(self.toward(_spread(operator, left, right), wanted, pair), condition, wanted, pair)
            case _:
                yield from self._leaf(condition, wanted, pair)

    def _is(self, condition: Expr, pair: Pair) -> bool:
        self.left -= 1
        return is_true(answer(condition, pair))

    def _all(self, parts: tuple[Expr, ...], wanted: bool, pair: Pair, whole: Expr) -> Iterator[tuple[Change, ...]]:
        """One part after the other, each on top of what was changed for those before."""
        changes: tuple[Change, ...] = ()
        for part in parts:
            more = next(self.toward(part, wanted, applied(pair, changes)), None)
            if more is None or self.left < 0:
                return
            changes += more
        yield from self._checked(iter([changes]), whole, wanted, pair)

    def _checked(self, found: Iterator[tuple[Change, ...]], whole: Expr, wanted: bool, pair: Pair) -> Iterator[tuple[Change, ...]]:
        for changes in found:
            if self.left < 0:
                return
            if self._is(whole, applied(pair, changes)) is wanted:
                yield changes

    def _leaf(self, condition: Expr, wanted: bool, pair: Pair) -> Iterator[tuple[Change, ...]]:
        for part in _movable(condition):
            for lever in self.levers(condition, part, pair):
                change = self._fewest(lever, condition, wanted, pair)
                if change is not None:
                    yield (change,)

    def _fewest(self, lever: Callable[[int], Change | None], condition: Expr, wanted: bool, pair: Pair) -> Change | None:
        """The lever moved as little as flips the condition."""

        def does(times: int) -> bool:
            change = lever(times)
            return change is not None and self.left > 0 and self._is(condition, applied(pair, (change,))) is wanted

        most = next((times for times in (1, 2) if does(times)), 0)
        if not most:
            if not does(_most(lever)):
                return None
            most = 4
            while not does(most):
                most *= 2
                if lever(most) is None or self.left <= 0:
                    return None
        few = most // 2
        while most - few > 1:
            middle = (most + few) // 2
            few, most = (few, middle) if does(middle) else (middle, most)
        return lever(most)


def _most(lever: Callable[[int], Change | None]) -> int:
    """As far as a lever goes: what does not help then is not tried any further."""
    return next((times for times in _DOUBLED if lever(times) is not None), 1)


def _spread(operator: Comparison, choice: Choice, literal: Literal) -> Expr:
    """A comparison with a choice as a choice of comparisons."""

    def compared(part: Expr) -> Expr:
        if isinstance(part, Choice):
            return _spread(operator, part, literal)
        return Compare(operator, part, literal)

    return Choice(choice.condition, compared(choice.then), compared(choice.otherwise))


def _acts(condition: Expr, part: Expr, pair: Pair) -> Iterator[Callable[[int], Change | None]]:
    """What may happen: more of the events it reads, another trait, consent."""
    match part:
        case Metric():
            yield from _happenings(condition, part, pair)
        case Trait(name=name, kind=kind):
            for value in _values(condition, part, kind or Kind.TEXT, pair):
                yield _once(Becomes(trait=name, value=value))
        case Consent(purpose=purpose):
            for given in (True, False):
                yield _once(Consents(purpose=purpose, given=given))
        case _:
            return


def _happenings(condition: Expr, metric: Metric, pair: Pair) -> Iterator[Callable[[int], Change | None]]:
    properties = fitting(metric.where, pair)
    if properties is None or metric.selector.derived:
        return
    known = metric.value
    worths: list[Json] = _values(condition, metric, known.kind or Kind.TEXT, pair) if known is not None else [None]
    different = known.name if known is not None and metric.function is Aggregate.DISTINCT else None
    for name in (metric.selector.names or ("Page Viewed",))[:2]:
        for worth in worths:
            own = {known.name: worth} if known is not None and different is None else {}
            yield lambda times, name=name, own=own: (  # type: ignore[misc]  # each its own name and worth
                Happens(name=name, times=times, properties={**properties, **own}, different=different) if times <= MOST_EVENTS else None
            )


def _values(condition: Expr, part: Expr, kind: Kind, pair: Pair) -> list[Json]:
    """Values of a trait or a property that may do: what it is compared with or chosen from, else an example of its kind."""
    match condition:
        case Compare(operator=operator, left=left, right=right) if part in (left, right):
            other = answer(right if left == part else left, pair)
            bound = json_of(other)
            if bound is not None:
                return [beyond(bound, operator), *_rest(part, bound, pair), beyond(bound, Comparison.LT), f"not {bound}"]
        case Member(options=options):
            plain: list[Json] = [option.value for option in options if isinstance(option.value, str | int | float)]
            return [*plain[:1], "x"]
        case _:
            pass
    return [_EXAMPLES.get(kind, "x"), None, False]


def _rest(part: Expr, bound: Json, pair: Pair) -> list[Json]:
    """What is missing to a sum."""
    if not isinstance(part, Metric) or part.function is not Aggregate.SUM or isinstance(bound, bool):
        return []
    so_far = json_of(answer(part, pair))
    return [bound - so_far] if isinstance(bound, int | float) and isinstance(so_far, int | float) else []


def _undoings(condition: Expr, part: Expr, pair: Pair) -> Iterator[Callable[[int], Change | None]]:
    """What might not have happened: the latest of the events it reads."""
    if isinstance(part, Metric):
        events = tuple(reversed(read_events(part, pair, answer)))
        yield lambda times: Undone(events=events[:times]) if times < 2 * len(events) else None
    else:
        yield from _acts(condition, part, pair)


def _once(change: Change) -> Callable[[int], Change | None]:
    return lambda times: change if times == 1 else None
