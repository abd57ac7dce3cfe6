"""Why somebody got a message: the chain from what happened to what was sent, in plain words."""

from functools import cache

from opportune.adapters.engines.engine import Engine
from opportune.adapters.stores.outbox import Sent
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import FOREVER, Instant, datetime_of
from opportune.stages.events.lookup import events_by_id, properties_of
from opportune.stages.sending.message import Message, MessageStatus

SHOWN = ("product_id", "name", "category", "order_id", "total", "price", "query")
"""Properties worth a word."""


def chain_of(engine: Engine, sent: Sent) -> tuple[str, ...]:
    """The links of the chain, oldest first."""
    message = sent.message
    links = [
        _trigger(engine, message),
        f"{_time(message.entered_at)}: entered the journey “{message.journey}”",
        f"{_time(message.due_at)}: the step “{message.step}” was due",
        _decision(message),
    ]
    if sent.settled_at is not None and message.status is not MessageStatus.HELD:
        links.append(
            f"{_time(sent.settled_at)}: {message.status.value.replace('_', ' ')}{f' ({message.reason})' if message.reason else ''}"
        )
    return tuple(links)


def _trigger(engine: Engine, message: Message) -> str:
    wanted = {"wanted": [(message.trigger_event_id, message.trigger_line)]}
    rows = engine.rows(_plan(), {"first": -FOREVER, "last": message.entered_at}, wanted)
    if not rows:
        return f"caused by event {message.trigger_event_id}"
    properties = properties_of(rows[0])
    said = ", ".join(f"{name} {properties[name]}" for name in SHOWN if name in properties)
    return f"{_time(Instant(int(rows[0][3] or 0)))}: {rows[0][2]}{f' ({said})' if said else ''}"


def _decision(message: Message) -> str:
    if message.status is MessageStatus.HELD:
        return f"{_time(message.decided_at)}: not sent: {message.reason}"
    return (
        f"{_time(message.decided_at)}: consent given, no objection, below the cap and not in quiet hours: to be sent to {message.address}"
    )


def _time(at: Instant) -> str:
    return datetime_of(at).strftime("%Y-%m-%d %H:%M:%S UTC")


@cache
def _plan() -> Plan:
    return events_by_id()
