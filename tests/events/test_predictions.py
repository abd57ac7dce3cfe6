"""Traits that only our own models may set."""

import json
from pathlib import Path

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.relations.plans import Plan, query_of


def test_a_prediction_is_stored_from_our_models_and_left_out_from_anybody_else(tmp_path: Path) -> None:
    told = {"prediction.churn_30d": 0.25, "prediction.next_order_at": "2026-03-01T12:00:00Z", "country": "US"}
    calls = [
        {"type": "identify", "messageId": source, "userId": source, "receivedAt": "2026-03-01T12:00:00Z", "source": source, "traits": told}
        for source in ("opportune.models", "shop", "import")
    ]
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(call) + "\n" for call in calls))
    engine = DuckDB.open(None)
    assert engine.load([tmp_path / "a.ndjson"]).loaded == 3
    found = engine.rows(Plan(query_of("SELECT event_id, name FROM traits ORDER BY event_id, name"), ()))
    assert found == [
        ("import", "country"),
        ("opportune.models", "country"),
        ("opportune.models", "prediction.churn_30d"),
        ("opportune.models", "prediction.next_order_at"),
        ("shop", "country"),
    ]
