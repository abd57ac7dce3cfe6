"""Population functions read at a pair: what was counted at the last calibration instant.

Reads   calibrations
Gives   pair and the value, for a step with pair and at
"""

from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Population
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind

FEWEST = 100
"""Customers with a known value that a group needs to speak for itself."""
_NEVER = 2**63 - 1


def calibrated(steps: Steps, known: str, population: Population, name: str, scalars: Scalars) -> str:
    """`pair` and the population's value under `name`, for the step `known`, which `scalars` reads as `k`."""
    periods = _periods(steps, f"{known}_{name}", population)
    joins = [Join(Source(periods, "c"), sql.both(*_holds()), "LEFT")]
    value: Term = column("value", "c")
    if population.by is not None:
        group = sql.both(
            sql.equal(column("population", "g"), sql.text(content_hash(population))),
            sql.equal(column("instant", "g"), column("instant", "c")),
            sql.equal(column("by_value", "g"), sql.cast(scalars.term(population.by), "VARCHAR")),
            sql.at_most(sql.number(FEWEST), column("known", "g")),
        )
        joins.append(Join(Source("calibrations", "g"), group, "LEFT"))
        value = sql.choose(sql.is_known(column("known", "g")), _stored(population, "g"), value)
    return steps.add(f"{known}_{name}", sql.query({"pair": column("pair", "k"), name: value}, Source(known, "k"), joins))


def _holds() -> list[Term]:
    return [sql.at_most(column("instant", "c"), column("at", "k")), sql.less(column("at", "k"), column("until", "c"))]


def _periods(steps: Steps, name: str, population: Population) -> str:
    """instant, until, value: what was counted over all customers, from its instant to the next."""
    until = sql.lead(column("instant"), 1, sql.number(_NEVER), Window((), ("instant",)))
    shown = {"instant": column("instant", "p"), "until": until, "value": _stored(population, "p")}
    where = [sql.equal(column("population", "p"), sql.text(content_hash(population))), sql.is_null(column("by_value", "p"))]
    return steps.add(f"{name}_periods", sql.query(shown, Source("calibrations", "p"), where=where))


def _stored(population: Population, table: str) -> Term:
    return column("real" if kind_of(population.of) is Kind.NUMBER else "whole", table)
