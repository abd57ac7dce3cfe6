"""Journey state in SQL: enrolments, moments and messages, read and written in sets."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, func, or_, select, text
from sqlalchemy.dialects.sqlite import insert

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.store import Standing, TickOutcome
from opportune.adapters.stores.tables import ENROLMENTS, FACTS, MESSAGES, MOMENTS
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.stages.journeys.enrolment import Enrolment, Status
from opportune.stages.sending.arbitration import WEEK
from opportune.stages.sending.message import Message, MessageStatus

BATCH = 5_000


class SqlJourneyState:
    """JourneyState over a Database. `reached` names crash points to tests."""

    def __init__(self, database: Database, reached: Callable[[str], None] = lambda _: None) -> None:
        self._database = database
        self._reached = reached

    def watermark(self) -> Instant | None:
        """Everything up to here has been decided."""
        with self._database.reading() as connection:
            value = connection.execute(select(FACTS.c.value).where(FACTS.c.name == "watermark")).scalar_one_or_none()
        return None if value is None else Instant(int(value))

    def standing(self, customers: Collection[int], *, due_until: Instant, watched: Collection[str]) -> Standing:
        """See JourneyState.standing."""
        watermark = self.watermark()
        since = Instant(watermark - WEEK) if watermark is not None else EARLIEST
        with self._database.reading() as connection:
            _want(connection, customers)
            wanted = ENROLMENTS.c.identity_key.in_(select(text("identity_key")).select_from(text("wanted")))
            is_due = ENROLMENTS.c.due_at <= due_until
            active = _enrolments(
                connection,
                and_(ENROLMENTS.c.status == Status.ACTIVE.value, or_(is_due, wanted, ENROLMENTS.c.journey.in_(sorted(watched)))),
            )
            _want(connection, {enrolment.identity_key for enrolment in active})
            shown = {enrolment.id for enrolment in active}
            past = [enrolment for enrolment in _enrolments(connection, wanted) if enrolment.id not in shown]
            sent = _sent(connection, since)
        return Standing(active=active, past=past, sent=sent)

    def commit(self, outcome: TickOutcome) -> None:
        """See JourneyState.commit."""
        with self._database.writing() as connection:
            _replace(connection, ENROLMENTS, (_enrolment_row(enrolment) for enrolment in outcome.enrolments))
            _record(connection, (_moment_row(record) for record in outcome.records))
            _insert_unless_there(connection, MESSAGES, (_message_row(message) for message in outcome.messages))
            _replace(connection, FACTS, [{"name": "watermark", "value": str(outcome.hi)}])
            self._reached("commit")

    def versions_in_use(self) -> set[tuple[str, str]]:
        """(journey, version) that somebody is still in."""
        chosen = select(ENROLMENTS.c.journey, ENROLMENTS.c.version).where(ENROLMENTS.c.status == Status.ACTIVE.value).distinct()
        with self._database.reading() as connection:
            return {(str(journey), str(version)) for journey, version in connection.execute(chosen)}

    def next_due(self) -> Instant | None:
        """When the first active enrolment has something due."""
        with self._database.reading() as connection:
            chosen = select(func.min(ENROLMENTS.c.due_at)).where(ENROLMENTS.c.status == Status.ACTIVE.value)
            value = connection.execute(chosen).scalar_one_or_none()
        return None if value is None else Instant(int(value))

    def active(self) -> list[Enrolment]:
        """Everybody who is on the way, by id."""
        with self._database.reading() as connection:
            return sorted(_enrolments(connection, ENROLMENTS.c.status == Status.ACTIVE.value), key=lambda e: e.id)

    def enrolments(self) -> list[Enrolment]:
        """All enrolments, by (journey, entered_at, customer_id, trigger)."""
        with self._database.reading() as connection:
            found = _enrolments(connection, ENROLMENTS.c.id.is_not(None))
        return sorted(found, key=lambda e: (e.journey, e.entered_at, e.customer_id, e.trigger_event_id, e.trigger_line))

    def messages(self, after: Instant, until: Instant) -> list[Message]:
        """Messages decided in (after, until], by (decided_at, journey, customer_id, step)."""
        chosen = select(MESSAGES).where(MESSAGES.c.decided_at > after, MESSAGES.c.decided_at <= until)
        order = (MESSAGES.c.decided_at, MESSAGES.c.journey, MESSAGES.c.customer_id, MESSAGES.c.step, MESSAGES.c.id)
        with self._database.reading() as connection:
            return [message_of(row) for row in connection.execute(chosen.order_by(*order))]

    def turned(self) -> dict[tuple[str, str], int]:
        """(journey, result) → number of moments."""
        with self._database.reading() as connection:
            rows = connection.execute(text("SELECT journey, result, count(*) FROM moments GROUP BY journey, result ORDER BY 1, 2"))
            return {(str(journey), str(result)): int(number) for journey, result, number in rows}


def _want(connection: Connection, customers: Collection[int]) -> None:
    """Add to the temporary table that the set-based queries join."""
    connection.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS wanted (identity_key INTEGER PRIMARY KEY)"))
    if customers:
        connection.execute(text("INSERT OR IGNORE INTO wanted VALUES (:key)"), [{"key": key} for key in customers])


def _sent(connection: Connection, since: Instant) -> dict[int, Sequence[Instant]]:
    """What caps count: decisions. How the hand-over ended does not matter, else live and backtest would part."""
    chosen = (
        select(ENROLMENTS.c.identity_key, MESSAGES.c.decided_at)
        .join(MESSAGES, MESSAGES.c.enrolment_id == ENROLMENTS.c.id)  # whose they are now: a merge moves enrolments
        .where(MESSAGES.c.decided_at > since, MESSAGES.c.is_marketing, MESSAGES.c.status != MessageStatus.HELD.value)
        .where(ENROLMENTS.c.identity_key.in_(select(text("identity_key")).select_from(text("wanted"))))
        .order_by(MESSAGES.c.decided_at)
    )
    sent: dict[int, list[Instant]] = defaultdict(list)
    for key, decided_at in connection.execute(chosen):
        sent[int(key)].append(Instant(int(decided_at)))
    connection.execute(text("DROP TABLE wanted"))
    return dict(sent)


def _enrolments(connection: Connection, condition: Any) -> list[Enrolment]:
    return [enrolment_of(row) for row in connection.execute(select(ENROLMENTS).where(condition))]


def enrolment_of(row: Row[Any]) -> Enrolment:
    """The enrolment a row of `enrolments` holds."""
    values = dict(row._mapping)
    values["status"] = Status(values["status"])
    return Enrolment(**values)


def message_of(row: Row[Any]) -> Message:
    """The message a row of `messages` holds."""
    values = {name: value for name, value in row._mapping.items() if name in Message.__slots__}
    values["status"] = MessageStatus(values["status"])
    return Message(**values)


def _enrolment_row(enrolment: Enrolment) -> dict[str, Any]:
    row = {name: getattr(enrolment, name) for name in Enrolment.__slots__}
    return {**row, "status": enrolment.status.value}


def _message_row(message: Message) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in Message.__slots__}
    return {**row, "status": message.status.value}


def _moment_row(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def _replace(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    for batch in _batches(rows):
        statement = insert(table)
        changed = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed), batch)


def _record(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """What became of moments: of one that followed again what became of it first, unless it was turned away then and has entered now."""
    for batch in _batches(rows):
        statement = insert(MOMENTS)
        changed = {name: statement.excluded[name] for name in ("acted_at", "result")}
        has_entered = statement.excluded.result == "entered"
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(MOMENTS.primary_key), set_=changed, where=has_entered), batch
        )


def _insert_unless_there(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    for batch in _batches(rows):
        connection.execute(insert(table).on_conflict_do_nothing(), batch)


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
