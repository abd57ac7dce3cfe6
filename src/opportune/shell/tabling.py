"""The tables of a project's files, brought into the store before its definitions are asked."""

import json
from collections.abc import Mapping

from opportune.adapters.engines.engine import Engine
from opportune.adapters.project.tables import TableFile
from opportune.language.relations.plans import Row
from opportune.stages.events.table_rows import replace_all, stored


def keep_tables(engine: Engine, tables: Mapping[str, TableFile]) -> None:
    """Make `table_rows` hold these files' rows and no others; writes nothing where it does already."""
    wanted: list[Row] = [
        (name, row.key, row.ordinal, row.ts, json.dumps(dict(row.values))) for name, table in sorted(tables.items()) for row in table.rows
    ]
    if engine.rows(stored()) != wanted:
        engine.write(replace_all(), {}, {"table_rows_wanted": wanted})
