"""A payload → Segment calls, and what of it could not be told.

Reads    a decoded JSON payload and what came with it (`Arrival`)
Gives    calls as Segment writes them (`type`, `messageId`, `userId`, ..., `timestamp`), sound in shape, ids made by the mapping alone
Cost     MOST_STEPS of the library's interpreter at most, whatever arrives
Held to  tests/mapping, and to the collector's own judgement of calls
"""

from dataclasses import dataclass, replace
from typing import Any

from opportune.language.vocabulary.events import THINGS
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.language.vocabulary.problems import Place
from opportune.stages.mapping.entries import Entry, Many, Mapping, Values
from opportune.stages.mapping.expressions import MOST_STEPS, Evaluation, Exhausted, Expression, Template, Unmapped
from opportune.stages.mapping.words import Arrival

MOST_CALLS = 2_500
"""Of one payload."""
DEEPEST = 20
"""Levels of objects and lists in one call."""
LARGEST_NUMBER = 10**300
LONGEST_ID = 256
EARLIEST_TIME, LATEST_TIME = parse_instant("1900-01-01T00:00:00Z"), parse_instant("2200-01-01T00:00:00Z")

Call = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A call that an entry should have made and could not."""

    place: Place
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What became of a payload. Neither calls nor failures: no entry speaks of it. Reasons hold nothing that somebody sent."""

    topic: str | None = None
    calls: tuple[Call, ...] = ()
    failures: tuple[Failure, ...] = ()


def calls_of(mapping: Mapping, arrival: Arrival, *, most_steps: int = MOST_STEPS) -> Mapped:
    """The calls a payload makes. A broken one does not lose its neighbours."""
    whole = replace(arrival, settings={**mapping.settings, **arrival.settings})
    evaluation = Evaluation(whole, most_steps)
    calls: list[Call] = []
    failures: list[Failure] = []
    topic = None
    place = mapping.entries[0].place if mapping.entries else Place("")
    try:
        topic = _topic(mapping.topic, evaluation, arrival.payload)
        for entry in mapping.entries:
            place = entry.place
            if not entry.topics or topic in entry.topics:
                _tell(entry, evaluation, arrival.payload, calls, failures)
    except Unmapped as error:
        failures.append(Failure(place=place, reason=str(error)))
    return Mapped(topic=topic, calls=tuple(calls), failures=tuple(failures))


def _topic(expression: Expression | None, evaluation: Evaluation, payload: Any) -> str | None:
    return evaluation.text((expression,), payload) if expression is not None else None


def _tell(entry: Entry, evaluation: Evaluation, payload: Any, calls: list[Call], failures: list[Failure]) -> None:
    """Add the calls of one entry. Raises Exhausted, and Unmapped when there are too many."""
    try:
        parts = [payload] if entry.of is None else _elements(entry.of, evaluation, payload)
    except Exhausted:
        raise
    except Unmapped as error:
        failures.append(Failure(place=entry.place, reason=str(error)))
        return
    for part in parts:
        if len(calls) >= MOST_CALLS:
            raise Unmapped(f"one payload makes at most {MOST_CALLS:,} calls")
        try:
            if evaluation.holds(entry.where, part):
                calls.append(_call(entry, evaluation, part))
        except Exhausted:
            raise
        except Unmapped as error:
            failures.append(Failure(place=entry.place, reason=str(error)))


def _elements(expression: Expression, evaluation: Evaluation, here: Any) -> list[Any]:
    """The elements of a list; a null is an empty one."""
    found = evaluation.value(expression, here)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unmapped(f"{expression.text}: is no list")
    return found


def _call(entry: Entry, evaluation: Evaluation, here: Any) -> Call:
    event_id = _id("event_id", entry.event_id, evaluation, here)
    if event_id is None:
        raise Unmapped("event_id is null")
    call: Call = {"type": "track" if entry.event else "identify", "messageId": event_id, **_whose(entry, evaluation, here)}
    if entry.event:
        call["event"] = entry.event
    timestamp = _timestamp(entry.ts, evaluation, here)
    if timestamp is not None:
        call["timestamp"] = timestamp
    values = {**entry.constants, **_values(entry.values, evaluation, here)}
    for many in entry.lists:
        values[many.name] = _listed(many, evaluation, here)
    call["properties" if entry.event else "traits"] = values
    context = _values(entry.context, evaluation, here)
    if context:
        call["context"] = context
    return call


def _whose(entry: Entry, evaluation: Evaluation, here: Any) -> dict[str, str]:
    """The ids of a call: the customer's, and beside it the one that links; without a customer's, the link or the anonymous one."""
    customer = _id("customer_id", entry.customer_id, evaluation, here)
    link = _id("link", entry.link, evaluation, here)
    anonymous = link or (None if customer else _id("anonymous_id", entry.anonymous_id, evaluation, here))
    found = {name: value for name, value in (("userId", customer), ("anonymousId", anonymous)) if value}
    if not found and entry.event not in THINGS:
        raise Unmapped("neither customer_id nor anonymous_id is known: whose call is it?")
    return found


def _id(name: str, template: Template, evaluation: Evaluation, here: Any) -> str | None:
    text = evaluation.text(template, here) if template else None
    if text is None or not text.strip():
        return None
    if len(text) > LONGEST_ID or not text.isprintable():
        raise Unmapped(f"{name} is longer than {LONGEST_ID} characters or holds control characters")
    return text


def _timestamp(expression: Expression | None, evaluation: Evaluation, here: Any) -> str | None:
    said = evaluation.value(expression, here) if expression is not None else None
    if said is None or said == "":
        return None
    try:
        instant = parse_instant(said if isinstance(said, str) else "")
    except (ValueError, OverflowError) as error:
        raise Unmapped("ts is no ISO 8601 time; iso(...) makes one of seconds since 1970") from error
    if not EARLIEST_TIME <= instant < LATEST_TIME:
        raise Unmapped("ts lies outside the years 1900 to 2199")
    return format_instant(Instant(instant))


def _listed(many: Many, evaluation: Evaluation, here: Any) -> list[dict[str, Any]]:
    elements = _elements(many.of, evaluation, here)
    return [_values(many.each, evaluation, element) for element in elements if evaluation.holds(many.where, element)]


def _values(values: Values, evaluation: Evaluation, here: Any) -> dict[str, Any]:
    """Values by name, nulls left out, fit to be stored."""
    found = ((name, evaluation.value(expression, here)) for name, expression in values)
    return {name: _sound(name, value, 3) for name, value in found if value is not None}


def _sound(name: str, value: Any, depth: int) -> Any:
    """The value as it can be stored. Raises Unmapped for what no reader of the log could keep."""
    match value:
        case str():
            return _storable(value)
        case int() | float() if not abs(value) < LARGEST_NUMBER:
            raise Unmapped(f"{name} holds a number too large to store")
        case dict() | list() if depth > DEEPEST:
            raise Unmapped(f"{name} nests deeper than {DEEPEST} levels")
        case dict():
            return {_storable(key): _sound(name, part, depth + 1) for key, part in value.items()}
        case list():
            return [_sound(name, part, depth + 1) for part in value]
        case _:
            return value


def _storable(text: str) -> str:
    """Without NUL characters and halves of surrogate pairs, which no reader of the log could keep."""
    whole = text.replace("\0", "") if "\0" in text else text
    return whole if whole.isascii() else whole.encode("utf-8", "replace").decode()
