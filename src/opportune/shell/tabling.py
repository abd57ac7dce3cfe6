"""The tables of a project's files, brought into the store before its definitions are asked."""

import json
from collections.abc import Mapping

from opportune.adapters.engines.engine import Engine
from opportune.adapters.project.tables import TableFile
from opportune.language.relations.plans import Row
from opportune.stages.events.table_rows import ROWS, store, stored


def keep_tables(engine: Engine, tables: Mapping[str, TableFile]) -> None:
    """Make `table_rows` hold these files' rows; writes nothing where it does already. Their names say their content."""
    held = {row[0] for row in engine.rows(stored())}
    wanted: list[Row] = [
        (name, row.key, row.ordinal, row.ts, json.dumps(dict(row.values)))
        for name, table in sorted(tables.items())
        if name not in held
        for row in table.rows
    ]
    if wanted:
        engine.write(store(), {}, {ROWS.name: wanted})
