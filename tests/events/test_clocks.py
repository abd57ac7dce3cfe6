"""What a sender's clock says, and when it is not believed."""

import json
from pathlib import Path

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.vocabulary.instants import format_instant

NOON = 1_772_366_400_000_000
FIVE_MINUTES = 300_000_000


def stored(folder: Path, *ahead: int | None) -> list[int]:
    """`ts` of events received at noon, sent so many µs ahead of it; None: without a timestamp."""
    lines = []
    for number, each in enumerate(ahead):
        said = {"type": "track", "messageId": f"m{number}", "event": "Page Viewed", "userId": "ann", "receivedAt": format_instant(NOON)}
        lines.append(json.dumps(said | ({} if each is None else {"timestamp": format_instant(NOON + each)})))
    (folder / "segment.ndjson").write_text("\n".join(lines))
    engine = DuckDB.open(None, threads=1)
    engine.load([folder / "segment.ndjson"])
    rows = engine._connection.execute("SELECT ts FROM events ORDER BY event_id").fetchall()
    engine.close()
    return [ts - NOON for (ts,) in rows]


def test_a_clock_more_than_five_minutes_ahead_is_not_believed(tmp_path: Path) -> None:
    assert stored(tmp_path, FIVE_MINUTES, FIVE_MINUTES + 1, -FIVE_MINUTES, None) == [FIVE_MINUTES, 0, -FIVE_MINUTES, 0]
