"""The rows of tables that are files of the project.

Reads   the input ROWS
Gives   table_rows; a table's name says its content (`tree.pinning`), so the rows of a name never change, and versions stand side by side
Cost    one insert of all rows
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.relations.writes import Write
from opportune.language.vocabulary.kinds import Kind

ROWS = Input(
    "table_rows_wanted", (("table_name", "VARCHAR"), ("key", "VARCHAR"), ("ordinal", "BIGINT"), ("ts", "BIGINT"), ("row", "VARCHAR"))
)


def store() -> list[Write]:
    """Hold these rows too."""
    every = "SELECT w.table_name, w.key, w.ordinal, w.ts, w.ts, CAST(w.row AS JSON) FROM table_rows_wanted AS w"
    return [Write(f"INSERT INTO table_rows {every}", inputs=(ROWS,))]


def stored() -> Plan:
    """The names of the tables that are held."""
    return Plan(query_of("SELECT DISTINCT table_name FROM table_rows ORDER BY table_name"), (("table_name", Kind.TEXT),))
