"""The shape of a call: what must be there and how it must look. What it means is decided at load."""

import re
from collections.abc import Callable, Iterator

from opportune.adapters.logs.line import Line
from opportune.collector.calls import MUST_BE_TIME, Call, Id
from opportune.collector.refusals import Refusal
from opportune.collector.times import corrected, time_of
from opportune.language.vocabulary.events import DERIVED, THINGS
from opportune.language.vocabulary.instants import Instant

KINDS = ("track", "identify", "page", "screen", "group", "alias")
LONGEST_NAME = 256
"""Characters of an id or an event's name."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def refusal_of(call: Call) -> Refusal | None:
    """The gravest of what is wrong with a call's shape."""
    return next(_refusals(call), None)


def line_of(call: Call, *, source: str, arrived_at: Instant, message_id: Callable[[], str]) -> Line:
    """The log line of a call without refusals, its time corrected for clock skew; `message_id` gives an id to one that has none."""
    timestamp = corrected(arrived_at=arrived_at, sent_at=call.sent_at, original=call.original_timestamp, timestamp=call.timestamp)
    return Line(
        type=call.type or "",
        message_id=id_text(call.message_id) or message_id(),
        source=source,
        properties=call.properties or {},
        traits=call.traits or {},
        context=call.context or {},
        user_id=id_text(call.user_id),
        anonymous_id=id_text(call.anonymous_id),
        previous_id=id_text(call.previous_id),
        group_id=id_text(call.group_id),
        event=call.event if call.type == "track" else None,
        name=call.name,
        category=call.category,
        timestamp=timestamp,
        original_timestamp=(call.original_timestamp or call.timestamp) if call.sent_at and timestamp else None,
    )


def id_text(sent: Id) -> str | None:
    """An id as text: numbers as JSON writes them, whole ones without decimals; blank is none."""
    if isinstance(sent, str):
        return sent if sent.strip() else None
    if isinstance(sent, float) and sent.is_integer() and abs(sent) < 2**53:
        return str(int(sent))
    return None if sent is None else str(sent)


def _refusals(call: Call) -> Iterator[Refusal]:
    """Everything wrong with a call, gravest first."""
    if call.type not in KINDS:
        yield Refusal("type", f"must be one of {', '.join(KINDS)}")
    if call.type == "track":
        yield from _event_refusals(call.event)
    yield from _id_refusals(call)
    yield from _whose_refusals(call)
    for field, text in (("timestamp", call.timestamp), ("originalTimestamp", call.original_timestamp), ("sentAt", call.sent_at)):
        if text and not is_time(text):
            yield Refusal(field, MUST_BE_TIME)


def is_time(text: str) -> bool:
    """Whether `text` is a time we can store."""
    try:
        time_of(text)
    except ValueError:
        return False
    return True


def _event_refusals(event: str | None) -> Iterator[Refusal]:
    if event is None or not event.strip():
        yield Refusal("event", 'must name what happened, such as "Order Completed"')
    elif len(event) > LONGEST_NAME or _CONTROL.search(event):
        yield Refusal("event", f"must be at most {LONGEST_NAME} characters without control characters")
    elif event in DERIVED:
        yield Refusal("event", f'"{event}" is derived from the products of "Order Completed"; send that event, with its products, instead')


def _id_refusals(call: Call) -> Iterator[Refusal]:
    ids = {
        "messageId": call.message_id,
        "userId": call.user_id,
        "anonymousId": call.anonymous_id,
        "previousId": call.previous_id,
        "groupId": call.group_id,
    }
    for field, sent in ids.items():
        text = id_text(sent) or ""
        if len(text) > LONGEST_NAME or _CONTROL.search(text):
            yield Refusal(field, f"must be at most {LONGEST_NAME} characters without control characters")


def _whose_refusals(call: Call) -> Iterator[Refusal]:
    """The ids without which nobody could say whose call it is. Events of things have no customer."""
    if call.type == "alias":
        for field, sent in (("previousId", call.previous_id), ("userId", call.user_id)):
            if not id_text(sent):
                yield Refusal(field, "is required: alias links previousId to userId")
        return
    if call.type == "group" and not id_text(call.group_id):
        yield Refusal("groupId", "is required: a group call says which group the customer belongs to")
    is_of_a_thing = call.type == "track" and call.event in THINGS
    if not is_of_a_thing and not id_text(call.user_id) and not id_text(call.anonymous_id):
        yield Refusal("userId", "is required, or anonymousId: whose call is it?")
