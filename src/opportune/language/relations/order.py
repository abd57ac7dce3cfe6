"""Event order in plans: terms over `order_key`, in SQL for a store whose keys tell all ties apart and for one where they do not.

`events.order_key` is one opaque, totally ordered value: compare it (<, <=, =), take its MIN and MAX, order and partition by it, hand it on
through steps. Anything else goes through the functions here. A plan is built once; `Plan.sql(..., exact_order=False)` writes it so
that the key is the struct (ts, line > 0, event_id, line), which orders the same events the same way, at 1.4-1.55 times the cost.
Rows that are one event (versions of a derived one) may have different keys; they are never visible together.
Held to tests/events/test_order_keys.py
"""

from typing import cast

import sqlglot.expressions as exp

from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Term, column
from opportune.language.relations.map import EVENTS

RANKS = 1024
"""Ranks an instant has."""
FURTHEST = 2**52
"""µs before and after 1970 that a key can say: the years 1827 to 2112, so that `later` may add as much again."""
KEY = "order_key"
_STRUCT = 'STRUCT("ts" BIGINT, "derived" BOOLEAN, "id" VARCHAR, "line" INTEGER)'
_STARTS, _TS, _LATER, _NONE = "event_order_start", "event_order_ts", "event_order_later", "event_order_none"


def order_of(table: str) -> Term:
    """The place in event order of a row of `events`, or of a step that hands the column on."""
    return column(KEY, table)


def start_of(instant: Term) -> Term:
    """Not after any event at `instant`, after all events before it. `order < start_of(x)` is `ts < x`; `ts <= x` is `< start_of(x + 1)`."""
    return exp.Anonymous(this=_STARTS, expressions=[instant])


def ts_of(order: Term) -> Term:
    """The instant of a place."""
    return exp.Anonymous(this=_TS, expressions=[order])


def later(order: Term, span: Term) -> Term:
    """The place the event would have, were everything that happened with it `span` µs later: `later` keeps event order."""
    return exp.Anonymous(this=_LATER, expressions=[order, span])


def none() -> Term:
    """A null of the type of a place, for unions."""
    return exp.Anonymous(this=_NONE, expressions=[])


def written(query: exp.Query, *, exact: bool) -> exp.Query:
    """`query` with the terms of this module in SQL; itself where it has none, else a copy."""
    if not _speaks_of_order(query, exact=exact):
        return query
    made, write = query.copy(), _number if exact else _struct
    # the innermost first, so that what is put around them holds them already rewritten
    for node in reversed(list(made.dfs())):
        replaced = write(cast(Term, node))
        if replaced is not node:
            node.replace(replaced)
    return made


def _speaks_of_order(query: exp.Query, *, exact: bool) -> bool:
    kinds = (exp.Anonymous,) if exact else (exp.Anonymous, exp.Column)
    return any(_named(node).startswith("event_order_") or node.name == KEY for node in query.find_all(*kinds))


def _named(node: object) -> str:
    return str(node.this) if isinstance(node, exp.Anonymous) else ""


def _number(node: Term) -> Term:
    arguments = node.expressions
    match _named(node):
        case "event_order_start":
            return sql.times(_bounded(*arguments), sql.number(RANKS))
        case "event_order_ts":
            return exp.Paren(this=exp.BitwiseRightShift(this=arguments[0], expression=sql.number(RANKS.bit_length() - 1)))
        case "event_order_later":
            return sql.plus(arguments[0], sql.times(arguments[1], sql.number(RANKS)))
        case "event_order_none":
            return sql.cast(sql.null(), "BIGINT")
        case _:
            return node


def _bounded(instant: Term) -> Term:
    # asked about FOREVER, which times 1024 is no BIGINT
    return sql.larger(sql.smaller(instant, sql.number(2 * FURTHEST - 1)), sql.number(1 - 2 * FURTHEST))


def _struct(node: Term) -> Term:
    if isinstance(node, exp.Table) and node.name == EVENTS.name:
        return _events_with_structs(node)
    arguments = node.expressions
    match _named(node):
        case "event_order_start":
            return _place(arguments[0], sql.truth(False), sql.text(""), sql.number(-1))
        case "event_order_ts":
            return _part(arguments[0], "ts")
        case "event_order_later":
            order, span = arguments
            moved = _place(sql.plus(_part(order, "ts"), span), _part(order, "derived"), _part(order, "id"), _part(order, "line"))
            return sql.choose(sql.is_known(order), moved, sql.cast(sql.null(), _STRUCT))
        case "event_order_none":
            return sql.cast(sql.null(), _STRUCT)
        case _:
            return node


def _part(order: Term, name: str) -> Term:
    return sql.call("struct_extract", order.copy(), sql.text(name))


def _place(ts: Term, derived: Term, event_id: Term, line: Term) -> Term:
    parts = {"ts": sql.cast(ts, "BIGINT"), "derived": derived, "id": event_id, "line": sql.cast(line, "INTEGER")}
    return exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.Identifier(this=name, quoted=True), expression=part) for name, part in parts.items()]
    )


def _events_with_structs(events: exp.Table) -> exp.Subquery:
    """`events` with the struct as its order key; the optimiser drops the columns nobody reads."""
    place = _place(column("ts", "e"), sql.less(sql.number(0), column("line", "e")), column("event_id", "e"), column("line", "e"))
    columns = {named.name: column(named.name, "e") for named in EVENTS.columns} | {KEY: place}
    alias = events.args.get("alias") or exp.TableAlias(this=exp.Identifier(this=EVENTS.name, quoted=True))
    return exp.Subquery(this=sql.query(columns, sql.Source(EVENTS.name, "e")), alias=alias)
