"""What each source brought and what was not taken of it, counted by hour: what `opportune sources` reads.

Whoever takes something in counts for itself and adds what it counted from time to time; a second added tally of the same hour, kind and
reason adds up. Nothing here is durable event by event: what a killed process had counted since its last addition is gone.

Held to tests/stores/test_ledger.py
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, case, delete, insert, select, update

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.tables import LEDGER
from opportune.language.vocabulary.instants import Instant

HOUR = 3_600_000_000
"""Microseconds."""
LONGEST_SAMPLE = 300
"""Characters of a sample that are kept."""
LONGEST_REASON = 200


class Taken(StrEnum):
    """What became of it."""

    ACCEPTED = "accepted"
    """Calls that were acknowledged, repeated ones among them."""
    REFUSED = "refused"
    """Calls, lines or requests with a fault of the sender's; `reason` is the field, or what was wrong."""
    WITHHELD = "withheld"
    """Calls there was no consent for; `reason` is the purpose."""
    FAILED = "failed"
    """A pull, a signature or an answer that did not work; `reason` is what people read."""
    LEFT_OUT = "left_out"
    """What arrived, is kept, and nobody asked for; `reason` is what it was, such as a webhook's topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`count` times the same in one UTC hour."""

    source: str
    hour: int
    """Since 1970: `hour_of(at)`."""
    kind: str
    """One of Taken."""
    reason: str = ""
    count: int
    last_at: Instant
    sample: str = ""
    """One of them, without secrets and without anybody's personal values; empty: none was kept."""


def hour_of(at: Instant) -> int:
    """The UTC hour an instant lies in, counted from 1970."""
    return at // HOUR


class Ledger:
    """The tallies of all sources. Callable from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tallies: Iterable[Tally]) -> None:
        """Add what was counted, all of it or, when it fails with StoreFault, nothing; nothing to add opens no transaction."""
        counted = [each for each in tallies if each.count > 0]
        if not counted:
            return
        with self._database.writing() as connection:
            for tally in counted:
                _add(connection, tally)

    def since(self, hour: int, *, kinds: Collection[str] = tuple(Taken), source: str | None = None) -> list[Tally]:
        """The tallies of an hour and of those after it, by (source, hour, kind, reason)."""
        conditions = [LEDGER.c.hour >= hour, LEDGER.c.kind.in_([str(kind) for kind in kinds])]
        if source is not None:
            conditions.append(LEDGER.c.source == source)
        order = (LEDGER.c.source, LEDGER.c.hour, LEDGER.c.kind, LEDGER.c.reason)
        with self._database.reading() as connection:
            return [_tally(row) for row in connection.execute(select(LEDGER).where(*conditions).order_by(*order))]

    def last(self, kind: str) -> dict[str, Tally]:
        """The tally of this kind that was added to last, of each source that has one."""
        order = (LEDGER.c.last_at, LEDGER.c.hour, LEDGER.c.reason)
        with self._database.reading() as connection:
            rows = connection.execute(select(LEDGER).where(LEDGER.c.kind == kind).order_by(*order))
            return {str(row.source): _tally(row) for row in rows}

    def forget(self, before: int) -> None:
        """Take out the tallies of hours before this one."""
        with self._database.writing() as connection:
            connection.execute(delete(LEDGER).where(LEDGER.c.hour < before))


def _add(connection: Connection, tally: Tally) -> None:
    """To the row there is, or as a new one; the sample of what happened last stays. Writers take turns, so nobody comes between."""
    table, reason, sample = LEDGER.c, tally.reason[:LONGEST_REASON], tally.sample[:LONGEST_SAMPLE]
    key = {"source": tally.source, "hour": tally.hour, "kind": str(tally.kind), "reason": reason}
    is_later = table.last_at <= tally.last_at
    there = update(LEDGER).where(*(table[name] == value for name, value in key.items()))
    changed = there.values(
        count=table.count + tally.count,
        last_at=case((is_later, tally.last_at), else_=table.last_at),
        sample=case((is_later, sample), else_=table.sample) if sample else table.sample,
    )
    if not connection.execute(changed).rowcount:
        connection.execute(insert(LEDGER).values(**key, count=tally.count, last_at=tally.last_at, sample=sample))


def _tally(row: Row[Any]) -> Tally:
    return Tally(**row._mapping)
