"""Plans in the words of other engines.

Plans are built with DuckDB's functions; here stands what other engines call them, or how they say the same. Differences are a table
where the name alone differs, and a function of the node where more does.
Held to tests/relations/test_portable.py
"""

from collections.abc import Callable, Mapping

import sqlglot.expressions as exp

_NAMES = {
    "abs": "ABS",
    "asin": "ASIN",
    "concat": "CONCAT",
    "contains": "CONTAINS",
    "cos": "COS",
    "floor": "FLOOR",
    "hour": "HOUR",
    "length": "LENGTH",
    "lower": "LOWER",
    "month": "MONTH",
    "replace": "REPLACE",
    "round_even": "BROUND",
    "sin": "SIN",
    "sqrt": "SQRT",
    "starts_with": "STARTSWITH",
    "substr": "SUBSTR",
    "trim": "TRIM",
    "year": "YEAR",
    "epoch_us": "UNIX_MICROS",
    "unnest": "EXPLODE",
    "generate_series": "SEQUENCE",
    "md5": "MD5",
}
"""DuckDB's name of a function → Spark's, where nothing else differs."""
_KINDS = {"STRING": "VARCHAR", "BOOLEAN": "BOOLEAN", "VOID": "NULL", "BIGINT": "BIGINT", "DOUBLE": "DOUBLE"}
"""What Spark calls the sort of a JSON value → what `json_kind` says."""
UNSPOKEN = "DUCKDB"
"""Marks what nobody has said for Spark yet; no plan that is written for it may hold this."""


def written(query: exp.Query, dialect: str, *, keep: bool = True) -> str:
    """The text of a query for one engine; the tree may change unless it is to be kept, which costs a copy."""
    if dialect != "spark":
        return query.sql(dialect=dialect, copy=keep)
    made = query.copy() if keep else query
    # the innermost first, so that what is put around them holds them already rewritten
    for node in reversed(list(made.dfs())):
        replaced = _in_spark(node)
        if replaced is not node:
            node.replace(replaced)
    return made.sql(dialect=dialect, copy=False)


def _in_spark(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Anonymous():
            return _function(node)
        case exp.Struct():
            parts = [part for named in node.expressions for part in (exp.Literal.string(named.this.name), named.expression)]
            return _called("NAMED_STRUCT", *parts)
        case exp.TryCast():
            return _called("TRY_CAST", exp.Alias(this=node.this, alias=exp.Var(this=node.to.sql(dialect="spark"))))
        case exp.DataType():
            return _type_of(node)
        case exp.ArgMax() | exp.ArgMin():
            return _called("MAX_BY" if isinstance(node, exp.ArgMax) else "MIN_BY", node.this, node.expression)
        case _:
            return node


def _function(node: exp.Anonymous) -> exp.Expr:
    name, arguments = str(node.this), node.expressions
    if name in _OTHERWISE:
        return _OTHERWISE[name](*arguments)
    return _called(_NAMES.get(name, f"{UNSPOKEN}.{name}"), *arguments)


def _called(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _type_of(kind: exp.DataType) -> exp.DataType:
    if kind.this is exp.DataType.Type.INT128:
        return exp.DataType.build("DECIMAL(38, 0)", dialect="spark")
    if kind.this is exp.DataType.Type.TIMESTAMPTZ:
        return exp.DataType.build("TIMESTAMP", dialect="spark")
    return kind


def _member(document: exp.Expression, pointer: exp.Expression) -> exp.Expression:
    """The variant at a JSON pointer of one step, or `$` for the whole."""
    parsed = _called("TRY_PARSE_JSON", document)
    if pointer.name == "$":
        return parsed
    name = pointer.name[1:].replace("~1", "/").replace("~0", "~").replace("\\", "\\\\").replace("'", "\\'")
    return _called("TRY_VARIANT_GET", parsed, exp.Literal.string(f"$['{name}']"), exp.Literal.string("variant"))


def _json_text(document: exp.Expression, pointer: exp.Expression) -> exp.Expression:
    return exp.Cast(this=_member(document, pointer), to=exp.DataType.build("STRING", dialect="spark"))


def _json_kind(document: exp.Expression, pointer: exp.Expression | None = None) -> exp.Expression:
    sort = _called("SCHEMA_OF_VARIANT", _member(document, pointer or exp.Literal.string("$")))
    whens = [exp.If(this=exp.Literal.string(said), true=exp.Literal.string(meant)) for said, meant in _KINDS.items()]
    # DECIMAL(p, s) is a number with a point; arrays and objects are of no kind a property has
    decimal = exp.If(this=exp.Like(this=sort.copy(), expression=exp.Literal.string("DECIMAL%")), true=exp.Literal.string("DOUBLE"))
    known = [exp.If(this=exp.EQ(this=sort.copy(), expression=when.this), true=when.args["true"]) for when in whens]
    return exp.Case(ifs=[decimal, *known])


def _local_time(zone: exp.Expression, instant: exp.Expression) -> exp.Expression:
    return _called("FROM_UTC_TIMESTAMP", instant, zone)


def _whole_match(text: exp.Expression, pattern: exp.Expression) -> exp.Expression:
    return _called("REGEXP_LIKE", text, exp.Literal.string(f"^(?:{pattern.name})$"))


def _lower_median(term: exp.Expression, _share: exp.Expression) -> exp.Expression:
    sorted_values = _called("SORT_ARRAY", _called("COLLECT_LIST", term))
    middle = exp.IntDiv(this=exp.Paren(this=exp.Add(this=exp.Count(this=term.copy()), expression=exp.Literal.number(1))), expression=_two())
    return _called("TRY_ELEMENT_AT", sorted_values, exp.Cast(this=middle, to=exp.DataType.build("INT")))


def _weekday(time: exp.Expression) -> exp.Expression:
    return exp.Paren(this=exp.Add(this=_called("WEEKDAY", time), expression=exp.Literal.number(1)))


def _two() -> exp.Expression:
    return exp.Literal.number(2)


_OTHERWISE: Mapping[str, Callable[..., exp.Expression]] = {
    "array_to_string": lambda parts, separator: _called("ARRAY_JOIN", parts, separator),
    "isodow": _weekday,
    "json_extract_string": _json_text,
    "json_type": _json_kind,
    "list_transform": lambda values, each: _called("TRANSFORM", values, each),
    "make_timestamptz": lambda instant: _called("TIMESTAMP_MICROS", instant),
    "quantile_disc": _lower_median,
    "regexp_full_match": _whole_match,
    "row": lambda *parts: _called("STRUCT", *parts),
    "string_split": lambda text, separator: _called("SPLIT", text, separator),
    "struct_extract": lambda whole, name: exp.Dot(this=exp.Paren(this=whole), expression=exp.Identifier(this=name.name, quoted=True)),
    "timezone": _local_time,
}
"""Functions that Spark says otherwise."""
