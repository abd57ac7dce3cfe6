"""What was decided about one customer: every moment with its result, every enrolment, every message. To be read by people."""

from dataclasses import dataclass

from sqlalchemy import select

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import enrolment_of, message_of
from opportune.adapters.stores.tables import ENROLMENTS, MESSAGES, MOMENTS
from opportune.language.vocabulary.instants import Instant
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.sending.message import Message


@dataclass(frozen=True, slots=True)
class Met:
    """A moment that a journey met, and what became of it: `entered`, or why not."""

    journey: str
    at: Instant
    acted_at: Instant
    result: str


@dataclass(frozen=True, slots=True)
class Decided:
    """In the order of their instants."""

    moments: tuple[Met, ...]
    enrolments: tuple[Enrolment, ...]
    messages: tuple[Message, ...]


def decided_about(database: Database, customer: str, until: Instant) -> Decided:
    """All that was decided about a customer up to an instant, under the id it was decided with."""
    met = select(MOMENTS.c.journey, MOMENTS.c.at, MOMENTS.c.acted_at, MOMENTS.c.result)
    with database.reading() as connection:
        moments = connection.execute(met.where(MOMENTS.c.customer_id == customer, MOMENTS.c.acted_at <= until).order_by(MOMENTS.c.at))
        entered = select(ENROLMENTS).where(ENROLMENTS.c.customer_id == customer, ENROLMENTS.c.acted_at <= until)
        sent = select(MESSAGES).where(MESSAGES.c.customer_id == customer, MESSAGES.c.decided_at <= until)
        return Decided(
            moments=tuple(Met(row.journey, Instant(row.at), Instant(row.acted_at), row.result) for row in moments),
            enrolments=tuple(map(enrolment_of, connection.execute(entered.order_by(ENROLMENTS.c.entered_at)))),
            messages=tuple(map(message_of, connection.execute(sent.order_by(MESSAGES.c.decided_at, MESSAGES.c.id)))),
        )
