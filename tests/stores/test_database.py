"""The state database: readers and the writer do not wait for each other, faults are told and leave nothing."""

from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, text

from opportune.adapters.stores.database import Database, StoreFault
from opportune.adapters.stores.registry import Registry
from opportune.adapters.stores.tables import FACTS


def test_a_reader_in_the_middle_of_its_reading_does_not_hold_up_the_writer(filed: Database) -> None:
    registry = Registry(filed)
    for number in range(500):
        registry.remember(f"fact {number}", "x" * 200)
    with filed.reading() as connection:
        rows = connection.execute(select(FACTS))
        rows.fetchone()
        written = Event()
        Thread(target=lambda: (registry.remember("late", "1"), written.set()), daemon=True).start()
        assert written.wait(5), "the writer waited for a reader"
        assert len(rows.fetchall()) == 499, "what a reader began is not changed under it"


def test_readers_read_on_while_a_writer_is_in_its_transaction(filed: Database) -> None:
    registry = Registry(filed)
    registry.remember("here", "1")
    with filed.writing() as connection:
        connection.execute(text("UPDATE facts SET value = '2'"))
        found: list[str | None] = []
        reader = Thread(target=lambda: found.append(registry.fact("here")))
        reader.start()
        reader.join(5)
        assert found == ["1"], "neither waiting nor seeing what is not committed"


def test_writers_take_turns(filed: Database) -> None:
    registry = Registry(filed)

    def count(name: str) -> None:
        for number in range(50):
            registry.remember(name, str(number))

    threads = [Thread(target=count, args=(f"writer {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [registry.fact(f"writer {number}") for number in range(4)] == ["49"] * 4


def test_a_refused_write_is_a_fault_and_leaves_nothing(database: Database) -> None:
    def twice() -> None:
        with database.writing() as connection:
            for _ in range(2):
                connection.execute(text("INSERT INTO facts VALUES ('a', '1')"))

    with pytest.raises(StoreFault, match="refused a write"):
        twice()
    assert Registry(database).fact("a") is None


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="cannot be opened"):
        Database.open(f"sqlite:///{tmp_path / 'nowhere' / 'state.sqlite'}")
