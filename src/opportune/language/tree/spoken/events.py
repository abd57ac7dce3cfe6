"""Which events, and for how long: what metrics and moments are given.

A text is a raw name, `named("order")` a named event, `any_of(...)` several or all. Durations are texts or timedeltas.
"""

from datetime import timedelta

from opportune.language.tree.expressions import Expr, Property, Selector, Since
from opportune.language.tree.spoken.expression import Spoken, tree_of
from opportune.language.vocabulary.durations import parse_duration

Where = Spoken | bool | None
Length = str | timedelta
Begin = Spoken | Since | str | None
Name = str | Spoken

entry, previous = Since.ENTRY, Since.PREVIOUS
"""For `since=`."""


def named(name: str) -> Selector:
    """A named event of the project."""
    return Selector((), (name,))


def any_of(*selectors: str | Selector) -> Selector:
    """`any(...)`; without arguments every raw event of the customer."""
    parts = [selector_of(selector) for selector in selectors]
    if len(parts) > 1 and Selector(()) in parts:
        raise ValueError("any() reads every event already, so nothing can stand beside it")
    names = dict.fromkeys(name for part in parts for name in part.names)
    return Selector(tuple(names), tuple(dict.fromkeys(name for part in parts for name in part.named)))


def selector_of(said: str | Selector) -> Selector:
    """A raw name as a selector."""
    return Selector((said,)) if isinstance(said, str) else said


def length_of(said: Length) -> timedelta:
    """A duration as text or timedelta; raises ValueError where a text writes none."""
    return parse_duration(said) if isinstance(said, str) else said


def perhaps(said: Length | None) -> timedelta | None:
    """A duration that may be absent."""
    return None if said is None else length_of(said)


def where_of(said: Where) -> Expr | None:
    """A predicate that may be absent."""
    return None if said is None else tree_of(said)


def property_of(said: Name) -> Property:
    """The property a metric is over, by name or as `prop(name)`."""
    if isinstance(said, str):
        return Property(said)
    if isinstance(said.tree, Property):
        return said.tree
    raise ValueError(f"the name of a property is wanted, not {said!r}")
