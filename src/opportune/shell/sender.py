"""From a planned message to an outcome: gather what it says, render it, ask the gate once more, claim, hand over, settle.

`prepare` and `hand_over` are plain calls; `postman.py` runs them in threads, tests and the demo on a moved clock.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from opportune.adapters.channels.channel import Channel, Envelope, Faulted, HandedOver, Outcome, Refused, Unknown
from opportune.adapters.engines.engine import Engine
from opportune.adapters.logs.line import Line, written
from opportune.adapters.project.settings import RETRIES, Settings
from opportune.adapters.stores.outbox import Content, Notice, Outbox
from opportune.language.relations.plans import Plan
from opportune.language.tree.sending import Sending
from opportune.language.vocabulary.events import CONSENT_REQUESTED, MESSAGE
from opportune.language.vocabulary.instants import FOREVER, Instant, format_instant, span_of
from opportune.language.vocabulary.kinds import Json
from opportune.language.vocabulary.zones import zone_or
from opportune.shell.compiled import compile_gate
from opportune.shell.ingredients import Asked, Ingredients
from opportune.shell.recording import anonymous, trackable
from opportune.shell.rendering import Order, Renderer, order
from opportune.shell.sharing import Mailing, sharing
from opportune.stages.content.addresses import Mailbox, mailbox, mailbox_written
from opportune.stages.content.message import Heading, message_bytes
from opportune.stages.content.refusal import Refusal
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.shelf import products_of
from opportune.stages.customers.profile import traits_at
from opportune.stages.events.lookup import events_by_id, properties_of
from opportune.stages.journeys.enrolment import public_event_id
from opportune.stages.sending.arbitration import Reason
from opportune.stages.sending.message import Message, MessageStatus
from opportune.stages.sending.quiet_hours import quiet_until
from opportune.stages.sending.sharing import ALONE, Shared
from opportune.stages.tracking.tokens import Purpose, Token, mint

NO_SENDER = "shop@localhost"
"""Who mail comes from while `sender.from` is not set."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message ready to be claimed and handed over."""

    message: Message
    attempts: int
    content: Content
    envelope: Envelope
    is_anonymous: bool
    """The customer was never sent as a userId, so events about her must not be either."""
    offer: str
    """The name of the offer it makes, told with `Email Sent`: who was offered what has to be known. Empty: none."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of a message's customer at the hand-over."""

    traits: dict[str, Json]
    trigger: dict[str, Json]
    refusal: str
    may_track: bool
    is_anonymous: bool


class Sender:
    """Prepares and hands over. One thread prepares; any number hand over, each with its own channel."""

    def __init__(
        self,
        *,
        engine: Engine,
        outbox: Outbox,
        renderer: Renderer,
        settings: Settings,
        secret: bytes,
        public_url: str,
        clock: Callable[[], Instant],
        ingredients: Ingredients | None = None,
        sending: Callable[[], Sending] = Sending,
    ) -> None:
        self._engine, self._outbox, self._renderer = engine, outbox, renderer
        self._ingredients = ingredients
        self._sending = sending
        """The rules of volume as they are now: quiet hours that began since the decision are waited for."""
        self._settings, self._secret, self._clock = settings, secret, clock
        self._public_url = public_url.rstrip("/")
        self._pauses = [span_of(pause) for pause in (settings.smtp.retry if settings.smtp else RETRIES)]
        """Before the next attempt after a temporary refusal, by attempt; after the last it has failed."""

    # -- prepare

    def prepare(self, limit: int, inside: Collection[str] = ()) -> list[Prepared]:
        """Up to `limit` due messages, oldest first, none of `inside`; those that cannot go out are settled here and now."""
        now = self._clock()
        due = [(message, attempts) for message, attempts in self._outbox.due(now, limit + len(inside)) if message.id not in inside][:limit]
        if not due:
            return []
        asked = self._asked([message for message, _ in due], now)
        open_ones = []
        sending = self._sending()
        for (message, attempts), known in zip(due, asked, strict=True):
            free_at = _free_at(message, known, sending, now)
            if free_at > now:
                self._outbox.postpone(message.id, free_at, Reason.QUIET.value, attempts=0)
            elif known.refusal:
                self._outbox.settle(message.id, MessageStatus.FAILED, f"refused at hand-over: {known.refusal}", now)
            else:
                open_ones.append((message, attempts, known))
        told = self._told([(message, known) for message, _, known in open_ones], now)
        orders = [self._order(message, known, more, now) for (message, _, known), more in zip(open_ones, told, strict=True)]
        prepared = []
        for (message, attempts, known), more, words in zip(open_ones, told, self._renderer.render(orders), strict=True):
            ready = self._ready(message, attempts, known, words, now, _offer_in(more))
            if ready is not None:
                prepared.append(ready)
        return prepared

    def _asked(self, messages: Sequence[Message], now: Instant) -> list[_Asked]:
        """Traits, trigger and the gate's answer, in three queries for all."""
        numbered = [(number, m.identity_key, now, FOREVER) for number, m in enumerate(messages)]
        traits: dict[int, dict[str, Json]] = {number: {} for number in range(len(messages))}
        for number, name, value in self._engine.rows(_traits_plan(), {}, {"asked": numbered}):
            traits[int(number or 0)][str(name)] = json.loads(str(value))
        triggers = self._triggers(messages)
        refusals = self._refusals(messages, now)
        customers = {m.identity_key for m in messages}
        may_track = trackable(self._engine, customers, now, self._settings.shop)
        nameless = anonymous(self._engine, customers)
        return [
            _Asked(
                traits[n],
                triggers.get((m.trigger_event_id, m.trigger_line), {}),
                refusals.get(n, ""),
                m.identity_key in may_track,
                m.identity_key in nameless,
            )
            for n, m in enumerate(messages)
        ]

    def _triggers(self, messages: Sequence[Message]) -> dict[tuple[str, int], dict[str, Json]]:
        wanted = sorted({(m.trigger_event_id, m.trigger_line) for m in messages})
        rows = self._engine.rows(_events_plan(), {"first": -FOREVER, "last": max(m.entered_at for m in messages)}, {"wanted": wanted})
        return {(str(row[0]), int(row[1] or 0)): {**properties_of(row), "event": str(row[2]), "event_id": str(row[0])} for row in rows}

    def _refusals(self, messages: Sequence[Message], now: Instant) -> dict[int, str]:
        """Number → why the gate, asked again at the hand-over, refuses."""
        refusals: dict[int, str] = {}
        shared = self._shared(messages, now)
        for channel in sorted({m.channel for m in messages}):
            pairs = [
                (n, m.identity_key, now, FOREVER, None, None, None, None, None) for n, m in enumerate(messages) if m.channel == channel
            ]
            for number, has_consent, objects, is_bad_address, _ in self._engine.rows(_gate_plan(channel), {}, {"pairs": pairs}):
                message, of_all = messages[int(number or 0)], shared.get(int(number or 0), ALONE)
                if is_bad_address or of_all.is_bad_address:
                    refusals[int(number or 0)] = Reason.BAD_ADDRESS.value
                elif message.is_marketing and (objects or of_all.objects):
                    refusals[int(number or 0)] = Reason.OBJECTS.value
                elif message.is_marketing and not has_consent:
                    refusals[int(number or 0)] = Reason.NO_CONSENT.value
                elif message.is_marketing and of_all.is_of_another:
                    refusals[int(number or 0)] = Reason.ANOTHERS.value
        return refusals

    def _shared(self, messages: Sequence[Message], now: Instant) -> dict[int, Shared]:
        """Number → what those say of the address who have it too."""
        mails = [number for number, message in enumerate(messages) if message.channel == "email" and message.address]
        asked = [Mailing(messages[number].identity_key, messages[number].address or "", now, FOREVER) for number in mails]
        return {mails[place]: found for place, found in sharing(self._engine, asked).items()}

    def _told(self, messages: Sequence[tuple[Message, _Asked]], now: Instant) -> list[dict[str, Json]]:
        """What the templates may read besides customer, trigger, entry and shop."""
        if self._ingredients is None:
            return [{"products": [*products_of(known.trigger, {})]} for _, known in messages]
        templates = self._renderer.templates
        asked = [
            Asked(message, templates.get(template_key(message.version, message.template)), known.trigger) for message, known in messages
        ]
        return self._ingredients.of(asked, templates, now)

    def _order(self, message: Message, known: _Asked, more: Mapping[str, Json], now: Instant) -> Order:
        shop = self._settings.shop
        values: dict[str, Json] = {
            "customer": {"id": message.customer_id, **known.traits},
            "trigger": known.trigger,
            "entry": {"id": message.enrolment_id, "at": format_instant(message.entered_at)},
            "shop": {"name": shop.name, "url": shop.url, "currency": shop.currency, "timezone": shop.timezone, "address": shop.address},
            **more,
        }
        template = template_key(message.version, message.template)
        # A mail that asks for a second yes must look at nobody: what is asked is whether she wants to hear from us at all.
        tracks = known.may_track and known.trigger.get("event") != CONSENT_REQUESTED
        return order(template, values, message=number_of(message.id), at=now, tracks=tracks, is_marketing=message.is_marketing)

    def _ready(
        self, message: Message, attempts: int, known: _Asked, words: Rendered | Refusal, now: Instant, offer: str
    ) -> Prepared | None:
        """The envelope; or None, and the message has failed with its reason."""
        content: bytes | Refusal = words if isinstance(words, Refusal) else self._bytes(message, known, words, now)
        if isinstance(content, Refusal) or isinstance(words, Refusal):
            why = content.what if isinstance(content, Refusal) else ""
            self._outbox.settle(message.id, MessageStatus.FAILED, why, now)
            return None
        links = [link.url for link in words.links]
        sender = self._from().address
        envelope = Envelope(message_id=message.id, sender=sender, recipient=message.address or "", content=content)
        said = Content(message.id, words.subject, words.html, words.text, links)
        return Prepared(message, attempts, said, envelope, known.is_anonymous, offer)

    def _bytes(self, message: Message, known: _Asked, words: Rendered, now: Instant) -> bytes | Refusal:
        recipient = mailbox(message.address or "", _full_name(known.traits))
        if isinstance(recipient, Refusal):
            return recipient
        token = mint(self._secret, Token(Purpose.UNSUBSCRIBE, number_of(message.id)))
        sender = self._from()
        shop = self._settings.shop
        reply_to = mailbox_written(self._settings.sender.reply_to) if self._settings.sender.reply_to else None
        heading = Heading(
            sender=sender,
            recipient=recipient,
            reply_to=reply_to if isinstance(reply_to, Mailbox) else None,
            at=now,
            message_id=message.id,
            list_id=f"{message.journey}.{sender.address.rpartition('@')[2]}" if message.is_marketing else "",
            list_name=shop.name,
            unsubscribe_url=f"{self._public_url}/u/{token}" if message.is_marketing else "",
        )
        return message_bytes(heading, words)

    def _from(self) -> Mailbox:
        found = mailbox_written(self._settings.sender.from_ or NO_SENDER)
        if isinstance(found, Refusal):
            raise ValueError(f"sender.from: {found.what}")
        return found

    # -- hand over

    def hand_over(self, prepared: Prepared, channel: Channel) -> Outcome | None:
        """Claim, deliver, settle; None when somebody else had it."""
        message = prepared.message
        if not self._outbox.claim(message.id, prepared.content):
            return None
        outcome = channel.deliver(prepared.envelope)
        self._settle(prepared, outcome, self._clock())
        return outcome

    def _settle(self, prepared: Prepared, outcome: Outcome, now: Instant) -> None:
        message = prepared.message
        match outcome:
            case HandedOver(response=response):
                offered = {"offer": prepared.offer} if prepared.offer else None
                notices = [_notice(prepared, "Sent", now, offered), _notice(prepared, "Delivered", now)]
                self._outbox.settle(message.id, MessageStatus.HANDED_OVER, response[:200], now, notices)
            case Refused(is_permanent=True, is_bad_address=is_bad, code=code, text=text):
                notices = [_notice(prepared, "Bounced", now, {"kind": "hard" if is_bad else "policy"})]
                self._outbox.settle(message.id, MessageStatus.FAILED, f"{code} {text}"[:500], now, notices)
            case Refused(code=code, text=text):
                self._again(prepared, f"{code} {text}"[:500], now)
            case Faulted(why=why):
                self._again(prepared, why[:500], now)
            case Unknown(why=why):
                self._outbox.settle(message.id, MessageStatus.UNKNOWN, why[:500], now)

    def _again(self, prepared: Prepared, why: str, now: Instant) -> None:
        """Later, or never when the pauses are used up."""
        if prepared.attempts >= len(self._pauses):
            self._outbox.settle(prepared.message.id, MessageStatus.FAILED, f"gave up: {why}", now)
        else:
            self._outbox.postpone(prepared.message.id, Instant(now + self._pauses[prepared.attempts]), why)


def number_of(message_id: str) -> int:
    """The number that tracking tokens carry for a message."""
    return int(message_id, 16)


def id_of(number: int) -> str:
    """And back."""
    return f"{number:032x}"


def template_key(version: str, template: str) -> str:
    """Templates are kept per version: an edit changes no mail of those who entered before it."""
    return f"{version}/{template}"


def _free_at(message: Message, known: _Asked, sending: Sending, now: Instant) -> Instant:
    """`now`, or the end of the quiet hours in which marketing is not handed over either, however late it is."""
    if sending.quiet is None or not message.is_marketing or known.refusal:
        return now
    return quiet_until(sending.quiet, zone_or(known.traits.get("timezone") or known.traits.get("geo_timezone"), sending.zone), now)


def _offer_in(values: Mapping[str, Json]) -> str:
    offer = values.get("offer")
    return str(offer["name"]) if isinstance(offer, dict) else ""


def _full_name(traits: Mapping[str, Json]) -> str:
    return " ".join(str(traits[name]) for name in ("first_name", "last_name") if isinstance(traits.get(name), str))


def _notice(prepared: Prepared, what: str, now: Instant, more: Mapping[str, str] | None = None) -> Notice:
    """`Email Sent` and its kind, told to the log; the id makes a repeat harmless."""
    message = prepared.message
    prefix = {"email": "Email", "sms": "SMS", "push": "Push"}[message.channel]
    values = (message.id, message.journey, message.step, message.enrolment_id, "")
    properties = {name: value for name, value in zip(MESSAGE, values, strict=True) if value}
    notice_id = f"{message.id}-{what.lower()}"
    line = Line(
        type="track",
        message_id=notice_id,
        source="opportune",
        user_id=None if prepared.is_anonymous else message.customer_id,
        anonymous_id=message.customer_id if prepared.is_anonymous else None,
        event=f"{prefix} {what}",
        timestamp=format_instant(now),
        properties={**properties, **(more or {}), "trigger": public_event_id(message.trigger_event_id, message.trigger_line)},
        traits={},
        context={},
    )
    return Notice(notice_id, written(line))


@cache
def _traits_plan() -> Plan:
    return traits_at()


@cache
def _events_plan() -> Plan:
    return events_by_id()


@cache
def _gate_plan(channel: str) -> Plan:
    return compile_gate(channel)
