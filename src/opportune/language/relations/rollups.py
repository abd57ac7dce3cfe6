"""Roll-ups: what is kept of certain events per identity and UTC day, so that whole days need not be read again.

A roll-up is told by a query over ARRIVING, a relation with the columns of `events`, that gives the columns of `rollup_days` after
`rollup`. It is run over all stored events once, and from then on over the new events of every load.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import sqlglot.expressions as exp

ARRIVING = "arriving_events"
DAY = 86_400_000_000
COLUMNS = ("identity_key", "day", "events", "known", "whole", "real", "first_ts", "last_ts")


@dataclass(frozen=True)
class Rollup:
    """What is kept: its query."""

    query: exp.Query

    @cached_property
    def text(self) -> str:
        """The query in DuckDB's dialect."""
        return self.query.sql(dialect="duckdb")

    @cached_property
    def hash(self) -> str:
        """Content hash: equal roll-ups have equal hashes."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()
