"""What each node of an expression is worth: SEMANTICS sections 1 to 4, read literally, one arm for each.

Where SEMANTICS is silent: a null condition (a boolean trait nobody set) counts as false in `and`, `or`, `not`, choices and predicates;
the trigger of an entry is read whether or not it is visible at the pair, as it was when the entry was made; sums of plain numbers
are exact sums rounded once; `ago` is null as long as no event of the customer, whatever its name, is visible at the earlier pair.
"""

import json
from datetime import datetime, timedelta
from typing import assert_never

from opportune.language.meaning import metrics, populations, scores, tables, texts
from opportune.language.meaning.answers import (
    NULL,
    Answer,
    calculated,
    chosen,
    clamped,
    extremum,
    first_known,
    holds,
    is_true,
    negative,
    truth,
)
from opportune.language.meaning.calendars import on_the_calendar
from opportune.language.meaning.history import Event, events_of, traits_of
from opportune.language.meaning.metrics import read_property
from opportune.language.meaning.pairs import Pair, earlier, trigger_of
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
    Comparison,
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
    Population,
    Property,
    Reference,
    Score,
    TextMatch,
    Trait,
    TriggerProperty,
)
from opportune.language.vocabulary.instants import instant_of, span_of
from opportune.language.vocabulary.kinds import Kind, read_as


def answer(expr: Expr, pair: Pair, event: Event | None = None) -> Answer:
    """The value with its kind; `event` is the one a predicate is looking at."""
    answered = pair.history.answered
    if answered is None or event is not None:
        return _answer(expr, pair, event)
    key = (id(expr), pair.customer, pair.at, pair.seen, id(pair.entry), pair.previous)
    if key not in answered:
        answered[key] = (expr, _answer(expr, pair, None))
    found = answered[key][1]
    assert isinstance(found, Answer)
    return found


def _answer(expr: Expr, pair: Pair, event: Event | None) -> Answer:
    def ask(part: Expr) -> Answer:
        return answer(part, pair, event)

    match expr:
        case Literal():
            return constant(expr)
        case Property():
            return read_property(expr, event)
        case IsNamed(names=names):
            return truth(event is not None and event.name in names)
        case Metric():
            return metrics.measured(expr, pair, answer)
        case Ago():
            return _ago(expr, pair, event)
        case Trait():
            return _trait(expr, pair)
        case Consent(purpose=purpose):
            return truth(consents(purpose, pair))
        case TriggerProperty(name="old" | "new" as name, kind=kind) if pair.entry is not None and pair.entry.told is not None:
            return Answer(kind or Kind.TEXT, json.loads(pair.entry.told).get(name))
        case TriggerProperty(name=name, kind=kind, declared=declared):
            return read_property(Property(name, kind, declared), trigger_of(pair))
        case EntryId():
            return Answer(Kind.TEXT, pair.entry.id if pair.entry else None)
        case EntryAt():
            return Answer(Kind.TIME, pair.entry.at if pair.entry else None)
        case At():
            return Answer(Kind.TIME, pair.at)
        case Lookup():
            return tables.looked_up(expr, pair, answer, event)
        case Distance():
            return tables.kilometres_to(expr, pair, answer, event)
        case Population():
            return populations.of_all(expr, pair, answer)
        case Compare(operator=operator, left=left, right=right):
            return truth(holds(operator, ask(left), ask(right)))
        case Member(item=sought, options=options):
            found = ask(sought)
            return truth(any(holds(Comparison.EQ, found, constant(option)) for option in options))
        case Arithmetic(operator=operator, left=left, right=right):
            return calculated(operator, ask(left), ask(right))
        case Negative(part=part):
            return negative(ask(part))
        case Not(part=part):
            return truth(not is_true(ask(part)))
        case All(parts=parts):
            return truth(all(is_true(ask(part)) for part in parts))
        case Any(parts=parts):
            return truth(any(is_true(ask(part)) for part in parts))
        case Known(part=part):
            return truth(ask(part).value is not None)
        case Coalesce(parts=parts):
            return first_known([ask(part) for part in parts])
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return chosen(ask(condition), ask(then), ask(otherwise))
        case Clamp(part=part, low=low, high=high):
            return clamped(ask(part), ask(low), ask(high))
        case Extremum(extreme=extreme, parts=parts):
            return extremum(extreme, [ask(part) for part in parts])
        case TextMatch(test=test, text=text, pattern=pattern):
            return texts.fits(test, ask(text), ask(pattern))
        case Lower(text=text):
            return texts.lower(ask(text))
        case Calendar(time=time):
            return on_the_calendar(expr, ask(time), pair, answer)
        case Labelled(part=part):
            return ask(part)
        case Score():
            return Answer(Kind.NUMBER, _score(expr, pair))
        case Coverage(score=Score(parts=score_parts)):
            return Answer(Kind.NUMBER, scores.known_share(score_parts, pair, answer))
        case Reference(room=room, name=name):
            raise ValueError(f"{room}.{name} was not inlined; only resolved trees have a meaning")
        case _:
            assert_never(expr)


def constant(literal: Literal) -> Answer:
    """What a constant is worth."""
    match literal.value:
        case None:
            return NULL
        case bool() as truth_value:
            return truth(truth_value)
        case timedelta() as length:
            return Answer(Kind.DURATION, span_of(length))
        case datetime() as time:
            return Answer(Kind.TIME, instant_of(time))
        case str() as text:
            return Answer(Kind.TEXT, text)
        case number:
            return Answer(Kind.NUMBER, number)


def _ago(expr: Ago, pair: Pair, event: Event | None) -> Answer:
    then = earlier(pair, span_of(expr.by))
    found = answer(expr.part, then, event)
    return found if events_of(then.history, then.customer, then.at, then.seen) else Answer(found.kind, None)


def _trait(trait: Trait, pair: Pair) -> Answer:
    kind = trait.kind or Kind.TEXT
    values = [each for each in traits_of(pair.history, pair.customer, pair.at, pair.seen) if each.name == trait.name]
    return Answer(kind, read_as(kind, values[-1].value, declared=False) if values else None)


def speaks_of(purpose: str, event: Event) -> bool:
    """Whether an event gives or withdraws consent for a purpose."""
    said = read_as(Kind.TEXT, event.properties.get("purpose"), declared=True)
    return event.name in ("Consent Given", "Consent Withdrawn") and said == purpose


def consents(purpose: str, pair: Pair) -> bool:
    """The latest of Given and Withdrawn, Withdrawn at equal ts; without any, only profiling is allowed.

    `tracking` without an event is denied: opt-in regions are not yet told apart.
    """
    said = [event for event in events_of(pair.history, pair.customer, pair.at, pair.seen) if speaks_of(purpose, event)]
    if not said:
        return purpose == "profiling"
    return max(said, key=lambda event: (event.ts, event.name == "Consent Withdrawn")).name == "Consent Given"


def _score(score: Score, pair: Pair) -> float | None:
    """Ten times the weighted mean; null where profiling was withdrawn (SEMANTICS section 2, "Consent")."""
    mean = scores.weighted_mean(score.parts, pair, answer) if consents("profiling", pair) else None
    return None if mean is None else 10 * mean
