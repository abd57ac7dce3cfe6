"""What plans read of events and traits, told from the plans themselves: which names, which columns.

A plan names the events it reads in the WHERE or ON of the SELECT that reads them; one that does not reads any.
Held to tests/meaning/test_compiled_nearby.py
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

import sqlglot.expressions as exp

from opportune.language.compiler.turning import PARTED_SOURCES
from opportune.language.relations.map import EVENTS, TRAITS
from opportune.language.relations.plans import Plan

ALWAYS = ("event_id", "line", "identity_key", "name", "ts", "received_at", "is_imported", "withdrawn_at", "order_key")
"""Columns of events that everybody reads."""


@dataclass(slots=True)
class Wanted:
    """What plans read of events, and of traits."""

    names: set[str] | None = field(default_factory=set)
    """None: any."""
    columns: set[str] = field(default_factory=lambda: set(ALWAYS))
    traits: set[str] | None = field(default_factory=set)
    """The names of traits; None: any."""

    @classmethod
    def by(cls, plans: Iterable[Plan]) -> Self:
        """What any of the plans reads."""
        found = cls()
        for plan in plans:
            for select in plan.query.find_all(exp.Select):
                for table in () if is_left_to_the_store(select) else tables_of(select):
                    found._take(select, table.name, table.alias_or_name)
        return found

    def _take(self, select: exp.Select, relation: str, table: str) -> None:
        if relation == TRAITS.name:
            self.traits = _either(self.traits, _names_wanted(select, table))
        elif relation == EVENTS.name:
            self.names = _either(self.names, _names_wanted(select, table))
            self.columns |= {part.name for part in select.find_all(exp.Column) if part.table in ("", table)}


def _events_in(select: exp.Select) -> Iterator[str]:
    """The aliases under which a SELECT reads events."""
    yield from (table.alias_or_name for table in tables_of(select) if table.name == EVENTS.name)


def tables_of(select: exp.Select) -> Iterator[exp.Table]:
    """What a SELECT itself reads."""
    sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
    yield from (source.this for source in sources if source is not None and isinstance(source.this, exp.Table))


def is_left_to_the_store(select: exp.Select) -> bool:
    """Whether it asks for events whatever their names, and for few: those of whom a link has left, or those that arrived in the range."""
    if any(table.name.endswith(PARTED_SOURCES) for table in tables_of(select)):
        return True
    return any(_names_wanted(select, table) is None and _is_of_range(select) for table in _events_in(select))


def _is_of_range(select: exp.Select) -> bool:
    arrivals = ("received_at", "withdrawn_at")
    return any(
        isinstance(part, exp.GT) and part.this.name in arrivals and isinstance(part.expression, exp.Placeholder | exp.Parameter)
        for part in _conjuncts(select.args["where"].this if select.args.get("where") else None)
    )


def _names_wanted(select: exp.Select, table: str) -> set[str] | None:
    """The names a SELECT asks of the events it reads as `table`; None where it does not say. Of triggers, asked for by id, none."""
    conditions = [select.args.get("where"), *(join.args.get("on") for join in select.args.get("joins") or [])]
    for condition in conditions:
        found = _names_in(condition.this if isinstance(condition, exp.Where) else condition, table)
        if found is not None:
            return found
    return None


def _names_in(condition: exp.Expression | None, table: str) -> set[str] | None:
    for part in _conjuncts(condition):
        match part:
            case exp.EQ(this=exp.Column() as asked, expression=exp.Literal() as one) if _is_name(asked, table):
                return {one.name}
            case exp.EQ(this=exp.Column() as one, expression=exp.Column() as other) if "trigger_event_id" in (one.name, other.name):
                return set()
            case exp.In(this=exp.Column() as asked) if _is_name(asked, table):
                return {one.name for one in part.expressions}
            case _:
                pass
    return None


def _either(some: set[str] | None, others: set[str] | None) -> set[str] | None:
    return None if some is None or others is None else some | others


def _is_name(asked: exp.Column, table: str) -> bool:
    return asked.name == "name" and asked.table == table


def _conjuncts(condition: exp.Expression | None) -> Iterator[exp.Expression]:
    match condition:
        case None:
            return
        case exp.Paren(this=inner):
            yield from _conjuncts(inner)
        case exp.And(this=left, expression=right):
            yield from _conjuncts(left)
            yield from _conjuncts(right)
        case _:
            yield condition
