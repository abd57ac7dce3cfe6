"""The strategies of this room draw the whole language, and histories with everything that happens to shops.

What there is to draw is asked of the types themselves: a new node, word or argument that no strategy draws turns a test red.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import combinations
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from tests.meaning import test_compiled_around as times
from tests.meaning import test_compiled_derived as derived
from tests.meaning import test_compiled_event_moments as events
from tests.meaning import test_compiled_turns as turns
from tests.meaning import test_compiled_wide_turns as wide
from tests.meaning.histories import histories
from tests.meaning.small_shop import DAY
from tests.meaning.test_compiled_values import shops
from tests.meaning.wide_moments import wide_histories
from tests.meaning.wide_trees import VALUED, Place, of_kind

from opportune.language.meaning.history import History
from opportune.language.tree import expressions as tree
from opportune.language.tree import moments, words
from opportune.language.vocabulary.events import THINGS

ONLY_AS_WRITTEN = {"Selector.named given"}
"""Gone once a tree is resolved: nothing compiled reads it."""
UNDRAWN = ONLY_AS_WRITTEN | {
    "Property.kind missing", "Trait.kind missing", "TriggerProperty.kind missing", "Lookup.kind missing",
    "Lookup.source missing", "Distance.source missing",
}  # fmt: skip
"""A checked tree has its kinds, a resolved one its tables."""
ROUNDS = 30
few = settings(max_examples=40, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def undrawn(wanted: Iterable[str], told: Callable[[Any], Iterable[str]], *strategies: SearchStrategy[Any]) -> set[str]:
    """What of all that is wanted no example tells; the same examples at every run, and no more than are needed."""
    missing = set(wanted)

    def take(one: Any) -> None:
        if missing:
            missing.difference_update(told(one))

    for number in range(ROUNDS):
        for strategy in strategies:
            if missing:
                few(seed(number)(given(one=strategy)(take)))()
    return missing


def told_by_tree(one: object) -> set[str]:
    """All that the nodes of a tree show."""
    return {said for node in nodes_of(one) for said in told_by(node)}


def nodes_of(node: object) -> Iterator[object]:
    """All trees inside a tree, itself included."""
    if isinstance(node, tuple):
        for part in node:
            yield from nodes_of(part)
    elif is_dataclass(node) and not isinstance(node, type):
        yield node
        for field in fields(node):
            yield from nodes_of(getattr(node, field.name))


def told_by(node: object) -> Iterator[str]:
    """What a node shows of its type: that it is there, and what each of its arguments may be."""
    name = type(node).__name__
    yield name
    for field in fields(node):  # type: ignore[arg-type]
        yield from (f"{name}.{field.name} {said}" for said in shown(getattr(node, field.name)))


def shown(value: object) -> tuple[str, ...]:
    """How an argument is told apart: the word, yes or no, given or missing."""
    match value:
        case bool():
            return (str(value),)
        case Enum():
            return (value.name, "given")
        case None | ():
            return ("missing",)
        case _:
            return ("given",)


def possible(kinds: Iterable[type]) -> Iterator[str]:
    """The same of a type: all that its nodes might show."""
    for kind in kinds:
        yield kind.__name__
        hints = get_type_hints(kind, vars(tree) | vars(moments))
        for field in fields(kind):  # type: ignore[arg-type]
            if kind is not tree.Literal:
                yield from (f"{kind.__name__}.{field.name} {said}" for said in _possible(hints[field.name]))


def _possible(hint: Any) -> Iterator[str]:
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    for option in options:
        if option is bool:
            yield from ("True", "False")
        elif isinstance(option, type) and issubclass(option, Enum) and option.__module__ == words.__name__:
            yield from (word.name for word in option)
        elif option is NoneType:
            yield "missing"
        else:
            yield "given"


def test_every_node_word_and_argument_of_expressions_is_drawn() -> None:
    kinds = {*get_args(tree.Expr), tree.Selector, tree.Void, tree.ScorePart} - {tree.Reference}
    some = [of_kind(kind, Place(depth=1, in_journey=True, with_populations=True)) for kind in VALUED]
    said = derived.definitions.map(lambda one: tuple(one.set.values()))
    assert undrawn(set(possible(kinds)) - UNDRAWN, told_by_tree, *some, wide.turning, said) == set()


def test_every_kind_of_moment_and_each_of_its_arguments_is_drawn() -> None:
    some = (events.eventlike, events.things, events.NEAR_NOON, turns.any_turn, times.around, wide.turning, wide.changing)
    wanted = set(possible(get_args(moments.Moment))) - {"Turns.sample given", "Changes.sample given"}
    assert undrawn(wanted, told_by, *some) == set()


def test_every_kind_of_moment_is_derived_from() -> None:
    wanted = {kind.__name__ for kind in get_args(moments.Moment)}
    whens = derived.definitions | derived.definitions_of(derived.other_moments)
    assert undrawn(wanted, lambda one: [type(one.when).__name__], whens) == set()


def told_by_history(history: History) -> dict[str, bool]:
    """What happens in a history."""
    values = [value for event in history.events for value in event.properties.values()]
    senders, links = {event.identity for event in history.events}, list(_pairs(history.links))
    return _told_by_times(history) | {
        "nothing": not (history.events or history.traits),
        "a customer without events": any(trait.identity not in senders for trait in history.traits),
        "a trait taken back": any(trait.value is None for trait in history.traits),
        "a null": any(value is None for value in values),
        "an event without properties": any(not event.properties for event in history.events),
        "something of a wrong kind": any(event.properties.get("total") == "ten" for event in history.events),
        "an import": any(event.is_imported for event in history.events),
        "what happens to things": any(event.name in THINGS for event in history.events),
        "a consent": any(event.name == "Consent Given" for event in history.events),
        "a consent withdrawn": any(event.name == "Consent Withdrawn" for event in history.events),
        "a row of a file": bool(history.table_rows),
        "a contested identity": any(a.from_identity == b.from_identity and a.to_identity != b.to_identity for a, b in links),
        "an un-merge": any(link.to_identity is None for link in history.links),
        "an event withdrawn": any(event.withdrawn_at is not None for event in history.events),
        "an event written anew": any(a.event_id == b.event_id and a.line and a.line == b.line for a, b in _pairs(history.events)),
    }


def _told_by_times(history: History) -> dict[str, bool]:
    everything = (*history.events, *history.links, *history.traits)
    lateness = [(type(one).__name__, one.received_at - one.ts) for one in everything]
    hers = [(a, b) for a, b in _pairs(history.events) if a.identity == b.identity]
    told = {f"{kind} late": any(name == kind and late > 0 for name, late in lateness) for kind in ("Event", "Link", "TraitSet")}
    parted = [link for link in history.links if link.to_identity is None]
    return told | {
        "at once": any(late == 0 for _, late in lateness),
        "a day late": any(late == DAY for _, late in lateness),
        "a microsecond more than a day late": any(late == DAY + 1 for _, late in lateness),
        "ahead of its time": any(late < 0 for _, late in lateness),
        "two at one instant": any(a.ts == b.ts for a, b in hers),
        "two a microsecond apart": any(abs(a.ts - b.ts) == 1 for a, b in hers),
        "two that arrive together": any(a.received_at == b.received_at and a.ts != b.ts for a, b in hers),
        "a late un-merge": any(link.received_at > link.ts for link in parted),
    }


def _pairs(some: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    return combinations(some, 2)


def test_histories_are_drawn_with_all_that_happens_to_shops() -> None:
    def told(history: History) -> list[str]:
        return [said for said, is_so in told_by_history(history).items() if is_so]

    assert undrawn(told_by_history(History()), told, histories(), histories(turns.DENSE), shops(), wide_histories) == set()
