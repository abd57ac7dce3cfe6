"""Trees → canonical text: `parse(print(tree)) == tree`.

Held to `parse` by tests/tree/test_print.py. Durations and times that `types.checked` made of texts are printed as such texts.
What only resolved trees hold (voids, `IsNamed`, scores, labels, cuts) is printed for people and not read again.
"""

import json
import keyword
import re
from datetime import datetime, timedelta

from opportune.language.tree.calls import reserved
from opportune.language.tree.expressions import (
    Ago,
    All,
    Any,
    Arithmetic,
    At,
    Calendar,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Consent,
    Coverage,
    Distance,
    EntryAt,
    EntryId,
    Expr,
    Extremum,
    IsNamed,
    Known,
    Labelled,
    Literal,
    Lookup,
    Lower,
    Member,
    Metric,
    Negative,
    Not,
    Operator,
    Population,
    Property,
    Reference,
    Rhythm,
    Score,
    ScorePart,
    Selector,
    Since,
    TextMatch,
    Trait,
    TriggerProperty,
)
from opportune.language.tree.moments import Around, Changes, EventMoment, Every, Lapse, Moment, Nth, Reaches, ThingMoment, Turns
from opportune.language.tree.times import format_time
from opportune.language.tree.translate_moments import WEEKDAYS
from opportune.language.tree.zones import CUSTOMER, SHOP
from opportune.language.vocabulary.durations import format_duration

_WEEKDAYS = tuple(WEEKDAYS)
_CHOICE, _OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _SIGN, _POWER, _WHOLE = range(10)
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LEVELS = {Operator.ADD: _ADD, Operator.SUB: _ADD, Operator.MUL: _MULTIPLY, Operator.DIV: _MULTIPLY}


def text_of(node: Expr | Moment) -> str:
    """The canonical text of an expression or a moment."""
    match node:
        case EventMoment() | ThingMoment() | Nth() | Reaches() | Lapse():
            return _selected(node)
        case Turns(condition=condition, to=to, hold=hold, sample=sample):
            return _call("enters" if to else "leaves", [text_of(condition), *_length("hold", hold), *_length("sample", sample)])
        case Changes(value=value, hold=hold, sample=sample):
            return _call("changes", [text_of(value), *_length("hold", hold), *_length("sample", sample)])
        case Around(time=time, by=by):
            return _call("before" if by < timedelta(0) else "after", [text_of(time), _quoted(format_duration(abs(by)))])
        case Every():
            return _every(node)
        case _:
            return _written(node)[1]


def _selected(moment: EventMoment | ThingMoment | Nth | Reaches | Lapse) -> str:
    arguments = [selector_text(moment.selector), *_optional(moment.where)]
    match moment:
        case EventMoment():
            return _call("event", arguments)
        case ThingMoment(reaching=reaching, same=same, within=within):
            arguments += [f"reaching={selector_text(reaching)}", f"same={_quoted(same)}", *_length("within", within)]
            return _call("event", arguments)
        case Nth(n=n):
            return _call("nth", [*arguments, f"n={n}"])
        case Reaches(n=n, within=within):
            return _call("reaches", [*arguments, f"n={n}", *_length("within", within)])
        case Lapse(unless=unless, within=within, same=same, at_most=at_most):
            arguments += [f"unless={selector_text(unless)}"] if unless is not None else []
            arguments += _length("within", within)
            arguments += [f"same={_quoted(same)}"] if same is not None else []
            return _call("lapse", [*arguments, *_length("at_most", at_most)])


def _every(moment: Every) -> str:
    days = "" if len(moment.weekdays) == len(_WEEKDAYS) else ",".join(_WEEKDAYS[day - 1] for day in moment.weekdays) + " "
    when = _quoted(f"{days}{moment.minute // 60:02d}:{moment.minute % 60:02d}")
    return _call("every", [when, *_zone(moment.zone, of_customer=moment.of_customer)])


def _zone(zone: str, *, of_customer: bool) -> list[str]:
    if of_customer:
        return [f"tz={_quoted(CUSTOMER)}"]
    return [] if zone == SHOP else [f"tz={_quoted(zone)}"]


def selector_text(selector: Selector) -> str:
    """The canonical text of a selector: raw names, then named events."""
    parts = [*(_quoted(name) for name in selector.names), *selector.named]
    return parts[0] if len(parts) == 1 else _call("any", parts)


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
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return _CHOICE, f"{_at_least(_OR, then)} if {_at_least(_OR, condition)} else {_at_least(_CHOICE, otherwise)}"
        case Arithmetic(operator=Operator.POW, left=left, right=right):
            return _POWER, f"{_at_least(_WHOLE, left)} ** {_at_least(_SIGN, right)}"
        case Arithmetic(operator=operator, left=left, right=right):
            level = _LEVELS[operator]
            return level, f"{_at_least(level, left)} {operator.value} {_at_least(level + 1, right)}"
        case Labelled(part=part):
            return _written(part)
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
            return f"trait{_member(name)}"
        case TriggerProperty(name=name):
            return f"trigger{_member(name)}"
        case Lookup(table=table, key=key, column=column, by_term=by_term):
            said = _call("term_in", [text_of(key)]) if by_term else text_of(key)
            return f"{table}[{said}]{_member(column)}"
        case Consent(purpose=purpose):
            return f"consent.{purpose}"
        case Reference(room=room, name=name):
            return f"{room}.{name}"
        case EntryId():
            return "entry.id"
        case EntryAt():
            return "entry.at"
        case At():
            return "at"
        case Metric():
            return _metric(node)
        case Score(parts=score_parts):
            return _call("score", [_score_part(part) for part in score_parts])
        case Coverage(score=score):
            return f"{text_of(score)}.coverage"
        case IsNamed(names=names):
            return f"name in [{', '.join(_quoted(name) for name in names)}]"
        case _:
            return _function(node)


def _function(node: Expr) -> str:
    match node:
        case Known(part=part):
            return _call("known", [text_of(part)])
        case Coalesce(parts=parts):
            return _call("coalesce", [text_of(part) for part in parts])
        case Extremum(extreme=extreme, parts=parts):
            return _call(extreme.value, [text_of(part) for part in parts])
        case Clamp(part=part, low=low, high=high):
            return _call("clamp", [text_of(part), text_of(low), text_of(high)])
        case Ago(part=part, by=by):
            return _call("ago", [text_of(part), _quoted(format_duration(by))])
        case TextMatch(test=test, text=text, pattern=pattern):
            return f"{_owner(text)}.{test.value}({text_of(pattern)})"
        case Lower(text=text):
            return f"{_owner(text)}.lower()"
        case Calendar(part=calendar_part, time=time, zone=zone, of_customer=of_customer):
            return _call(calendar_part.value, [text_of(time), *_zone(zone, of_customer=of_customer)])
        case Population():
            return _population(node)
        case Distance(table=table, latitude=latitude, longitude=longitude):
            return _call("km_to", [table, text_of(latitude), text_of(longitude)])
        case _:
            raise TypeError(f"{type(node).__name__} has no text of its own")


def _owner(node: Expr) -> str:
    """What a method is called of; a dot after a whole number would belong to the number."""
    is_number = isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return f"({text_of(node)})" if is_number else _at_least(_WHOLE, node)


def _member(name: str) -> str:
    return f".{name}" if _is_bare(name) else f"[{_quoted(name)}]"


def _metric(node: Metric) -> str:
    arguments = [selector_text(node.selector)]
    arguments += [text_of(node.value)] if node.value is not None else []
    arguments += [*_optional(node.where), *_length("half_life", node.half_life), *_length("within", node.within)]
    if node.since is not None:
        arguments += [f"since={node.since.value if isinstance(node.since, Since) else text_of(node.since)}"]
    return _call(node.function.value, arguments)


def _population(node: Population) -> str:
    arguments = [text_of(node.of)]
    arguments += [repr(node.share)] if node.share is not None else []
    arguments += ["positive=True"] if node.positive else []
    arguments += [f"by={text_of(node.by)}"] if node.by is not None else []
    arguments += [f"every={_quoted(node.every.value)}"] if node.every is not Rhythm.MONTH else []
    return _call(node.census.value, arguments)


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
    if isinstance(value, datetime):
        return _quoted(format_time(value))
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _call(name: str, arguments: list[str]) -> str:
    return f"{name}({', '.join(arguments)})"


def _optional(where: Expr | None) -> list[str]:
    return [] if where is None else [text_of(where)]


def _length(name: str, length: timedelta | None) -> list[str]:
    return [] if length is None else [f"{name}={_quoted(format_duration(length))}"]
