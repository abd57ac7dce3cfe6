"""Messages as a page lists them: newest first, filtered, a page at a time, with what was rendered. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import message_of
from opportune.adapters.stores.tables import MESSAGES, RENDERED
from opportune.language.vocabulary.instants import Instant
from opportune.stages.sending.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to list; empty means all. `customer` is the beginning of a customer id or address."""

    journey: str = ""
    status: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in a list; `subject` empty while nothing was rendered."""

    message: Message
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message with its words, empty while nothing was rendered."""

    message: Message
    subject: str
    html: str
    text: str
    attempts: int
    settled_at: Instant | None


class Mailbox:
    """Every message decided, sent or held."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Filter, *, offset: int, limit: int) -> Sequence[Listed]:
        """Messages, the newest decision first."""
        subject = func.coalesce(RENDERED.c.subject, "").label("subject")
        chosen = select(MESSAGES, subject).outerjoin(RENDERED, RENDERED.c.message_id == MESSAGES.c.id).where(*_conditions(wanted))
        ordered = chosen.order_by(MESSAGES.c.decided_at.desc(), MESSAGES.c.id.desc()).offset(offset).limit(limit)
        with self._database.reading() as connection:
            return [Listed(message_of(row), str(row.subject)) for row in connection.execute(ordered)]

    def number(self, wanted: Filter) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(MESSAGES).where(*_conditions(wanted))).scalar_one())

    def journeys(self) -> Sequence[str]:
        """Journeys that decided a message, by name."""
        with self._database.reading() as connection:
            return [str(name) for (name,) in connection.execute(select(MESSAGES.c.journey).distinct().order_by(MESSAGES.c.journey))]

    def open(self, message_id: str) -> Opened | None:
        """One message; None when there is none of that id."""
        chosen = select(MESSAGES, RENDERED.c.subject, RENDERED.c.html, RENDERED.c.text)
        joined = chosen.outerjoin(RENDERED, RENDERED.c.message_id == MESSAGES.c.id).where(MESSAGES.c.id == message_id)
        with self._database.reading() as connection:
            row = connection.execute(joined).one_or_none()
        if row is None:
            return None
        return Opened(
            message=message_of(row),
            subject=row.subject or "",
            html=row.html or "",
            text=row.text or "",
            attempts=int(row.attempts),
            settled_at=None if row.settled_at is None else Instant(int(row.settled_at)),
        )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.journey:
        conditions.append(MESSAGES.c.journey == wanted.journey)
    if wanted.status:
        conditions.append(MESSAGES.c.status == wanted.status)
    if wanted.customer:
        begins = [column.startswith(wanted.customer, autoescape=True) for column in (MESSAGES.c.customer_id, MESSAGES.c.address)]
        conditions.append(or_(*begins))
    return conditions
