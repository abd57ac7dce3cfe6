"""Tables read at a pair: the latest row for a key among those visible.

Reads   a step with at, seen, key (each once); events or table_rows
Gives   at, seen, key, value; nothing for a key without a row
Cost    one scan of the table's rows, joined by key
"""

from opportune.language.compiler.properties import property_term, read_json
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
    found = _in_file(steps, asked, lookup, source) if source.event is None else _in_events(steps, asked, lookup, source, source.event)
    shown = {name: column(name, "r") for name in ASKED} | {"value": sql.part_of(column("latest", "r"), "value")}
    return steps.add(f"{asked}_values", sql.query(shown, Source(found, "r")))


def _in_events(steps: Steps, asked: str, lookup: Lookup, source: Table, event: str) -> str:
    """Events of things; what people send under the same name is no row."""
    key = property_term(source.key, Kind.TEXT, declared=True, table="t")
    value = property_term(lookup.column, lookup.kind, declared=lookup.column in PROPERTIES, table="t")
    # things have no event order of their own in order_key: only people's ties need it
    place = sql.record(ts=column("ts", "t"), id=column("event_id", "t"), line=column("line", "t"))
    where = [sql.equal(column("name", "t"), sql.text(event)), sql.is_null(column("identity_key", "t"))]
    on = [sql.equal(key, column("key", "a")), *_visible()]
    return _latest(steps, asked, "events", where, on, sql.record(value=value), place)


def _in_file(steps: Steps, asked: str, lookup: Lookup, source: Table) -> str:
    def row() -> Term:
        return column("row", "t")

    value = read_json(
        lookup.kind or Kind.TEXT, lambda: sql.json_text(row(), lookup.column), lambda: sql.json_kind(row(), lookup.column), declared=True
    )
    place = sql.record(ts=column("ts", "t"), ordinal=column("ordinal", "t"))
    on = [sql.equal(column("key", "t"), column("key", "a")), *_visible()]
    where = [sql.equal(column("table_name", "t"), sql.text(source.name))]
    return _latest(steps, asked, "table_rows", where, on, sql.record(value=value), place)


def _visible() -> list[Term]:
    return [sql.at_most(column("ts", "t"), column("at", "a")), sql.at_most(column("received_at", "t"), column("seen", "a"))]


def _latest(steps: Steps, asked: str, relation: str, where: list[Term], on: list[Term], value: Term, place: Term) -> str:
    # a record, because a null in the latest row is the answer
    shown = {name: column(name, "a") for name in ASKED} | {"latest": sql.at_largest(value, place)}
    joins = [Join(Source(asked, "a"), sql.both(*on))]
    return steps.add(f"{asked}_latest", sql.query(shown, Source(relation, "t"), joins, where=where, group=3))
