"""The state database brought to the tables this version works with, one migration after the other, in one transaction.

Cost     one small query where nothing is to do; Alembic is imported only where something is
Held to  tests/stores/test_migrations.py
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

LATEST = "0007"
"""The revision of `tables.py`."""
MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = "alembic_version"


class ForeignState(Exception):
    """The database is not one that this version can work with; says why and the remedy."""


def migrate(connection: Connection) -> None:
    """Bring the database to LATEST. Raises ForeignState, and then nothing was changed."""
    before = revision_of(connection)
    if before == LATEST:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before is not None and before not in known:
        raise ForeignState(
            f"it was written by another version of Opportune (its revision {before} is unknown here)\n"
            "  Run the version that wrote it or a later one, or restore the copy you made before the upgrade."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one. Raises ForeignState for one that was not made by migrations."""
    tables = set(inspect(connection).get_table_names())
    if _VERSION in tables:
        found = connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar_one_or_none()
        if found is not None:
            return str(found)
    if tables - {_VERSION}:
        raise ForeignState(
            "it has tables but no revision, so it is not Opportune's, or was made by a version before the first release\n"
            "  Name another with `state:`, or move it away to begin anew."
        )
    return None
