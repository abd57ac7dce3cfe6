"""Enrolments, messages and tick outcomes of a small shop, in minutes after an arbitrary noon."""

from collections.abc import Sequence
from typing import Any

from opportune.adapters.stores.store import Record, TickOutcome
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.stages.journeys.enrolment import Enrolment, enrolment_id
from opportune.stages.sending.message import Message, MessageStatus, message_id

NOON = parse_instant("2026-03-01T12:00:00Z")


def minute(number: int) -> Instant:
    return Instant(NOON + number * 60_000_000)


def enrolment(customer: int = 1, at: int = 0, **changed: Any) -> Enrolment:
    journey = changed.get("journey", "cart")
    usual: dict[str, Any] = {
        "id": enrolment_id(journey, f"c{customer}", minute(at), f"e{at}"),
        "journey": journey,
        "version": "v1",
        "customer_id": f"c{customer}",
        "identity_key": customer,
        "key": None,
        "entered_at": minute(at),
        "acted_at": minute(at),
        "trigger_event_id": f"e{at}",
        "trigger_line": 0,
        "is_event_moment": True,
        "same_value": None,
        "held_out": False,
        "due_at": minute(at + 60),
        "watched_until": minute(at),
    }
    return Enrolment(**{**usual, **changed})


def message(of: Enrolment, *, step: str = "first", at: int = 60, **changed: Any) -> Message:
    usual: dict[str, Any] = {
        "id": message_id(of.id, step, "email"),
        "enrolment_id": of.id,
        "journey": of.journey,
        "version": of.version,
        "step": step,
        "template": step,
        "channel": "email",
        "is_marketing": True,
        "customer_id": of.customer_id,
        "identity_key": of.identity_key,
        "address": "ann@example.com",
        "entered_at": of.entered_at,
        "trigger_event_id": of.trigger_event_id,
        "trigger_line": of.trigger_line,
        "due_at": minute(at),
        "decided_at": minute(at),
        "status": MessageStatus.PLANNED,
    }
    return Message(**{**usual, **changed})


def record(of: Enrolment, result: str = "entered") -> Record:
    return Record(of.journey, of.customer_id, of.entered_at, of.acted_at, of.trigger_event_id, result)


def outcome(hi: int, enrolments: Sequence[Enrolment] = (), messages: Sequence[Message] = ()) -> TickOutcome:
    return TickOutcome(hi=minute(hi), enrolments=enrolments, records=[record(each) for each in enrolments], messages=messages)
