"""Spelling out what the parser keeps as written: named events, the sources of tables, the shop's zone and where it asks before tracking.

`expanded` and `expanded_moment` stand between parsing and checking. Afterwards no selector has `named` events: their raw names,
conditions and voids are in their place, and derived events are marked as such. Where the events of one selector come with
different conditions, each condition holds for its own events only (`IsNamed`).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar, cast

from opportune.language.tree.build import all_of, any_of, both
from opportune.language.tree.expressions import (
    Aggregate,
    Any,
    Calendar,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Distance,
    Expr,
    IsNamed,
    Known,
    Literal,
    Lookup,
    Lower,
    Member,
    Metric,
    Not,
    Property,
    Selector,
    Trait,
    Void,
)
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.names import NamedEvent, Names
from opportune.language.tree.places import Places
from opportune.language.tree.walking import rebuilt
from opportune.language.tree.zones import CUSTOMER, SHOP

T = TypeVar("T")


class Undecided(ValueError):
    """A selector that cannot be spelled out; its text says why."""


def expanded(tree: Expr, names: Names, places: Places | None = None) -> Expr:
    """The tree with everything spelled out, in predicates and named events too. Raises Undecided where `expanded_selector` does."""
    return cast(Expr, rebuilt(tree, _spelling(names, places or Places()), places))


def expanded_moment(moment: Moment, names: Names, places: Places | None = None) -> Moment:
    """The moment with everything spelled out; the conditions of named events stand in its `where`, `unless_where`, `reaching_where`."""
    known = places or Places()
    made = _expanded_moment(moment, names, known)
    known.copy(moment, made)
    return made


def expanded_selector(selector: Selector, names: Names, places: Places | None = None) -> NamedEvent:
    """The raw and derived events of a selector with their voids, and the condition they come with.

    Raises Undecided when `any()` stands beside other events or would be void, or one event would be void in two ways.
    """
    if selector.voids:
        return NamedEvent(selector)
    known = places or Places()
    made = _united(_sources(selector, names, known, ()), names)
    known.copy(selector, made.selector)
    return made


def _spelling(names: Names, places: Places) -> Callable[[object], object | None]:
    """What stands in for a node, its parts not yet looked at; None for a node that stays."""

    def spelled(node: object) -> object | None:
        match node:
            case Metric(selector=selector, where=where, value=value, since=since):
                found = expanded_selector(selector, names, places)
                inner = expanded(where, names, places) if where is not None else None
                begin = expanded(since, names, places) if isinstance(since, Expr) else since
                return replace(node, selector=found.selector, where=both(found.where, inner), value=value, since=begin)
            case Lookup(table=table, key=key, column=column) if table in names.tables:
                known = names.tables[table]
                kind = node.kind or (known.columns or {}).get(column)
                return replace(node, key=expanded(key, names, places), source=known.table, kind=kind)
            case Distance(table=table, latitude=latitude, longitude=longitude) if table in names.tables:
                place = expanded(latitude, names, places), expanded(longitude, names, places)
                return Distance(table, *place, source=names.tables[table].table)
            case Calendar(time=time, zone=zone) if not node.of_customer:
                inside = expanded(time, names, places)
                return replace(node, time=inside, zone=names.zone if zone in (SHOP, CUSTOMER) else zone, of_customer=zone == CUSTOMER)
            case Consent("tracking") if names.asks_first is not None:
                return _or_silent(node, names.asks_first, asks_unknown=names.asks_unknown)
            case _:
                return None

    return spelled


def _or_silent(given: Consent, asks_first: frozenset[str], *, asks_unknown: bool) -> Expr:
    """Consent, or nothing said in a country in which silence is no refusal; anywhere, where that is so in all."""
    of_it = Compare(Comparison.EQ, Property("purpose"), Literal(given.purpose))
    said = Metric(function=Aggregate.DID, selector=Selector(("Consent Given", "Consent Withdrawn")), where=of_it)
    country = Lower(Coalesce((Trait("country"), Trait("geo_country"))))
    codes = tuple(Literal(code.lower()) for code in sorted(asks_first))
    elsewhere = (*((Known(country),) if asks_unknown else ()), Not(Member(country, codes))) if codes else ()
    return Any((given, all_of((Not(said), *elsewhere))))


def _expanded_moment(moment: Moment, names: Names, places: Places) -> Moment:
    def inner(tree: Expr | None) -> Expr | None:
        return expanded(tree, names, places) if tree is not None else None

    match moment:
        case Turns(condition=condition):
            return replace(moment, condition=expanded(condition, names, places))
        case Changes(value=value):
            return replace(moment, value=expanded(value, names, places))
        case Around(time=time):
            return replace(moment, time=expanded(time, names, places))
        case Every(zone=zone) if not moment.of_customer:
            return replace(moment, zone=names.zone if zone in (SHOP, CUSTOMER) else zone, of_customer=zone == CUSTOMER)
        case Every():
            return moment
        case EventMoment() | Nth() | Reaches() | Lapse() | ThingMoment():
            found = expanded_selector(moment.selector, names, places)
            made = replace(moment, selector=found.selector, where=both(found.where, inner(moment.where)))
    match made:
        case Lapse(unless=Selector() as unless, unless_where=unless_where):
            ending = expanded_selector(unless, names, places)
            return replace(made, unless=ending.selector, unless_where=both(ending.where, inner(unless_where)))
        case ThingMoment(reaching=reaching, reaching_where=reaching_where):
            people = expanded_selector(reaching, names, places)
            return replace(made, reaching=people.selector, reaching_where=both(people.where, inner(reaching_where)))
        case _:
            return made


def _sources(selector: Selector, names: Names, places: Places, path: tuple[str, ...]) -> list[NamedEvent]:
    """The parts of a selector, each as raw names with one condition and voids; `path` are the named events it is reached by."""
    found: list[NamedEvent] = []
    if selector.names or not selector.named:
        found.append(NamedEvent(Selector(selector.names)))
    for name in selector.named:
        if name in path:
            raise Undecided(f"event '{name}' names itself")
        event = names.events[name]
        where = expanded(event.where, names, places) if event.where is not None else None
        parts = _sources(event.selector, names, places, (*path, name))
        voids = tuple(_void(void, names, places, (*path, name)) for void in event.voids)
        found += [NamedEvent(part.selector, both(part.where, where), _joined(part.voids, voids)) for part in parts]
    return found


def _void(void: Void, names: Names, places: Places, path: tuple[str, ...]) -> Void:
    """A void whose `by` is spelled out; its `names` are filled in once they are known."""
    by = _united(_sources(void.by, names, places, path), names)
    if by.selector.voids:
        raise Undecided("what makes an event void cannot be void itself")
    where = expanded(void.where, names, places) if void.where is not None else None
    places.copy(void.by, by.selector)
    return replace(void, names=(), by=by.selector, where=both(by.where, where))


def _joined(first: tuple[T, ...], second: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _united(parts: list[NamedEvent], names: Names) -> NamedEvent:
    """Several parts as one selector with one condition."""
    raw = _joined((), tuple(name for part in parts for name in part.selector.names))
    if raw and any(not part.selector.names for part in parts):
        raise Undecided("any() reads every event already, so nothing can stand beside it")
    if not raw and any(part.voids for part in parts):
        raise Undecided("any() cannot be void, only events with a name")
    by_voids: dict[tuple[Void, ...], list[str]] = {}
    for name in raw or ("",):
        by_voids.setdefault(_voids_of(name, parts), []).append(name)
    voids = tuple(replace(void, names=tuple(voided)) for found, voided in by_voids.items() for void in found)
    derived = tuple(name for name in raw if name in names.derived)
    return NamedEvent(Selector(raw, (), voids, derived), _condition(parts, raw))


def _voids_of(name: str, parts: Iterable[NamedEvent]) -> tuple[Void, ...]:
    """What voids the events called `name`, of every part that has them; nothing where one part takes them all as they come."""
    having = [part for part in parts if name in part.selector.names or not name]
    found = {part.voids for part in having}
    if len(found) == 1:
        return found.pop()
    if any(part.where is None and not part.voids for part in having):
        return ()
    raise Undecided(f"'{name}' stands here twice, and is void in different ways")


def _condition(parts: list[NamedEvent], raw: tuple[str, ...]) -> Expr | None:
    """The condition of the united parts: their own where all share it, else each for its own events."""
    by_where: dict[Expr | None, list[str]] = {}
    for part in parts:
        by_where.setdefault(part.where, []).extend(part.selector.names)
    if len(by_where) == 1:
        return next(iter(by_where))
    free = by_where.pop(None, [])
    arms: list[Expr] = [IsNamed(tuple(dict.fromkeys(free)))] if free else []
    for where, named in by_where.items():
        own = tuple(name for name in dict.fromkeys(named) if name not in free)
        if own and where is not None:
            arms.append(all_of((IsNamed(own), where)))
    return any_of(arms) if set(free) != set(raw) else None
