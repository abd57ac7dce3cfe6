"""docs/sources.md: the list it shows is what the command says of sources in those states."""

import json
import re
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.pages import blocks, page

from opportune.adapters.stores.ledger import HOUR, Taken, Tally
from opportune.cli.commands.sources import COMMAND, spark
from opportune.cli.context import Context
from opportune.language.vocabulary.instants import Instant
from opportune.shell.workspace import Workspace
from opportune.stages.measurement.standing import State

PAGE = "docs/sources.md"
NOW = Instant(500_000 * HOUR + HOUR // 2)


@dataclass
class Heard:
    """A voice that keeps what was said."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines.append(text.rstrip("\n"))

    warn = say

    def bar(self, title: str, done: int, total: int | None) -> None:
        """No bars."""


def told(folder: Path, source: str = "") -> list[str]:
    (folder / "opportune.yml").write_text("shop: {name: Lamps, currency: EUR}\n")
    workspace = Workspace(folder, clock=lambda: NOW)
    for name in ("app", "till", "spare", "web-shop"):
        if name not in [key.name for key in workspace.registry.sources()]:
            workspace.registry.add_key(name, is_browser=name == "web-shop", at=Instant(1))
    taken = Tally(source="web-shop", hour=500_000, kind=Taken.ACCEPTED, count=412, last_at=Instant(NOW - 2_000_000))
    till = [
        Tally(source="till", hour=hour, kind=Taken.ACCEPTED, count=61, last_at=Instant((hour + 1) * HOUR - 1))
        for hour in range(499_160, 499_998)
    ]
    refused = Tally(
        source="app", hour=499_999, kind=Taken.REFUSED, reason="timestamp", count=40, last_at=Instant(NOW - HOUR - 1), sample="type"
    )
    withheld = Tally(source="web-shop", hour=500_000, kind=Taken.WITHHELD, reason="tracking", count=1204, last_at=NOW)
    workspace.ledger.add([taken, *till, refused, withheld])
    voice = Heard()
    COMMAND.run(Context(voice=voice, cwd=folder, workspace=workspace), Namespace(source=source, out=None))
    workspace.close()
    return voice.lines


def test_the_list_has_the_columns_states_and_alarms_the_page_shows(tmp_path: Path) -> None:
    shown = blocks(PAGE)[0].text.splitlines()[1:]
    said = told(tmp_path)
    assert re.split(r" {2,}", said[0]) == re.split(r" {2,}", shown[0])
    assert [re.split(r" {2,}", line)[:3] for line in said[1:5]] == [re.split(r" {2,}", line)[:3] for line in shown[1:5]]
    assert [re.sub(r"[\d,]+", "N", line) for line in said[5:]] == [re.sub(r"[\d,]+", "N", line) for line in shown[5:]]


def test_one_source_is_told_with_its_reasons_and_samples(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    said = "\n".join(told(tmp_path / "one", "app"))
    assert "refused: timestamp (40 times, last 1 h ago)" in said
    assert "such as: type" in said
    assert "withheld: tracking (1,204 times, last 0 s ago)" in "\n".join(told(tmp_path, "web-shop"))


def test_every_state_is_on_the_page() -> None:
    assert re.findall(r"^\| `([a-z ]+)` \|", page(PAGE), re.MULTILINE) == [str(state) for state in State]


def test_a_bar_is_full_where_most_came_and_a_dot_where_nothing_did() -> None:
    assert spark([0, 1, 4, 8]) == "·▁▄█"
    assert spark([0, 0]) == "··"


def test_what_a_source_sends_is_told_with_what_is_of_the_wrong_kind(tmp_path: Path) -> None:
    calls = [
        {"type": "track", "event": "Order Completed", "userId": "ann", "source": "till", "properties": {"total": total, "order_id": order}}
        | {"messageId": order, "receivedAt": "2026-03-01T12:00:00Z"}
        for order, total in (("a", 3), ("b", "free"))
    ]
    (tmp_path / "calls.ndjson").write_text("".join(json.dumps(call) + "\n" for call in calls))
    (tmp_path / "opportune.yml").write_text("shop: {name: Lamps, currency: EUR}\n")
    workspace = Workspace(tmp_path, clock=lambda: NOW)
    workspace.engine.load([tmp_path / "calls.ndjson"])
    workspace.close()
    said = "\n".join(told(tmp_path, "till"))
    assert "  sends Order Completed: 2, 1 Mar 2026\n    ! total is money, and came as text once, last on 2026-03-01, such as 'free'" in said
