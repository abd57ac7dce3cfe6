"""What the project is running and who may write to it: facts, applied versions, write keys."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Update, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.tables import ENROLMENTS, FACTS, RUNNING, SOURCES, SWITCHES, VERSIONS
from opportune.language.vocabulary.instants import Instant

_TERMS = "terms of key "
"""Begins the name of the fact that keeps the terms of a key; its hash follows."""


@dataclass(frozen=True, slots=True)
class RunningJourney:
    """A journey that takes moments after `applied_at`, as the files of `version` define it."""

    journey: str
    version: str
    applied_at: Instant


@dataclass(frozen=True, slots=True)
class Switch:
    """From `at` on, the files of `version` ran."""

    version: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Somebody in a journey goes on at another place of another version."""

    enrolment: str
    was: tuple[str, int]
    """Version and cursor before."""
    version: str
    cursor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one key is held to beyond its scope."""

    origins: tuple[str, ...] = ()
    """Of a browser's key: the pages it may be used on; empty: any."""
    calls_per_second: float | None = None
    """None: as often as the settings say."""
    burst: int | None = None


FREE = Terms()


@dataclass(frozen=True, slots=True)
class WriteKey:
    """Who may send events. The key itself is shown once and only its hash is kept."""

    name: str
    is_browser: bool
    key_hash: str
    created_at: Instant
    terms: Terms


def key_hash(key: str) -> str:
    """SHA-256 of a write key; keys are 32 random characters, so no slow hash is needed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Registry:
    """Facts, versions, running journeys and write keys."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.key_changes = 0
        """Grows when a key is added or revoked: who keeps the keys in mind reads them again."""

    def fact(self, name: str) -> str | None:
        """A remembered fact such as `live_since`."""
        with self._database.reading() as connection:
            return connection.execute(select(FACTS.c.value).where(FACTS.c.name == name)).scalar_one_or_none()

    def remember(self, name: str, value: str) -> None:
        """Set a fact."""
        with self._database.writing() as connection:
            statement = insert(FACTS).values(name=name, value=value)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def apply(
        self,
        version: str,
        files: Mapping[str, str],
        journeys: Sequence[str],
        changed: Sequence[str],
        at: Instant,
        *,
        rewritten: Sequence[str] = (),
        moved: Sequence[Moved] = (),
    ) -> None:
        """Switch to `version`, in one transaction: its `journeys` run; those in `changed` (new or different) see moments after `at`.

        Others go on as before; those in `rewritten` (their templates differ) with the templates of `version`, for those who enter from
        now on. An enrolment of `moved` that has come further meanwhile stays where it is.
        """
        with self._database.writing() as connection:
            statement = insert(VERSIONS).values(hash=version, applied_at=at, files=json.dumps(dict(files), sort_keys=True))
            connection.execute(statement.on_conflict_do_nothing())
            connection.execute(delete(RUNNING).where(RUNNING.c.journey.not_in(journeys)))
            for name in changed:
                row = insert(RUNNING).values(journey=name, version=version, applied_at=at)
                connection.execute(row.on_conflict_do_update(index_elements=["journey"], set_={"version": version, "applied_at": at}))
            if rewritten:
                connection.execute(update(RUNNING).where(RUNNING.c.journey.in_(rewritten)).values(version=version))
            for each in moved:
                connection.execute(_where_it_was(each).values(version=each.version, cursor=each.cursor))
            fact = insert(FACTS).values(name="applied_version", value=version)
            before = connection.execute(select(FACTS.c.value).where(FACTS.c.name == "applied_version")).scalar_one_or_none()
            connection.execute(fact.on_conflict_do_update(index_elements=["name"], set_={"value": version}))
            if before != version:
                connection.execute(insert(SWITCHES).values(version=version, at=at))

    def switches(self) -> list[Switch]:
        """Every switch from one version to another, the last first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(SWITCHES).order_by(SWITCHES.c.number.desc()))
            return [Switch(row.version, Instant(row.at)) for row in rows]

    def running(self) -> list[RunningJourney]:
        """The journeys that run, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(RUNNING).order_by(RUNNING.c.journey))
            return [RunningJourney(row.journey, row.version, Instant(row.applied_at)) for row in rows]

    def files(self, version: str) -> dict[str, str]:
        """The definition files of an applied version."""
        with self._database.reading() as connection:
            stored = connection.execute(select(VERSIONS.c.files).where(VERSIONS.c.hash == version)).scalar_one()
        return dict(json.loads(stored))

    def add_key(self, name: str, *, is_browser: bool, at: Instant, terms: Terms = FREE) -> str:
        """A new write key for a source, given out this once: 32 characters of A-Za-z0-9_-."""
        key = secrets.token_urlsafe(24)
        hashed = key_hash(key)
        with self._database.writing() as connection:
            connection.execute(insert(SOURCES).values(key_hash=hashed, name=name, is_browser=is_browser, created_at=at))
            if terms != FREE:
                connection.execute(insert(FACTS).values(name=_TERMS + hashed, value=json.dumps(asdict(terms))))
        self.key_changes += 1
        return key

    def revoke_key(self, hashed: str, at: Instant) -> None:
        """From now on the key is nobody's; that it was there stays known."""
        with self._database.writing() as connection:
            still = (SOURCES.c.key_hash == hashed, SOURCES.c.revoked_at.is_(None))
            connection.execute(update(SOURCES).where(*still).values(revoked_at=at))
        self.key_changes += 1

    def revoked(self) -> list[str]:
        """Names of sources that had keys, none of which is in force."""
        with self._database.reading() as connection:
            in_force = select(SOURCES.c.name).where(SOURCES.c.revoked_at.is_(None))
            chosen = select(SOURCES.c.name).where(SOURCES.c.name.not_in(in_force)).distinct().order_by(SOURCES.c.name)
            return [str(name) for (name,) in connection.execute(chosen)]

    def source_of(self, key: str) -> WriteKey | None:
        """The source of a write key. The comparison is of hashes and in constant time."""
        hashed = key_hash(key)
        found: WriteKey | None = None
        for source in self.sources():
            if hmac.compare_digest(source.key_hash, hashed):
                found = source
        return found

    def sources(self) -> list[WriteKey]:
        """Sources whose keys are in force, by name and age."""
        with self._database.reading() as connection:
            held = select(FACTS).where(FACTS.c.name.startswith(_TERMS, autoescape=True))
            terms = {row.name.removeprefix(_TERMS): _terms(row.value) for row in connection.execute(held)}
            order = (SOURCES.c.name, SOURCES.c.created_at, SOURCES.c.key_hash)
            rows = connection.execute(select(SOURCES).where(SOURCES.c.revoked_at.is_(None)).order_by(*order))
            return [
                WriteKey(row.name, bool(row.is_browser), row.key_hash, Instant(row.created_at), terms.get(row.key_hash, FREE))
                for row in rows
            ]


def _terms(stored: str) -> Terms:
    told = json.loads(stored)
    return Terms(origins=tuple(told["origins"]), calls_per_second=told["calls_per_second"], burst=told["burst"])


def _where_it_was(moved: Moved) -> Update:
    """The row of an enrolment, if it still stands there."""
    version, cursor = moved.was
    here = (ENROLMENTS.c.id == moved.enrolment, ENROLMENTS.c.version == version, ENROLMENTS.c.cursor == cursor)
    return update(ENROLMENTS).where(*here, ENROLMENTS.c.status == "active")
