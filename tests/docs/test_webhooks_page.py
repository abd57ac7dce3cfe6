"""docs/webhooks.md: the payload shown makes the calls shown; keys, words, topics and codes are those of the code."""

import json
import re

import pytest
from jmespath.functions import Functions
from tests.docs.pages import blocks, page, section, tables

from opportune.adapters.project import connectors, mapping_files
from opportune.adapters.project.connectors import CONNECTOR_KEYS, connector_in, connector_named
from opportune.adapters.project.form import Form
from opportune.stages.mapping.calls import MOST_CALLS
from opportune.stages.mapping.connector import Connector, Hook
from opportune.stages.mapping.expressions import MOST_STEPS
from opportune.stages.mapping.words import KNOWN

PAGE = "docs/webhooks.md"
BLOCKS = {block.word: block.text for block in blocks(PAGE) if block.word}


def connector(text: str) -> Connector:
    form = Form()
    found = connector_in(text, "chat.yml", form)
    assert found is not None
    assert [str(problem) for problem in form.problems] == []
    return found


def first_column(heading: str) -> set[str]:
    """What stands in code marks in the first column of the table that begins so."""
    table = next(rows for rows in tables(page(PAGE)) if rows[0][0] == heading)
    return {name for cell, *_ in table[1:] for name in re.findall(r"`([^`]+)`", cell)}


def test_the_payload_shown_makes_the_calls_shown() -> None:
    hook = Hook(source="chat", connector=connector(BLOCKS["mapping"]))
    mapped = hook.mapped(BLOCKS["payload"].encode(), media="application/json", headers={})
    assert mapped.failures == ()
    assert list(mapped.calls) == [json.loads(line) for line in BLOCKS["calls"].splitlines()]


def test_the_trigger_shown_is_one_that_zendesk_fills_and_we_read() -> None:
    filled = {"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T11:00:00Z", "email": "a@example.org", "status": "Solved"}
    said = {**json.loads(BLOCKS["trigger"]), **filled}
    mapped = Hook(source="desk", connector=connector_named("zendesk", {})).mapped(json.dumps(said).encode(), media="", headers={})
    assert [call.get("event", "identify") for call in mapped.calls] == ["Ticket Opened", "Ticket Closed", "identify"]


def test_stripes_signature_is_read() -> None:
    connector(f"{BLOCKS['signature']}events: []\n")


def test_every_key_of_a_file_is_on_the_page() -> None:
    assert first_column("key") == set(CONNECTOR_KEYS)
    assert first_column("entry") == {key for keys in mapping_files._KEYS.values() for key in keys}
    said = section(PAGE, "Signatures")
    table = next(rows for rows in tables(said) if rows[0][0] == "key")
    assert {cell.strip("`") for cell, *_ in table[1:]} == {"scheme", *(key for keys in connectors._SCHEMES.values() for key in keys)}


def test_every_word_of_ours_is_on_the_page() -> None:
    ours = set(KNOWN) - set(Functions.FUNCTION_TABLE)
    assert {re.match(r"\w+", word)[0] for word in first_column("word")} == ours  # type: ignore[index]


@pytest.mark.parametrize("name, title", [("shopify", "Shopify"), ("woocommerce", "WooCommerce"), ("zendesk", "Zendesk")])
def test_every_topic_of_a_connector_is_on_the_page(name: str, title: str) -> None:
    (table,) = (rows for rows in tables(section(PAGE, title)) if rows[0][0] == "topic")
    named = {topic for cell, *_ in table[1:] for topic in re.findall(r"`([^`]+)`", cell)}
    entries = connector_named(name, {}).mapping.entries
    assert named == {topic for entry in entries for topic in entry.topics} - {"trigger"}
    told = {entry.event for entry in entries if entry.event}
    assert told <= set(re.findall(r"`([A-Z][A-Za-z]+ [A-Za-z]+)`", section(PAGE, title)))


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"at most {MOST_CALLS:,} calls and takes at most {MOST_STEPS:,} steps" in " ".join(page(PAGE).split())
