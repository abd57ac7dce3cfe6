"""Expressions as nouns, in the words of whoever works with customers; the canonical text where there are no better words.

Held to tests/explaining/test_words.py
"""

from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    All,
    Any,
    Arithmetic,
    Census,
    Choice,
    Clamp,
    Coalesce,
    Consent,
    Expr,
    Extremum,
    IsNamed,
    Known,
    Literal,
    Metric,
    Negative,
    Not,
    Population,
    Property,
    Selector,
    Since,
    Trait,
)
from opportune.language.tree.pinning import as_written
from opportune.language.tree.print import text_of
from opportune.language.tree.words import Operator
from opportune.language.vocabulary.durations import format_duration

_LONGEST = 160
_MANY = 4
"""Names of events that are listed in full."""
_OF_EVENTS = {
    Aggregate.COUNT: "number of {events}",
    Aggregate.DID: "any {events}",
    Aggregate.AGE: "time since the last {events}",
    Aggregate.TENURE: "time since the first {events}",
    Aggregate.TIME: "time of the last {events}",
    Aggregate.FIRST_TIME: "time of the first {events}",
    Aggregate.GAP: "mean time between {events}",
    Aggregate.ACTIVE: "time spent on {events}",
    Aggregate.DECAYED: "fading number of {events}",
}
_OF_VALUES = {
    Aggregate.SUM: "total {value} of {events}",
    Aggregate.AVG: "average {value} of {events}",
    Aggregate.MEDIAN: "median {value} of {events}",
    Aggregate.MIN: "least {value} of {events}",
    Aggregate.MAX: "greatest {value} of {events}",
    Aggregate.DISTINCT: "number of different {value} among {events}",
    Aggregate.FIRST: "{value} of the first {events}",
    Aggregate.LAST: "{value} of the last {events}",
    Aggregate.TOP: "most frequent {value} among {events}",
}
_SIGNS = {Operator.ADD: "+", Operator.SUB: "−", Operator.MUL: "×", Operator.DIV: "÷", Operator.POW: "to the power of"}


def phrase(expr: Expr) -> str:
    """An expression as a noun, cut where it is very long."""
    text = _phrase(expr)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _phrase(expr: Expr) -> str:
    match expr:
        case Metric(function=function, value=None) if function in _OF_EVENTS:
            return _OF_EVENTS[function].format(events=_events(expr))
        case Metric(function=function, value=Property(name=name)) if function in _OF_VALUES:
            return _OF_VALUES[function].format(value=name.replace("_", " "), events=_events(expr))
        case Trait(name=name):
            return name.replace("_", " ")
        case Consent(purpose=purpose):
            return f"consent for {purpose}"
        case All():
            return "all of these"
        case Any():
            return "at least one of these"
        case Not(part=Metric(function=Aggregate.DID) as part):
            return f"no {_events(part)}"
        case Not(part=part):
            return f"not {_tight(part)}"
        case Known(part=part):
            return f"{_phrase(part)} is known"
        case Population():
            return _population(expr)
        case _:
            return _reckoned(expr)


def _reckoned(expr: Expr) -> str:
    """What is made of numbers."""
    match expr:
        case Literal():
            return as_known(text_of(expr)).strip('"')
        case Arithmetic(operator=operator, left=left, right=right):
            return f"{_tight(left)} {_SIGNS[operator]} {_tight(right)}"
        case Negative(part=part):
            return f"−{_tight(part)}"
        case Coalesce(parts=(part, Literal() as otherwise)):
            return f"{_tight(part)}, or {_phrase(otherwise)} if unknown"
        case Coalesce(parts=parts):
            return f"the first known of {_among(parts)}"
        case Extremum(extreme=extreme, parts=parts):
            return f"the {extreme.value} of {_among(parts)}"
        case Clamp(part=part, low=low, high=high):
            return f"{_tight(part)}, but at least {_tight(low)} and at most {_tight(high)}"
        case Choice(condition=condition, then=then, otherwise=Literal(value=None)):
            return f"{_tight(then)} (given {_phrase(condition)})"
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return f"{_tight(then)} if {_phrase(condition)}, else {_tight(otherwise)}"
        case Ago(part=part, by=by):
            return f"{_tight(part)} {format_duration(by)} before"
        case _:
            return as_known(text_of(expr))


def _tight(expr: Expr) -> str:
    """As a part of more."""
    text = _phrase(expr)
    is_loose = isinstance(expr, Arithmetic | Coalesce | Extremum | Clamp) or (isinstance(expr, Choice) and not text.endswith(")"))
    return f"({text})" if is_loose else text


def _among(parts: tuple[Expr, ...]) -> str:
    return ", ".join(map(_tight, parts[:-1])) + f" and {_tight(parts[-1])}"


def _population(population: Population) -> str:
    """What is counted over all customers."""
    of = _tight(population.of)
    whose = " among all that have any" if population.positive else " among all"
    group = f" with the same {_phrase(population.by)}" if population.by is not None else ""
    match population.census:
        case Census.MEAN:
            return f"the mean of {of}{whose}{group}"
        case Census.QUANTILE:
            return f"the {100 * (population.share or 0):.3g} % mark of {of}{whose}{group}"
        case Census.CUT:
            return f"where the first {100 * (population.share or 0):.3g} % begin{group}"


def as_known(text: str) -> str:
    """A text with the names of derived events and tables as people know them."""
    parts = text.split('"')
    return '"'.join(as_written(part) if place % 2 and "@" in part else part for place, part in enumerate(parts))


def _events(metric: Metric) -> str:
    where = _where(metric)
    having = f" with {as_known(text_of(where))}" if where is not None else ""
    within = f" in the last {format_duration(metric.within)}" if metric.within is not None else ""
    since = {None: "", Since.ENTRY: " since entry", Since.PREVIOUS: " since the one before"}
    after = since[metric.since] if metric.since is None or isinstance(metric.since, Since) else f" since the {_phrase(metric.since)}"
    return f"{_names(metric.selector)}{having}{within}{after}"


def _where(metric: Metric) -> Expr | None:
    """What is asked of the events besides their names."""
    match metric.where:
        case All(parts=(IsNamed(names=names), part)) if set(names) == set(metric.selector.names):
            return part
        case All(parts=(IsNamed(names=names), *parts)) if set(names) == set(metric.selector.names):
            return All(tuple(parts))
        case IsNamed(names=names) if set(names) == set(metric.selector.names):
            return None
        case where:
            return where


def _names(selector: Selector) -> str:
    names = [as_written(name) for name in selector.names]
    if len(names) > _MANY:
        return f"{', '.join(names[: _MANY - 1])} or {len(names) - _MANY + 1} others"
    return " or ".join(names) or "anything"
