"""ADDING_SOURCES.md: its payload makes the calls shown, its file and its API tell the same review, and a reader gets there by typing it."""

import json
import re
import signal
from pathlib import Path

import pytest
from tests.docs.asking import imported
from tests.docs.pages import blocks, page, tables
from tests.docs.terminal import PATIENCE, begun, needs, terminal_in, typed
from tests.pulls.serving import Said, site
from tests.pulls.shop import PulledShop

from opportune.adapters.project.connectors import connector_named
from opportune.language.vocabulary.events import EVENTS
from opportune.stages.mapping.connector import Hook

PAGE = "ADDING_SOURCES.md"
BLOCKS = {block.word: block.text for block in blocks(PAGE) if block.word}


def told(said: object) -> list[str]:
    """What the mapping of the page makes of a payload: its calls, and what it could not tell."""
    hook = Hook(source="stars", connector=connector_named("stars.yml", {"stars.yml": BLOCKS["mapping"]}))
    mapped = hook.mapped(json.dumps(said).encode(), media="application/json", headers={})
    return [*map(json.dumps, mapped.calls), *map(str, mapped.failures)]


def test_the_payload_shown_makes_the_calls_shown() -> None:
    assert told(json.loads(BLOCKS["payload"])) == BLOCKS["calls"].splitlines()


def test_a_payload_of_nulls_is_left_out_as_the_page_says() -> None:
    said = json.loads(BLOCKS["payload"])
    assert told(dict.fromkeys(said)) == told({**dict.fromkeys(said), "event": "review.published"}) == []


def test_the_reasons_shown_are_those_that_are_given() -> None:
    shown = {re.sub("`", "", row[0]) for row in next(rows for rows in tables(page(PAGE)) if rows[0][0] == "it says")[1:]}
    said = json.loads(BLOCKS["payload"])
    broken = {
        "event_id is null": BLOCKS["mapping"].replace("{id}", "{nothing}"),
        "neither customer_id nor anonymous_id is known": re.sub("    anonymous_id: .*\n", "", BLOCKS["mapping"]),
        "ts is no ISO 8601 time": BLOCKS["mapping"].replace("iso(happened)", "happened"),
    }
    for reason, written in broken.items():
        hook = Hook(source="stars", connector=connector_named("stars.yml", {"stars.yml": written}))
        failures = hook.mapped(json.dumps(said).encode(), media="", headers={}).failures
        assert {reason in str(failure) for failure in failures} == {True}, reason
        assert reason in shown


def test_every_event_the_page_says_everybody_knows_is_known() -> None:
    said = page(PAGE)
    named = said[said.index("**2. What happened?**") : said.index("**3. Which happening")]
    assert set(re.findall(r"`([A-Z]\w+ \w+)`", named)) <= set(EVENTS)


def test_the_file_shown_tells_the_same_review_by_the_same_id(tmp_path: Path) -> None:
    engine, report = imported(tmp_path, "reviews.csv", BLOCKS["reviews"], BLOCKS["table"])
    assert (report.loaded, report.set_aside) == (5, ())
    asked = "SELECT event_id, identity, rating, epoch_ms(ts // 1000)::VARCHAR FROM events JOIN identities USING (identity_key) ORDER BY 1"
    assert engine._connection.execute(asked).fetchall() == [
        ("stars:review:rv_100", "email:ada@example.org", 5, "2025-11-03 17:20:00"),
        ("stars:review:rv_101", "ref:stars:review:rv_101", 2, "2025-11-04 08:02:00"),
        ("stars:review:rv_204", "email:ada@example.org", 4, "2026-03-01 12:00:00"),
    ]
    engine.close()


def test_the_mapping_does_for_an_api_without_what_only_webhooks_have(tmp_path: Path) -> None:
    mapping = re.sub(r"^(connector|signature|topic|    topic): .*\n", "", BLOCKS["mapping"], flags=re.MULTILINE)
    with site(lambda _: Said({"reviews": [json.loads(BLOCKS["payload"])]})) as web:
        sources = BLOCKS["api"].removeprefix("sources:\n").replace("https://stars.example.org", web.url)
        sources = sources.replace(", headers_env: {Authorization: STARS_TOKEN}", "")
        opened = PulledShop(tmp_path, sources, more=f"allow_private: ['{web.place}']\n")
        opened.put("stars-api.yml", mapping)
        assert opened.pull("stars").asides == []
        assert [row[:2] for row in opened.events()] == [("stars:review:rv_204", "email:ada@example.org")]
        opened.close()


@pytest.fixture
def terminal(tmp_path: Path) -> dict[str, str]:
    found = terminal_in(tmp_path)
    needs(found, "curl", "openssl")
    return found


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_reader_gets_from_a_payload_to_a_working_source(tmp_path: Path, terminal: dict[str, str]) -> None:
    (tmp_path / "review.json").write_text(BLOCKS["payload"], encoding="utf-8")
    typed(BLOCKS["init"], tmp_path, terminal)
    (tmp_path / "shop" / "stars.yml").write_text(BLOCKS["mapping"], encoding="utf-8")
    settings = tmp_path / "shop" / "opportune.yml"
    settings.write_text(f"{settings.read_text()}\n{BLOCKS['sources']}")
    assert typed(BLOCKS["try"], tmp_path, terminal).endswith(BLOCKS["calls"])
    serving = begun(BLOCKS["serve"].strip(), tmp_path, terminal)
    try:
        assert typed(BLOCKS["send"], tmp_path, terminal).count('{"success": true}') == 2
        (tmp_path / "reviews.csv").write_text(BLOCKS["reviews"], encoding="utf-8")
        (tmp_path / "stars-table.yml").write_text(BLOCKS["table"], encoding="utf-8")
        stored = typed(BLOCKS["import"], tmp_path, terminal).splitlines()
        assert [block.text.strip() for block in blocks(PAGE, "text")] == [line for line in stored if " events stored" in line]
        said = typed(BLOCKS["see"], tmp_path, terminal)
        assert said.count("rating 4") == 1
        assert "stars: webhook, ok" in said
    finally:
        serving.send_signal(signal.SIGTERM)
        told_at_end, _ = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 0, told_at_end
