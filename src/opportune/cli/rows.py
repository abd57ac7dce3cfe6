"""Enrolments and messages as the rows of their files. The columns are part of the outside contract."""

from collections.abc import Sequence

from opportune.cli.csv_files import Cell
from opportune.language.vocabulary.instants import format_instant
from opportune.stages.journeys.enrolment import Enrolment, Status, public_event_id
from opportune.stages.sending.message import Message

ENROLMENT_COLUMNS = ("journey", "customer_id", "entered_at", "trigger_event_id", "held_out", "outcome")
MESSAGE_COLUMNS = (
    "customer_id",
    "address",
    "journey",
    "step",
    "channel",
    "entered_at",
    "due_at",
    "decided_at",
    "status",
    "reason",
    "message_id",
)


def enrolment_row(enrolment: Enrolment) -> Sequence[Cell]:
    """In the order of ENROLMENT_COLUMNS."""
    outcome = "active" if enrolment.status is Status.ACTIVE else enrolment.outcome
    trigger = public_event_id(enrolment.trigger_event_id, enrolment.trigger_line)
    return (enrolment.journey, enrolment.customer_id, format_instant(enrolment.entered_at), trigger, enrolment.held_out, outcome)


def message_row(message: Message) -> Sequence[Cell]:
    """In the order of MESSAGE_COLUMNS."""
    times = (format_instant(message.entered_at), format_instant(message.due_at), format_instant(message.decided_at))
    who = (message.customer_id, message.address, message.journey, message.step, message.channel)
    return (*who, *times, message.status.value, message.reason, message.id)
