"""What could have been otherwise with one customer, and her history as it would be then.

Gives   changes as values, `applied`: the history with them
A change is thought to be at the moment itself: its events have its `ts` and arrive at once, after everything else of that instant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from opportune.language.meaning.history import Event, TraitSet, identities_of
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.populations import NAME_OF
from opportune.language.meaning.reads import where_alone
from opportune.language.tree.expressions import Expr, Metric
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json

LAST = "\U0010fffd"
"""Begins the ids of made-up events: after all real ones of an instant."""
_READ = "events read"
"""Begins the keys of what `_events_read` found, among the answers of a history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happens:
    """`times` events of this name happen, with these properties as a sender would write them."""

    name: str
    times: int = 1
    properties: Mapping[str, Json] = field(default_factory=dict)
    different: str | None = None
    """A property that has another value in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """These events had not happened."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Becomes:
    """A trait is set; None clears it."""

    trait: str
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Consent for a purpose is given or withdrawn."""

    purpose: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Nothing happens until then."""

    until: Instant


Change = Happens | Undone | Becomes | Consents | Waits


def applied(pair: Pair, changes: Iterable[Change]) -> Pair:
    """The pair at which the same question is asked after the changes."""
    for number, change in enumerate(changes):
        pair = _after(pair, change, f"{LAST}{number:03d}-")
    return pair


def _after(pair: Pair, change: Change, prefix: str) -> Pair:
    history = pair.history
    match change:
        case Happens(times=times):
            events = tuple(_made(change, pair, f"{prefix}{n:06d}", n) for n in range(times))
            return _with(pair, names=(change.name,), events=(*history.events, *events))
        case Undone(events=gone):
            keys = {(event.event_id, event.line) for event in gone}
            kept = tuple(event for event in history.events if (event.event_id, event.line) not in keys)
            return _with(pair, names=(event.name for event in gone), events=kept)
        case Becomes(trait=name, value=value):
            told = TraitSet(event_id=prefix, identity=pair.customer, name=name, value=value, ts=pair.at, received_at=pair.at)
            return _with(pair, names=(), traits=(*history.traits, told))
        case Consents(purpose=purpose, given=given):
            hers = identities_of(history, pair.customer, pair.at, pair.seen)
            said = "Consent Given" if given else "Consent Withdrawn"
            tied = tuple(e for e in history.events if e.identity in hers and e.ts == pair.at and e.name == "Consent Withdrawn" and given)
            free = _after(pair, Undone(events=tied), prefix) if tied else pair
            return _after(free, Happens(name=said, properties={"purpose": purpose}), prefix)
        case Waits(until=until):
            return replace(pair, at=until, seen=max(pair.seen, until))


def _with(pair: Pair, *, names: Iterable[str], **changed: object) -> Pair:
    """The pair in the changed history; of what was counted before only metrics are remembered that read no event of these `names`."""
    kept = _untouched(pair, frozenset(names))
    return replace(pair, history=replace(pair.history, counted={}, answered=kept, **changed))  # type: ignore[arg-type]  # its own fields


def _untouched(pair: Pair, names: frozenset[str]) -> dict[tuple[object, ...], tuple[object, object]]:
    """What metrics came to at the pair or before it whose events are others."""
    known = pair.history.answered or {}
    kept = {key: found for key, found in known.items() if key[0] in (_READ, NAME_OF)}
    for key, found in tuple(known.items()):
        metric = found[0]
        if isinstance(metric, Metric) and key not in kept and cast(int, key[2]) <= pair.at:
            read = _events_read(metric, kept)
            if read and not read & names:
                kept[key] = found
    return kept


def _events_read(metric: Metric, known: dict[tuple[object, ...], tuple[object, object]]) -> frozenset[str]:
    """The names of the events that decide it; none where it reads any, or asks for more than its events."""
    key = (_READ, id(metric))
    if key not in known:
        looks = ((metric.selector, metric.where), *((void.by, void.where) for void in metric.selector.voids))
        is_alone = all(one.names and (where is None or where_alone(where)) for one, where in looks) and not isinstance(metric.since, Expr)
        known[key] = (metric, frozenset(name for one, _ in looks for name in one.names) if is_alone else frozenset())
    return cast(frozenset[str], known[key][1])


def _made(change: Happens, pair: Pair, event_id: str, n: int) -> Event:
    different: dict[str, Json] = {change.different: f"{LAST}{n}"} if change.different is not None else {}
    return Event(
        event_id=event_id,
        identity=pair.customer,
        name=change.name,
        ts=pair.at,
        received_at=pair.at,
        properties={**change.properties, **different},
    )
