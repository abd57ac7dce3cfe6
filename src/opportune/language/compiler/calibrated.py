"""Population functions read at a pair: what was counted at the last calibration instant.

Reads   calibrations
Gives   pair and the value, for a step with pair and at; or one row with the values at one instant
"""

from collections.abc import Mapping

from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree.content import content_hash
from opportune.language.tree.expressions import Expr, Population
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind

FEWEST = 100
"""Customers with a known value that a group needs to speak for itself."""
_NEVER = 2**63 - 1


def counted_in_groups(steps: Steps, known: str, population: Population, name: str, scalars: Scalars) -> str:
    """`pair` and the value of a population that tells groups apart, under `name`, for the step `known`, which `scalars` reads as `k`."""
    if population.by is None:
        raise ValueError("this population has no groups")
    periods = _periods(steps, f"{known}_{name}", population)
    of_group = _group_join(population, population.by, scalars, column("instant", "c"))
    joins = [Join(Source(periods, "c"), sql.both(*_holds()), "LEFT"), of_group]
    value = _of_group_or(population, column("value", "c"))
    return steps.add(f"{known}_{name}", sql.query({"pair": column("pair", "k"), name: value}, Source(known, "k"), joins))


def counted_together(steps: Steps, known: str, populations: Mapping[str, Population]) -> str:
    """`pair` and the values of populations that tell no groups apart, each under its name: one search for all of them."""
    counted: dict[str, Term] = {"instant": column("instant", "c")}
    for name, population in populations.items():
        # a record, because a null may be what was counted
        row = sql.record(instant=column("instant", "c"), value=_stored(population, "c"))
        counted[name] = sql.only(sql.largest(row), _is_of(population, "c"))
    own = [sql.either(*(_is_of(population, "c") for population in populations.values())), sql.is_null(column("by_value", "c"))]
    at_instants = steps.add(f"{known}_counted", sql.query(counted, Source("calibrations", "c"), where=own, group=1))
    in_order = Window((), ("instant",))
    shown: dict[str, Term] = {"instant": column("instant", "c")}
    shown["until"] = sql.lead(column("instant", "c"), 1, sql.number(_NEVER), in_order)
    shown |= {name: sql.part_of(in_order.of_running(sql.largest(column(name, "c"))), "value") for name in populations}
    periods = steps.add(f"{known}_counted_last", sql.query(shown, Source(at_instants, "c")))
    told = {"pair": column("pair", "k")} | {name: column(name, "c") for name in populations}
    joins = [Join(Source(periods, "c"), sql.both(*_holds()), "LEFT")]
    return steps.add(f"{known}_counted_by_then", sql.query(told, Source(known, "k"), joins))


def at_one_instant(steps: Steps, name: str, populations: Mapping[str, Population], at: Term) -> str:
    """One row with what was counted last over all customers by `at`: each population under its name; what `of_groups` reads of those
    that tell groups apart under NAME_all, and when that was under NAME_instant."""
    read: dict[str, Term] = {}
    for own, population in populations.items():
        # a record, because a null may be what was counted last
        last = sql.at_largest(sql.record(value=_stored(population, "c")), column("instant", "c"))
        of_all = own if population.by is None else f"{own}_all"
        read[of_all] = sql.part_of(sql.only(last, _is_of(population, "c")), "value")
        if population.by is not None:
            read[f"{own}_instant"] = sql.only(sql.largest(column("instant", "c")), _is_of(population, "c"))
    where = [sql.is_null(column("by_value", "c")), sql.at_most(column("instant", "c"), at)]
    return steps.add(name, sql.query(read, Source("calibrations", "c"), where=where))


def of_groups(steps: Steps, known: str, population: Population, name: str, scalars: Scalars) -> str:
    """What `counted_in_groups` gives of a population that tells groups apart, where `known` has the columns of `at_one_instant`."""
    if population.by is None:
        raise ValueError("this population has no groups")
    join = _group_join(population, population.by, scalars, column(f"{name}_instant", "k"))
    value = _of_group_or(population, column(f"{name}_all", "k"))
    return steps.add(f"{known}_{name}", sql.query({"pair": column("pair", "k"), name: value}, Source(known, "k"), [join]))


def _group_join(population: Population, by: Expr, scalars: Scalars, instant: Term) -> Join:
    """The group of the customer, if it was large enough at the instant."""
    group = sql.both(
        _is_of(population, "g"),
        sql.equal(column("instant", "g"), instant),
        sql.equal(column("by_value", "g"), sql.cast(scalars.term(by), "VARCHAR")),
        sql.at_most(sql.number(FEWEST), column("known", "g")),
    )
    return Join(Source("calibrations", "g"), group, "LEFT")


def _of_group_or(population: Population, of_all: Term) -> Term:
    return sql.choose(sql.is_known(column("known", "g")), _stored(population, "g"), of_all)


def _holds() -> list[Term]:
    return [sql.at_most(column("instant", "c"), column("at", "k")), sql.less(column("at", "k"), column("until", "c"))]


def _periods(steps: Steps, name: str, population: Population) -> str:
    """instant, until, value: what was counted over all customers, from its instant to the next."""
    until = sql.lead(column("instant"), 1, sql.number(_NEVER), Window((), ("instant",)))
    shown = {"instant": column("instant", "p"), "until": until, "value": _stored(population, "p")}
    where = [_is_of(population, "p"), sql.is_null(column("by_value", "p"))]
    return steps.add(f"{name}_periods", sql.query(shown, Source("calibrations", "p"), where=where))


def _is_of(population: Population, table: str) -> Term:
    return sql.equal(column("population", table), sql.text(content_hash(population)))


def _stored(population: Population, table: str) -> Term:
    return column("real" if kind_of(population.of) is Kind.NUMBER else "whole", table)
