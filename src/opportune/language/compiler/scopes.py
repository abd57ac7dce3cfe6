"""Whom change points are found for, and in which range: everybody in ($lo, $hi], or the rows of WATCHES.

Reads   identities, spans; the input WATCHES
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.plans import WATCHES
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

CHANGE = ("at", "known_at", "lateness")
"""A change point, from when on it is one (never before it), and how long after it happened it arrived, µs."""


class Scope(Protocol):
    """Whom, and when."""

    @property
    def key(self) -> str:
        """The column that tells apart whom changes concern."""

    @property
    def reading(self) -> Reading:
        """Which arrivals count."""

    @property
    def is_narrow(self) -> bool:
        """Whether the range is short, so that it should be looked at whole."""

    @property
    def limits(self) -> tuple[Callable[[], Term], Callable[[], Term]] | None:
        """The range, open and closed, where it is the same for all."""

    @property
    def among(self) -> str | None:
        """A step of the only ids (`source_key`) whose changes are asked for; None: all are."""

    def owned(self, steps: Steps, sent: str) -> sql.Query:
        """Changes under `source_key` brought to all whom they may concern."""

    def everybody(self) -> sql.Query:
        """All there are: `key`, `low` and `high`, the range."""

    def kept(self, all_changes: str) -> sql.Query:
        """Those of all changes whose `known_at` lies in the range."""


@dataclass(frozen=True, slots=True)
class Everybody:
    """All identities, in one range."""

    reading: Reading
    low: Callable[[], Term]
    """Open."""
    high: Callable[[], Term]
    is_narrow: bool
    among: str | None = None
    key: str = "identity_key"

    @property
    def limits(self) -> tuple[Callable[[], Term], Callable[[], Term]]:
        return self.low, self.high

    def owned(self, steps: Steps, sent: str) -> sql.Query:
        own = {"identity_key": column("source_key", "s")} | {name: column(name, "s") for name in CHANGE}
        is_hers = [
            sql.equal(column("from_key", "l"), column("source_key", "s")),
            sql.less(column("at", "s"), column("at_until", "l")),
        ]
        point = sql.larger(column("at", "s"), column("at_from", "l"))
        hers = {"identity_key": column("to_key", "l"), "at": point}
        seen = sql.larger(column("known_at", "s"), column("seen_from", "l"))
        hers["known_at"] = point.copy() if self.reading is Reading.AS_KNOWN else sql.larger(seen, point.copy())
        by_link = sql.less(column("known_at", "s"), column("seen_from", "l"))
        late = sql.minus(column("seen_from", "l"), column("at_from", "l"))
        hers["lateness"] = sql.choose(by_link, late, column("lateness", "s"))
        if self.reading is Reading.AS_KNOWN:
            is_hers += valid_forever("l")
        return sql.union(
            sql.query(own, Source(sent, "s")), sql.query(hers, Source(sent, "s"), [Join(Source("spans", "l"), sql.both(*is_hers))])
        )

    def everybody(self) -> sql.Query:
        asked = sql.equal(column("source_key", "o"), column("identity_key", "i"))
        hers = [] if self.among is None else [Join(Source(self.among, "o"), asked, "SEMI")]
        shown = {"identity_key": column("identity_key", "i"), "low": self.low(), "high": self.high()}
        return sql.query(shown, Source("identities", "i"), hers)

    def kept(self, all_changes: str) -> sql.Query:
        shown = {name: column(name, "c") for name in (self.key, *CHANGE)}
        return sql.query(shown, Source(all_changes, "c"), where=[sql.within(column("known_at", "c"), self.low(), self.high())])


@dataclass(frozen=True, slots=True)
class Watched:
    """The customers of the watches, each in its own range."""

    reading: Reading
    relation: str = WATCHES.name
    """An input or step with the columns of WATCHES."""
    last: str = "until"
    """The column with the last instant of midnights and the like."""
    key: str = "watch"
    is_narrow: bool = True
    among: str | None = None

    @property
    def limits(self) -> None:
        return None

    def owned(self, steps: Steps, sent: str) -> sql.Query:
        own = sql.query({"watch": column("watch", "w"), "source_key": column("identity_key", "w")}, Source(self.relation, "w"))
        to_her = Join(Source("spans", "l"), sql.equal(column("to_key", "l"), column("identity_key", "w")))
        linked = sql.query({"watch": column("watch", "w"), "source_key": column("from_key", "l")}, Source(self.relation, "w"), [to_her])
        if "watched_ids" not in steps.named:
            steps.add("watched_ids", sql.union(own, linked, distinct=True))
        shown = {"watch": column("watch", "i")} | {name: column(name, "s") for name in CHANGE}
        on = sql.equal(column("source_key", "i"), column("source_key", "s"))
        return sql.query(shown, Source(sent, "s"), [Join(Source("watched_ids", "i"), on)])

    def everybody(self) -> sql.Query:
        shown = {"watch": column("watch", "w"), "low": column("after", "w"), "high": column(self.last, "w")}
        return sql.query(shown, Source(self.relation, "w"))

    def kept(self, all_changes: str) -> sql.Query:
        shown = {name: column(name, "c") for name in (self.key, *CHANGE)}
        inside = sql.within(column("known_at", "c"), column("after", "w"), column("until", "w"))
        on = sql.both(sql.equal(column("watch", "w"), column("watch", "c")), inside)
        return sql.query(shown, Source(all_changes, "c"), [Join(Source(self.relation, "w"), on)])


def valid_forever(table: str) -> Iterator[Term]:
    """That a span counts as known."""
    yield sql.at_most(column("seen_from", table), sql.number(FOREVER))
    yield sql.less(sql.number(FOREVER), column("seen_until", table))
