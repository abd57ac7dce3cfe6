"""The sample shop at the sizes that matter: about 10 M events of 200,000 customers, and ten times that by tiling.

Gives  stores on disk, made once and kept under benchmarks/.stores (or $OPPORTUNE_BENCH_STORES): a year of the sample shop, imported as
       any history is; its tiles are the same year with every id shifted, day by day, so that arrival order is kept
Cost   about 10 minutes for the first, 5 more for the tiles; 3 and 12 GB of disk
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files
from opportune.language.relations.map import CALL_FILTERS, CALLS, CROWDED_INSTANTS, EVENTS, IDENTITIES, LINKS, SPANS, TRAITS, Relation
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import parse_instant
from opportune.samples.shop import Shop
from opportune.stages.events import facts

CUSTOMERS = 200_000
START, DAYS = "2025-01-01T00:00:00Z", 365
DAY = 86_400_000_000
TILES = 10
KEYS = {"identity_key", "from_key", "to_key"}


def stores() -> Path:
    """Where the stores are kept between runs."""
    return Path(os.environ.get("OPPORTUNE_BENCH_STORES", Path(__file__).parent / ".stores"))


def a_year_as_told(customers: int = CUSTOMERS) -> Path:
    """The calls of that year, a JSON line each."""
    history = stores() / f"year-{customers}.ndjson"
    if not history.exists():
        stores().mkdir(parents=True, exist_ok=True)
        draft = history.with_suffix(".draft")
        Shop.build(customers=customers, seed=1, start=parse_instant(START), days=DAYS).write_history(draft)
        draft.rename(history)
    return history


def a_year(customers: int = CUSTOMERS) -> Path:
    """The store of one year of the sample shop with so many customers."""
    path = stores() / f"year-{customers}.duckdb"
    if path.exists():
        return path
    history = a_year_as_told(customers)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    engine = DuckDB.open(draft, currency="USD")
    try:
        import_files(engine.load, [history], set_aside=stores() / "set_aside")
    finally:
        engine.close()
    draft.rename(path)
    return path


def tiled(customers: int = CUSTOMERS, tiles: int = TILES) -> Path:
    """The store of a year, `tiles` times over with shifted ids."""
    path = stores() / f"year-{customers}x{tiles}.duckdb"
    if path.exists():
        return path
    once = a_year(customers)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    DuckDB.open(draft, currency="USD").close()
    with duckdb.connect(str(draft)) as connection:
        connection.execute(f"ATTACH '{once}' AS once (READ_ONLY)")
        for relation in (IDENTITIES, LINKS, SPANS, TRAITS):
            connection.execute(_tile(connection, relation, tiles))
        for day in _days(connection):
            connection.execute(_tile(connection, EVENTS, tiles, f"WHERE received_at >= {day} AND received_at < {day + DAY}"))
        for relation in (CALLS, CALL_FILTERS, CROWDED_INSTANTS):
            connection.execute(f"INSERT INTO {relation.name} SELECT * FROM once.{relation.name}")
    draft.rename(path)
    return path


@contextmanager
def looked_at(store: Path, folder: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store for reading only, with what does not fit into memory in `folder`."""
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory_limit, "temp_directory": str(folder / "spill")}
    with duckdb.connect(str(store), read_only=True, config=config) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def text_of(plan: Plan, connection: duckdb.DuckDBPyConnection) -> str:
    """The statement as the engine writes it for this store."""
    return plan.sql("duckdb", exact_order=not connection.execute(facts.value_of(facts.ORDER_KEYS_FULL)).fetchall())


@contextmanager
def copied(store: Path, folder: Path, **settings: str) -> Iterator[DuckDB]:
    """A copy of the store in `folder` as an engine, where something is to be written."""
    engine = DuckDB.open(Path(shutil.copyfile(store, folder / store.name)), currency="USD", **settings)
    try:
        yield engine
    finally:
        engine.close()
        (folder / store.name).unlink()


def _tiled(name: str) -> str:
    return f"CASE WHEN tile = 0 THEN {name} ELSE {name} || '~' || tile END"


def _days(connection: duckdb.DuckDBPyConnection) -> list[int]:
    first, last = connection.execute("SELECT min(received_at) // $day, max(received_at) // $day FROM once.events", {"day": DAY}).fetchall()[
        0
    ]
    return [day * DAY for day in range(first, last + 1)]


def _tile(connection: duckdb.DuckDBPyConnection, relation: Relation, tiles: int, where: str = "") -> str:
    """An INSERT of all rows of a relation, `tiles` times, those of one instant side by side."""
    shift = "tile * (SELECT max(identity_key) FROM once.identities)"
    shown = []
    for column in relation.columns:
        if column.name in KEYS:
            shown.append(f"({column.name} + {shift})::INTEGER")
        elif column.name in ("event_id", "identity"):
            shown.append(_tiled(column.name))
        elif column.name == "identity_hash":
            shown.append(f"md5_number({_tiled('identity')})")
        else:
            shown.append(f'"{column.name}"')
    order = "ORDER BY received_at" if where else ""
    return f"INSERT INTO {relation.name} SELECT {', '.join(shown)} FROM once.{relation.name}, range({tiles}) AS tiles(tile) {where} {order}"
