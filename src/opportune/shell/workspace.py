"""A project opened for work: its files, its event store, its state. One process at a time has the stores; see `cli/control.py`."""

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import RLock

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.engines.engine import Engine
from opportune.adapters.logs.segments import Segments
from opportune.adapters.project.project import Project, read_project
from opportune.adapters.project.settings_file import overridden
from opportune.adapters.stores.database import Database
from opportune.adapters.stores.journeys import SqlJourneyState
from opportune.adapters.stores.outbox import Outbox
from opportune.adapters.stores.registry import Registry
from opportune.language.tree.definitions import Definitions
from opportune.language.vocabulary.instants import EARLIEST, Instant
from opportune.language.vocabulary.problems import ProblemsFound, Severity
from opportune.shell.world import Rules

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
        self.last_sealed: Instant = EARLIEST
        self._definitions: dict[str, Definitions] = {}

    # -- files

    @cached_property
    def project(self) -> Project:
        """The files as they are now, with the environment's say over the settings; may have problems."""
        project = read_project(self.folder)
        settings, problems = overridden(project.settings, os.environ)
        return replace(project, settings=settings, problems=(*project.problems, *problems))

    def sound_project(self) -> Project:
        """The files, read anew; raises ProblemsFound when any stops them."""
        self.__dict__.pop("project", None)
        errors = [problem for problem in self.project.problems if problem.severity is Severity.ERROR]
        if errors:
            raise ProblemsFound(errors)
        return self.project

    def definitions_of(self, version: str) -> Definitions:
        """The definitions of an applied version."""
        if version not in self._definitions:
            self._definitions[version] = self.project_of(version).definitions
        return self._definitions[version]

    def running_definitions(self) -> Definitions:
        """What was last applied; before that, the files."""
        version = self.registry.fact("applied_version")
        return self.definitions_of(version) if version else self.project.definitions

    def project_of(self, version: str) -> Project:
        """The files of an applied version, as they were."""
        with tempfile.TemporaryDirectory(prefix="opportune-") as folder:
            _write_files(Path(folder), self.registry.files(version))
            return read_project(Path(folder), with_templates=False)

    @cached_property
    def data(self) -> Path:
        """The data folder, made when it is not there."""
        folder = data_folder(self.folder, self.project)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

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
        return DuckDB.open(self.data / "events.duckdb", currency=self.project.settings.shop.currency, reached=self.reached)

    @cached_property
    def database(self) -> Database:
        """The state database."""
        return Database.open(f"sqlite:///{self.data / 'state.sqlite'}")

    @cached_property
    def registry(self) -> Registry:
        """Facts, versions, keys."""
        return Registry(self.database)

    @cached_property
    def journeys(self) -> SqlJourneyState:
        """Enrolments, moments, messages."""
        return SqlJourneyState(self.database, self.reached)

    @cached_property
    def outbox(self) -> Outbox:
        """Messages on their way."""
        return Outbox(self.database, self.reached)

    def open_log(self) -> Segments:
        """The collector's log; fails with LogFault while another process has it."""
        floor = self.journeys.watermark() or EARLIEST
        return Segments.open(self.data / "log", clock=self.clock, floor=floor, reached=self.reached)

    def load_log(self) -> None:
        """Load what lies in the log, so that a command without `serve` sees everything accepted."""
        log = self.open_log()
        try:
            self.load(log)
        finally:
            log.close()

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
        return Rules(secret=self.secret, weekly_cap=self.project.settings.caps.weekly, live_since=self.live_since)

    def close(self) -> None:
        """Let go of every store that was opened."""
        for name in ("engine", "database"):
            opened: Engine | Database | None = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()


def data_folder(folder: Path, project: Project) -> Path:
    """Where the data of a project lies."""
    return (folder / project.settings.data).resolve()


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
