"""Whom change points are found for, and in which range: everybody in ($lo, $hi], or the rows of WATCHES.

Reads   identities, spans; the input WATCHES
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from opportune.language.compiler import identities
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.relations.plans import WATCHES
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.reading import Reading

CHANGE = ("at", "known_at", "lateness", "readers")
"""A change point, from when on it is one (never before it), how long after it happened it arrived (µs), and for whom of those who are
looked at together that counts, a bit for each."""


SPAN = ("from_key", "at_from", "at_until", "seen_from", "seen_until")


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

    def owned(self, steps: Steps, sent: str, shift: int = 0) -> sql.Query:
        """Changes under `source_key` brought to all to whom the id belongs then, `shift` µs later."""

    def own(self, steps: Steps, sent: str, shift: int = 0) -> sql.Query:
        """Changes under `source_key` as those of the id itself."""

    def asker(self, table: str) -> tuple[Term, list[Join]]:
        """The id of whom a row of `table` with the key concerns, and what has to be joined for it."""

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

    def owned(self, steps: Steps, sent: str, shift: int = 0) -> sql.Query:
        hers = {"identity_key": column("to_key", "l")} | linked(self.reading, shift)
        is_hers = [sql.equal(column("from_key", "l"), column("source_key", "s")), *holds(self.reading, shift)]
        return sql.union(self.own(steps, sent, shift), sql.query(hers, Source(sent, "s"), [Join(Source("spans", "l"), sql.both(*is_hers))]))

    def own(self, steps: Steps, sent: str, shift: int = 0) -> sql.Query:
        return sql.query({"identity_key": column("source_key", "s")} | delayed(shift), Source(sent, "s"))

    def asker(self, table: str) -> tuple[Term, list[Join]]:
        return column("identity_key", table), []

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

    def owned(self, steps: Steps, sent: str, shift: int = 0) -> sql.Query:
        if "watched_ids" not in steps.named:
            to_her = Join(Source("spans", "l"), sql.equal(column("to_key", "l"), column("identity_key", "w")))
            shown = {"watch": column("watch", "w")} | {name: column(name, "l") for name in SPAN}
            steps.add("watched_ids", sql.query(shown, Source(self.relation, "w"), [to_her]))
        hers = {"watch": column("watch", "l")} | linked(self.reading, shift)
        is_hers = [sql.equal(column("from_key", "l"), column("source_key", "s")), *holds(self.reading, shift)]
        return sql.union(
            self._own(sent, shift, [_linked_away(self.reading)]),
            sql.query(hers, Source(sent, "s"), [Join(Source("watched_ids", "l"), sql.both(*is_hers))]),
        )

    def own(self, steps: Steps, sent: str, shift: int = 0) -> sql.Query:
        return self._own(sent, shift, [])

    def _own(self, sent: str, shift: int, more: Sequence[Join]) -> sql.Query:
        on = sql.equal(column("identity_key", "w"), column("source_key", "s"))
        shown = {"watch": column("watch", "w")} | delayed(shift)
        return sql.query(shown, Source(sent, "s"), [Join(Source(self.relation, "w"), on), *more])

    def asker(self, table: str) -> tuple[Term, list[Join]]:
        is_its = sql.equal(column("watch", "asker"), column("watch", table))
        return column("identity_key", "asker"), [Join(Source(self.relation, "asker"), is_its)]

    def everybody(self) -> sql.Query:
        shown = {"watch": column("watch", "w"), "low": column("after", "w"), "high": column(self.last, "w")}
        return sql.query(shown, Source(self.relation, "w"))

    def kept(self, all_changes: str) -> sql.Query:
        shown = {name: column(name, "c") for name in (self.key, *CHANGE)}
        inside = sql.within(column("known_at", "c"), column("after", "w"), column("until", "w"))
        on = sql.both(sql.equal(column("watch", "w"), column("watch", "c")), inside)
        return sql.query(shown, Source(all_changes, "c"), [Join(Source(self.relation, "w"), on)])


def _linked_away(reading: Reading) -> Join:
    """Leaves out those of `s` whose id was another customer's when they happened, and still is when they are known."""
    at = column("at", "s")
    asked = [(at, sql.number(FOREVER))]
    if reading is Reading.AS_SEEN:
        asked = [(at, column("known_at", "s")), (column("known_at", "s"), column("known_at", "s"))]
    is_its = sql.equal(column("from_key", "l"), column("source_key", "s"))
    return Join(Source("spans", "l"), sql.both(is_its, *(identities.counts_at(*pair) for pair in asked)), "ANTI")


def delayed(shift: int) -> dict[str, Term]:
    """`CHANGE` of the step `s`, so much later."""
    later = {name: sql.plus(column(name, "s"), sql.number(shift)) if shift else column(name, "s") for name in ("at", "known_at")}
    return later | {name: column(name, "s") for name in CHANGE if name not in later}


def holds(reading: Reading, shift: int) -> list[Term]:
    """Whether a span `l` still holds where a change of `s` comes to be known.

    What `ago` reads of as seen was seen so long ago, by those to whom the id belonged then."""
    if reading is Reading.AS_KNOWN:
        return [sql.less(column("at", "s"), column("at_until", "l")), *valid_forever("l")]
    known = sql.larger(column("known_at", "s"), column("seen_from", "l"), column("at_from", "l"))
    last = known.copy() if shift else column("at", "s")
    return [sql.less(last, column("at_until", "l")), sql.less(known, column("seen_until", "l"))]


def linked(reading: Reading, shift: int) -> dict[str, Term]:
    """`CHANGE` of the step `s` for whom a span `l` makes an id theirs: not before both."""
    point = sql.larger(column("at", "s"), column("at_from", "l"))
    known = point.copy()
    if reading is Reading.AS_SEEN:
        known = sql.larger(column("known_at", "s"), column("seen_from", "l"), point.copy())
    at = known.copy() if shift else point
    by_link = sql.less(column("known_at", "s"), column("seen_from", "l"))
    late = sql.minus(column("seen_from", "l"), column("at_from", "l"))
    row = {"at": at, "known_at": known, "lateness": sql.choose(by_link, late, column("lateness", "s")), "readers": column("readers", "s")}
    later = {name: sql.plus(row[name], sql.number(shift)) for name in ("at", "known_at")} if shift else {}
    return row | later


def valid_forever(table: str) -> Iterator[Term]:
    """That a span counts as known."""
    yield sql.at_most(column("seen_from", table), sql.number(FOREVER))
    yield sql.less(sql.number(FOREVER), column("seen_until", table))
