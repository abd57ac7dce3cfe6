"""A small vocabulary for building plans as SQLGlot trees.

Every identifier is quoted, every operator parenthesised, parameters are `$name`. Nodes are built without copying, so use
each node once; what is needed twice is built twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import sqlglot.expressions as exp

Term = exp.Expression
"""Any SQL expression."""
Query = exp.Query
"""A SELECT or a union of them."""


def column(name: str, table: str | None = None) -> Term:
    """A column, quoted."""
    return exp.Column(this=_quoted(name), table=_quoted(table) if table else None)


def parameter(name: str) -> Term:
    """A value bound when the plan runs: a BIGINT."""
    return cast(exp.Placeholder(this=name), "BIGINT")


def number(value: int) -> Term:
    """A whole number."""
    return exp.Literal.number(value) if value >= 0 else exp.Paren(this=exp.Neg(this=exp.Literal.number(-value)))


def real(value: float) -> Term:
    """A number as DOUBLE."""
    return cast(text("Infinity" if value == inf else repr(float(value))), "DOUBLE")


def text(value: str) -> Term:
    """A text constant."""
    return exp.Literal.string(value)


def truth(value: bool) -> Term:
    """TRUE or FALSE."""
    return exp.Boolean(this=value)


def null() -> Term:
    """NULL."""
    return exp.Null()


def cast(term: Term, kind: str) -> Term:
    """`term` as an SQL type; fails where it does not fit."""
    return exp.Cast(this=term, to=_type(kind))


def try_cast(term: Term, kind: str) -> Term:
    """`term` as an SQL type; null where it does not fit."""
    return exp.TryCast(this=term, to=_type(kind))


def call(name: str, *arguments: Term) -> Term:
    """A function both engines know by this name."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def equal(left: Term, right: Term) -> Term:
    """`left = right`"""
    return exp.Paren(this=exp.EQ(this=left, expression=right))


def unequal(left: Term, right: Term) -> Term:
    """`left <> right`"""
    return exp.Paren(this=exp.NEQ(this=left, expression=right))


def less(left: Term, right: Term) -> Term:
    """`left < right`"""
    return exp.Paren(this=exp.LT(this=left, expression=right))


def at_most(left: Term, right: Term) -> Term:
    """`left <= right`"""
    return exp.Paren(this=exp.LTE(this=left, expression=right))


def plus(left: Term, right: Term) -> Term:
    """`left + right`"""
    return exp.Paren(this=exp.Add(this=left, expression=right))


def minus(left: Term, right: Term) -> Term:
    """`left - right`"""
    return exp.Paren(this=exp.Sub(this=left, expression=right))


def times(left: Term, right: Term) -> Term:
    """`left * right`"""
    return exp.Paren(this=exp.Mul(this=left, expression=right))


def over(left: Term, right: Term) -> Term:
    """`left / right` of DOUBLEs, null where `right` is 0."""
    return exp.Paren(this=exp.Div(this=left, expression=exp.Nullif(this=right, expression=number(0)), typed=False, safe=False))


def modulo(left: Term, right: Term) -> Term:
    """`left % right` of whole numbers; its sign is that of `left`. The engine must not divide by 0."""
    return exp.Paren(this=exp.Mod(this=left, expression=right))


def over_exactly(left: Term, right: Term) -> Term:
    """`left / right` of whole numbers where nothing is left over."""
    return exp.Paren(this=exp.IntDiv(this=left, expression=right))


def shared_bits(left: Term, right: Term) -> Term:
    """The bits that two whole numbers share."""
    return exp.BitwiseAnd(this=left, expression=right)


def power(base: Term, exponent: Term) -> Term:
    """`base ** exponent` of DOUBLEs."""
    return exp.Pow(this=base, expression=exponent)


def within(term: Term, low: Term, high: Term) -> Term:
    """`low < term <= high`; `term` is written twice."""
    return both(less(low, term), at_most(term.copy(), high))


def both(*terms: Term) -> Term:
    """AND of any number of terms."""
    return _joined(exp.And, terms, empty=True)


def either(*terms: Term) -> Term:
    """OR of any number of terms."""
    return _joined(exp.Or, terms, empty=False)


def negated(term: Term) -> Term:
    """NOT."""
    return exp.Paren(this=exp.Not(this=exp.Paren(this=term)))


def is_null(term: Term) -> Term:
    """IS NULL."""
    return exp.Paren(this=exp.Is(this=term, expression=exp.Null()))


def is_known(term: Term) -> Term:
    """IS NOT NULL."""
    return exp.Paren(this=exp.Not(this=exp.Is(this=term, expression=exp.Null())))


def one_of(term: Term, options: Iterable[Term]) -> Term:
    """IN; without options FALSE."""
    listed = list(options)
    return exp.Paren(this=exp.In(this=term, expressions=listed)) if listed else truth(False)


def coalesce(first: Term, *rest: Term) -> Term:
    """The first that is not null."""
    return exp.Coalesce(this=first, expressions=list(rest))


def nullif(term: Term, other: Term) -> Term:
    """`term`, null where it is `other`."""
    return exp.Nullif(this=term, expression=other)


def choose(condition: Term, then: Term, otherwise: Term | None = None) -> Term:
    """CASE WHEN condition THEN then ELSE otherwise END."""
    return exp.Case(ifs=[exp.If(this=condition, true=then)], default=otherwise or null())


def larger(left: Term, *rest: Term) -> Term:
    """The largest of the terms that are not null."""
    return exp.Greatest(this=left, expressions=list(rest), ignore_nulls=True)


def smaller(left: Term, *rest: Term) -> Term:
    """The smallest of the terms that are not null."""
    return exp.Least(this=left, expressions=list(rest), ignore_nulls=True)


def like(term: Term, pattern: Term, escape: str) -> Term:
    """LIKE, `escape` before a `%` or `_` that means itself."""
    return exp.Paren(this=exp.Escape(this=exp.Like(this=term, expression=pattern), expression=text(escape)))


def around(term: Term, separator: str, function: str) -> Term:
    """`function` of each piece of a text between occurrences of `separator`, which stay."""
    piece = exp.Identifier(this="piece", quoted=True)
    each = exp.Lambda(this=call(function, exp.Column(this=piece.copy())), expressions=[piece])
    pieces = call("list_transform", call("string_split", term, text(separator)), each)
    return call("array_to_string", pieces, text(separator))


def count() -> Term:
    """How many rows."""
    return exp.Count(this=exp.Star())


def count_of(term: Term) -> Term:
    """How many rows have it."""
    return exp.Count(this=term)


def total(term: Term) -> Term:
    """SUM."""
    return exp.Sum(this=term)


def largest(term: Term) -> Term:
    """MAX."""
    return exp.Max(this=term)


def smallest(term: Term) -> Term:
    """MIN."""
    return exp.Min(this=term)


def at_largest(term: Term, *keys: Term) -> Term:
    """`term` where the keys are largest, in order; rows with a null `term` do not count."""
    return exp.ArgMax(this=term, expression=exp.Anonymous(this="row", expressions=list(keys)) if len(keys) > 1 else keys[0])


def at_smallest(term: Term, key: Term) -> Term:
    """`term` where the key is smallest; rows with a null `term` or key do not count in DuckDB: leave them out."""
    return exp.ArgMin(this=term, expression=key)


def distinct_count(term: Term) -> Term:
    """How many different values, nulls left out."""
    return exp.Count(this=exp.Distinct(expressions=[term]))


def lower_median(term: Term) -> Term:
    """The lower of the middle two values, nulls left out."""
    return call("quantile_disc", term, real(0.5))


def record(**parts: Term) -> Term:
    """Several values as one; records compare part by part."""
    named = [exp.PropertyEQ(this=_quoted(name), expression=part) for name, part in parts.items()]
    return exp.Struct(expressions=named)


def part_of(whole: Term, name: str) -> Term:
    """A part of a record."""
    return call("struct_extract", whole, text(name))


def only(aggregate: Term, condition: Term | None) -> Term:
    """`aggregate` over the rows for which `condition` holds."""
    return aggregate if condition is None else exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def json_text(document: Term, name: str) -> Term:
    """The member `name` of a JSON object: a text without its quotes, anything else as its JSON text."""
    return call("json_extract_string", document, text(_pointer(name)))


def json_kind(document: Term, name: str) -> Term:
    """`VARCHAR`, `BOOLEAN`, `NULL`, `ARRAY`, `OBJECT` or the name of a numeric type; null where there is no such member."""
    return call("json_type", document, text(_pointer(name)))


def json_text_of(document: Term) -> Term:
    """A whole JSON value: a text without its quotes, anything else as its JSON text."""
    return call("json_extract_string", document, text("$"))


def json_kind_of(document: Term) -> Term:
    """What `json_kind` says, of a whole JSON value."""
    return call("json_type", document)


def _pointer(name: str) -> str:
    # RFC 6901; the empty pointer is the whole document
    return "/" + name.replace("~", "~0").replace("/", "~1")


def lag(term: Term, rows: int, default: Term, window: "Window") -> Term:
    """`term` that many rows earlier, else the default (never a null test: a null could be the value)."""
    return window.of(exp.Lag(this=term, offset=number(rows), default=default))


def lead(term: Term, rows: int, default: Term, window: "Window") -> Term:
    """`term` that many rows later, else the default."""
    return window.of(exp.Lead(this=term, offset=number(rows), default=default))


def each_of(first: Term, last: Term) -> Term:
    """A row for each whole number from `first` to `last`."""
    return exp.Explode(this=exp.GenerateSeries(start=first, end=last))


def differs(left: Term, right: Term) -> Term:
    """IS DISTINCT FROM: null is a value."""
    return exp.Paren(this=exp.NullSafeNEQ(this=left, expression=right))


def row_number(window: "Window") -> Term:
    """1, 2, ... in the order of the window."""
    return window.of(exp.RowNumber())


@dataclass(frozen=True, slots=True)
class Window:
    """A partition and its order; `preceding` bounds a frame that ends before the current row."""

    partition: tuple[str, ...]
    order: tuple[str, ...]
    descending: bool = False

    def of(self, function: Term, spec: Term | None = None) -> Term:
        """`function OVER (...)`"""
        ordered = [exp.Ordered(this=column(name), desc=self.descending, nulls_first=self.descending) for name in self.order]
        return exp.Window(
            this=function, partition_by=[column(name) for name in self.partition], order=exp.Order(expressions=ordered), spec=spec
        )

    def over_all(self, function: Term) -> Term:
        """`function` over the whole partition."""
        return exp.Window(this=function, partition_by=[column(name) for name in self.partition])

    def of_running(self, function: Term) -> Term:
        """`function` over the rows up to the current one."""
        spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
        return self.of(function, spec)

    def of_rows(self, function: Term) -> Term:
        """`function` over the rows up to the current one."""
        spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
        return self.of(function, spec)

    def of_range_after(self, function: Term, least: int) -> Term:
        """`function` over the rows whose one key, a whole number, is larger by `least` or more."""
        spec = exp.WindowSpec(kind="RANGE", start=number(least), start_side="FOLLOWING", end="UNBOUNDED", end_side="FOLLOWING")
        return self.of(function, spec)

    def of_preceding(self, function: Term, rows: int | None = None) -> Term:
        """`function` over the `rows` before the current one; all of them without `rows`."""
        start: Term | str = "UNBOUNDED" if rows is None else number(rows)
        spec = exp.WindowSpec(kind="ROWS", start=start, start_side="PRECEDING", end=number(1), end_side="PRECEDING")
        return self.of(function, spec)


@dataclass(frozen=True, slots=True)
class Source:
    """A relation under an alias."""

    name: str
    alias: str

    def tree(self) -> Term:
        return exp.Table(this=_quoted(self.name), alias=exp.TableAlias(this=_quoted(self.alias)))


@dataclass(frozen=True, slots=True)
class Join:
    """One more relation. `how`: `INNER`, `LEFT`, `SEMI`, `ANTI`."""

    source: Source
    on: Term
    how: str = "INNER"

    def tree(self) -> Term:
        kind = {"LEFT": {"side": "LEFT"}}.get(self.how, {"kind": self.how})
        return exp.Join(this=self.source.tree(), on=self.on, **kind)


def query(
    columns: Mapping[str, Term],
    source: Source,
    joins: Sequence[Join] = (),
    *,
    where: Sequence[Term] = (),
    group: int = 0,
    order: Sequence[str | Term] = (),
    distinct: bool = False,
    whole: Sequence[str] = (),
) -> exp.Select:
    """A SELECT. `group`: grouped by the first so many columns; `order`: names of the result, or terms.

    `whole`: tables of which every column comes first, under its own name.
    """
    every: list[Term] = [exp.Column(this=exp.Star(), table=_quoted(table)) for table in whole]
    select = exp.Select(expressions=[*every, *(exp.Alias(this=term, alias=_quoted(name)) for name, term in columns.items())])
    select.set("from_", exp.From(this=source.tree()))
    if joins:
        select.set("joins", [join.tree() for join in joins])
    if where:
        select.set("where", exp.Where(this=both(*where)))
    if group:
        select.set("group", exp.Group(expressions=[number(i + 1) for i in range(group)]))
    if order:
        terms = [column(name) if isinstance(name, str) else name for name in order]
        select.set("order", exp.Order(expressions=[exp.Ordered(this=term, nulls_first=False) for term in terms]))
    if distinct:
        select.set("distinct", exp.Distinct())
    return select


def union(first: exp.Query, *rest: exp.Query, distinct: bool = False) -> exp.Query:
    """The rows of all, in no order; each once with `distinct`."""
    united = first
    for part in rest:
        united = exp.Union(this=united, expression=part, distinct=distinct)
    return united


@dataclass(slots=True)
class Steps:
    """Named intermediate relations of one plan, in order; a WITH in the end."""

    named: dict[str, exp.Query] = field(default_factory=dict)
    recursive: bool = False
    """Whether a step reads itself."""

    def add(self, name: str, step: exp.Query) -> str:
        """Name a relation; gives the name. A name may be used once."""
        if name in self.named:
            raise ValueError(f"two steps of one plan are called {name!r}")
        self.named[name] = step
        return name

    def add_recursive(self, name: str, first: exp.Query, rest: exp.Query) -> str:
        """Name a relation of which `rest` reads the rows found last; ends when it finds no more."""
        self.recursive = True
        return self.add(name, exp.Union(this=first, expression=rest, distinct=False))

    def close(self, last: exp.Query) -> exp.Query:
        """`last` with all steps before it."""
        if self.named:
            ctes = [exp.CTE(this=step, alias=exp.TableAlias(this=_quoted(name))) for name, step in self.named.items()]
            last.set("with_", exp.With(expressions=ctes, recursive=self.recursive))
        return last


def _type(kind: str) -> exp.DataType:
    # looked up, because parsing the name costs more than all the rest of a plan
    name = "INT128" if kind == "HUGEINT" else kind
    if name in exp.DataType.Type.__members__:
        return exp.DataType(this=exp.DataType.Type[name])
    return exp.DataType.build(kind, dialect="duckdb")


def _quoted(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def _joined(connector: type[exp.And | exp.Or], terms: Sequence[Term], *, empty: bool) -> Term:
    if not terms:
        return truth(empty)
    joined = terms[0]
    for term in terms[1:]:
        joined = connector(this=joined, expression=term)
    return exp.Paren(this=joined) if len(terms) > 1 else joined
