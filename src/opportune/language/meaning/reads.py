"""What an expression reads of a customer: the events that can be named as a trigger, and whose arrival can bring something about."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from opportune.language.meaning.asking import answer, speaks_of
from opportune.language.meaning.history import Event, Happened, History, Link, TraitSet, owner
from opportune.language.meaning.metrics import matches
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.absence import reads_presence
from opportune.language.tree.expressions import (
    Ago,
    At,
    Calendar,
    Consent,
    Distance,
    EntryAt,
    EntryId,
    Expr,
    Lookup,
    Metric,
    Population,
    Score,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import Changes, Turns
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import Instant


def parts_read_now(node: object) -> Iterator[Expr]:
    """The node and all inside it that is asked at the pair itself: not what is asked a while ago, nor of all customers."""
    waiting: list[object] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(reversed(part))
        elif (names := _names_of(type(part))) is not None:
            if isinstance(part, Expr):
                yield part
            if isinstance(part, Population):
                waiting.append(part.by)
            elif not isinstance(part, Ago):
                waiting.extend(getattr(part, name) for name in reversed(names))


_NODES: dict[type, tuple[str, ...] | None] = {}
"""What `_names_of` found."""


def _names_of(kind: type) -> tuple[str, ...] | None:
    """The names of a node's fields by its type; None for what is no node."""
    if kind not in _NODES:
        _NODES[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
    return _NODES[kind]


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


def is_named(expr: Expr, event: Event, pair: Pair) -> bool:
    """Whether a metric, void or consent of the expression names the event: its selector does, and its predicate does not refuse it by
    the event alone. A predicate that looks at more than its event refuses none: what it says may change as time goes by."""
    for part in parts_read_now(expr):
        match part:
            case Metric(selector=selector, where=where):
                looks = ((selector, where), *((void.by, void.where) for void in selector.voids))
                if any(matches(names, where_alone(condition), event, pair, answer) for names, condition in looks):
                    return True
            case Consent(purpose=purpose) if speaks_of(purpose, event):
                return True
            case Score() if speaks_of("profiling", event):
                return True
    return False


def where_alone(where: Expr | None) -> Expr | None:
    """A predicate that looks at nothing but its event; None for any other."""
    more = (Metric, Trait, Consent, TriggerProperty, EntryId, EntryAt, At, Ago, Population, Lookup, Distance, Score)
    is_alone = where is not None and not any(isinstance(part, more) or _asks_for_zone(part) for part in walk(where))
    return where if is_alone else None


def _asks_for_zone(part: Expr) -> bool:
    return isinstance(part, Calendar) and part.of_customer


def arrived(moment: Turns | Changes, history: History, customer: str, at: Instant, seen: Instant) -> list[Happened]:
    """What arrived at exactly `seen`, had happened by `at`, and is read: events and traits of hers, links to or from her, rows of tables.

    The first event and the first trait of one of her ids are read too where the expression says something of a customer without any."""
    fresh = [each for each in history.happened if each.received_at == seen and each.ts <= at]
    pair = Pair(history=history, customer=customer, at=at, seen=seen)
    return [each for each in fresh if _concerns(each, moment, pair)]


def _concerns(each: Happened, moment: Turns | Changes, pair: Pair) -> bool:
    expr, history = moment.condition if isinstance(moment, Turns) else moment.value, pair.history
    match each:
        case Event(identity=None):
            return each.name in tables_read(expr)
        case Event(identity=str(identity)) | TraitSet(identity=str(identity)):
            is_hers = owner(history, identity, pair.at, pair.seen) == pair.customer
            is_read = is_named(expr, each, pair) if isinstance(each, Event) else each.name in traits_read(expr)
            return is_hers and (is_read or (reads_presence(moment) and _is_first(each, history)))
        case Link(from_identity=moved):
            befores = owner(history, moved, pair.at, pair.seen), owner(history, moved, pair.at, Instant(pair.seen - 1))
            return pair.customer in befores
        case _:
            return False


def _is_first(each: Event | TraitSet, history: History) -> bool:
    """Whether no event (of a trait: no trait) of its id that had arrived when it did happened before it."""
    others = history.events if isinstance(each, Event) else history.traits
    hers = (other for other in others if other.identity == each.identity)
    return not any(other.ts < each.ts and other.received_at <= each.received_at for other in hers)
