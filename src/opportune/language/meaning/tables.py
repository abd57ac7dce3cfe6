"""Tables: the latest row visible at the pair for a key. SEMANTICS section 4, "table".

Keys and columns are read as declared: a number is its JSON text where text is wanted. A row without a key is no row; the latest row
wins also where it lacks the column.
"""

from opportune.language.meaning.answers import Answer
from opportune.language.meaning.history import Event, TableRow, is_standing, is_visible
from opportune.language.meaning.pairs import Ask, Pair
from opportune.language.tree.expressions import Lookup, Table
from opportune.language.vocabulary.kinds import Json, Kind, read_as


def looked_up(wanted: Lookup, pair: Pair, ask: Ask, event: Event | None) -> Answer:
    """A column of the latest row, null when there is none."""
    kind = wanted.kind or Kind.TEXT
    key = ask(wanted.key, pair, event).value
    table = wanted.source or Table(wanted.table, wanted.table)
    columns = (_latest_event if table.event is not None else _latest_row)(table, str(key), pair) if key is not None else {}
    return Answer(kind, read_as(kind, columns.get(wanted.column), declared=True))


def _latest_event(table: Table, key: str, pair: Pair) -> dict[str, Json]:
    """The properties of the last event of things of the table for the key."""
    rows = [
        event
        for event in pair.history.events
        if event.identity is None
        and event.name == table.event
        and is_standing(event, pair.at, pair.seen)
        and read_as(Kind.TEXT, event.properties.get(table.key), declared=True) == key
    ]
    return max(rows, key=lambda event: event.order).properties if rows else {}


def _latest_row(table: Table, key: str, pair: Pair) -> dict[str, Json]:
    """The last row of the file for the key; of rows of one instant the one furthest down."""

    def is_hers(row: TableRow) -> bool:
        return (row.table, row.key) == (table.name, key) and is_visible(row, pair.at, pair.seen)

    return max((row for row in pair.history.table_rows if is_hers(row)), key=lambda row: (row.ts, row.ordinal), default=_NOTHING).columns


_NOTHING = TableRow(table="", key="", columns={})
