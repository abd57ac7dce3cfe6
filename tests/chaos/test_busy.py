"""Senders of events wait for the log alone."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.chaos.test_clocks import JumpingShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_senders_are_answered_while_the_store_and_the_state_are_being_written(tmp_path: Path) -> None:
    shop = JumpingShop(tmp_path / "project")
    engine = shop.workspace.engine
    answered = threading.Event()

    def send() -> None:
        shop.order("meanwhile")
        answered.set()

    try:
        with shop.workspace.loading, engine._store.writing, shop.workspace.database.writing() as connection:
            connection.execute(text("UPDATE facts SET value = value"))
            sender = threading.Thread(target=send)
            sender.start()
            assert answered.wait(20), "a sender waited for the store or the state"
        sender.join()
        assert shop.acknowledged == ["meanwhile", "meanwhile"]
        shop.live.step()
        assert engine._connection.execute("SELECT count(*) FROM events WHERE event_id = 'meanwhile'").fetchall() == [(1,)]
    finally:
        shop.close()
