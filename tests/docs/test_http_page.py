"""docs/http.md: the exchanges shown are those of a collector that runs, and the limits, codes and paths are those of the code."""

import asyncio
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT, Block, blocks, code, page, section, tables

from opportune.adapters.logs.segments import Segments
from opportune.collector.app import LARGEST_BATCH_BYTES, Collector
from opportune.collector.bodies import MOST_UNFINISHED_BYTES, PATIENCE_SECONDS
from opportune.collector.calls import LARGEST_CALL_BYTES, Call
from opportune.collector.flaws import DEEPEST
from opportune.collector.parcels import LARGEST_CONTEXT_BYTES, MOST_CALLS
from opportune.collector.shape import KINDS, LONGEST_NAME
from opportune.collector.sources import Source, hash_of, keyring
from opportune.language.vocabulary.instants import parse_instant
from opportune.stages.tracking.classify import BURST, BURST_LINKS, TOO_SOON
from opportune.stages.tracking.tokens import Purpose

PAGE = "docs/http.md"
KEY = "a-key"


def answered(folder: Path, path: str, body: str) -> tuple[int, Any]:
    """Status and JSON of the answer to one POST."""
    log = Segments.open(folder, clock=lambda: parse_instant("2026-03-01T12:00:00Z"))
    said: list[dict[str, Any]] = []

    async def following(*_: Any) -> None:
        raise AssertionError("the collector answers this itself")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    collector = Collector(
        log=log,
        sources=keyring({hash_of(KEY): Source(name="shop")}),
        clock=lambda: parse_instant("2026-03-01T12:00:00Z"),
        following=following,
        ready=lambda: True,
        free_bytes=lambda: 2**40,
    )
    headers = [(b"authorization", b"Basic " + b64encode(f"{KEY}:".encode())), (b"content-type", b"application/json")]
    asyncio.run(collector({"type": "http", "method": "POST", "path": path, "headers": headers}, receive, send))
    log.close()
    return said[0]["status"], json.loads(said[1]["body"])


@pytest.mark.parametrize("block", blocks(PAGE, "http"), ids=str)
def test_an_exchange_is_answered_as_shown(tmp_path: Path, block: Block) -> None:
    asked, answer = block.text.strip().split("\n\n")
    first, body = asked.split("\n", 1)
    status, shown = answer.split("\n", 1)
    assert answered(tmp_path, first.removeprefix("POST "), body) == (int(status), json.loads(shown))


def test_every_call_field_and_code_is_on_the_page() -> None:
    text = page(PAGE)
    assert [kind for kind in (*KINDS, "batch") if f"/v1/{kind}`" not in text] == []
    named = {name for row in next(t for t in tables(text) if t[0] == ["field", "meaning"])[1:] for name in re.findall(r"`(\w+)`", row[0])}
    assert named == {name for name in Call.__struct_encode_fields__ if not name.startswith("$")}  # "$": ours, not the sender's
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src/opportune/collector").glob("*.py")]
    pairs = {pair for source in sources for pair in re.findall(r"(?:failure|try_again)\((\d{3}), \"(\w+)\"", source)} - {
        ("503", "not_ready")
    }
    listed = next(t for t in tables(text) if t[0][:2] == ["status", "`code`"])[1:]
    assert {(status, name) for status, names, _ in listed for name in re.findall(r"`(\w+)`", names)} == pairs | {("400", "refused")}


def test_the_limits_are_those_of_the_code() -> None:
    told = {row[0]: row[1] for row in next(tables(section(PAGE, "Limits")))[1:]}
    assert told["one call"] == f"{LARGEST_CALL_BYTES // 1024} KB"
    assert told["a batch"] == f"{LARGEST_BATCH_BYTES // 1024} KB, {MOST_CALLS:,} calls"
    assert told["`context` beside a batch"] == f"{LARGEST_CONTEXT_BYTES // 1024} KB"
    assert told["an id or an event's name"].startswith(f"{LONGEST_NAME} characters")
    assert told["nesting"] == f"{DEEPEST} levels"
    assert told["time for a body"] == f"{PATIENCE_SECONDS} s"
    assert told["bodies that have begun and not ended, together"].startswith(f"{MOST_UNFINISHED_BYTES // 2**20} MB")


def test_the_paths_in_mail_and_their_rules_are_those_of_the_code() -> None:
    told = {code(row[0]).split(" ")[1].split("/")[1] for row in next(tables(section(PAGE, "Links in mail")))[1:]}
    assert told == {purpose.value for purpose in Purpose} - {Purpose.BUTTON.value, Purpose.ARRIVAL.value}
    said = section(PAGE, "Links in mail").replace("\n", " ")
    assert f"within {TOO_SOON // 1_000_000} s of the hand-over" in said
    assert f"burst of {BURST_LINKS} links within {BURST // 1_000_000} s" in said
