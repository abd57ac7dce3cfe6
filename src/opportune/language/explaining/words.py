"""Reasons and advice in the words of whoever works with customers, not of whoever wrote the definition.

Gives   `lines(reason, currency)`: the tree, one line a reason, drawn with its branches; `advised(advice)`: one sentence
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from opportune.language.explaining.advice import Advice
from opportune.language.explaining.changes import Becomes, Change, Consents, Happens, Undone, Waits
from opportune.language.explaining.reasons import Reason
from opportune.language.meaning.asking import constant
from opportune.language.meaning.history import Event
from opportune.language.tree.expressions import (
    Aggregate,
    Compare,
    Comparison,
    Consent,
    Expr,
    Literal,
    Member,
    Metric,
    Property,
    Selector,
    Since,
    Trait,
)
from opportune.language.tree.pinning import as_written
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.durations import format_duration
from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind, Value

YES, NO, NOTE = "✓", "✗", "·"
_LONGEST = 160
_NEEDS = {
    Comparison.GE: "at least",
    Comparison.GT: "more than",
    Comparison.LE: "at most",
    Comparison.LT: "less than",
    Comparison.EQ: "exactly",
    Comparison.NE: "anything but",
}
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


def lines(reason: Reason, currency: str) -> list[str]:
    """The reason and what is below it. What is a definition of its own is named, not taken apart."""
    return [_line(reason, currency), *_branches(reason, currency, "")]


def _branches(reason: Reason, currency: str, before: str) -> Iterator[str]:
    shown = _below(reason)
    for place, part in enumerate(shown):
        is_last = place == len(shown) - 1
        yield f"{before}{'└─ ' if is_last else '├─ '}{_line(part, currency)}"
        if not part.is_definition:
            yield from _branches(part, currency, before + ("   " if is_last else "│  "))


def _below(reason: Reason) -> Sequence[Reason]:
    """The parts that the reason's own line has not told."""
    if isinstance(reason.expr, Compare | Member):
        return [part for part in reason.parts if part.parts and not part.is_definition]
    return reason.parts


def _line(reason: Reason, currency: str) -> str:
    mark = NOTE if not isinstance(reason.value, bool) else YES if reason.value else NO
    share = f" (weight {100 * reason.share:.3g} %)" if reason.share is not None else ""
    return f"{mark} {_said(reason, currency)}{share}"


def _said(reason: Reason, currency: str) -> str:
    own = reason.text if reason.is_definition or reason.text != _written(reason.spoken) else None
    if own is None and isinstance(reason.expr, Compare):
        return _compared(reason, reason.expr, currency)
    if own is None and isinstance(reason.expr, Member):
        options = ", ".join(shown(constant(option).value, constant(option).kind, currency) for option in reason.expr.options)
        return f"{_side(reason.expr.item, reason, currency)} (needs one of {options})"
    name = own or phrase(reason.spoken)
    return name if isinstance(reason.value, bool) else f"{name}: {shown(reason.value, reason.kind, currency)}{_detail(reason)}"


def _written(expr: Expr) -> str:
    return text_of(expr) if not hasattr(expr, "census") else expr.census.value


def _compared(reason: Reason, compare: Compare, currency: str) -> str:
    operator, left, right = compare.operator, compare.left, compare.right
    if isinstance(left, Literal):
        mirrored = {Comparison.GE: Comparison.LE, Comparison.GT: Comparison.LT, Comparison.LE: Comparison.GE, Comparison.LT: Comparison.GT}
        operator, left, right = mirrored.get(operator, operator), right, left
    needs = shown(constant(right).value, constant(right).kind, currency) if isinstance(right, Literal) else _side(right, reason, currency)
    return f"{_side(left, reason, currency)} (needs {_NEEDS[operator]} {needs})"


def _side(expr: Expr, reason: Reason, currency: str) -> str:
    """One side of a comparison with what it is worth."""
    part = next((part for part in reason.parts if part.expr == expr), None)
    if part is None:
        return phrase(expr)
    return f"{part.text if part.is_definition else phrase(part.spoken)} is {shown(part.value, part.kind, currency)}{_detail(part)}"


def _detail(reason: Reason) -> str:
    return f", last on {moment(reason.latest.ts)}" if reason.latest is not None and isinstance(reason.expr, Metric) else ""


def phrase(expr: Expr) -> str:
    """An expression as a noun; the canonical text where there are no better words."""
    match expr:
        case Metric(function=function, value=None) if function in _OF_EVENTS:
            return _OF_EVENTS[function].format(events=_events(expr))
        case Metric(function=function, value=Property(name=name)) if function in _OF_VALUES:
            return _OF_VALUES[function].format(value=name.replace("_", " "), events=_events(expr))
        case Trait(name=name):
            return name.replace("_", " ")
        case Consent(purpose=purpose):
            return f"consent for {purpose}"
        case _:
            text = as_known(text_of(expr))
            return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def as_known(text: str) -> str:
    """A text with the names of derived events and tables as people know them."""
    parts = text.split('"')
    return '"'.join(as_written(part) if place % 2 and "@" in part else part for place, part in enumerate(parts))


def _events(metric: Metric) -> str:
    where = f" with {as_known(text_of(metric.where))}" if metric.where is not None else ""
    within = f" in the last {format_duration(metric.within)}" if metric.within is not None else ""
    since = {None: "", Since.ENTRY: " since entry", Since.PREVIOUS: " since the one before"}
    after = since[metric.since] if metric.since is None or isinstance(metric.since, Since) else f" since {text_of(metric.since)}"
    return f"{_names(metric.selector)}{where}{within}{after}"


def _names(selector: Selector) -> str:
    return " or ".join(as_written(name) for name in selector.names) or "anything"


def shown(value: Value, kind: Kind, currency: str) -> str:
    """A value for people."""
    match kind, value:
        case _, None:
            return "unknown"
        case _, bool():
            return "yes" if value else "no"
        case Kind.MONEY, int() | float():
            return f"{value / MONEY_SCALE:,.2f} {currency}"
        case Kind.DURATION, int() | float():
            return length(int(value))
        case Kind.TIME, int() | float():
            return moment(Instant(int(value)))
        case _, str():
            return f"“{value}”"
        case _:
            return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def length(span: int) -> str:
    """`12 d 4 h`: the two largest units."""
    whole = timedelta(microseconds=abs(span))
    units = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)), ("s", timedelta(seconds=1)))
    parts: list[str] = []
    for name, unit in units:
        number, whole = divmod(whole, unit)
        parts += [f"{number} {name}"] if number else []
    return ("−" if span < 0 else "") + (" ".join(parts[:2]) or "less than a second")


def moment(at: Instant) -> str:
    """`2026-03-01 10:00:00 UTC`."""
    return datetime_of(at).strftime("%Y-%m-%d %H:%M:%S UTC")


def advised(advice: Advice, outcome: str) -> str:
    """`It would be true if ...`; `outcome` says what would be."""
    acts = " and ".join(_changed(change) for change in advice.changes if not isinstance(change, Waits))
    waits = next((moment(change.until) for change in advice.changes if isinstance(change, Waits)), None)
    if waits is None:
        return f"{outcome} if {acts}."
    return f"{outcome} on {waits}, if {f'{acts} now and then nothing' if acts else 'nothing'} happens before."


def _changed(change: Change) -> str:
    match change:
        case Happens(name=name, times=times, properties=properties, different=different):
            often = "happened once more" if times == 1 else f"happened {times} more times"
            said = [f"{key} {value}" for key, value in properties.items() if value is not None]
            said += [f"another {different} each"] if different is not None else []
            properties_said = f" (with {', '.join(said)})" if said else ""
            return f"{as_written(name)} {often}{properties_said}"
        case Undone(events=events):
            return f"{_happened(events)} had not happened"
        case Becomes(trait=trait, value=value):
            return f"{trait.replace('_', ' ')} were {'unknown' if value is None else f'“{value}”'}"
        case Consents(purpose=purpose, given=given):
            return f"consent for {purpose} were {'given' if given else 'withdrawn'}"
        case Waits(until=until):
            return f"it were {moment(until)}"


def _happened(events: Sequence[Event]) -> str:
    last = events[0]
    if len(events) == 1:
        return f"{as_written(last.name)} of {moment(last.ts)}"
    return f"the last {len(events)} {as_written(last.name)} since {moment(events[-1].ts)}"
