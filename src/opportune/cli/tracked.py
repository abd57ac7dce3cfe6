"""What a tracking token leads to, from the state and the event store."""

from opportune.collector.tracking import Resolved
from opportune.shell.reasons import chain_of
from opportune.shell.recording import anonymous, trackable
from opportune.shell.sender import id_of
from opportune.shell.workspace import Workspace
from opportune.stages.tracking.tokens import Purpose, Token


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
            url=sent.url,
            why=chain_of(self._engine, sent) if token.purpose is Purpose.WHY else (),
            may_record=bool(trackable(self._engine, [message.identity_key], now, shop)),
        )
