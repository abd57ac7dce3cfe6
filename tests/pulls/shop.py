"""A small shop whose sources are pulled, by hand and on its own clock."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from opportune.cli.judging import judge
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.shell.puller import Puller
from opportune.shell.pulling import Intake, Pulled
from opportune.shell.workspace import Workspace

NOW = parse_instant("2026-03-10T12:00:00Z")
SHOP = "shop: {name: Lamps, currency: EUR}\nquiet_hours: {none: true}\ncaps: {none: true}\n"


class PulledShop:
    """A project in a folder; `pull` is what `opportune pull` does."""

    def __init__(self, folder: Path, sources: str, *, more: str = "", reached: Callable[[str], None] = lambda _: None) -> None:
        self.folder, self.now = folder, NOW
        folder.mkdir(exist_ok=True)
        (folder / "opportune.yml").write_text(SHOP + more + "sources:\n" + sources)
        self.workspace = Workspace(folder, clock=lambda: self.now, reached=reached)
        self.workspace.load_log()
        self.puller = Puller(Intake(self.workspace, self.workspace.log_taken, judge))

    def put(self, name: str, text: str | bytes, *, at: Instant | None = None) -> Path:
        """A file, last changed an hour ago or `at` an instant."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        changed = (self.now - 3_600_000_000 if at is None else at) * 1000
        os.utime(path, ns=(changed, changed))
        return path

    def pull(self, name: str) -> Pulled:
        """Fetch a source and load what it brought."""
        found = self.puller.pull(self.puller.sources()[name])
        self.workspace.load(self.workspace.log_taken)
        return found

    def rows(self, sql: str) -> list[tuple]:
        """Of the event store."""
        return self.workspace.engine._connection.execute(sql).fetchall()

    def events(self) -> list[tuple]:
        """(event id, whose, name) as they were stored, our own left out."""
        return self.rows(
            "SELECT event_id, identity, name FROM events LEFT JOIN identities USING (identity_key) WHERE line = 0 ORDER BY events.rowid"
        )

    def log(self) -> list[dict]:
        """Every line that is in the log, loaded or not."""
        files = sorted((self.workspace.data / "log").rglob("*.ndjson"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def asides(self, found: Pulled) -> list[tuple[str, int, str]]:
        """What was set aside."""
        return [(aside.file, aside.line, aside.reason) for aside in found.asides]

    def close(self) -> None:
        """Let go of the stores."""
        self.workspace.close()
