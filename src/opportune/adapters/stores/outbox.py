"""The outbox: planned messages on their way out, each claimed at most once at a time and never handed over twice.

A claim is a compare-and-set from `planned` to `claimed`, committed before DATA begins; so what a crash leaves `claimed` is
exactly what may or may not have gone out, at most one per open connection. `recover` marks those `unknown`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.sqlite import insert

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import message_of
from opportune.adapters.stores.tables import LINKS, MESSAGES, NOTICES, RENDERED
from opportune.language.vocabulary.instants import Instant
from opportune.stages.sending.message import Message, MessageStatus


@dataclass(frozen=True, slots=True)
class Content:
    """What was rendered for one message; `links` in the order of their numbers, from 1."""

    message_id: str
    subject: str
    html: str
    text: str
    links: Sequence[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A Segment call that has to reach the event log because of a hand-over."""

    id: str
    call: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A message and one of its links, for the tracking endpoints."""

    message: Message
    settled_at: Instant | None
    url: str


class Outbox:
    """Messages between decision and outcome."""

    def __init__(self, database: Database, reached: Callable[[str], None] = lambda _: None) -> None:
        self._database = database
        self._reached = reached

    def due(self, now: Instant, limit: int) -> list[tuple[Message, int]]:
        """Planned messages that may go out now, oldest decision first, with the number of attempts so far."""
        chosen = (
            select(MESSAGES)
            .where(MESSAGES.c.status == MessageStatus.PLANNED.value, MESSAGES.c.decided_at <= now)
            .where(or_(MESSAGES.c.next_attempt_at.is_(None), MESSAGES.c.next_attempt_at <= now))
            .order_by(MESSAGES.c.decided_at, MESSAGES.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [(message_of(row), int(row.attempts)) for row in connection.execute(chosen)]

    def claim(self, message_id: str, content: Content) -> bool:
        """Take a planned message for hand-over and keep what was rendered; False when it is no longer planned."""
        with self._database.writing() as connection:
            claimed = update(MESSAGES).where(MESSAGES.c.id == message_id, MESSAGES.c.status == MessageStatus.PLANNED.value)
            if connection.execute(claimed.values(status=MessageStatus.CLAIMED.value)).rowcount != 1:
                return False
            row = {"message_id": message_id, "subject": content.subject, "html": content.html, "text": content.text}
            connection.execute(insert(RENDERED).values(row).on_conflict_do_nothing())
            links = [{"message_id": message_id, "number": number, "url": url} for number, url in enumerate(content.links, 1)]
            if links:
                connection.execute(insert(LINKS).on_conflict_do_nothing(), links)
            self._reached("claim")
        return True

    def settle(self, message_id: str, status: MessageStatus, reason: str, at: Instant, notices: Iterable[Notice] = ()) -> None:
        """Record how a hand-over ended, with the events that tell of it, in one transaction."""
        with self._database.writing() as connection:
            settled = update(MESSAGES).where(MESSAGES.c.id == message_id)
            connection.execute(settled.values(status=status.value, reason=reason, settled_at=at, attempts=MESSAGES.c.attempts + 1))
            rows = [{"id": notice.id, "call": notice.call} for notice in notices]
            if rows:
                connection.execute(insert(NOTICES).on_conflict_do_nothing(), rows)

    def postpone(self, message_id: str, until: Instant, reason: str, *, attempts: int = 1) -> None:
        """Back to planned after a temporary refusal; with 0 `attempts` nothing was tried."""
        with self._database.writing() as connection:
            postponed = update(MESSAGES).where(MESSAGES.c.id == message_id)
            values = {
                "status": MessageStatus.PLANNED.value,
                "reason": reason,
                "next_attempt_at": until,
                "attempts": MESSAGES.c.attempts + attempts,
            }
            connection.execute(postponed.values(**values))

    def recover(self, at: Instant) -> int:
        """After a crash: what was being handed over is unknown, for ever; gives how many."""
        with self._database.writing() as connection:
            left = update(MESSAGES).where(MESSAGES.c.status == MessageStatus.CLAIMED.value)
            why = "the process died while handing it over"
            return connection.execute(left.values(status=MessageStatus.UNKNOWN.value, reason=why, settled_at=at)).rowcount

    def notices(self, limit: int = 1_000) -> list[Notice]:
        """Events that still have to reach the log."""
        with self._database.reading() as connection:
            return [Notice(str(row.id), bytes(row.call)) for row in connection.execute(select(NOTICES).limit(limit))]

    def noted(self, ids: Sequence[str]) -> None:
        """These reached the log. (A crash before this sends them again; their message ids make that harmless.)"""
        with self._database.writing() as connection:
            connection.execute(NOTICES.delete().where(NOTICES.c.id.in_(ids)))

    def versions_waiting(self) -> set[str]:
        """Versions whose templates planned messages still need."""
        chosen = select(MESSAGES.c.version).where(MESSAGES.c.status == MessageStatus.PLANNED.value).distinct()
        with self._database.reading() as connection:
            return {str(version) for (version,) in connection.execute(chosen)}

    def sent(self, message_id: str, link: int) -> Sent | None:
        """A message that was handed over or may have been, with the URL of one of its links (empty for link 0 or an unknown one)."""
        chosen = select(MESSAGES).where(MESSAGES.c.id == message_id)
        url = select(LINKS.c.url).where(LINKS.c.message_id == message_id, LINKS.c.number == link)
        with self._database.reading() as connection:
            row = connection.execute(chosen).one_or_none()
            if row is None:
                return None
            return Sent(
                message_of(row),
                None if row.settled_at is None else Instant(row.settled_at),
                connection.execute(url).scalar_one_or_none() or "",
            )
