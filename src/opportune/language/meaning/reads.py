"""What an expression reads of a customer: the events that can be named as a trigger, and whose arrival can bring something about."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from opportune.language.meaning.asking import answer, speaks_of
from opportune.language.meaning.history import Event, Happened, History, TraitSet, owner
from opportune.language.meaning.metrics import matches
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.expressions import Ago, Calendar, Consent, Distance, Expr, Lookup, Metric, Population, Score, Trait
from opportune.language.vocabulary.instants import Instant


def parts_read_now(node: object) -> Iterator[Expr]:
    """The node and all inside it that is asked at the pair itself: not what is asked a while ago, nor of all customers."""
    if isinstance(node, Expr):
        yield node
    if isinstance(node, Ago):
        return
    if isinstance(node, Population):
        yield from parts_read_now(node.by)
    elif isinstance(node, tuple):
        for part in node:
            yield from parts_read_now(part)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from parts_read_now(getattr(node, field.name))


def is_read(expr: Expr, event: Event, pair: Pair) -> bool:
    """Whether a metric (selector and predicate), a void or a consent of the expression reads the event at the pair."""
    for part in parts_read_now(expr):
        match part:
            case Metric(selector=selector, where=where):
                voids = ((void.by, void.where) for void in selector.voids)
                if any(matches(names, condition, event, pair, answer) for names, condition in ((selector, where), *voids)):
                    return True
            case Consent(purpose=purpose) if speaks_of(purpose, event):
                return True
            case Score() if speaks_of("profiling", event):
                return True
    return False


def traits_read(expr: Expr) -> set[str]:
    """The names of the traits it reads."""
    parts = list(parts_read_now(expr))
    zones = {"timezone" for part in parts if isinstance(part, Calendar) and part.of_customer}
    return zones | {part.name for part in parts if isinstance(part, Trait)}


def tables_read(expr: Expr) -> set[str]:
    """The names of the events that are rows of tables it reads."""
    found = (part.source for part in parts_read_now(expr) if isinstance(part, Lookup | Distance))
    return {source.event for source in found if source is not None and source.event is not None}


def arrived(expr: Expr, history: History, customer: str, at: Instant, seen: Instant) -> list[Happened]:
    """What arrived at exactly `seen`, had happened by `at`, and concerns the customer: any event or trait of hers, whatever its name
    (the first one makes her a customer), a link to or from her, and rows of the tables that are read."""
    fresh = [each for each in history.happened if each.received_at == seen and each.ts <= at]
    return [each for each in fresh if _concerns(each, expr, history, customer, at, seen)]


def _concerns(each: Happened, expr: Expr, history: History, customer: str, at: Instant, seen: Instant) -> bool:
    if isinstance(each, Event) and each.identity is None:
        return each.name in tables_read(expr)
    if isinstance(each, Event | TraitSet):
        return owner(history, str(each.identity), at, seen) == customer
    moved = getattr(each, "from_identity", None)
    return moved is not None and customer in (owner(history, moved, at, seen), owner(history, moved, at, Instant(seen - 1)))
