"""The rows of tables that are files of the project.

Reads   the input ROWS
Gives   table_rows, replaced as a whole: they belong to the definitions, and a changed file is another version of them
Cost    one insert of all rows
"""

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.relations.writes import Write
from opportune.language.vocabulary.kinds import Kind

ROWS = Input(
    "table_rows_wanted", (("table_name", "VARCHAR"), ("key", "VARCHAR"), ("ordinal", "BIGINT"), ("ts", "BIGINT"), ("row", "VARCHAR"))
)


def replace_all() -> list[Write]:
    """Hold these rows and no others."""
    return [
        Write("DELETE FROM table_rows"),
        Write(
            "INSERT INTO table_rows SELECT w.table_name, w.key, w.ordinal, w.ts, w.ts, CAST(w.row AS JSON) FROM table_rows_wanted AS w",
            inputs=(ROWS,),
        ),
    ]


def stored() -> Plan:
    """All rows, as ROWS has them, in its order."""
    query = 'SELECT table_name, key, ordinal, ts, CAST("row" AS VARCHAR) AS row_text FROM table_rows ORDER BY table_name, ordinal'
    texts = (("table_name", Kind.TEXT), ("key", Kind.TEXT), ("ordinal", Kind.NUMBER), ("ts", Kind.TIME), ("row_text", Kind.TEXT))
    return Plan(query_of(query), texts)
