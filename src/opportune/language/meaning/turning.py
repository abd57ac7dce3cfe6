"""Moments at which a condition or a value changes, and memberships: SEMANTICS section 5, `enters`, `leaves`, `changes`.

By what had arrived by `seen` a value is looked at in turn wherever it may change (`points.looks`); it is false, or null, before there is
such a customer and after she was linked away.

Decisions where SEMANTICS is silent: only somebody who is a customer at m fires, so a customer who was linked away leaves nothing; where
a late arrival gives a change another trigger that is another moment.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from opportune.language.meaning.asking import answer
from opportune.language.meaning.history import Event, History, events_of, is_there
from opportune.language.meaning.looking import looks
from opportune.language.meaning.pairs import Pair
from opportune.language.meaning.points import Whose
from opportune.language.meaning.reads import is_read
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Changes, Turns
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.language.vocabulary.kinds import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """That a condition or value of a customer changed, `at` being the change itself or `hold` after it."""

    customer: str
    at: Instant
    trigger: Event | None
    old: Value
    new: Value


def asked_of(moment: Turns | Changes) -> Expr:
    """What is looked at."""
    return moment.condition if isinstance(moment, Turns) else moment.value


def _state(moment: Turns | Changes, pair: Pair) -> Value:
    """The value, or whether the condition is true; null where there is no such customer."""
    if not is_there(pair.history, pair.customer, pair.at, pair.seen):
        return None
    found = answer(asked_of(moment), pair).value
    return found if isinstance(moment, Changes) else found is True


def states_of(moment: Turns | Changes, history: History, customer: str, seen: Instant, until: Instant) -> tuple[list[Instant], list[Value]]:
    """Where it is looked at, and what is found there."""
    points = looks(asked_of(moment), Whose(history=history, customer=customer), seen, until, moment.sample)
    return points, [_state(moment, Pair(history=history, customer=customer, at=p, seen=seen)) for p in points]


def turns(moment: Turns | Changes, history: History, customer: str, seen: Instant, until: Instant) -> Iterator[Turn]:
    """Every change up to `until` by what had arrived by `seen`."""
    points, states = states_of(moment, history, customer, seen, until)
    befores = [None if isinstance(moment, Changes) else False, *states][:-1] if states else []
    hold = span_of(moment.hold) if moment.hold else 0
    for place, (p, before, now) in enumerate(zip(points, befores, states, strict=True)):
        at = Instant(p + hold)
        is_turn = now != before if isinstance(moment, Changes) else now is moment.to and (before or False) is not now
        is_held = all(state == now for later, state in zip(points[place:], states[place:], strict=True) if later <= at)
        if is_turn and is_held and at <= until and is_there(history, customer, p, seen) and is_there(history, customer, at, seen):
            trigger = _trigger(asked_of(moment), history, customer, p, seen)
            yield Turn(customer=customer, at=at, trigger=trigger, old=before, new=now)


def _trigger(expr: Expr, history: History, customer: str, p: Instant, seen: Instant) -> Event | None:
    """The last event at the change itself that the expression reads."""
    pair = Pair(history=history, customer=customer, at=p, seen=seen)
    read = [event for event in events_of(history, customer, p, seen) if event.ts == p and is_read(expr, event, pair)]
    return read[-1] if read else None


def as_json(value: Value) -> str | None:
    """A value as plans hold it, as JSON text; null stays null."""
    return None if value is None else json.dumps(value, ensure_ascii=False)
