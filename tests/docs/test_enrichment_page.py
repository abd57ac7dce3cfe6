"""docs/enrichment.md: its calls give the values it shows; its channels and properties are those of the code."""

import re
from pathlib import Path

from tests.docs.asking import imported, values
from tests.docs.pages import blocks, page, tables

from opportune.language.vocabulary.events import EVENTS
from opportune.language.vocabulary.instants import parse_instant
from opportune.stages.customers.whereabouts import NAMES
from opportune.stages.events import agents, touches

PAGE = "docs/enrichment.md"
LATER = parse_instant("2026-04-01T00:00:00Z")


def table(head: str) -> list[list[str]]:
    """The rows of the table whose first cell is `head`."""
    return next(rows[1:] for rows in tables(page(PAGE)) if rows[0][0] == head)


def test_the_calls_give_the_values_shown(tmp_path: Path) -> None:
    engine, report = imported(tmp_path, "calls.ndjson", blocks(PAGE, "json")[0].text)
    assert (report.loaded, report.set_aside) == (5, ())
    shown = {row[0].strip("`"): row[1] for row in table("expression")}
    touches_shown = [row[1].strip("`") for row in table("first and last touch")]
    found = values(tmp_path, engine, [*shown, *touches_shown], LATER)
    assert {expression: found[expression]["ada"] for expression in shown} == shown
    assert [found[expression]["ada"] for expression in touches_shown] == ["organic search", "email", "email", "newsletter"]
    engine.close()


def test_every_channel_device_property_and_trait_is_on_the_page() -> None:
    rows = {row[0]: set(re.findall(r"`([a-z ]+)`", row[1])) for row in table("property")}
    channels = {value for name, value in vars(touches).items() if name.isupper() and isinstance(value, str)} | {touches.DIRECT}
    assert rows["`touch_channel`"] == channels - {touches.SEARCH, touches.SOCIAL, touches.DETOUR}
    assert rows["`device`"] == {agents.DESKTOP, agents.MOBILE, agents.TABLET, agents.BOT, agents.OTHER}
    for name in (*NAMES.values(), *(name for name in EVENTS["Page Viewed"] if name.startswith("touch_"))):
        assert f"`{name}`" in page(PAGE)
