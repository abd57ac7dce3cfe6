"""How far sources that are fetched at set times were read. Kept once what was read is durable in the log: a kill repeats, never skips.

Held to tests/pulls
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.tables import PULLED_FILES, PULLS
from opportune.language.relations.pulled import PulledFile
from opportune.language.vocabulary.instants import Instant


class Pulls:
    """The progress of all sources. Callable from any thread; of one source, one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pulled_at(self, source: str) -> Instant | None:
        """When the source was read to its end last."""
        with self._database.reading() as connection:
            found = connection.execute(select(PULLS.c.pulled_at).where(PULLS.c.source == source)).scalar_one_or_none()
        return None if found is None else Instant(found)

    def progress(self, source: str) -> dict[str, Any]:
        """How far an address was read; empty at first."""
        with self._database.reading() as connection:
            found = connection.execute(select(PULLS.c.progress).where(PULLS.c.source == source)).scalar_one_or_none()
        return dict(msgspec.json.decode(found)) if found else {}

    def keep(self, source: str, progress: Mapping[str, Any], *, ended_at: Instant | None = None) -> None:
        """Remember how far it was read and, with `ended_at`, that this was to its end."""
        said = {"progress": msgspec.json.encode(dict(progress)).decode()} | ({"pulled_at": ended_at} if ended_at is not None else {})
        with self._database.writing() as connection:
            connection.execute(insert(PULLS).values(source=source, **said).on_conflict_do_update(index_elements=["source"], set_=said))

    def file(self, source: str, name: str) -> PulledFile | None:
        """How far a file was told."""
        columns = [column for column in PULLED_FILES.c if column.name != "source"]
        with self._database.reading() as connection:
            query = select(*columns).where(PULLED_FILES.c.source == source, PULLED_FILES.c.name == name)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else PulledFile(**row)

    def has_content(self, source: str, digest: str) -> bool:
        """Whether a file of just this content was told, whatever its name."""
        with self._database.reading() as connection:
            same = (PULLED_FILES.c.source == source, PULLED_FILES.c.digest == digest, PULLED_FILES.c.bytes == PULLED_FILES.c.size)
            return connection.execute(select(PULLED_FILES.c.name).where(*same).limit(1)).first() is not None

    def keep_file(self, source: str, file: PulledFile) -> None:
        """Remember how far a file was told."""
        said = {column.name: getattr(file, column.name) for column in PULLED_FILES.c if column.name != "source"}
        with self._database.writing() as connection:
            row = insert(PULLED_FILES).values(source=source, **said)
            connection.execute(row.on_conflict_do_update(index_elements=["source", "name"], set_=said))
