"""Where a time comes from: the only instants it can be, told from its tree.

Held to meaning.around, by tests/meaning/test_compiled_around.py
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate, Expr, Literal, Metric, Operator, Selector
from opportune.language.tree.sampling import alternatives
from opportune.language.vocabulary.instants import Instant, instant_of, span_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEvents:
    """The `ts` of some event, moved by `after` µs."""

    selector: Selector
    where: Expr | None
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTrait:
    """What a trait says, moved by `after` µs."""

    name: str
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A constant, moved by `after` µs."""

    instant: Instant
    after: int = 0


Origin = OfEvents | OfTrait | Fixed


def origins_of(time: Expr) -> list[Origin] | None:
    """Every origin the time may have; None where it may be any instant."""
    found = list(_origins(time))
    known = [origin for origin in found if origin is not None]
    return known if len(known) == len(found) else None


def _origins(time: Expr) -> Iterator[Origin | None]:
    for one in alternatives(time):
        match one:
            case tree.Ago(part=part):
                yield from _origins(part)
            case Literal(value=None):
                pass
            case Literal(value=datetime() as instant):
                yield Fixed(instant=instant_of(instant))
            case Metric(function=Aggregate.TIME | Aggregate.FIRST_TIME, selector=selector, where=where):
                yield OfEvents(selector=selector, where=where)
            case tree.Trait(name=name):
                yield OfTrait(name=name)
            case tree.Arithmetic(operator=Operator.ADD, left=part, right=Literal(value=timedelta() as length)):
                yield from _moved(part, span_of(length))
            case tree.Arithmetic(operator=Operator.ADD, left=Literal(value=timedelta() as length), right=part):
                yield from _moved(part, span_of(length))
            case tree.Arithmetic(operator=Operator.SUB, left=part, right=Literal(value=timedelta() as length)):
                yield from _moved(part, -span_of(length))
            case _:
                yield None


def _moved(part: Expr, by: int) -> Iterator[Origin | None]:
    for origin in _origins(part):
        yield None if origin is None else replace(origin, after=origin.after + by)
