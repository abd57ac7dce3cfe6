"""Plans: compiled questions to an engine, with named parameters and input tables.

A plan is compiled once per definition version and bound to values at each use. Its text is made from a SQLGlot tree,
so that the same tree can be written for another engine.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import sqlglot
import sqlglot.expressions as exp

from opportune.language.relations import order, portable
from opportune.language.tree.expressions import Population
from opportune.language.tree.moments import Every
from opportune.language.vocabulary.kinds import Kind

Scalar = None | bool | int | float | str
Row = tuple[Scalar, ...]


def query_of(text: str) -> exp.Query:
    """The tree of a query written by hand, in DuckDB's dialect: it can be written for another engine like any other."""
    parsed = sqlglot.parse_one(text, read="duckdb")
    if not isinstance(parsed, exp.Query):
        raise ValueError(f"not a query: {text}")
    return parsed


@dataclass(frozen=True, slots=True)
class Input:
    """An input table of a plan: named columns with engine-neutral types (BIGINT, INTEGER, VARCHAR, BOOLEAN, DOUBLE)."""

    name: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Plan:
    """A query, the columns it gives, the parameters (`$name`) and the input tables it needs."""

    query: exp.Query
    columns: tuple[tuple[str, Kind], ...]
    parameters: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    populations: tuple[Population, ...] = ()
    """What must be calibrated (relation `calibrations`) up to the end of the range before the plan runs."""
    occurrences: tuple[Every, ...] = ()
    """The wall times whose instants in the range the input OCCURRENCES must hold."""
    joins_as_written: bool = False
    """Its joins begin at the few rows that are asked about: an engine that guesses at sizes need not find another order."""

    def sql(self, dialect: str, *, exact_order: bool = True) -> str:
        """The text for one engine; `exact_order`: the order keys of the store tell all ties apart (relations.order)."""
        key = dialect, exact_order
        if key not in self._texts:
            query = order.written(self.query, exact=exact_order)
            self._texts[key] = portable.written(query, dialect, keep=query is self.query)
        return self._texts[key]

    @cached_property
    def _texts(self) -> dict[tuple[str, bool], str]:
        return {}

    @cached_property
    def hash(self) -> str:
        """Content hash: equal plans have equal hashes."""
        return hashlib.blake2b(self.sql("duckdb").encode(), digest_size=16).hexdigest()


PAIRS = Input(
    "pairs",
    (
        ("pair", "BIGINT"),
        ("identity_key", "INTEGER"),
        ("at", "BIGINT"),
        ("seen", "BIGINT"),
        ("entry_at", "BIGINT"),
        ("entry_id", "VARCHAR"),
        ("trigger_event_id", "VARCHAR"),
        ("trigger_line", "INTEGER"),
        ("is_event_moment", "BOOLEAN"),
        ("told", "VARCHAR"),
    ),
)
"""What values are asked at: `pair` numbers the question, `identity_key` is the canonical customer. The last six are null outside of
journeys, and may be left out of rows. `since=entry` reads what follows the trigger in event order when `is_event_moment` (the moment is
its trigger's own ts: event, reaches), else `ts > entry_at`. `told`: a JSON object of what the moment itself tells as `trigger.x`, values
as plans hold them; of a change `old` and `new`."""

WATCHES = Input(
    "watches",
    (
        ("watch", "BIGINT"),
        ("identity_key", "INTEGER"),
        ("after", "BIGINT"),
        ("until", "BIGINT"),
        ("entry_at", "BIGINT"),
        ("entry_id", "VARCHAR"),
        ("trigger_event_id", "VARCHAR"),
        ("trigger_line", "INTEGER"),
        ("is_event_moment", "BOOLEAN"),
        ("told", "VARCHAR"),
    ),
)
"""Where a condition is watched: every change point p in (after, until], asked at (p, seen=p)."""

FOLLOWS = Input(
    "follows",
    (
        ("question", "BIGINT"),
        ("identity_key", "INTEGER"),
        ("at", "BIGINT"),
        ("seen", "BIGINT"),
        ("trigger_event_id", "VARCHAR"),
        ("trigger_line", "INTEGER"),
    ),
)
"""Moments that were taken: does the one at `at` with this trigger still follow for this customer from what was received by `seen`?"""

OCCURRENCES = Input("occurrences", (("zone", "VARCHAR"), ("at", "BIGINT")))
"""Instants at which a wall time of `every(...)` falls in the range, for each zone that is asked for (an IANA name)."""
