"""Reasons and advice in the words of whoever works with customers, not of whoever wrote the definition.

Gives   `lines(reason, currency)`: the tree, one line a reason, drawn with its branches; `advised(advice)`: one sentence
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from opportune.language.explaining.advice import Advice
from opportune.language.explaining.changes import Becomes, Change, Consents, Happens, Undone, Waits
from opportune.language.explaining.phrases import phrase
from opportune.language.explaining.reasons import Reason
from opportune.language.meaning.asking import constant
from opportune.language.meaning.history import Event
from opportune.language.tree.expressions import (
    Aggregate,
    Arithmetic,
    Coalesce,
    Compare,
    Comparison,
    Expr,
    Literal,
    Member,
    Metric,
    Negative,
    Not,
    Population,
)
from opportune.language.tree.pinning import as_written
from opportune.language.tree.print import text_of
from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.language.vocabulary.kinds import MONEY_SCALE, Kind, Value

YES, NO, NOTE = "✓", "✗", "·"
_NOTICED = 0.0001
_RECKONED = (Arithmetic, Negative, Coalesce)
_NEEDS = {
    Comparison.GE: "at least",
    Comparison.GT: "more than",
    Comparison.LE: "at most",
    Comparison.LT: "less than",
    Comparison.EQ: "exactly",
    Comparison.NE: "anything but",
}
_FIRST = frozenset({Aggregate.TENURE, Aggregate.FIRST_TIME, Aggregate.FIRST})
"""What tells of the first event it read."""


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
    """The parts that the reason's own line has not told: of a sum of products only what it reckons with."""
    if _own(reason) is not None:
        return reason.parts
    if isinstance(reason.expr, Compare | Member):
        return [one for part in reason.parts if not part.is_definition for one in _below(part)]
    if _denied(reason) is not None:
        return ()
    return list(_operands(reason)) if isinstance(reason.expr, _RECKONED) else reason.parts


def _operands(reason: Reason) -> Iterator[Reason]:
    for part in reason.parts:
        is_reckoned = isinstance(part.expr, _RECKONED) and part.parts and not part.is_definition
        yield from _operands(part) if is_reckoned else (part,)


def _line(reason: Reason, currency: str) -> str:
    mark = NOTE if not isinstance(reason.value, bool) else YES if reason.value else NO
    return f"{mark} {_said(reason, currency)}{_weighed(reason)}"


def _weighed(reason: Reason) -> str:
    """Of a part of a score: what it counts, from 0 to 1, and its weight."""
    if reason.share is None:
        return ""
    is_beyond = isinstance(reason.value, int | float) and not 0 <= reason.value <= 1
    counts = f", counts as {int(reason.value > 1)}" if is_beyond and isinstance(reason.value, int | float) else ""
    return f"{counts} (weight {100 * reason.share:.3g} %)"


def _said(reason: Reason, currency: str) -> str:
    own = _own(reason)
    if own is None and isinstance(reason.expr, Compare):
        return _compared(reason, reason.expr, currency)
    if own is None and isinstance(reason.expr, Member):
        options = ", ".join(shown(constant(option).value, constant(option).kind, currency) for option in reason.expr.options)
        return f"{_side(reason.expr.item, reason, currency)} (needs one of {options})"
    detail = _detail(_denied(reason) or reason) if own is None or reason.is_definition else ""
    worth = "" if isinstance(reason.value, bool) else f": {shown(reason.value, reason.kind, currency)}"
    return f"{own or phrase(reason.spoken)}{worth}{detail}"


def _denied(reason: Reason) -> Reason | None:
    """What did not happen, of a reason that says so in its own line."""
    part = reason.parts[0] if isinstance(reason.expr, Not) and reason.parts else None
    return part if part is not None and isinstance(part.expr, Metric) and not part.is_definition else None


def _own(reason: Reason) -> str | None:
    """The name a reason goes by, where it has one."""
    written = reason.spoken.census.value if isinstance(reason.spoken, Population) else text_of(reason.spoken)
    return reason.text if reason.is_definition or reason.text != written else None


def _compared(reason: Reason, compare: Compare, currency: str) -> str:
    operator, left, right = compare.operator, compare.left, compare.right
    if isinstance(left, Literal):
        mirrored = {Comparison.GE: Comparison.LE, Comparison.GT: Comparison.LT, Comparison.LE: Comparison.GE, Comparison.LT: Comparison.GT}
        operator, left, right = mirrored.get(operator, operator), right, left
    needs = shown(constant(right).value, constant(right).kind, currency) if isinstance(right, Literal) else _bound(right, reason, currency)
    return f"{_side(left, reason, currency)} (needs {_NEEDS[operator]} {needs})"


def _side(expr: Expr, reason: Reason, currency: str) -> str:
    """One side of a comparison with what it is worth."""
    part = next((part for part in reason.parts if part.expr == expr), None)
    if part is None:
        return phrase(expr)
    return f"{part.text if part.is_definition else phrase(part.spoken)} is {shown(part.value, part.kind, currency)}{_detail(part)}"


def _bound(expr: Expr, reason: Reason, currency: str) -> str:
    """What a side has to reach, and where that comes from."""
    part = next((part for part in reason.parts if part.expr == expr), None)
    if part is None:
        return phrase(expr)
    return f"{shown(part.value, part.kind, currency)}, {part.text if part.is_definition else phrase(part.spoken)}"


def _detail(reason: Reason) -> str:
    if reason.latest is None or reason.first is None or not isinstance(reason.expr, Metric):
        return ""
    is_first = reason.expr.function in _FIRST
    return f", {'first' if is_first else 'last'} on {moment((reason.first if is_first else reason.latest).ts)}"


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
        case _ if 0 < abs(value) < _NOTICED:
            return "almost 0"
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
