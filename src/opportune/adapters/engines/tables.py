"""Tables made from Python: the stored relations of the map, and the input rows of a plan.

An input of 100,000 rows takes about 0.15 s: each column travels as one JSON text and is unfolded by the engine,
which beats list parameters twofold and `executemany` five-hundredfold, and needs no numpy. It lands in a temporary table,
which only its own connection sees and whose true size the optimiser knows.
"""

from collections.abc import Sequence

import msgspec

from opportune.language.relations.map import RELATIONS, Relation
from opportune.language.relations.plans import Input, Row, Scalar


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A value as an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def stored_tables() -> list[str]:
    """One CREATE TABLE for each relation of the map."""
    return [_stored(relation) for relation in RELATIONS]


def _stored(relation: Relation) -> str:
    columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in relation.columns)
    return f"CREATE TABLE IF NOT EXISTS {quoted(relation.name)} ({columns})"


def input_table(table: Input, rows: Sequence[Row]) -> tuple[str, dict[str, str]]:
    """The statement that makes the temporary table of an input, and its parameters; row order is kept.

    Values missing at the end of all rows are null.
    """
    unfolded, parameters = [], {}
    columns: list[tuple[Scalar, ...]] = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    columns += [(None,) * len(rows)] * (len(table.columns) - len(columns))
    if len(columns) != len(table.columns):
        raise ValueError(f"rows for {table.name!r} have {len(columns)} values, not {len(table.columns)}")
    for number, ((name, type_name), values) in enumerate(zip(table.columns, columns, strict=True)):
        shape = text(f'["{type_name}"]')
        unfolded.append(f"unnest(from_json($column_{number}, {shape})) AS {quoted(name)}")
        parameters[f"column_{number}"] = msgspec.json.encode(values).decode()
    return f"CREATE OR REPLACE TEMP TABLE {quoted(table.name)} AS SELECT {', '.join(unfolded)}", parameters
