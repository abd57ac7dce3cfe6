"""Change points that come with time itself, or from things: midnights, calendars, calibrations, rows of tables.

Reads   identities, spans, events, traits, calibrations, table_rows
Gives   queries with the key of a scope and `scopes.CHANGE`
Cost    as many rows as customers times instants in the range, but for table rows whose customers can be told by their key

Local calendars turn at quarters of an hour of UTC, so each quarter is taken for a boundary where the customer's zone is asked for.
"""

from collections.abc import Callable
from functools import partial

from opportune.language.compiler.alone import matching
from opportune.language.compiler.properties import property_term, selected, trait_term
from opportune.language.compiler.readers import Readers, nobody
from opportune.language.compiler.reads import Reads, TablePart
from opportune.language.compiler.scopes import CHANGE, Scope, valid_forever
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, Window, column
from opportune.language.tree import expressions as tree
from opportune.language.tree.expressions import Expr, Property
from opportune.language.vocabulary.instants import FOREVER
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

DAY = 86_400_000_000
QUARTER = 900_000_000


def constant_changes(steps: Steps, reads: Reads, scope: Scope, *, name: str, period: int, readers: Readers) -> list[sql.Query]:
    """Those of everybody."""
    if not (reads.is_sampled or reads.calendars or reads.instants or reads.populations or reads.tables):
        return []
    everybody = steps.add(f"{name}_everybody", scope.everybody())
    found = []
    rhythms = {(period, 0)} if reads.is_sampled else set()
    rhythms |= {(QUARTER, part.shift) for part in reads.calendars}
    # before somebody is there nothing that is counted changes anything for her
    begun = _begun(steps, name, everybody, scope) if rhythms or (reads.populations and _is_long(scope)) else ""
    for number, (length, shift) in enumerate(sorted(rhythms)):
        found.append(_rhythm(steps, f"{name}_rhythm_{number}", begun, scope.key, length, shift))
    for instant in sorted(reads.instants):
        found.append(_at_once(everybody, scope.key, partial(sql.number, instant)))
    for number, (key, shift) in enumerate(sorted(reads.populations)):
        # of what is sampled every instant counts
        is_asked_anew = _is_long(scope) and not reads.is_sampled
        source = _told_anew(steps, f"{name}_counted_{number}", key) if is_asked_anew else "calibrations"
        found.append(_calibrated(begun if _is_long(scope) else everybody, scope.key, (source, key), shift))
    for number, part in enumerate(reads.tables):
        found.append(_of_table(steps, f"{name}_table_{number}", everybody, part, scope, readers.of_rows(part)))
    return found


def _change(at: Term, known: Term, lateness: Term, readers: Term | None = None) -> dict[str, Term]:
    return dict(zip(CHANGE, (at, known, lateness, readers or nobody()), strict=True))


def _is_long(scope: Scope) -> bool:
    return not scope.is_narrow and scope.key == "identity_key"


def _begun(steps: Steps, name: str, everybody: str, scope: Scope) -> str:
    """Everybody's range, from the first thing on: of a long range the customer's own first, else the shop's.

    So one row of long ago has its own customer looked at ever since, and nobody else. As known it ends where she is another's for good."""
    hers = _is_long(scope)
    key = {"source_key": column("identity_key", "e")} if hers else {}
    known = [sql.is_known(column("identity_key", "e"))] if hers else []
    firsts = sql.union(
        *(
            sql.query(key | {"first": sql.smallest(column("ts", "e"))}, Source(relation, "e"), where=known, group=len(key))
            for relation in ("events", "traits")
        )
    )
    steps.add(f"{name}_firsts_of", firsts)
    if hers:
        own = sql.query({"identity_key": column("source_key", "f"), "first": column("first", "f")}, Source(f"{name}_firsts_of", "f"))
        is_from = sql.equal(column("from_key", "l"), column("source_key", "f"))
        linked = {"identity_key": column("to_key", "l"), "first": column("first", "f")}
        both = sql.union(own, sql.query(linked, Source(f"{name}_firsts_of", "f"), [Join(Source("spans", "l"), is_from)]))
        steps.add(f"{name}_firsts_owned", both)
    earliest = {"identity_key": column("identity_key", "o")} if hers else {}
    source = f"{name}_firsts_owned" if hers else f"{name}_firsts_of"
    first = sql.query(earliest | {"first": sql.smallest(column("first", "o"))}, Source(source, "o"), group=len(earliest))
    is_hers = sql.equal(column("identity_key", "b"), column("identity_key", "w")) if hers else sql.truth(True)
    low, high = sql.larger(column("low", "w"), sql.minus(column("first", "b"), sql.number(1))), column("high", "w")
    joins = [Join(Source(steps.add(f"{name}_firsts_each", first), "b"), is_hers)]
    if hers and scope.reading is Reading.AS_KNOWN:
        high = sql.smaller(high, column("at_from", "g"))
        is_gone = sql.equal(column("from_key", "g"), column("identity_key", "w"))
        joins.append(Join(Source(steps.add(f"{name}_gone", _gone()), "g"), is_gone, "LEFT"))
    shown = {scope.key: column(scope.key, "w"), "low": low, "high": high}
    begun = [sql.is_known(column("first", "b")), sql.less(low.copy(), high.copy())]
    return steps.add(f"{name}_begun", sql.query(shown, Source(everybody, "w"), joins, where=begun))


def _gone() -> sql.Query:
    """from_key, at_from: ids that belong to another customer from an instant on, as is known by now, and never part again."""
    for_good = [*valid_forever("l"), sql.at_most(sql.number(FOREVER), column("at_until", "l"))]
    shown = {"from_key": column("from_key", "l"), "at_from": sql.smallest(column("at_from", "l"))}
    return sql.query(shown, Source("spans", "l"), where=for_good, group=1)


def _rhythm(steps: Steps, name: str, begun: str, key: str, period: int, shift: int) -> sql.Query:
    """Every multiple of the period since the epoch, `shift` later, in each range."""

    def number(instant: Term) -> Term:
        since = sql.minus(instant, sql.number(shift))
        return sql.cast(sql.call("floor", sql.over(sql.cast(since, "DOUBLE"), sql.real(period))), "BIGINT")

    # one more at each end: dividing doubles may be off by one
    first, last = sql.minus(number(column("low", "w")), sql.number(1)), sql.plus(number(column("high", "w")), sql.number(1))
    shown = {name: column(name, "w") for name in (key, "low", "high")} | {"number": sql.each_of(first, last)}
    steps.add(f"{name}_numbers", sql.query(shown, Source(begun, "w")))

    def instant() -> Term:
        return sql.plus(sql.times(column("number", "n"), sql.number(period)), sql.number(shift))

    inside = sql.within(instant(), column("low", "n"), column("high", "n"))
    shown = {key: column(key, "n")} | _change(instant(), instant(), sql.number(0))
    return sql.query(shown, Source(f"{name}_numbers", "n"), where=[inside])


def _at_once(everybody: str, key: str, instant: Callable[[], Term]) -> sql.Query:
    inside = sql.within(instant(), column("low", "w"), column("high", "w"))
    shown = {key: column(key, "w")} | _change(instant(), instant(), sql.number(0))
    return sql.query(shown, Source(everybody, "w"), where=[inside])


def _told_anew(steps: Steps, name: str, population: str) -> str:
    """population, instant: when something else was counted over all customers than the time before, or anything of groups of them."""
    values, of_all = ("real", "whole"), sql.is_null(column("by_value", "c"))
    told = {each: column(each, "c") for each in ("population", "instant")}
    told |= {value: sql.only(sql.largest(column(value, "c")), of_all.copy()) for value in values}
    told["groups"] = sql.count_of(column("by_value", "c"))
    of_it = [sql.equal(column("population", "c"), sql.text(population))]
    each_time = steps.add(f"{name}_each_time", sql.query(told, Source("calibrations", "c"), where=of_it, group=2))
    names, in_order = (*values, "groups"), Window(("population",), ("instant",))
    before = {f"last_{each}": sql.lag(column(each, "c"), 1, sql.null(), in_order) for each in names}
    shown = {each: column(each, "c") for each in ("population", "instant", *names)}
    ordered = steps.add(f"{name}_in_order", sql.query(shown | before, Source(each_time, "c")))
    of_groups = [sql.less(sql.number(0), column(each, "c")) for each in ("groups", "last_groups")]
    is_anew = sql.either(*(sql.differs(column(value, "c"), column(f"last_{value}", "c")) for value in values), *of_groups)
    kept = {each: column(each, "c") for each in ("population", "instant")}
    return steps.add(name, sql.query(kept, Source(ordered, "c"), where=[is_anew]))


def _calibrated(everybody: str, key: str, counted: tuple[str, str], shift: int) -> sql.Query:
    """Instants in a relation `counted` at which a population was."""

    def instant() -> Term:
        return sql.plus(column("instant", "c"), sql.number(shift)) if shift else column("instant", "c")

    of_it = sql.equal(column("population", "c"), sql.text(counted[1]))
    on = sql.both(of_it, sql.within(instant(), column("low", "w"), column("high", "w")))
    shown = {key: column(key, "w")} | _change(instant(), instant(), sql.number(0))
    return sql.query(shown, Source(everybody, "w"), [Join(Source(counted[0], "c"), on)], distinct=True)


def _of_table(steps: Steps, name: str, everybody: str, part: TablePart, scope: Scope, readers: Term) -> sql.Query:
    """Rows of a table, for those whose key is theirs, from then on; where any key may be theirs, for everybody."""
    rows = steps.add(name, _rows(part, scope, readers))
    by_key = _keys(part, scope.reading)
    if by_key is None:

        def later(instant: str) -> Term:
            return sql.plus(column(instant, "r"), sql.number(part.shift)) if part.shift else column(instant, "r")

        on = sql.within(later("known_at"), column("low", "w"), column("high", "w"))
        shown = {scope.key: column(scope.key, "w")} | {change: column(change, "r") for change in CHANGE}
        shown |= {each: later(each) for each in ("at", "known_at")}
        return sql.query(shown, Source(everybody, "w"), [Join(Source(rows, "r"), on)])
    source, hers, key = by_key
    shown = {"source_key": column("identity_key", "k")} | _known_with_key(part, scope)
    is_its = sql.both(sql.equal(key, column("key", "r")), *hers, _matters(scope))
    sent = steps.add(f"{name}_sent", sql.query(shown, Source(rows, "r"), [Join(Source(source, "k"), is_its)], distinct=True))
    return scope.owned(steps, sent, part.shift)


def _known_with_key(part: TablePart, scope: Scope) -> dict[str, Term]:
    """`CHANGE` of a row `r` for whom the key `k` is hers: not before both, and as late as what came last."""
    change = {name: column(name, "r") for name in CHANGE}
    if scope.reading is Reading.AS_KNOWN:
        return change
    change["known_at"] = _both_known()
    change["at"] = _both_known() if part.shift else sql.larger(column("at", "r"), column("ts", "k"))
    by_key = sql.less(column("received_at", "r"), column("received_at", "k"))
    change["lateness"] = sql.choose(by_key, sql.minus(column("received_at", "k"), column("ts", "k")), column("lateness", "r"))
    return change


def _both_known() -> Term:
    return sql.larger(column("known_at", "r"), column("ts", "k"), column("received_at", "k"))


def _matters(scope: Scope) -> Term:
    """Whether a row `r` changes anything for whom the key `k` is hers: what was there when the key came changes nothing by itself."""
    is_later = sql.at_most(column("ts", "k"), column("ts", "r"))
    if scope.reading is Reading.AS_KNOWN:
        return is_later
    asked = sql.larger(column("ts", "k"), column("received_at", "k"))
    return sql.either(is_later, sql.less(asked, column("received_at", "r")))


def _rows(part: TablePart, scope: Scope, readers: Term) -> sql.Query:
    """`key`, `ts`, `received_at`, `CHANGE` of a table's rows in the range; where `ago` reads them, from when they were visible on."""
    table = part.lookup.source
    if table is None:
        raise ValueError(f"the table {part.lookup.table} was not resolved before it was compiled")
    as_known = scope.reading is Reading.AS_KNOWN
    known = column("ts", "e") if as_known else sql.larger(column("ts", "e"), column("received_at", "e"))
    at = known.copy() if part.shift else column("ts", "e")
    late = sql.number(0) if as_known or part.shift else sql.minus(column("received_at", "e"), column("ts", "e"))
    limits = scope.limits
    inside = [] if limits is None else [sql.within(sql.plus(known.copy(), sql.number(part.shift)), limits[0](), limits[1]())]
    shown = {name: column(name, "e") for name in ("ts", "received_at")} | _change(at, known, late, readers)
    if table.event is None:
        is_its = sql.equal(column("table_name", "e"), sql.text(table.name))
        return sql.query({"key": column("key", "e")} | shown, Source("table_rows", "e"), where=[is_its, *inside])
    key = property_term(table.key, Kind.TEXT, declared=True, table="e")
    return sql.query({"key": key} | shown, Source("events", "e"), where=[selected((table.event,), "e"), *inside])


def _keys(part: TablePart, reading: Reading) -> tuple[str, list[Term], Term] | None:
    """Where keys of customers come from: a relation `k`, which of its rows, and the key; None: any customer may have any key."""
    if isinstance(part.lookup, tree.Distance) or part.lookup.by_term:
        return None
    key: Expr = part.lookup.key
    match key:
        case tree.Metric(
            function=tree.Aggregate.LAST | tree.Aggregate.FIRST | tree.Aggregate.TOP,
            value=Property() as value,
            selector=selector,
            where=where,
        ):
            return "events", [*matching(selector, where, "k"), *_stands(selector, reading)], _property(value)
        case Property() if part.asked is not None:
            selector = part.asked.selector
            return "events", [*matching(selector, part.asked.where, "k"), *_stands(selector, reading)], _property(key)
        case tree.Trait(name=name, kind=kind):
            hers = [sql.equal(column("name", "k"), sql.text(name)), sql.is_known(column("identity_key", "k"))]
            return "traits", hers, trait_term(kind, lambda: column("value", "k"))
        case _:
            return None


def _stands(selector: tree.Selector, reading: Reading) -> list[Term]:
    """That a derived event `k` had not been withdrawn before the row `r` was known."""
    if not selector.derived:
        return []
    stands = sql.is_null(column("withdrawn_at", "k"))
    if reading is Reading.AS_KNOWN:
        return [stands]
    return [sql.either(stands, sql.less(_both_known(), column("withdrawn_at", "k")))]


def _property(value: Property) -> Term:
    return property_term(value.name, value.kind, declared=value.declared, table="k")
