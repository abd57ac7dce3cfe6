"""The metrics of SEMANTICS section 3 as Python functions, each building the tree its text would."""

from dataclasses import replace

from opportune.language.tree.expressions import Aggregate, Metric, Selector, Since
from opportune.language.tree.spoken.events import Begin, Length, Name, Where, length_of, perhaps, property_of, selector_of, where_of
from opportune.language.tree.spoken.expression import Spoken, tree_of

Events = str | Selector


def _metric(
    function: Aggregate, events: Events, where: Where, *, value: Name | None = None, within: Length | None = None, since: Begin = None
) -> Spoken:
    begin = since if since is None or isinstance(since, Since) else tree_of(since)
    return Spoken(
        Metric(
            function=function,
            selector=selector_of(events),
            value=None if value is None else property_of(value),
            where=where_of(where),
            within=perhaps(within),
            since=begin,
        )
    )


def count(events: Events, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """How many there are."""
    return _metric(Aggregate.COUNT, events, where, within=within, since=since)


def did(events: Events, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """Whether there is one."""
    return _metric(Aggregate.DID, events, where, within=within, since=since)


def gap(events: Events, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The mean time between one and the next."""
    return _metric(Aggregate.GAP, events, where, within=within, since=since)


def active(events: Events, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The time spent: the sum of `dwell`, else of gaps of at most five minutes."""
    return _metric(Aggregate.ACTIVE, events, where, within=within, since=since)


def decayed(events: Events, where: Where = None, *, half_life: Length, within: Length | None = None, since: Begin = None) -> Spoken:
    """The sum of `2 ** -(age / half_life)`."""
    tree = _metric(Aggregate.DECAYED, events, where, within=within, since=since).tree
    assert isinstance(tree, Metric)
    return Spoken(replace(tree, half_life=length_of(half_life)))


def sum_(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The sum of a property."""
    return _metric(Aggregate.SUM, events, where, value=value, within=within, since=since)


def avg(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The mean of a property."""
    return _metric(Aggregate.AVG, events, where, value=value, within=within, since=since)


def median(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The lower of the middle two."""
    return _metric(Aggregate.MEDIAN, events, where, value=value, within=within, since=since)


def min_(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The least."""
    return _metric(Aggregate.MIN, events, where, value=value, within=within, since=since)


def max_(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The greatest."""
    return _metric(Aggregate.MAX, events, where, value=value, within=within, since=since)


def distinct(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """How many different values there are."""
    return _metric(Aggregate.DISTINCT, events, where, value=value, within=within, since=since)


def first(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The value at the first event that has one."""
    return _metric(Aggregate.FIRST, events, where, value=value, within=within, since=since)


def last(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The value at the last event that has one."""
    return _metric(Aggregate.LAST, events, where, value=value, within=within, since=since)


def top(events: Events, value: Name, where: Where = None, *, within: Length | None = None, since: Begin = None) -> Spoken:
    """The most frequent value."""
    return _metric(Aggregate.TOP, events, where, value=value, within=within, since=since)


def age(events: Events, where: Where = None) -> Spoken:
    """How long ago the latest was."""
    return _metric(Aggregate.AGE, events, where)


def tenure(events: Events, where: Where = None) -> Spoken:
    """How long ago the earliest was."""
    return _metric(Aggregate.TENURE, events, where)


def time(events: Events, where: Where = None) -> Spoken:
    """When the latest was."""
    return _metric(Aggregate.TIME, events, where)


def first_time(events: Events, where: Where = None) -> Spoken:
    """When the earliest was."""
    return _metric(Aggregate.FIRST_TIME, events, where)
