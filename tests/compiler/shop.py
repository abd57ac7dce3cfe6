"""A small shop for plans: rows written straight into the stored relations, instants in minutes."""

from dataclasses import dataclass
from datetime import timedelta

import duckdb

from opportune.adapters.engines import tables
from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations.map import EVENTS
from opportune.language.relations.plans import Row
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.types import checked, checked_moment
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.problems import Place
from opportune.stages.customers import spans
from opportune.stages.events import order_keys

MINUTE, DAY = 60_000_000, 86_400_000_000
TWO_HOURS = timedelta(hours=2)
ANN, BOB, COOKIE = 1, 2, 3
HERE = Place("shop.yml", 1)
_COLUMNS = tuple(column.name for column in EVENTS.columns)


@dataclass(frozen=True)
class Shop:
    """An engine in memory with three ids: ann and bob are known, cookie is not."""

    connection: duckdb.DuckDBPyConnection
    engine: DuckDB

    @classmethod
    def opened(cls) -> "Shop":
        connection = duckdb.connect(":memory:", config={"threads": 1})
        for statement in tables.stored_tables():
            connection.execute(statement)
        connection.execute("INSERT INTO identities VALUES (1, 'ann', true, 1), (2, 'bob', true, 2), (3, 'cookie', false, 3)")
        return cls(connection, DuckDB(connection))

    def event(
        self, id: str, name: str, at: float, by: int | None = ANN, *, received: float | None = None, line: int = 0, **hot: object
    ) -> None:
        """An event `at` minutes, received at once unless told otherwise."""
        ts = round(at * MINUTE)
        values = {"event_id": id, "line": line, "identity_key": by, "name": name, "ts": ts, "is_imported": False, **hot}
        values["received_at"] = ts if received is None else round(received * MINUTE)
        row = [values.get(column) for column in _COLUMNS]
        self.connection.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(row))})", row)
        for statement in order_keys.filled():
            self.connection.execute(statement)

    def link(self, id: str, at: float, to: int | None = ANN, *, received: float | None = None) -> None:
        """The cookie signs in; to None: it is parted again."""
        ts = round(at * MINUTE)
        self.connection.execute(
            "INSERT INTO links VALUES (?, 3, ?, ?, ?, 0)", [id, to, ts, ts if received is None else round(received * MINUTE)]
        )
        for statement in spans.laid_out("SELECT from_key FROM links"):
            self.connection.execute(statement)

    def trait(self, id: str, name: str, value: str, at: float, by: int = ANN) -> None:
        """A trait, its value as JSON."""
        ts = round(at * MINUTE)
        self.connection.execute("INSERT INTO traits VALUES (?, ?, ?, ?, ?, ?)", [id, by, name, value, ts, ts])


def parsed(text: str) -> Expr:
    """A checked expression."""
    tree, problems = expression(text, HERE)
    assert tree is not None, problems
    return checked(tree, place=HERE)[0]


def parsed_moment(text: str) -> Moment:
    """A checked moment."""
    tree, problems = moment(text, HERE)
    assert tree is not None, problems
    return checked_moment(tree, place=HERE)[0]


def pair(number: int, customer: int, at: float, seen: float | None = None, *entry: object) -> Row:
    """A row of PAIRS; as seen unless told otherwise."""
    instant = round(at * MINUTE)
    told = entry or (None,) * 5
    return (number, customer, instant, instant if seen is None else round(seen * MINUTE), *told)  # type: ignore[return-value]


EVERYTHING = {"at": 10_000 * MINUTE, "seen": FOREVER}
EVER = {"lo": -FOREVER, "hi": FOREVER, "max_lateness": DAY}
