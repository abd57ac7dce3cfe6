"""Change points that come with time itself, or from things: midnights, calendars, calibrations, rows of tables.

Reads   identities, spans, events, traits, calibrations, table_rows
Gives   queries with the key of a scope and `scopes.CHANGE`
Cost    as many rows as customers times instants in the range, but for table rows whose customers can be told by their key

Local calendars turn at quarters of an hour of UTC, so each quarter is taken for a boundary where the customer's zone is asked for.
"""

from collections.abc import Callable
from functools import partial

from opportune.language.compiler.properties import property_term, selected, trait_term
from opportune.language.compiler.reads import Reads, TablePart
from opportune.language.compiler.scopes import CHANGE, Scope
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Expr, Property
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

DAY = 86_400_000_000
QUARTER = 900_000_000


def constant_changes(steps: Steps, reads: Reads, scope: Scope, *, name: str, period: int) -> list[sql.Query]:
    """Those of everybody."""
    if not (reads.is_sampled or reads.calendars or reads.instants or reads.populations or reads.tables):
        return []
    everybody = steps.add(f"{name}_everybody", scope.everybody())
    found = []
    rhythms = {(period, 0)} if reads.is_sampled else set()
    rhythms |= {(QUARTER, part.shift) for part in reads.calendars}
    for number, (length, shift) in enumerate(sorted(rhythms)):
        found.append(_rhythm(steps, f"{name}_rhythm_{number}", everybody, scope.key, length, shift))
    for instant in sorted(reads.instants):
        found.append(_at_once(everybody, scope.key, partial(sql.number, instant)))
    for key, shift in sorted(reads.populations):
        found.append(_calibrated(everybody, scope.key, key, shift))
    for number, part in enumerate(reads.tables):
        found.append(_of_table(steps, f"{name}_table_{number}", everybody, part, scope))
    return found


def _change(at: Term, known: Term, lateness: Term) -> dict[str, Term]:
    return dict(zip(CHANGE, (at, known, lateness), strict=True))


def _rhythm(steps: Steps, name: str, everybody: str, key: str, period: int, shift: int) -> sql.Query:
    """Every multiple of the period since the epoch in each range, from the shop's first event on."""
    first = {"first": sql.coalesce(sql.smallest(column("ts", "e")), sql.number(FOREVER))}
    steps.add(f"{name}_first", sql.query(first, Source("events", "e")))
    steps.add(
        f"{name}_last",
        sql.query({"last": sql.largest(column("high", "e")), "low": sql.smallest(column("low", "e"))}, Source(everybody, "e")),
    )

    def number(instant: Term) -> Term:
        return sql.cast(sql.call("floor", sql.over(sql.cast(instant, "DOUBLE"), sql.real(period))), "BIGINT")

    begin = number(sql.larger(column("low", "l"), column("first", "f")))
    # one more at each end: dividing doubles may be off by one
    numbers = sql.each_of(sql.minus(begin, sql.number(1)), sql.plus(number(column("last", "l")), sql.number(1)))
    is_some = sql.at_most(column("first", "f"), column("last", "l"))
    steps.add(f"{name}_numbers", sql.query({"number": numbers}, Source(f"{name}_last", "l"), [Join(Source(f"{name}_first", "f"), is_some)]))

    def instant() -> Term:
        return sql.plus(sql.times(column("number", "n"), sql.number(period)), sql.number(shift))

    inside = sql.within(instant(), column("low", "w"), column("high", "w"))
    shown = {key: column(key, "w")} | _change(instant(), instant(), sql.number(0))
    return sql.query(shown, Source(everybody, "w"), [Join(Source(f"{name}_numbers", "n"), inside)])


def _at_once(everybody: str, key: str, instant: Callable[[], Term]) -> sql.Query:
    inside = sql.within(instant(), column("low", "w"), column("high", "w"))
    shown = {key: column(key, "w")} | _change(instant(), instant(), sql.number(0))
    return sql.query(shown, Source(everybody, "w"), where=[inside])


def _calibrated(everybody: str, key: str, population: str, shift: int) -> sql.Query:
    def instant() -> Term:
        return sql.plus(column("instant", "c"), sql.number(shift)) if shift else column("instant", "c")

    of_it = sql.equal(column("population", "c"), sql.text(population))
    on = sql.both(of_it, sql.within(instant(), column("low", "w"), column("high", "w")))
    shown = {key: column(key, "w")} | _change(instant(), instant(), sql.number(0))
    return sql.query(shown, Source(everybody, "w"), [Join(Source("calibrations", "c"), on)], distinct=True)


def _of_table(steps: Steps, name: str, everybody: str, part: TablePart, scope: Scope) -> sql.Query:
    """Rows of a table, for those whose key may be theirs."""
    rows = steps.add(name, _rows(part, scope))
    by_key = _keys(part)
    if by_key is None:
        on = sql.within(column("known_at", "r"), column("low", "w"), column("high", "w"))
        shown = {scope.key: column(scope.key, "w")} | {change: column(change, "r") for change in CHANGE}
        return sql.query(shown, Source(everybody, "w"), [Join(Source(rows, "r"), on)])
    source, named, key = by_key
    hers = sql.both(sql.equal(key, column("key", "r")), named, sql.is_known(column("identity_key", "k")))
    shown = {"source_key": column("identity_key", "k")} | {change: column(change, "r") for change in CHANGE}
    sent = steps.add(f"{name}_sent", sql.query(shown, Source(rows, "r"), [Join(Source(source, "k"), hers)], distinct=True))
    return scope.owned(steps, sent)


def _rows(part: TablePart, scope: Scope) -> sql.Query:
    """`key` and `CHANGE` of the rows of a table in the range."""
    table = part.lookup.source
    if table is None:
        raise ValueError(f"the table {part.lookup.table} was not resolved before it was compiled")
    # as known a row counts from its ts; as seen what `ago` reads counts a shift after it was visible
    visible = column("ts", "e") if scope.reading is Reading.AS_KNOWN else sql.larger(column("ts", "e"), column("received_at", "e"))
    known = sql.plus(visible, sql.number(part.shift))
    at = known.copy() if part.shift or scope.reading is Reading.AS_KNOWN else column("ts", "e")
    late = sql.number(0) if scope.reading is Reading.AS_KNOWN or part.shift else sql.minus(column("received_at", "e"), column("ts", "e"))
    inside = [] if scope.limits is None else [sql.within(known.copy(), scope.limits[0](), scope.limits[1]())]
    if table.event is None:
        is_its = sql.equal(column("table_name", "e"), sql.text(table.name))
        return sql.query({"key": column("key", "e")} | _change(at, known, late), Source("table_rows", "e"), where=[is_its, *inside])
    key = property_term(table.key, Kind.TEXT, declared=True, table="e")
    return sql.query({"key": key} | _change(at, known, late), Source("events", "e"), where=[selected((table.event,), "e"), *inside])


def _keys(part: TablePart) -> tuple[str, Term, Term] | None:
    """Where keys of customers come from: a relation `k`, which of its rows, and the key; None: any customer may have any key."""
    if isinstance(part.lookup, tree.Distance) or part.lookup.by_term:
        return None
    key: Expr = part.lookup.key
    match key:
        case tree.Metric(
            function=tree.Aggregate.LAST | tree.Aggregate.FIRST | tree.Aggregate.TOP, value=Property() as value, selector=selector
        ):
            return "events", _named(selector), _property(value)
        case Property() if part.metric is not None:
            return "events", _named(part.metric.selector), _property(key)
        case tree.Trait(name=name, kind=kind):
            return "traits", sql.equal(column("name", "k"), sql.text(name)), trait_term(kind, lambda: column("value", "k"))
        case _:
            return None


def _named(selector: tree.Selector) -> Term:
    return selected(tuple(sorted(set(selector.names))), "k")


def _property(value: Property) -> Term:
    return property_term(value.name, value.kind, declared=value.declared, table="k")
