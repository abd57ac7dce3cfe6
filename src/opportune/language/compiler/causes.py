"""What caused a turn: the last event in event order that its value reads at the very instant.

Reads   events, spans (and what predicates do); a step of turns with `which`, identity_key, `point` and `seen`
Gives   the same turns with `event_id`, `line`, `is_imported`; null, null, FALSE where no event caused it
Cost    one join of the turns with their customers' events of that instant
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from opportune.language.compiler import identities, lookups
from opportune.language.compiler.alone import matching
from opportune.language.compiler.columns import Columns
from opportune.language.compiler.leaves import leaves_of
from opportune.language.compiler.needs import Needs
from opportune.language.compiler.pairs import with_leaves
from opportune.language.compiler.reads import causes_in
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.relations.order import order_of
from opportune.language.relations.plans import PAIRS
from opportune.language.tree.expressions import Expr, Selector
from opportune.language.vocabulary.instants import FOREVER

_EVENT = ("event_id", "line", "is_imported")


def with_causes(
    steps: Steps,
    turned: str,
    values: Sequence[tuple[int, Expr]],
    columns: Sequence[str],
    *,
    by_arrival: bool = False,
    bounds: Sequence[Term] = (),
) -> str:
    """`turned` with its triggers. `values`: what turns, under its number. `by_arrival`: events count when they became visible.

    `bounds` say of the events `e` where all of them lie, for the scan."""
    shown: dict[str, Term] = {name: column(name, "t") for name in columns}
    shown["turn"] = sql.row_number(Window((), ("which", "identity_key", "point", "seen")))
    rows = steps.add(f"{turned}_turns", sql.query(shown, Source(turned, "t")))
    causes = {which: _distinct(value) for which, value in values}
    found = [
        _found(steps, rows, which, reads, f"{turned}_cause_{which}", by_arrival=by_arrival, bounds=bounds)
        for which, reads in causes.items()
        if reads
    ]
    if not found:
        nothing = {"event_id": sql.cast(sql.null(), "VARCHAR"), "line": sql.cast(sql.null(), "INTEGER"), "is_imported": sql.truth(False)}
        return steps.add(f"{turned}_caused", sql.query({name: column(name, "t") for name in columns} | nothing, Source(rows, "t")))
    every = steps.add(f"{turned}_causes", sql.union(*found))
    last = Window(("turn",), ("order_key",), descending=True)
    ranked = {name: column(name, "c") for name in ("turn", *_EVENT)} | {"rank": sql.row_number(last)}
    steps.add(f"{turned}_causes_ranked", sql.query(ranked, Source(every, "c")))
    is_last = sql.both(sql.equal(column("turn", "c"), column("turn", "t")), sql.equal(column("rank", "c"), sql.number(1)))
    event: dict[str, Term] = {name: column(name, "c") for name in _EVENT[:-1]}
    event["is_imported"] = sql.coalesce(column("is_imported", "c"), sql.truth(False))
    kept = {name: column(name, "t") for name in columns}
    return steps.add(
        f"{turned}_caused", sql.query(kept | event, Source(rows, "t"), [Join(Source(f"{turned}_causes_ranked", "c"), is_last, "LEFT")])
    )


def is_cause(value: Expr, table: str) -> Term:
    """Whether an event is one that the value reads, for predicates that look at their event only."""
    return sql.either(*(sql.both(*matching(selector, where, table)) for selector, where in _distinct(value)))


def _distinct(value: Expr) -> list[tuple[Selector, Expr | None]]:
    return list({repr(cause): cause for cause in causes_in(value)}.values())


def _found(
    steps: Steps,
    rows: str,
    which: int,
    reads: Sequence[tuple[Selector, Expr | None]],
    name: str,
    *,
    by_arrival: bool,
    bounds: Sequence[Term],
) -> sql.Query:
    """Events of one turning's turns that it reads at their instant."""
    of_which = [sql.equal(column("which", "t"), sql.number(which))]
    pair: dict[str, Term] = {each: sql.cast(sql.null(), kind) for each, kind in PAIRS.columns}
    pair |= {
        "pair": column("turn", "t"),
        "identity_key": column("identity_key", "t"),
        "at": column("point", "t"),
        "seen": column("seen", "t"),
    }
    asked = steps.add(name, sql.query(pair, Source(rows, "t"), where=of_which))
    needs = Needs()
    needs.gather([where for _, where in reads if where is not None])
    sources = identities.sources(steps, asked, ("pair", "at", "seen"), name=f"{name}_ids")
    on = [
        sql.equal(column("identity_key", "e"), column("source_key", "s")),
        sql.equal(sql.larger(column("ts", "e"), column("received_at", "e")) if by_arrival else column("ts", "e"), column("at", "s")),
        sql.at_most(column("received_at", "e"), column("seen", "s")),
    ]
    if any(selector.derived for selector, _ in reads):
        on.append(sql.less(column("seen", "s"), sql.coalesce(column("withdrawn_at", "e"), sql.number(2 * FOREVER - 1))))
    joins = [Join(Source(sources, "s"), sql.both(*on))]
    if needs.columns:
        known = with_leaves(steps, asked, needs)
        joins.append(Join(Source(known, "k"), sql.equal(column("pair", "k"), column("pair", "s"))))

    def scalars() -> Scalars:
        return Scalars(Columns(needs, "k", lambda: column("at", "s"), has_entry=False), event="e")

    def scanned(shown: Mapping[str, Term], more: Sequence[Join], where: Sequence[Term]) -> sql.Query:
        joined = [*(replace(join, on=join.on.copy()) for join in joins), *more]
        return sql.query(shown, Source("events", "e"), joined, where=[*where, *(bound.copy() for bound in bounds)], distinct=True)

    sought = needs.lookups_for(where for _, where in reads if where is not None)
    scan = lookups.Scan(scanned, scalars, lambda: column("at", "s"), lambda: column("seen", "s"))
    looked_up = lookups.joins_of(steps, name, sought, scan)
    read = sql.either(*(_reads(selector, where, scalars()) for selector, where in reads))
    shown = {"turn": column("pair", "s"), "order_key": order_of("e")} | {each: column(each, "e") for each in _EVENT}
    return sql.query(shown, Source("events", "e"), [*joins, *looked_up], where=[read, *(bound.copy() for bound in bounds)])


def _reads(selector: Selector, where: Expr | None, scalars: Scalars) -> Term:
    terms = matching(selector, where, "e")
    if where is not None and next(iter(leaves_of(where)), None) is not None:
        terms.append(scalars.truth(where))
    return sql.both(*terms)
