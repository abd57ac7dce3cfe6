"""Who is in what before and after a change of definitions, counted.

Reads   a snapshot of both versions, a column each
Gives   one row: for each question how many are in before, in after, in after only, in before only

Held to tests/measurement/test_shifts.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlglot.expressions as exp

from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.kinds import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether somebody is in: a column is true, or with `step` holds that text. A column None: nobody is."""

    before: str | None
    after: str | None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """How many customers are in, and how many come and go."""

    before: int
    after: int
    entering: int
    leaving: int


def shifts(snapshot: Plan, asked: Sequence[Asked]) -> Plan:
    """Four columns a question, in their order."""
    counted: list[exp.Expr] = []
    for number, each in enumerate(asked):
        before, after = _is_in(each.before, each.step), _is_in(each.after, each.step)
        whole = (before, after, exp.and_(after.copy(), exp.not_(before.copy())), exp.and_(before.copy(), exp.not_(after.copy())))
        counted += [_count(condition, f"c{number}_{part}") for part, condition in enumerate(whole)]
    query = exp.select(*counted).from_(snapshot.query.copy().subquery("customers_now"))
    columns = tuple((f"c{number}_{part}", Kind.NUMBER) for number in range(len(asked)) for part in range(4))
    return replace(snapshot, query=query, columns=columns)


def told(row: Sequence[object], asked: Sequence[Asked]) -> list[Shift]:
    """The answers of a row of `shifts`."""
    numbers = [int(str(number or 0)) for number in row]
    return [Shift(*numbers[4 * place : 4 * place + 4]) for place in range(len(asked))]


def _is_in(column: str | None, step: str | None) -> exp.Expr:
    if column is None:
        return exp.false()
    value: exp.Expr = exp.column(column, quoted=True)
    if step is not None:
        value = exp.EQ(this=value, expression=exp.Literal.string(step))
    return exp.Coalesce(this=value, expressions=[exp.false()])


def _count(condition: exp.Expr, name: str) -> exp.Expr:
    counted = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=condition))
    return exp.alias_(counted, name, quoted=True)
