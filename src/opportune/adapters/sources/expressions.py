"""Expressions of a map file: a small, read-only part of SQL over the columns of one table.

Everything that is not in the tables below is refused, so that a map can read its own table and nothing else:
no subquery, no file, no setting, no function that is not listed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
import sqlglot.expressions as exp

from opportune.language.vocabulary.problems import Place, Problem, did_you_mean

_NODES: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ,
    exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe,
    exp.Case, exp.If, exp.Filter, exp.Where, exp.Distinct, exp.Star, exp.DataType, exp.DataTypeParam, exp.AtTimeZone,
)  # fmt: skip
_AGGREGATES: dict[type[exp.Expression], str] = {
    exp.Sum: "sum", exp.Min: "min", exp.Max: "max", exp.Count: "count", exp.Avg: "avg", exp.First: "first", exp.Last: "last",
}  # fmt: skip
_FUNCTIONS: dict[type[exp.Expression], str] = {
    exp.Abs: "abs", exp.Round: "round", exp.Lower: "lower", exp.Upper: "upper", exp.Trim: "trim", exp.Coalesce: "coalesce",
    exp.Nullif: "nullif", exp.Left: "left", exp.Right: "right", exp.Substring: "substring", exp.Length: "length", exp.Cast: "cast",
    exp.Replace: "replace", exp.StrToTime: "strptime",
}  # fmt: skip
_HOLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Scope:
    """What an expression may name: the table's columns, and the columns it is grouped by (None: one row at a time)."""

    columns: frozenset[str]
    group: tuple[str, ...] | None = None


def compiled(written: str, scope: Scope, place: Place) -> tuple[str, list[Problem]]:
    """The SQL of an expression, or the Problems that forbid it."""
    try:
        tree: exp.Expr = sqlglot.parse_one(written, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        what = f"{written!r} is no expression"
        return "", [
            Problem(code="E704", place=place, what=what, remedy="Write columns, numbers, 'text', + - * /, comparisons, and, or, not.")
        ]
    problems = [problem for node in tree.walk() for problem in _wrong(node, scope, place)]
    return ("", problems) if problems else (f"({tree.transform(_written).sql(dialect='duckdb')})", [])


def template(written: str, scope: Scope, place: Place) -> tuple[str, list[Problem]]:
    """The SQL of a text with `{expression}` in it; null where one of its expressions is."""
    parts, problems, end = [], list[Problem](), 0
    for hole in _HOLE.finditer(written):
        sql, found = compiled(hole[1], scope, place)
        parts += [_text(written[end : hole.start()]), f"regexp_replace({sql}::VARCHAR, '\\.0$', '')"]
        problems, end = problems + found, hole.end()
    parts.append(_text(written[end:]))
    return " || ".join(parts), problems


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _wrong(node: exp.Expr, scope: Scope, place: Place) -> Iterator[Problem]:
    """What is wrong with one node of an expression."""
    is_aggregate = type(node) in _AGGREGATES
    if not is_aggregate and type(node) not in _NODES and type(node) not in _FUNCTIONS:
        allowed = ", ".join(sorted([*_AGGREGATES.values(), *_FUNCTIONS.values()]))
        what = f"{node.sql(dialect='duckdb')[:80]!r} cannot stand in a map"
        yield Problem(code="E704", place=place, what=what, remedy=f"The functions there are: {allowed}.")
    elif is_aggregate and scope.group is None:
        what = f"{node.sql(dialect='duckdb')!r} needs several rows, but this entry has one event for each row"
        yield Problem(
            code="E706", place=place, what=what, remedy="Give the entry a `group:`, the column whose equal values make one event."
        )
    elif isinstance(node, exp.Column):
        yield from _wrong_column(node, scope, place)
    elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        yield Problem(code="E704", place=place, what="'*' cannot stand here", remedy="Name a column; only count(*) takes a star.")


def _wrong_column(node: exp.Column, scope: Scope, place: Place) -> Iterator[Problem]:
    if node.name not in scope.columns or node.table:
        remedy = did_you_mean(node.name, scope.columns) or f"The file has {', '.join(sorted(scope.columns))}."
        yield Problem(code="E705", place=place, what=f"the file has no column {node.name!r}", remedy=remedy)
    elif scope.group is not None and node.name not in scope.group and not node.find_ancestor(*_AGGREGATES, exp.Filter):
        remedy = f"Write first({node.name}), or min, max, sum, avg, count of it, or group by it."
        yield Problem(code="E706", place=place, what=f"{node.name!r} can differ between the rows of one event", remedy=remedy)


def _written(node: exp.Expression) -> exp.Expression:
    """First and last mean the order of the file; sums of floating numbers are compensated; what is no number or time is null."""
    match node:
        case exp.First():
            return exp.Anonymous(this="arg_min", expressions=[node.this, exp.column("rowid")])
        case exp.Last():
            return exp.Anonymous(this="arg_max", expressions=[node.this, exp.column("rowid")])
        case exp.Sum() if not isinstance(node.this, exp.Distinct):
            return exp.Anonymous(this="fsum", expressions=[node.this])
        case exp.Cast() if not isinstance(node, exp.TryCast):
            return exp.TryCast(this=node.this, to=node.to)
        case exp.StrToTime():
            return exp.Anonymous(this="try_strptime", expressions=[node.this, node.args["format"]])
        case exp.Column():
            return exp.column(exp.to_identifier(node.name, quoted=True))
    return node
