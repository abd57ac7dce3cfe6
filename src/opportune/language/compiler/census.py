"""A population function counted over all customers at one instant, or at many: what `relations.map.CALIBRATIONS` keeps.

Reads   what its expressions read; parameters `at` and `seen`, both the calibration instant, or the input INSTANTS
Gives   of many `instant`; by_value, value, known: first the row of all customers (by_value null; value null where no value is known),
        then one for each value of `by` that GROUP or more customers with a known value have, by by_value
Cost    one snapshot, one grouping of its values; of many instants a pair for each customer and instant; no approximation
Held to meaning, by tests/meaning/test_compiled_populations.py
"""

from fractions import Fraction

import sqlglot.expressions as exp

from opportune.language.compiler import everybody
from opportune.language.compiler.values import populations_of, snapshot, values_of
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.plans import Input, Plan
from opportune.language.tree.expressions import Census, Expr, Population
from opportune.language.tree.types import kind_of
from opportune.language.vocabulary.kinds import Kind

INSTANTS = Input("calibration_instants", (("at", "BIGINT"),))
"""Each once."""
GROUP = 100
"""Customers with a known value that make an instant stable, and a value of `by` a group of its own."""
DIGITS = 10**9
"""A mean is exact on numbers rounded to 1e-9."""
_SMALL = 10**9
"""Counts times less than this fit a BIGINT."""


def census(population: Population, enough: int = GROUP) -> Plan:
    """The values of `population` at ($at, $seen); `enough` customers alike are a group of their own."""
    asked = snapshot(_named(population))
    steps = Steps()
    unordered = asked.query.copy()
    unordered.set("order", None)
    steps.add("everybody", unordered)
    query = _answers(steps, population, (), enough)
    return Plan(query, _columns(population), asked.parameters, asked.inputs, asked.populations)


def censuses(population: Population, enough: int = GROUP) -> Plan:
    """The same at each of INSTANTS, as seen there: `instant`, then the columns of `census`, in that order."""
    steps = Steps()
    pairs = everybody.at_instants(steps, INSTANTS.name)
    values = values_of(steps, pairs, _named(population))
    read = {"instant": column("at", "p")} | {name: column(name, "v") for name in _named(population)}
    joins = [Join(Source(values, "v"), sql.equal(column("pair", "v"), column("pair", "p")))]
    steps.add("everybody", sql.query(read, Source(pairs, "p"), joins))
    query = _answers(steps, population, ("instant",), enough)
    columns = (("instant", Kind.TIME), *_columns(population))
    return Plan(query, columns, (), (INSTANTS,), populations_of(_named(population).values()))


def _named(population: Population) -> dict[str, Expr]:
    return {"of": population.of} | ({"by": population.by} if population.by is not None else {})


def _columns(population: Population) -> tuple[tuple[str, Kind], ...]:
    return ("by_value", Kind.TEXT), ("value", kind_of(population.of)), ("known", Kind.NUMBER)


def _answers(steps: Steps, population: Population, apart: tuple[str, ...], enough: int) -> exp.Query:
    """What the step `everybody` comes to, for each value of `apart`."""
    steps.add("counted", _counted(population, apart))
    parts = [_answer(steps, population, "all", apart, enough)]
    if apart:
        parts = [_of_every_instant(steps.add("all_answers", parts[0]))]
    if population.by is not None:
        parts.append(_answer(steps, population, "alike", (*apart, "by_value"), enough))
    steps.add("answers", sql.union(*parts))
    shown = {name: column(name, "a") for name in (*apart, "by_value", "value", "known")}
    first = sql.choose(sql.is_null(column("by_value", "a")), sql.number(0), sql.number(1))
    order = [*(column(name, "a") for name in apart), first, column("by_value", "a")]
    return steps.close(sql.query(shown, Source("answers", "a"), order=order))


def _of_every_instant(answers: str) -> exp.Query:
    """Those at which nobody's value is known, too."""
    joins = [Join(Source(answers, "r"), sql.equal(column("instant", "r"), column("at", "i")), "LEFT")]
    shown = {
        "instant": column("at", "i"),
        "by_value": sql.cast(sql.null(), "VARCHAR"),
        "value": column("value", "r"),
        "known": sql.coalesce(column("known", "r"), sql.number(0)),
    }
    return sql.query(shown, Source(INSTANTS.name, "i"), joins)


def _counted(population: Population, apart: tuple[str, ...]) -> exp.Query:
    """Known values and how many customers have each: those apart, by_value, value, customers."""
    stored = "DOUBLE" if kind_of(population.of) is Kind.NUMBER else "BIGINT"
    where = [sql.is_known(column("of", "e"))]
    if population.positive:
        where.append(sql.less(sql.number(0), column("of", "e")))
    by = sql.null() if population.by is None else column("by", "e")
    kept = {name: column(name, "e") for name in apart}
    kept |= {"by_value": sql.cast(by, "VARCHAR"), "value": sql.cast(column("of", "e"), stored), "customers": sql.count()}
    return sql.query(kept, Source("everybody", "e"), where=where, group=len(kept) - 1)


def _answer(steps: Steps, population: Population, name: str, by: tuple[str, ...], enough: int) -> exp.Query:
    """One row for all customers, or one for each value of `by`; of `by_value` only where that is common enough."""
    columns = {part: column(part, "c") for part in (*by, "value")}
    where = [sql.is_known(column(part, "c")) for part in by]
    customers = sql.cast(sql.total(column("customers", "c")), "BIGINT")
    source = steps.add(
        f"{name}_values", sql.query(columns | {"customers": customers}, Source("counted", "c"), where=where, group=len(columns))
    )
    if population.census is not Census.MEAN:
        source = steps.add(f"{name}_ranked", _ranked(source, by, descending=population.census is Census.CUT))
    known = sql.cast(sql.total(column("customers", "r")), "BIGINT")
    shown = {part: column(part, "r") for part in by} | {"value": _value(population), "known": sql.coalesce(known, sql.number(0))}
    if "by_value" not in by:
        shown = {part: column(part, "r") for part in by} | {"by_value": sql.cast(sql.null(), "VARCHAR")} | shown
    answer = sql.query(shown, Source(source, "r"), group=len(by))
    if "by_value" in by:
        answer.set("having", exp.Having(this=sql.at_most(sql.number(enough), known.copy())))
    return answer


def _ranked(source: str, by: tuple[str, ...], *, descending: bool) -> exp.Query:
    """Each value with `rank`, how many customers have it or one before it, and `size`, how many have any."""
    frame = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    running = Window(by, ("value",), descending).of(sql.total(column("customers", "v")), frame)
    whole = exp.Window(this=sql.total(column("customers", "v")), partition_by=[column(part, "v") for part in by])
    kept = {name: column(name, "v") for name in (*by, "value", "customers")}
    return sql.query(kept | {"rank": sql.cast(running, "BIGINT"), "size": sql.cast(whole, "BIGINT")}, Source(source, "v"))


def _value(population: Population) -> Term:
    """The least value with at least the share of the customers at or below it; of a cut the greatest with the share at or above it."""
    if population.census is Census.MEAN:
        return _mean_of_numbers() if kind_of(population.of) is Kind.NUMBER else _mean_of_wholes()
    share = Fraction(str(population.share or 0))  # as it was written: 0.1 is a tenth
    reaches = sql.at_most(_times(column("size", "r"), share.numerator), _times(column("rank", "r"), share.denominator))
    picked = sql.smallest if population.census is Census.QUANTILE else sql.largest
    return sql.only(picked(column("value", "r")), reaches)


def _times(term: Term, factor: int) -> Term:
    return sql.times(term if factor < _SMALL else sql.cast(term, "HUGEINT"), sql.number(factor))


def _mean_of_numbers() -> Term:
    """The exact mean of the numbers rounded to 1e-9, divided once."""
    rounded = sql.call("round_even", sql.times(column("value", "r"), sql.real(DIGITS)), sql.number(0))
    summed = sql.total(sql.times(sql.try_cast(rounded, "HUGEINT"), sql.cast(column("customers", "r"), "HUGEINT")))
    size = sql.cast(sql.total(column("customers", "r")), "DOUBLE")
    return sql.over(sql.cast(summed, "DOUBLE"), sql.times(size, sql.real(DIGITS)))


def _mean_of_wholes() -> Term:
    """Rounded half to even, in whole numbers: floor, and one more where more than half is left, or half of an odd one."""

    def summed() -> Term:
        return sql.cast(
            sql.total(sql.times(sql.cast(column("value", "r"), "HUGEINT"), sql.cast(column("customers", "r"), "HUGEINT"))), "HUGEINT"
        )

    def size() -> Term:
        return sql.cast(sql.total(column("customers", "r")), "HUGEINT")

    def left() -> Term:
        return _modulo(sql.plus(_modulo(summed(), size()), size()), size())

    def floor() -> Term:
        return exp.Paren(this=exp.IntDiv(this=sql.minus(summed(), left()), expression=size()))

    doubled = sql.times(left(), sql.number(2))
    is_odd = sql.unequal(_modulo(floor(), sql.number(2)), sql.number(0))
    is_up = sql.either(sql.less(size(), doubled), sql.both(sql.equal(size(), doubled.copy()), is_odd))
    return sql.cast(sql.plus(floor(), sql.choose(is_up, sql.number(1), sql.number(0))), "BIGINT")


def _modulo(left: Term, right: Term) -> Term:
    return exp.Paren(this=exp.Mod(this=left, expression=right))
