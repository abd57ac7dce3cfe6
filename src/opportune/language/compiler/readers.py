"""Who of several that are looked at together reads what: a bit for each.

One scan finds the changes of all of them. Whether an arrival was in time to bring a turn about depends on what that turn reads alone, so
each change says for whom it counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from opportune.language.compiler.reads import EventPart, Reads, TablePart
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term

MOST = 60
"""So many fit into a whole number."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What one of them reads. `of_presence`: the customer's first event or trait too, whatever its name."""

    reads: Reads
    of_presence: bool


@dataclass(frozen=True, slots=True)
class Readers:
    """Those that are looked at together, in the order of their bits."""

    each: tuple[Reader, ...]

    def all(self) -> Term:
        """Everybody: links."""
        return self._those(lambda _: True)

    def of_presence(self) -> Term:
        return self._those(lambda one: one.of_presence)

    def of_events(self, part: EventPart) -> Term:
        return self._those(lambda one: any(_is_alike(part, other) for other in one.reads.events))

    def of_traits(self, name: str) -> Term:
        return self._those(lambda one: (name, 0) in one.reads.traits)

    def of_rows(self, part: TablePart) -> Term:
        return self._those(lambda one: any(repr(part) == repr(other) for other in one.reads.tables))

    def _those(self, reads_it: Callable[[Reader], bool]) -> Term:
        return sql.cast(sql.number(sum(1 << bit for bit, one in enumerate(self.each) if reads_it(one))), "BIGINT")


def nobody() -> Term:
    """For what is never late."""
    return sql.cast(sql.number(0), "BIGINT")


def is_for(readers: Term, bit: int) -> Term:
    """Whether a change counts for the one with this bit."""
    return sql.less(sql.number(0), sql.shared_bits(readers, sql.number(1 << bit)))


def _is_alike(one: EventPart, other: EventPart) -> bool:
    named = ((part.selector.names, part.selector.derived, part.where, part.shift) for part in (one, other))
    return len({repr(each) for each in named}) == 1
