"""A project opened for work: its files, its event store, its state. One process at a time has the stores; see `cli/control.py`."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

from opportune.adapters.project.files import SETTINGS_FILE
from opportune.adapters.project.project import Project, read_project, settings_in
from opportune.adapters.project.settings import Settings
from opportune.adapters.project.settings_file import overridden
from opportune.adapters.project.shelf import Shelf
from opportune.language.tree.definitions import Definitions
from opportune.language.tree.schema import ANY_NAME, USUAL, Schema
from opportune.language.vocabulary.instants import EARLIEST, Instant, Span, format_instant
from opportune.language.vocabulary.problems import Problem, ProblemsFound, Severity
from opportune.shell.refusals import Unusable

if TYPE_CHECKING:  # imported where they are opened: a command that needs no store does not wait for one
    from opportune.adapters.engines.duckdb import DuckDB
    from opportune.adapters.logs.segments import Segments
    from opportune.adapters.places import Places
    from opportune.adapters.project.tables import TableFile
    from opportune.adapters.stores.database import Database
    from opportune.adapters.stores.journeys import SqlJourneyState
    from opportune.adapters.stores.ledger import Ledger
    from opportune.adapters.stores.outbox import Outbox
    from opportune.adapters.stores.registry import Registry
    from opportune.shell.ground import Ground
    from opportune.shell.world import Rules

EVENTS_FILE = "events.duckdb"
FURTHEST_AHEAD = Span(10 * 366 * 86_400_000_000)
"""What varies all the time is looked at daily, so questions must end: no sender's clock is that wrong, and no plan is that long."""
T = TypeVar("T")
Clock = Callable[[], Instant]
Reached = Callable[[str], None]


def system_clock() -> Instant:
    """The machine's clock."""
    return Instant(time.time_ns() // 1_000)


def pass_by(_: str) -> None:
    """Crash points are reached and nothing happens."""


class Workspace:
    """The stores of one project, opened when first needed. Close it to let another process in."""

    def __init__(self, folder: Path, *, clock: Clock = system_clock, reached: Reached = pass_by) -> None:
        self.folder = folder
        self.clock = clock
        self.reached = reached
        self.loading = RLock()
        """Held while events are loaded or imported: keys are dense, so there is one writer."""
        self.switching = RLock()
        """Held while a tick runs and while another version is switched to: no tick meets an enrolment of a version it does not know."""
        self.grounds: WeakSet[Ground] = WeakSet()
        """What is being asked now: a sweep leaves what it stands on. Read and written while `loading` is held."""
        self.last_sealed: Instant = EARLIEST
        self._log: Segments | None = None
        self._projects: dict[str, Project] = {}

    # -- files

    @cached_property
    def project(self) -> Project:
        """The files as they were when first asked for, or last applied here: where the settings are. May have problems."""
        return self._read(ANY_NAME, with_templates=False)

    @cached_property
    def opening(self) -> Settings:
        """The settings as opportune.yml alone said them when first asked for: enough to find the stores and to open them."""
        return self.project.settings if "project" in self.__dict__ else overridden(settings_in(self.folder), os.environ)[0]

    def files_now(
        self, *, learned: Schema | None = None, with_templates: bool = True, varied: Mapping[str, str] = MappingProxyType({})
    ) -> Project:
        """The files as they are now, held against the names the data taught; may have problems. `varied`: setting → another value."""
        return self._read(learned or self.learned(), with_templates=with_templates, varied=varied)

    def sound_project(
        self, *, learned: Schema | None = None, with_templates: bool = True, varied: Mapping[str, str] = MappingProxyType({})
    ) -> Project:
        """The files as they are now; raises ProblemsFound when any stops them."""
        project = self.files_now(learned=learned, with_templates=with_templates, varied=varied)
        errors = [problem for problem in project.problems if problem.severity is Severity.ERROR]
        if errors:
            raise ProblemsFound(errors)
        return project

    def _read(self, learned: Schema, *, with_templates: bool, varied: Mapping[str, str] = MappingProxyType({})) -> Project:
        """The environment has its say over the settings."""
        project = read_project(self.folder, learned, with_templates=with_templates, varied=varied, shelf=self._shelf())
        settings, problems = overridden(project.settings, os.environ)
        return replace(project, settings=settings, problems=(*project.problems, *problems))

    def _shelf(self) -> Shelf | None:
        """Where projects that were read before are kept; none before there is a data folder."""
        aside = (self.folder / self.opening.data).resolve()
        return Shelf(aside / "read") if aside.is_dir() else None

    def learned(self) -> Schema:
        """The names that events, properties and traits of the store have; the vocabulary alone while there is no store."""
        from opportune.shell.learning import learned_names

        return self.asked(learned_names) or USUAL

    def asked(self, ask: Callable[[DuckDB], T]) -> T | None:
        """What `ask` finds in the event store; None while there is none."""
        try:
            is_there = "engine" in self.__dict__ or (self.data_folder / EVENTS_FILE).exists()
        except ProblemsFound:
            return None
        if not is_there:
            return None
        engine = self.engine.sibling()
        try:
            return ask(engine)
        finally:
            engine.close()

    def definitions_of(self, version: str) -> Definitions:
        """The definitions of an applied version."""
        return self.project_of(version).definitions

    def running_definitions(self) -> Definitions:
        """What was last applied; before that, the files."""
        version = self.registry.fact("applied_version")
        return self.definitions_of(version) if version else self.project.definitions

    def settle_running(self, until: Instant) -> None:
        """Bring what the running definitions stand on up to `until`; `serve` does so itself."""
        version = self.registry.fact("applied_version")
        project = self.project_of(version) if version else self.project
        self.ground(project.definitions, project.tables, until)

    def project_of(self, version: str) -> Project:
        """The files of an applied version, as they were; read once, for a version never changes."""
        if version not in self._projects:
            with tempfile.TemporaryDirectory(prefix="opportune-") as folder:
                _write_files(Path(folder), self.registry.files(version))
                self._projects[version] = read_project(Path(folder), ANY_NAME, with_templates=False, shelf=self._shelf())
        return self._projects[version]

    @cached_property
    def data_folder(self) -> Path:
        """Where the data lies; it may not be there yet. Raises ProblemsFound while opportune.yml does not say what shop this is."""
        shop = self.opening.shop
        if not (shop.name and shop.currency):
            raise ProblemsFound(problem for problem in self.project.problems if self._is_of_settings(problem))
        return (self.folder / self.opening.data).resolve()

    def _is_of_settings(self, problem: Problem) -> bool:
        return problem.severity is Severity.ERROR and problem.place.file in (SETTINGS_FILE, str(self.folder))

    @cached_property
    def data(self) -> Path:
        """The data folder, made when it is not there."""
        self.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.data_folder

    @cached_property
    def secret(self) -> bytes:
        """32 random bytes of this project, made once: they key hold-outs and tokens."""
        path = self.data / "secret"
        if not path.exists():
            draft = path.with_suffix(".new")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        return bytes.fromhex(path.read_text().strip())

    # -- stores

    @cached_property
    def engine(self) -> DuckDB:
        """The event store. Other threads take a `sibling`."""
        from opportune.adapters.engines.duckdb import DuckDB

        settings = self.opening
        path, shop, rules = self.data / EVENTS_FILE, settings.shop, settings.identity
        home = (urlsplit(shop.url or "").hostname or "").removeprefix("www.")
        limit = settings.memory_limit
        return DuckDB.open(path, memory_limit=limit, currency=shop.currency, identity=rules, home=home, reached=self.reached)

    def ground(self, definitions: Definitions, tables: Mapping[str, TableFile], at: Instant) -> Ground:
        """The event store for definitions that are asked about moments up to `at`, with all that they stand on. Raises Unusable."""
        from opportune.shell.evaluation import stretch_of
        from opportune.shell.ground import Ground

        self.check_reach(at)
        engine = self.engine.sibling()
        reach = stretch_of(engine)
        last = min(reach.last_received_at, self.clock() + FURTHEST_AHEAD) if reach else at
        ground = Ground(engine, [definitions], tables, keeping=self.engine.kept())
        with self.loading:
            self.grounds.add(ground)
            ground.settle(Instant(max(at, last)))
        return ground

    def check_reach(self, at: Instant) -> None:
        """Raises Unusable for a moment so far ahead that what is looked at every midnight until then has no end."""
        if at - self.clock() > FURTHEST_AHEAD:
            raise Unusable(
                f"{format_instant(at)} lies more than ten years ahead\n"
                "  Name a nearer moment; where you named none, that of the last event was taken: one may have a wrong date."
            )

    def bare_ground(self) -> Ground:
        """The event store for definitions that are told later and change."""
        from opportune.shell.ground import Ground

        ground = Ground(self.engine.sibling(), (), {})
        with self.loading:
            self.grounds.add(ground)
        return ground

    @cached_property
    def database(self) -> Database:
        """The state database."""
        from opportune.adapters.stores.database import Database

        return Database.open(self.opening.state or f"sqlite:///{self.data / 'state.sqlite'}")

    @cached_property
    def registry(self) -> Registry:
        """Facts, versions, keys."""
        from opportune.adapters.stores.registry import Registry

        return Registry(self.database)

    @cached_property
    def places(self) -> Places:
        """Where internet addresses are. Raises Unusable for a table that cannot be read."""
        from opportune.adapters.places import PlacesFault, places

        table = self.project.settings.places.table
        try:
            return places(self.folder / table if table else None)
        except PlacesFault as fault:
            raise Unusable(f"{fault}\n  Mend `places: {{table: ...}}` in opportune.yml, or leave it out for the bundled table.") from fault

    @cached_property
    def ledger(self) -> Ledger:
        """What each source brought and what was not taken of it."""
        from opportune.adapters.stores.ledger import Ledger

        return Ledger(self.database)

    @cached_property
    def journeys(self) -> SqlJourneyState:
        """Enrolments, moments, messages."""
        from opportune.adapters.stores.journeys import SqlJourneyState

        return SqlJourneyState(self.database, self.reached)

    @cached_property
    def outbox(self) -> Outbox:
        """Messages on their way."""
        from opportune.adapters.stores.outbox import Outbox

        return Outbox(self.database, self.reached)

    def open_log(self) -> Segments:
        """The collector's log; fails with LogTaken while another process has it."""
        from opportune.adapters.logs.segments import Segments

        floor = self.journeys.watermark() or EARLIEST
        return Segments.open(self.data / "log", clock=self.clock, floor=floor, reached=self.reached)

    def load_log(self) -> None:
        """Load what lies in the log, so that a command without `serve` sees everything accepted; keeps others out until `close`."""
        self._log = self.open_log()
        self.load(self._log)

    @property
    def log_taken(self) -> Segments:
        """The log that `load_log` took."""
        assert self._log is not None, "no log was taken"
        return self._log

    def load(self, log: Segments) -> Instant:
        """Seal the log and load it; gives `hi`: every event received by then is in the store."""
        with self.loading:
            sealed = log.seal()
            if sealed.segments:
                self.engine.load(sealed.segments)
                log.release(sealed.segments)
            self.last_sealed = sealed.hi
        return sealed.hi

    @property
    def live_since(self) -> Instant | None:
        """When `serve` first ran."""
        fact = self.registry.fact("live_since")
        return None if fact is None else Instant(int(fact))

    def rules(self) -> Rules:
        """The rules of a live run, from the settings."""
        from opportune.shell.world import Rules

        return Rules(secret=self.secret, sending=self.running_definitions().sending, live_since=self.live_since)

    def close(self) -> None:
        """Let go of every store that was opened."""
        for name in ("engine", "database"):
            opened: DuckDB | Database | None = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()
        if self._log is not None:
            self._log.close()
            self._log = None


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
