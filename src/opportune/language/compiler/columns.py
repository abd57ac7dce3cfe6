"""The values of leaves, told from the columns of a relation that holds what they need (`Needs` names the columns)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from opportune.language.compiler.leaves import Leaf, reads_event
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.properties import trait_term
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term, column
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Aggregate
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind

NARROW = 2**62
"""What is no larger can be divided as a BIGINT: no step in between leaves its range."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Leaves read from the columns of one relation; `at` gives the moment asked about."""

    needs: Needs
    table: str
    at: Callable[[], Term]
    has_entry: bool = True

    def __call__(self, leaf: Leaf) -> Term:
        match leaf:
            case tree.Metric():
                return self._metric(leaf)
            case tree.Trait(kind=kind):
                return trait_term(kind, lambda: column(self.needs.trait(leaf), self.table))
            case tree.Consent(purpose=purpose):
                return self._consent(leaf, is_allowed_without=purpose == "profiling")
            case tree.TriggerProperty():
                return column(self.needs.trigger(leaf), self.table) if self.has_entry else sql.null()
            case tree.EntryId():
                return column("entry_id", self.table) if self.has_entry else sql.null()
            case tree.EntryAt():
                return column("entry_at", self.table) if self.has_entry else sql.null()
            case tree.At():
                return self.at()
            case tree.Ago():
                return column(self.needs.ago[repr(leaf)][0], self.table)
            case tree.Population():
                return column(self.needs.populations[repr(leaf)][0], self.table)
            case tree.Lookup() if reads_event(leaf):
                return column("value", self.needs.of_events[repr(leaf)][0])
            case tree.Lookup() | tree.Distance():
                return column(self.needs.lookups[repr(leaf)][0], self.table)
            case _:
                assert_never(leaf)

    def _metric(self, metric: tree.Metric) -> Term:
        names = self.needs.columns_behind(metric)

        def held(number: int = 0) -> Term:
            return column(names[number], self.table)

        match metric.function:
            case Aggregate.COUNT | Aggregate.SUM | Aggregate.DISTINCT | Aggregate.ACTIVE:
                return sql.coalesce(held(), sql.number(0))
            case Aggregate.DECAYED:
                return sql.coalesce(held(), sql.real(0))
            case Aggregate.DID:
                return sql.less(sql.number(0), sql.coalesce(held(), sql.number(0)))
            case Aggregate.AGE | Aggregate.TENURE:
                return sql.minus(self.at(), held())
            case Aggregate.AVG:
                return average(held, lambda: held(1), kind_of(metric))
            case Aggregate.GAP:
                return _gap(held, lambda: held(1), lambda: held(2))
            case Aggregate.TIME | Aggregate.FIRST_TIME | Aggregate.MIN | Aggregate.MAX | Aggregate.MEDIAN:
                return held()
            case Aggregate.FIRST | Aggregate.LAST | Aggregate.TOP:
                return held()
            case _:
                assert_never(metric.function)

    def _consent(self, consent: tree.Consent, *, is_allowed_without: bool) -> Term:
        given, withdrawn = (column(name, self.table) for name in self.needs.columns_behind(consent))
        is_given = sql.coalesce(sql.less(withdrawn, given), sql.truth(False))
        never_withdrawn = sql.is_null(withdrawn.copy())
        return sql.either(is_given, never_withdrawn if is_allowed_without else sql.both(never_withdrawn, sql.is_known(given.copy())))


def average(total: Callable[[], Term], known: Callable[[], Term], kind: Kind) -> Term:
    """The mean of `known` values; money and durations exactly, rounded half to even; null without values."""
    if kind is Kind.NUMBER:
        return sql.over(sql.cast(total(), "DOUBLE"), sql.cast(known(), "DOUBLE"))
    # totals are wider than BIGINT, whose division takes a sixteenth of the time
    narrow = shared(lambda: sql.try_cast(total(), "BIGINT"), known)
    is_narrow = sql.both(sql.at_most(sql.number(-NARROW), total()), sql.at_most(total(), sql.number(NARROW)))
    return sql.choose(sql.less(sql.number(0), known()), sql.choose(is_narrow, narrow, shared(total, known)))


def _gap(count: Callable[[], Term], first: Callable[[], Term], last: Callable[[], Term]) -> Term:
    """Of so many events from the first to the last, the mean time between neighbours."""
    parts = shared(lambda: sql.minus(last(), first()), lambda: sql.minus(count(), sql.number(1)))
    return sql.choose(sql.less(sql.number(1), count()), parts)


def shared(whole: Callable[[], Term], parts: Callable[[], Term]) -> Term:
    """A whole number divided by a positive one, exactly, rounded half to even."""

    def left() -> Term:
        # never negative, whatever the sign of `whole`
        return sql.modulo(sql.plus(sql.modulo(whole(), parts()), parts()), parts())

    def below() -> Term:
        return sql.over_exactly(sql.minus(whole(), left()), parts())

    twice = sql.times(sql.number(2), left())
    is_odd = sql.unequal(sql.modulo(below(), sql.number(2)), sql.number(0))
    rounds_up = sql.either(sql.less(parts(), twice), sql.both(sql.equal(parts(), twice.copy()), is_odd))
    return sql.plus(below(), sql.choose(rounds_up, sql.number(1), sql.number(0)))
