"""Why one message was sent or not: the moment, the guard of its journey, and the gate's rules, down to the first that forbade it.

Rules are read as they could be seen at the instant of decision; which of them forbade it was recorded then, and is not decided again.

Cost    her events and the oracle, once a rule
Held to tests/explaining/test_message_chain.py
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from opportune.adapters.stores.decided import Decided
from opportune.language.explaining.reasons import Names, why
from opportune.language.explaining.words import NO, NOTE, YES, lines, moment, shown
from opportune.language.meaning.asking import answer
from opportune.language.meaning.deriving import with_derived
from opportune.language.meaning.history import Entry
from opportune.language.meaning.pairs import Pair
from opportune.language.tree.expressions import EntryId, Expr, TriggerProperty
from opportune.language.tree.journeys import Journey
from opportune.language.tree.pinning import as_written
from opportune.language.tree.sending import QuietHours, Sending
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.durations import format_duration
from opportune.language.vocabulary.kinds import Kind
from opportune.shell.explaining import Subject
from opportune.shell.reasons import SHOWN
from opportune.stages.privacy.gate import questions, volume
from opportune.stages.sending.arbitration import WEEK, Reason
from opportune.stages.sending.message import Message, MessageStatus

MARKETING = frozenset({Reason.OBJECTS, Reason.NO_CONSENT, Reason.ANOTHERS, Reason.CAPPED, Reason.TOO_SOON, Reason.QUIET})
"""Rules that transactional messages know nothing of."""


def read_by_gate(message: Message, sending: Sending) -> list[Expr]:
    """What the gate asks before such a message."""
    return [*questions(message.channel).values(), *volume(sending).values()]


def message_lines(
    subject: Subject, message: Message, journey: Journey | None, decided: Decided, sending: Sending, names: Names, currency: str
) -> list[str]:
    """The chain from what happened to what became of the message. `journey`: None where there is none of that name any more."""
    return [
        f"{message.step} of {message.journey}, by {message.channel} [{message.id}]",
        f"├─ {_trigger(subject, message)}",
        *(f"├─ {line}" if n == 0 else f"│  {line}" for n, line in enumerate(_entered(subject, message, journey, decided, names, currency))),
        f"├─ {moment(message.due_at)}: the step was due",
        f"├─ {moment(message.decided_at)}: decided",
        *(f"│  {line}" for line in _rules(subject, message, decided, sending, currency)),
        f"└─ {_verdict(message)}",
    ]


def _trigger(subject: Subject, message: Message) -> str:
    history = with_derived(subject.history, message.entered_at)
    wanted = (message.trigger_event_id, message.trigger_line)
    event = next((event for event in history.events if (event.event_id, event.line) == wanted), None)
    if event is None:
        return f"{moment(message.entered_at)}: its moment came by time alone"
    said = ", ".join(f"{name} {event.properties[name]}" for name in SHOWN if event.properties.get(name) is not None)
    return f"{moment(event.ts)}: {as_written(event.name)}{f' ({said})' if said else ''}"


def _entered(subject: Subject, message: Message, journey: Journey | None, decided: Decided, names: Names, currency: str) -> Iterator[str]:
    yield f"{moment(message.entered_at)}: entered {message.journey}"
    guard = journey.only_if if journey is not None else None
    if guard is None or any(isinstance(part, EntryId | TriggerProperty) for part in walk(guard)):
        return
    seen = next((each.acted_at for each in decided.enrolments if each.id == message.enrolment_id), message.entered_at)
    reason = why(guard, subject.history, subject.customer, message.entered_at, seen, Entry(at=message.entered_at), names)
    head, *below = lines(reason, currency)
    yield f"{head} (only_if)"
    yield from below


def _rules(subject: Subject, message: Message, decided: Decided, sending: Sending, currency: str) -> Iterator[str]:
    """The rules in the gate's order, down to the one that forbade it."""
    is_held = message.status is MessageStatus.HELD
    for rule, told in _told(subject, message, decided, sending, currency).items():
        is_asked = message.is_marketing or rule not in MARKETING
        if is_asked and told:
            forbids = is_held and message.reason == rule.value
            yield f"{NO if forbids else YES} {told}"
            if forbids:
                return


def _told(subject: Subject, message: Message, decided: Decided, sending: Sending, currency: str) -> Mapping[Reason, str]:
    """Each rule in words, with what it looked at; nothing for one that is off."""
    asked = {**questions(message.channel), **volume(sending)}
    pair = Pair(
        history=with_derived(subject.history, message.decided_at), customer=subject.customer, at=message.decided_at, seen=message.decided_at
    )
    worth = {name: answer(tree, pair).value for name, tree in asked.items()}
    before = _before(message, decided.messages)
    week = sum(message.decided_at - WEEK < each.decided_at for each in before)
    last = f", the last on {moment(before[-1].decided_at)}" if before else ""
    by_another = "another customer with this address "
    objected = "" if worth["objects"] or message.reason != Reason.OBJECTS.value else by_another
    return {
        Reason.BAD_ADDRESS: "the address never bounced for good",
        Reason.OBJECTS: f"{objected}unsubscribed or complained" if worth["objects"] or objected else "neither unsubscribed nor complained",
        Reason.NO_CONSENT: f"consent for {message.channel}",
        Reason.NO_ADDRESS: f"an address: {shown(worth['address'], Kind.TEXT, currency)}",
        Reason.ANOTHERS: f"{by_another}told it first" if message.reason == Reason.ANOTHERS.value else "",
        Reason.CAPPED: f"at most {shown(worth['weekly_cap'], Kind.NUMBER, currency)} in 7 days: {week} in those before{last}"
        if sending.weekly is not None
        else "",
        Reason.TOO_SOON: f"{format_duration(sending.gap)} between two{last}" if sending.gap is not None else "",
        Reason.QUIET: _quiet(sending.quiet, str(worth["zone"] or sending.zone)) if sending.quiet is not None else "",
        Reason.HELD_OUT: "not among those held out for comparison",
    }


def _before(message: Message, messages: Iterable[Message]) -> Sequence[Message]:
    """The marketing messages that were not held, decided before this one."""
    return [
        each
        for each in messages
        if each.is_marketing and each.status is not MessageStatus.HELD and each.decided_at < message.decided_at and each.id != message.id
    ]


def _quiet(quiet: QuietHours, zone: str) -> str:
    begins, ends = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in (quiet.begins, quiet.ends))
    return f"outside the quiet hours, {begins} to {ends} in {zone}"


def _verdict(message: Message) -> str:
    if message.status is MessageStatus.HELD:
        return f"{NO} not sent: {message.reason}"
    reason = f" ({message.reason})" if message.reason else ""
    mark = (
        NO if message.status in (MessageStatus.FAILED, MessageStatus.UNKNOWN) else NOTE if message.status is MessageStatus.PLANNED else YES
    )
    return f"{mark} {message.status.value.replace('_', ' ')} to {message.address}{reason}"
