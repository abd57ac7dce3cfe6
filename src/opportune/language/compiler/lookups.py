"""Tables read at a pair: the latest row for a key among those visible.

Reads   a step with at, seen, key (each once); events or table_rows
Gives   at, seen, key, value; nothing for a key without a row
Cost    one scan of the table's rows, joined by key
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from opportune.language.compiler import texts
from opportune.language.compiler.properties import property_term, read_json
from opportune.language.compiler.scalars import Scalars
from opportune.language.relations import builders as sql
from opportune.language.relations.builders import Join, Source, Steps, Term, column
from opportune.language.tree.expressions import Lookup, Table
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.kinds import Kind

ASKED = ("at", "seen", "key")


def rows_of(steps: Steps, asked: str, lookup: Lookup) -> str:
    """The value of the looked-up column for each of `asked` that has a row."""
    source = lookup.source
    if source is None:
        raise ValueError(f"{lookup.table} was not resolved before it was compiled")
    rows = rows_in(source, {"value": (lookup.column, lookup.kind)})
    if lookup.by_term:
        return _by_term(steps, asked, rows)
    found = _latest(steps, asked, rows)
    shown = {name: column(name, "r") for name in ASKED} | {"value": sql.part_of(column("latest", "r"), "value")}
    return steps.add(f"{asked}_values", sql.query(shown, Source(found, "r")))


@dataclass(frozen=True, slots=True)
class Scan:
    """Events joined with the pairs they are asked at, where a predicate looks something up for each event."""

    query: Callable[[Mapping[str, Term], Sequence[Join], Sequence[Term]], sql.Query]
    """The scan with these columns, further joins and further conditions, each row once."""
    scalars: Callable[[], Scalars]
    """Reads the event and what is known at its pair."""
    at: Callable[[], Term]
    seen: Callable[[], Term]


def joins_of(steps: Steps, name: str, sought: Iterable[tuple[str, Lookup]], scan: Scan) -> list[Join]:
    """Joins what `Needs.lookups_for` some predicates names, under those names, to the rows of `scan`; by (at, seen, key)."""
    joins: list[Join] = []
    for alias, lookup in sought:
        key = sql.cast(scan.scalars().term(lookup.key), "VARCHAR")
        shown = {"at": scan.at(), "seen": scan.seen(), "key": key}
        asked = scan.query(shown, [replace(join, on=join.on.copy()) for join in joins], [sql.is_known(key.copy())])
        rows = rows_of(steps, steps.add(f"{name}_{alias}_{len(steps.named)}", asked), lookup)
        same = [sql.equal(column(part, alias), value) for part, value in zip(ASKED, (scan.at(), scan.seen(), key.copy()), strict=True)]
        joins.append(Join(Source(rows, alias), sql.both(*same), "LEFT"))
    return joins


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows `t` of a table stand: which rows of a relation, the text of their key, columns of theirs, and their order."""

    relation: str
    where: Sequence[Term]
    key: Term
    values: Term
    """A record, because a null in the latest row is the answer."""
    place: Term


def rows_in(source: Table, columns: Mapping[str, tuple[str, Kind | None]]) -> Rows:
    """The rows of a table with some of its columns, each under a name."""
    return _in_file(source, columns) if source.event is None else _in_events(source, source.event, columns)


def _in_events(source: Table, event: str, columns: Mapping[str, tuple[str, Kind | None]]) -> Rows:
    """Events of things; what people send under the same name is no row."""
    values = {name: property_term(read, kind, declared=read in PROPERTIES, table="t") for name, (read, kind) in columns.items()}
    # things have no event order of their own in order_key: only people's ties need it
    place = sql.record(ts=column("ts", "t"), id=column("event_id", "t"), line=column("line", "t"))
    where = [sql.equal(column("name", "t"), sql.text(event)), sql.is_null(column("identity_key", "t"))]
    key = property_term(source.key, Kind.TEXT, declared=True, table="t")
    return Rows("events", where, key, sql.record(**values), place)


def _in_file(source: Table, columns: Mapping[str, tuple[str, Kind | None]]) -> Rows:
    def cell(name: str, kind: Kind | None) -> Term:
        def row() -> Term:
            return column("row", "t")

        return read_json(kind or Kind.TEXT, lambda: sql.json_text(row(), name), lambda: sql.json_kind(row(), name), declared=True)

    values = {name: cell(read, kind) for name, (read, kind) in columns.items()}
    place = sql.record(ts=column("ts", "t"), ordinal=column("ordinal", "t"))
    where = [sql.equal(column("table_name", "t"), sql.text(source.name))]
    return Rows("table_rows", where, column("key", "t"), sql.record(**values), place)


def visible() -> list[Term]:
    """A row `t` counts at the question `a`."""
    return [sql.at_most(column("ts", "t"), column("at", "a")), sql.at_most(column("received_at", "t"), column("seen", "a"))]


def standing(steps: Steps, asked: str, rows: Rows) -> str:
    """at, seen, key, latest (record, place): the row that holds for each key at each instant that is asked about."""
    instants = {part: column(part, "q") for part in ("at", "seen")}
    steps.add(f"{asked}_instants", sql.query(instants, Source(asked, "q"), distinct=True))
    shown = {part: column(part, "a") for part in ("at", "seen")} | {"key": rows.key}
    shown["latest"] = sql.at_largest(sql.record(record=rows.values, place=rows.place), rows.place.copy())
    joins = [Join(Source(f"{asked}_instants", "a"), sql.both(*visible()))]
    where = [*rows.where, sql.is_known(rows.key.copy())]
    return steps.add(f"{asked}_rows", sql.query(shown, Source(rows.relation, "t"), joins, where=where, group=3))


def _by_term(steps: Steps, asked: str, rows: Rows) -> str:
    """The value of the row whose key is the longest among the words of the text asked about."""

    def part(name: str) -> Term:
        return sql.part_of(column("latest", "r"), name)

    found = standing(steps, asked, rows)
    told = {name: column(name, "r") for name in ("at", "seen")} | {"term": texts.words(column("key", "r"))}
    told |= {"value": sql.part_of(part("record"), "value"), "place": part("place")}
    terms = steps.add(f"{asked}_terms", sql.query(told, Source(found, "r")))
    said = {name: column(name, "q") for name in ASKED} | {"words": texts.words(column("key", "q"))}
    worded = steps.add(f"{asked}_worded", sql.query(said, Source(asked, "q")))
    stands = sql.call("contains", column("words", "q"), column("term", "r"))
    same = [sql.equal(column(name, "r"), column(name, "q")) for name in ("at", "seen")]
    on = sql.both(*same, sql.unequal(column("term", "r"), sql.text(" ")), stands)
    longest = sql.at_largest(sql.record(value=column("value", "r")), sql.call("length", column("term", "r")), column("place", "r"))
    shown = {name: column(name, "q") for name in ASKED} | {"best": longest}
    best = steps.add(f"{asked}_best", sql.query(shown, Source(worded, "q"), [Join(Source(terms, "r"), on)], group=3))
    value = {name: column(name, "b") for name in ASKED} | {"value": sql.part_of(column("best", "b"), "value")}
    return steps.add(f"{asked}_values", sql.query(value, Source(best, "b")))


def _latest(steps: Steps, asked: str, rows: Rows) -> str:
    shown = {name: column(name, "a") for name in ASKED} | {"latest": sql.at_largest(rows.values, rows.place)}
    joins = [Join(Source(asked, "a"), sql.both(sql.equal(rows.key, column("key", "a")), *visible()))]
    return steps.add(f"{asked}_latest", sql.query(shown, Source(rows.relation, "t"), joins, where=rows.where, group=3))
