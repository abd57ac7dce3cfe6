"""Trees → canonical text: `parse(print(tree)) == tree`.

Held to `parse` by tests/tree/test_print.py. Durations that `types.checked` made of texts are printed as the texts they were.
"""

import json
import keyword
import re
from datetime import timedelta

from opportune.language.tree.calls import reserved
from opportune.language.tree.expressions import (
    All,
    Any,
    Arithmetic,
    Coalesce,
    Compare,
    Consent,
    Coverage,
    EntryId,
    Expr,
    Known,
    Literal,
    Member,
    Metric,
    Negative,
    Not,
    Operator,
    Property,
    Reference,
    Score,
    ScorePart,
    Selector,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import EventMoment, Lapse, Moment, Reaches
from opportune.language.vocabulary.durations import format_duration

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _SIGN, _WHOLE = range(8)
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def text_of(node: Expr | Moment) -> str:
    """The canonical text of an expression or a moment."""
    match node:
        case EventMoment(selector=selector, where=where):
            return _call("event", [selector_text(selector), *_optional(where)])
        case Lapse(selector=selector, where=where, unless=unless, within=within, same=same):
            keywords = [f"unless={selector_text(unless)}"] if unless is not None else []
            keywords += [f"within={_quoted(format_duration(within))}"]
            keywords += [f"same={_quoted(same)}"] if same is not None else []
            return _call("lapse", [selector_text(selector), *_optional(where), *keywords])
        case Reaches(selector=selector, where=where, n=n, within=within):
            return _call("reaches", [selector_text(selector), *_optional(where), f"n={n}", *_within(within)])
        case _:
            return _written(node)[1]


def selector_text(selector: Selector) -> str:
    """The canonical text of a selector."""
    if len(selector.names) == 1:
        return _quoted(selector.names[0])
    return _call("any", [_quoted(name) for name in selector.names])


def _at_least(level: int, node: Expr) -> str:
    own, text = _written(node)
    return text if own >= level else f"({text})"


def _written(node: Expr) -> tuple[int, str]:
    """How tightly the text of `node` binds, and the text."""
    match node:
        case Any(parts=parts):
            return _OR, " or ".join(_at_least(_AND, part) for part in parts)
        case All(parts=parts):
            return _AND, " and ".join(_at_least(_NOT, part) for part in parts)
        case Not(part=part):
            return _NOT, f"not {_at_least(_NOT, part)}"
        case Compare(operator=comparison, left=left, right=right):
            return _COMPARE, f"{_at_least(_ADD, left)} {comparison.value} {_at_least(_ADD, right)}"
        case Member(item=part, options=options):
            return _COMPARE, f"{_at_least(_ADD, part)} in [{', '.join(_literal(option) for option in options)}]"
        case Arithmetic(operator=operator, left=left, right=right):
            level = _ADD if operator in (Operator.ADD, Operator.SUB) else _MULTIPLY
            return level, f"{_at_least(level, left)} {operator.value} {_at_least(level + 1, right)}"
        case Negative(part=part):
            return _SIGN, f"-{_at_least(_SIGN, part)}"
        case Literal(value=value):
            is_signed = isinstance(value, int | float) and _literal(node).startswith("-")
            return _SIGN if is_signed else _WHOLE, _literal(node)
        case _:
            return _WHOLE, _whole(node)


def _whole(node: Expr) -> str:
    match node:
        case Property(name=name):
            return name if _is_bare(name) and not reserved(name) else f"prop({_quoted(name)})"
        case Trait(name=name):
            return f"trait.{name}" if _is_bare(name) else f"trait[{_quoted(name)}]"
        case TriggerProperty(name=name):
            return f"trigger.{name}" if _is_bare(name) else f"trigger[{_quoted(name)}]"
        case Consent(purpose=purpose):
            return f"consent.{purpose}"
        case Reference(room=room, name=name):
            return f"{room}.{name}"
        case EntryId():
            return "entry.id"
        case Known(part=part):
            return _call("known", [text_of(part)])
        case Coalesce(parts=parts):
            return _call("coalesce", [text_of(part) for part in parts])
        case Metric():
            return _metric(node)
        case Score(parts=score_parts):
            return _call("score", [_score_part(part) for part in score_parts])
        case Coverage(score=score):
            return f"{text_of(score)}.coverage"
        case _:
            raise TypeError(f"{type(node).__name__} has no text of its own")


def _metric(node: Metric) -> str:
    arguments = [selector_text(node.selector)]
    arguments += [text_of(node.value)] if node.value is not None else []
    arguments += [*_optional(node.where), *_within(node.within)]
    arguments += [f"since={node.since.value}"] if node.since is not None else []
    return _call(node.function.value, arguments)


def _score_part(part: ScorePart) -> str:
    """For people only: a score is written in YAML, and this is never parsed."""
    value = _call("", [_score_part(inner) for inner in part.value]) if isinstance(part.value, tuple) else text_of(part.value)
    return f"{part.weight:g} {part.name}: {value}"


def _is_bare(name: str) -> bool:
    return _BARE.fullmatch(name) is not None and not keyword.iskeyword(name)


def _literal(literal: Literal) -> str:
    value = literal.value
    if isinstance(value, timedelta):
        return _quoted(format_duration(value))
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _call(name: str, arguments: list[str]) -> str:
    return f"{name}({', '.join(arguments)})"


def _optional(where: Expr | None) -> list[str]:
    return [] if where is None else [text_of(where)]


def _within(within: timedelta | None) -> list[str]:
    return [] if within is None else [f"within={_quoted(format_duration(within))}"]
