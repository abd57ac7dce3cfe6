"""The state database: one place that opens it, one writer at a time, short transactions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from opportune.adapters.stores.schema import LATEST, ForeignState, migrate, revision_of
from opportune.adapters.stores.tables import METADATA


class StoreFault(Exception):
    """The state database could not be read or written: disk, lock, or our bug."""


class Database:
    """A connection pool to the state. Writers take turns: SQLite has one, and a busy second one would starve it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.RLock()

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open `sqlite:///PATH`, migrated to this version, or, for a state that is forgotten at the end, `sqlite://`.

        Raises StoreFault for a file that is no state database of ours, or of a later version.
        """
        if not url.startswith("sqlite://"):
            raise StoreFault(f"this version keeps its state in SQLite, not at {url.split(':', 1)[0]}:...\n  Write state: sqlite:///PATH.")
        try:
            return cls(_in_memory() if url == "sqlite://" else _in_file(url))
        except ForeignState as error:
            raise StoreFault(f"the state database {url.removeprefix('sqlite:///')} cannot be used: {error}") from error
        except SQLAlchemyError as error:
            raise StoreFault(f"the state database {url.removeprefix('sqlite:///')} cannot be opened: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; raises StoreFault with its cause and leaves nothing behind."""
        with self._turn:
            try:
                with self._engine.begin() as connection:
                    yield connection
            except SQLAlchemyError as error:
                raise StoreFault(f"the state database refused a write: {error}") from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from; temporary tables are allowed and vanish."""
        if isinstance(self._engine.pool, StaticPool):
            with self.writing() as connection:
                yield connection
            return
        try:
            with self._engine.connect() as connection:
                yield connection
                connection.rollback()
        except SQLAlchemyError as error:
            raise StoreFault(f"the state database could not be read: {error}") from error

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def _in_memory() -> Engine:
    """One connection that everybody shares."""
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
    METADATA.create_all(engine)
    return engine


def _in_file(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})
    event.listen(engine, "connect", _write_ahead)
    try:
        with engine.connect() as connection:
            if revision_of(connection) != LATEST:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # one process migrates, and all of it or nothing
                migrate(connection)
            connection.commit()
    except BaseException:
        engine.dispose()
        raise
    return engine


def _write_ahead(connection: Any, _: object) -> None:
    """WAL keeps readers out of the writer's way; NORMAL survives a killed process, FULL also a power cut."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()
