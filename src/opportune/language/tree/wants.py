"""What definitions read of what arrives: which events, which of their properties as what kind, which traits.

Of events that only make others absent nothing is wanted: a shop that cancels no order lacks nothing.
Cost    one walk of all trees; parts they share are looked at once for each set of events they are asked about
Held to tests/tree/test_wants.py
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from opportune.language.tree.expressions import (
    All,
    Consent,
    Distance,
    Expr,
    IsNamed,
    Literal,
    Lookup,
    Metric,
    Property,
    Selector,
    Table,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.journeys import Journey
from opportune.language.tree.moments import Lapse, ThingMoment
from opportune.language.tree.walking import parts_of
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Want:
    """Something that has to arrive. The event itself: `events` alone; a property: also `name`; a trait: `name` alone."""

    events: tuple[str, ...]
    """Any of them will do."""
    name: str = ""
    kind: Kind | None = None
    declared: bool = False
    """The kind stands in the vocabulary or in an `events:` entry: a text takes numbers too."""
    room: str = "event"
    """`event`, `property`, `trait`, `table` (a file's) or `consent`, whose `name` is the purpose."""


Wants = frozenset[Want]
NOTHING: Wants = frozenset()


@dataclass(slots=True)
class Reader:
    """Reads trees; keep the trees alive while it is used, for it knows them by their place in memory."""

    _known: dict[tuple[int, tuple[str, ...], tuple[str, ...]], Wants] = field(default_factory=dict)

    def of_journey(self, journey: Journey) -> Wants:
        """What a journey reads; `trigger.x` of the events of its moments."""
        return self.wants(journey, (), triggers_of(journey.when))

    def wants(self, tree: object, events: tuple[str, ...] = (), triggers: tuple[str, ...] = ()) -> Wants:
        """What a tree reads; `events` are those whose properties it speaks of, `triggers` those of the moment."""
        key = id(tree), events, triggers
        if key not in self._known:
            self._known[key] = frozenset(self._read(tree, events, triggers))
        return self._known[key]

    def _read(self, tree: object, events: tuple[str, ...], triggers: tuple[str, ...]) -> Iterator[Want]:
        match tree:
            case Selector(names=names):
                if names:
                    yield Want(names)
                return
            case Metric(selector=selector, where=where, value=value, since=since):
                yield from self.wants(selector)
                asked = named_in(where, selector.names)
                yield from self.wants(where, selector.names, triggers)
                if value is not None:
                    yield from self.wants(value, asked, triggers)
                if isinstance(since, Expr):
                    yield from self.wants(since, events, triggers)
                return
            case All(parts=parts):
                events = named_in(tree, events)
                for part in parts:
                    yield from self.wants(part, events, triggers)
                return
            case Property(name=name, kind=kind, declared=declared) if events:
                yield Want(events, name, kind, declared, "property")
            case TriggerProperty(name=name, kind=kind, declared=declared) if triggers:
                yield Want(triggers, name, kind, declared, "property")
            case Trait(name=name, kind=kind):
                yield Want((), name, kind, False, "trait")
            case Consent(purpose=purpose):
                yield Want((), purpose, None, False, "consent")
            case Lookup(source=Table(event=str(event)), column=column, kind=kind):
                yield Want((event,))
                yield Want((event,), column, kind, True, "property")
            case Distance(source=Table(event=str(event))):
                yield Want((event,))
            case Lookup(source=Table(name=name)) | Distance(source=Table(name=name)):
                yield Want((), name, None, False, "table")
            case _ if getattr(tree, "selector", None) is not None and not isinstance(tree, Expr):
                yield from self._of_moment(tree, triggers)
                return
        if not isinstance(tree, Literal):
            for inner in parts_of(tree):
                yield from self.wants(inner, events, triggers)

    def _of_moment(self, moment: object, triggers: tuple[str, ...]) -> Iterator[Want]:
        """Moments that stand on events: each condition speaks of the events before it."""
        for name in ("", "unless", "reaching"):
            selector = getattr(moment, name or "selector", None)
            if isinstance(selector, Selector):
                yield from self.wants(selector)
                where = getattr(moment, f"{name}_where" if name else "where", None)
                yield from self.wants(where, selector.names, triggers)
                same = moment.same if isinstance(moment, Lapse | ThingMoment) else None
                if same and name != "unless" and selector.names:
                    yield Want(named_in(where, selector.names), same, None, True, "property")


def named_in(where: object, events: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the events that a condition speaks of: where one part says their names, it is those."""
    parts: tuple[object, ...] = where.parts if isinstance(where, All) else (where,)
    for part in parts:
        if isinstance(part, IsNamed):
            return tuple(name for name in events if name in part.names) or events
    return events


def triggers_of(moments: Iterable[object]) -> tuple[str, ...]:
    """The events that can cause the moments; none where some have other causes, whose triggers tell other things."""
    selectors = [getattr(moment, "selector", None) for moment in moments]
    if not all(isinstance(selector, Selector) and selector.names for selector in selectors):
        return ()
    return tuple(dict.fromkeys(name for selector in selectors for name in selector.names))  # type: ignore[union-attr]
