"""How far the stored events reach."""

from opportune.adapters.engines.duckdb import DuckDB
from opportune.stages.events.stretch import stretch


def test_what_is_derived_from_events_reaches_no_further_than_they_do() -> None:
    engine = DuckDB.open(None, threads=1)
    assert engine.rows(stretch()) == [(None, None, None, 0)]
    columns = "event_id, line, identity_key, name, ts, received_at, is_imported, order_key"
    for id, line, ts, received in (("a", 0, 5, 6), ("b", 0, 7, 9), ("b", 1, 3, 20), ("b", 1, 30, 9)):
        engine._connection.execute(f"INSERT INTO events ({columns}) VALUES (?, ?, 1, 'E', ?, ?, false, 0)", [id, line, ts, received])
    assert engine.rows(stretch()) == [(5, 7, 9, 2)]
    engine.close()
