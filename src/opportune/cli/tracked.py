"""What a tracking token leads to, from the state and the event store."""

from functools import cache

from opportune.collector.confirming import Request
from opportune.collector.tracking import Resolved
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.events import CONSENT_REQUESTED
from opportune.language.vocabulary.instants import FOREVER
from opportune.shell.reasons import chain_of
from opportune.shell.recording import anonymous, trackable
from opportune.shell.sender import id_of
from opportune.shell.workspace import Workspace
from opportune.stages.events.lookup import events_by_id, properties_of
from opportune.stages.sending.message import Message
from opportune.stages.tracking.tokens import Purpose, Token

KEPT = ("purpose", "wording", "wording_version", "page")
"""What a request says that its confirmation repeats."""


class Tracked:
    """Looks tokens up; one thread at a time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._engine = workspace.engine.sibling()

    def resolve(self, token: Token) -> Resolved | None:
        """The message a token names, None when there is none."""
        sent = self._workspace.outbox.sent(id_of(token.message), token.link)
        if sent is None or (token.purpose is Purpose.CLICK and not sent.url):
            return None
        message = sent.message
        shop = self._workspace.project.settings.shop
        request = self._request(message) if token.purpose is Purpose.CONFIRM else None
        now = self._workspace.clock()
        return Resolved(
            message_id=message.id,
            customer_id=message.customer_id,
            is_anonymous=bool(anonymous(self._engine, [message.identity_key])),
            address=message.address or "",
            shop=shop.name,
            journey=message.journey,
            step=message.step,
            enrolment=message.enrolment_id,
            sent_at=sent.settled_at,
            shop_url=shop.url or "",
            request=request,
            url=sent.url,
            why=chain_of(self._engine, sent) if token.purpose is Purpose.WHY else (),
            may_record=bool(trackable(self._engine, [message.identity_key], now, shop)),
        )

    def _request(self, message: Message) -> Request | None:
        """What somebody asked for that the message wants confirmed; None for a message of another trigger."""
        wanted = {"wanted": [(message.trigger_event_id, message.trigger_line)]}
        rows = self._engine.rows(_plan(), {"first": -FOREVER, "last": message.entered_at}, wanted)
        if not rows or rows[0][2] != CONSENT_REQUESTED:
            return None
        properties = properties_of(rows[0])
        said = {name: properties[name] for name in KEPT if name in properties}
        return Request(event_id=message.trigger_event_id, asked_at=message.decided_at, said=said)


@cache
def _plan() -> Plan:
    return events_by_id()
