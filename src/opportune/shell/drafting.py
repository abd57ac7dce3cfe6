"""Messages from decisions: one row for every send, made or not."""

from opportune.language.tree.journeys import MessageKind, Send
from opportune.shell.compiled import CompiledJourney
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.journeys.program import Request
from opportune.stages.sending.arbitration import Held, Reason
from opportune.stages.sending.arbitration import Send as Make
from opportune.stages.sending.message import Message, MessageStatus, message_id

SKIPPED = "only_if was false"


def kind_of(send: Send, compiled: CompiledJourney) -> MessageKind:
    """The send's own kind, else its journey's."""
    return send.kind or compiled.journey.kind


def send_at(enrolment: Enrolment, compiled: CompiledJourney) -> Send:
    """The send whose decision the enrolment waits for."""
    instruction = compiled.program[enrolment.cursor]
    if not isinstance(instruction, Request):
        raise AssertionError("only a send waits for a decision")
    return instruction.send


def decided_message(enrolment: Enrolment, send: Send, compiled: CompiledJourney, verdict: Make | Held) -> Message:
    """What arbitration made of a send at the enrolment's due instant."""
    match verdict:
        case Make(address=address):
            return _message(enrolment, send, compiled, address, MessageStatus.PLANNED, "")
        case Held(reason=Reason() as reason, address=known):
            return _message(enrolment, send, compiled, known, MessageStatus.HELD, reason.value)


def skipped_message(enrolment: Enrolment, step: str, compiled: CompiledJourney) -> Message | None:
    """A send that its `only_if` left out leaves a row that says so; other steps leave none."""
    sends = (instruction.send for instruction in compiled.program if isinstance(instruction, Request))
    send = next((send for send in sends if send.id == step), None)
    return None if send is None else _message(enrolment, send, compiled, None, MessageStatus.HELD, SKIPPED)


def _message(
    enrolment: Enrolment, send: Send, compiled: CompiledJourney, address: str | None, status: MessageStatus, reason: str
) -> Message:
    return Message(
        id=message_id(enrolment.id, send.id, send.channel),
        enrolment_id=enrolment.id,
        journey=enrolment.journey,
        version=enrolment.version,
        step=send.id,
        template=send.template,
        channel=send.channel,
        is_marketing=kind_of(send, compiled) is MessageKind.MARKETING,
        customer_id=enrolment.customer_id,
        identity_key=enrolment.identity_key,
        address=address,
        entered_at=enrolment.entered_at,
        trigger_event_id=enrolment.trigger_event_id,
        trigger_line=enrolment.trigger_line,
        due_at=enrolment.asked_at if enrolment.asked_at is not None else enrolment.due_at,
        decided_at=enrolment.due_at,
        status=status,
        reason=reason,
    )
