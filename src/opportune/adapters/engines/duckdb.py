"""DuckDB as an Engine: one file (or memory), inside this process.

Cost    a plan is parsed once and planned anew at each run (1-15 ms); inputs cost 1.5 µs a row; see `loading` for arrivals
Held to tests/engines/test_duckdb.py
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from typing import Self

import duckdb

from opportune.adapters.engines import formats, layout, loading, tables
from opportune.adapters.engines.call_filters import CallFilters
from opportune.adapters.engines.engine import EngineFault
from opportune.adapters.engines.parsed import Parsed
from opportune.language.relations.loads import LoadReport
from opportune.language.relations.plans import Input, Plan, Row, Scalar
from opportune.language.relations.rollups import Rollup
from opportune.language.relations.writes import Write
from opportune.language.vocabulary.identity import DEFAULT_RULES, IdentityRules
from opportune.stages.events import facts, rollups

_UNUSED = ("statistics_propagation", "projection_pullup")
"""Passes of DuckDB 2.0.0's optimizer that we do without.

The first is wrong: it takes the rows of a LEFT JOIN whose right side its statistics prove empty for none: a `sum` over them is bounded
by 0, so that `sum > 5` is false without a look, and the sum itself may be packed into one byte. Found by tests/compiler/test_rollups.py;
14 % of an evaluation's time is what it costs to do without. The second rewrites a whole plan for each projection it moves: more than
half of what it took to plan all lapses of the starter pack together (0.64 of 1.17 s), and no question was answered faster by it."""
_UNUSED_AS_WRITTEN = (*_UNUSED, "join_order", "cte_filter_pusher")
"""Nor these two where a plan says what is best: they find worse orders of joins, and filter what is small already."""

PASSES = f"SET GLOBAL disabled_optimizers = '{','.join(_UNUSED)}'"
PASSES_AS_WRITTEN = f"SET GLOBAL disabled_optimizers = '{','.join(_UNUSED_AS_WRITTEN)}'"


_QUOTED_PLAN = "\nLINE "
"""Below its words DuckDB quotes the statement."""

ANY_SHOP = loading.Shop()
"""One that says nothing of itself."""
GIGABYTE = 1_000_000_000
LARGEST_DEFAULT = 4 * GIGABYTE


@dataclass(slots=True)
class _Store:
    """What the siblings of one store share."""

    writing: RLock = field(default_factory=RLock)
    has_exact_order: bool = True
    """Its order keys tell all ties apart; false once the fact `order_keys_full` stands."""
    as_written: int = 0
    """Plans that run now with their joins as written."""
    counting: Lock = field(default_factory=Lock)
    filters: CallFilters = field(default_factory=CallFilters)
    """Read and extended by whoever is `writing`."""

    @contextmanager
    def joining(self, connection: duckdb.DuckDBPyConnection, *, as_written: bool) -> Iterator[None]:
        """Meanwhile joins are done in the order in which plans write them: it found worse ones, at up to six times the cost of a tick.

        DuckDB 2.0 has the setting for the whole store only, so it is the same for plans of siblings that begin meanwhile.
        """
        if not as_written:
            yield
            return
        with self.counting:
            self.as_written += 1
            connection.execute(PASSES_AS_WRITTEN)
        try:
            yield
        finally:
            with self.counting:
                self.as_written -= 1
                if not self.as_written:
                    connection.execute(PASSES)


def default_memory() -> int:
    """Bytes: half of the machine's memory, at most 4 GB."""
    return min(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2, LARGEST_DEFAULT)


def _never(_crash_point: str) -> None:
    """No crash point is armed."""


class DuckDB:
    """An Engine inside this process. One connection serves one thread."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, *, shop: loading.Shop = ANY_SHOP, reached: Callable[[str], None] = _never
    ) -> None:
        connection.execute(PASSES)
        self._connection = connection
        self._shop = shop
        self._reached = reached
        self._store = _Store()
        self._made: set[str] = set()
        self._parsed = Parsed(connection)

    @classmethod
    def open(
        cls,
        path: Path | None,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        currency: str | None = None,
        identity: IdentityRules = DEFAULT_RULES,
        home: str = "",
        reached: Callable[[str], None] = _never,
    ) -> Self:
        """The store at `path`, made when it is not there; None keeps it in memory.

        `currency` is the shop's, and so is what `identity` says of who is who; `reached` is called at the crash points `load` and
        `commit`. `memory_limit` (`2GB`, by default half of the machine's memory, at most 4 GB) bounds what queries
        hold in memory; beyond it they use files beside the store.
        """
        settings: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}
        settings |= {"memory_limit": memory_limit or f"{default_memory()}B"}
        settings |= {"temp_directory": str(path.with_suffix(".spill"))} if path else {}
        settings |= {"threads": threads} if threads else {}
        with _faults(f"cannot open the event store {path or 'in memory'}"):
            connection = duckdb.connect(str(path) if path else ":memory:", config=settings)
            try:
                connection.execute("SET GLOBAL TimeZone = 'UTC'")
                layout.settle(connection)
            except BaseException:
                connection.close()
                raise
        engine = cls(connection, shop=loading.Shop(currency, identity, home), reached=reached)
        engine._look_at_order()
        return engine

    def rows(
        self, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> list[Row]:
        """Run a plan and give all its rows."""
        self._bind(plan.inputs, inputs or {})
        sql = self._text(plan)
        with _faults("DuckDB refused a plan we had checked", sql), self._store.joining(self._connection, as_written=plan.joins_as_written):
            found: list[Row] = self._parsed.execute(sql, _used(plan.parameters, parameters)).fetchall()
            return found

    def export(
        self,
        plan: Plan,
        path: Path,
        parameters: Mapping[str, Scalar] | None = None,
        inputs: Mapping[str, Sequence[Row]] | None = None,
    ) -> int:
        """Run a plan and write its rows to a CSV or Parquet file, by the file's ending; gives the number of rows."""
        if path.suffix not in (".csv", ".parquet"):
            raise EngineFault(f"cannot write {path}: name a file that ends in .csv or .parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._bind(plan.inputs, inputs or {})
        sql = f"CREATE OR REPLACE TEMP TABLE exported AS {self._text(plan)}"
        with _faults("DuckDB refused a plan we had checked", sql):
            self._connection.execute(sql, _used(plan.parameters, parameters))
        with _faults(f"cannot write {path}"):
            self._connection.execute(self._copy(plan, path))
            written = self._connection.execute("SELECT count(*) FROM exported").fetchall()[0][0]
            self._connection.execute("DROP TABLE exported")
        return int(written)

    def load(self, segments: Sequence[Path]) -> LoadReport:
        """Store the events of closed log segments, each exactly once, all in one transaction."""
        with self._store.writing, _faults(f"cannot load {', '.join(segment.name for segment in segments)}"):
            report = loading.load(self._parsed, segments, self._store.filters, shop=self._shop, reached=self._reached)
        self._look_at_order()
        return report

    def keep(self, wanted: Sequence[Rollup]) -> None:
        """Keep these roll-ups and no others; new ones are filled one by one, and questions go on meanwhile."""
        hashes = {rollup.hash for rollup in wanted}
        for hash, number in self.kept().items():
            if hash not in hashes:
                self._all_or_nothing([(statement, {}, "") for statement in rollups.dropped(number)])
        for rollup in wanted:
            with self._store.writing:
                if rollup.hash not in self.kept():
                    number = int(self._connection.execute(rollups.NEXT).fetchall()[0][0])
                    told: dict[str, Scalar] = {"rollup": number, "hash": rollup.hash, "query": rollup.text}
                    self._all_or_nothing([(rollups.filled(number, rollup.text), {}, ""), (rollups.begun(), told, "")])

    def kept(self) -> dict[str, int]:
        """Hash → number of the roll-ups that are kept, for plans made and run before the next `keep`."""
        with _faults("cannot read which roll-ups are kept"):
            return {hash: number for number, hash, _ in self._connection.execute(rollups.KEPT).fetchall()}

    def make(
        self, name: str, plan: Plan, parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> int:
        """Keep the rows of a plan as the input table `name` of later plans and writes of this engine; gives the number of rows."""
        self._bind(plan.inputs, inputs or {})
        sql = f"CREATE OR REPLACE TEMP TABLE {tables.quoted(name)} AS {self._text(plan)}"
        with _faults("DuckDB refused a plan we had checked", sql):
            made = self._connection.execute(sql, _used(plan.parameters, parameters)).fetchall()
        self._made.add(name)
        return int(made[0][0])

    def write(
        self, writes: Sequence[Write], parameters: Mapping[str, Scalar] | None = None, inputs: Mapping[str, Sequence[Row]] | None = None
    ) -> None:
        """Change stored relations, all in one transaction; no two siblings write at once."""
        for write in writes:
            self._bind(write.inputs, inputs or {})
        self._all_or_nothing([(write.sql("duckdb"), _used(write.parameters, parameters), write.only_if) for write in writes])
        self._look_at_order()

    def sibling(self) -> Self:
        """The same store for another thread."""
        other = type(self)(self._connection.cursor(), shop=self._shop, reached=self._reached)
        other._store = self._store
        return other

    def close(self) -> None:
        """Let go of the store."""
        self._connection.close()

    def _all_or_nothing(self, statements: Sequence[tuple[str, Mapping[str, Scalar], str]]) -> None:
        with self._store.writing, _faults("DuckDB could not write what was found"):
            self._connection.execute("BEGIN TRANSACTION")
            try:
                for sql, parameters, only_if in statements:
                    if not only_if or self._parsed.execute(only_if).fetchall()[0][0]:
                        self._parsed.execute(sql, parameters)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def _text(self, plan: Plan) -> str:
        return plan.sql("duckdb", exact_order=self._store.has_exact_order)

    def _look_at_order(self) -> None:
        """Once keys are full they stay so, and every plan is written without them."""
        if self._store.has_exact_order:
            self._store.has_exact_order = not self._connection.execute(facts.value_of(facts.ORDER_KEYS_FULL)).fetchall()

    def _bind(self, wanted: Sequence[Input], inputs: Mapping[str, Sequence[Row]]) -> None:
        for table in wanted:
            if table.name in self._made and table.name not in inputs:
                continue
            self._made.discard(table.name)
            statement, parameters = tables.input_table(table, inputs[table.name])
            with _faults(f"DuckDB refused the input rows {table.name!r}"):
                self._connection.execute(statement, parameters)

    def _copy(self, plan: Plan, path: Path) -> str:
        """The COPY of the finished result, each column as its kind is shown."""
        form = formats.csv_value if path.suffix == ".csv" else formats.parquet_value
        found = self._connection.execute("SELECT column_name, column_type FROM (DESCRIBE exported)").fetchall()
        shown = ", ".join(
            f"{form(tables.quoted(column), kind, type_name)} AS {tables.quoted(name)}"
            for (name, kind), (column, type_name) in zip(plan.columns, found, strict=True)
        )
        options = "FORMAT csv, HEADER" if path.suffix == ".csv" else "FORMAT parquet, COMPRESSION zstd"
        return f"COPY (SELECT {shown} FROM exported ORDER BY exported.rowid) TO {tables.text(str(path))} ({options})"


def _used(names: Sequence[str], parameters: Mapping[str, Scalar] | None) -> dict[str, Scalar]:
    given = parameters or {}
    return {name: given[name] for name in names}


@contextmanager
def _faults(what: str, sql: str = "") -> Iterator[None]:
    """Turns the engine's own errors into one EngineFault that keeps its words and its cause; the plan's text is a note, not for people."""
    try:
        yield
    except duckdb.Error as error:
        fault = EngineFault(f"{what}: {str(error).split(_QUOTED_PLAN)[0].strip()}")
        if sql:
            fault.add_note(sql)
        raise fault from error
