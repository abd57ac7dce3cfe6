"""The state database by migrations is the one of `tables.py`; anything else is refused with a remedy."""

import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from opportune.adapters.stores.database import Database, StoreFault
from opportune.adapters.stores.registry import Registry
from opportune.adapters.stores.schema import LATEST, MIGRATIONS
from opportune.adapters.stores.tables import METADATA


def opened(path: Path) -> Database:
    return Database.open(f"sqlite:///{path}")


def at_revision(path: Path, revision: str) -> Path:
    opened(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    return path


def made_at(path: Path, revision: str) -> Path:
    """A state as the version of this revision made it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    return path


def test_the_migrated_tables_are_those_the_code_works_with(tmp_path: Path) -> None:
    opened(tmp_path / "state.sqlite").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'state.sqlite'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == LATEST
    engine.dispose()


def test_every_migration_leads_to_the_revision_the_code_names() -> None:
    assert sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("*.py"))[-1] == LATEST


def test_opening_again_keeps_what_was_there_and_imports_no_alembic(tmp_path: Path) -> None:
    path = tmp_path / "a folder with a % and ü" / "state.sqlite"
    path.parent.mkdir()
    database = opened(path)
    Registry(database).remember("live_since", "7")
    database.close()
    reads = (
        "import sys\nfrom opportune.adapters.stores.database import Database\nfrom opportune.adapters.stores.registry import Registry\n"
        "database = Database.open(f'sqlite:///{sys.argv[1]}')\n"
        "print(Registry(database).fact('live_since'), 'alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", reads, str(path)], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "7 False\n"
    assert said.stderr == ""


def test_a_first_migration_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    opened(tmp_path / "state.sqlite").close()
    assert capfd.readouterr() == ("", "")


def test_versions_applied_before_switches_were_kept_come_in_their_order_the_running_one_last(tmp_path: Path) -> None:
    path = made_at(tmp_path / "state.sqlite", "0003")
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO versions VALUES (?, ?, '{}')", [("b", 1), ("a", 2), ("c", 3)])
        connection.execute("INSERT INTO facts VALUES ('applied_version', 'a')")
    connection.close()
    database = opened(path)
    assert [each.version for each in Registry(database).switches()] == ["a", "c", "b"]
    database.close()


def test_a_state_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = at_revision(tmp_path / "state.sqlite", "0999")
    with pytest.raises(StoreFault) as caught:
        opened(path)
    assert str(caught.value) == (
        f"the state database {path} cannot be used: it was written by another version of Opportune (its revision 0999 is unknown here)\n"
        "  Run the version that wrote it or a later one, or restore the copy you made before the upgrade."
    )
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0999",)
    connection.close()


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(StoreFault, match=r"it has tables but no revision.*\n  Name another with `state:`"):
        opened(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"not a database, and long enough to be read as one" * 50)
    with pytest.raises(StoreFault, match=r"state\.sqlite cannot be opened: .*file is not a database"):
        opened(tmp_path / "state.sqlite")


def test_another_kind_of_database_is_refused_by_name() -> None:
    with pytest.raises(StoreFault, match=r"keeps its state in SQLite, not at postgresql"):
        Database.open("postgresql://ann:secret@host/shop")


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    opened(path).close()
    with sqlite3.connect(path) as connection:  # as after a revision 0000 that had only the last table
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in tables:
            connection.execute(f"DROP TABLE {name}")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("CREATE VIEW message_links AS SELECT 1")  # in the way of a table that comes late
    connection.close()
    with pytest.raises(StoreFault, match="message_links"):
        opened(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("alembic_version",)]
    connection.close()


@pytest.mark.slow
def test_the_wheel_carries_the_migrations(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    if built.returncode:
        pytest.skip("hatchling is not installed here; the packaging test builds the wheel elsewhere")
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    for path in (MIGRATIONS / "env.py", *(MIGRATIONS / "versions").glob("*.py")):
        assert path.relative_to(root / "src").as_posix() in names
