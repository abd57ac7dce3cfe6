"""docs/identity.md: the calls shown are loaded, and make of ids what the tables show."""

import re
from pathlib import Path

import yaml
from tests.customers.test_claims import owner
from tests.docs.pages import blocks, page, tables

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.files import import_files
from opportune.language.vocabulary.identity import BLOCKED, DEFAULT_RULES
from opportune.language.vocabulary.instants import parse_instant

PAGE = "docs/identity.md"
CALLS, UNMERGE = blocks(PAGE, "json")


def loaded(folder: Path, *texts: str) -> DuckDB:
    engine = DuckDB.open(None, currency="USD", threads=1)
    for number, text in enumerate(texts):
        (folder / f"{number}.ndjson").write_text(text, encoding="utf-8")
        assert import_files(engine.load, [folder / f"{number}.ndjson"], set_aside=folder / "aside").set_aside == ()
    return engine


def test_ids_belong_to_whom_the_page_shows(tmp_path: Path) -> None:
    engine = loaded(tmp_path, CALLS.text)
    (heading, *rows) = next(table for table in tables(page(PAGE)) if table[0][0] == "at")
    for at, *owners in rows:
        instant = parse_instant(at.strip("`"))
        assert [owner(engine, identity, at=instant) for identity in heading[1:]] == [each.strip("`") for each in owners]
    engine.close()


def test_what_is_taken_back_is_the_addresss_own(tmp_path: Path) -> None:
    engine = loaded(tmp_path, CALLS.text, UNMERGE.text)
    found = {identity: owner(engine, identity) for identity in ("browser-1", "email:ada@example.org", "phone-1")}
    assert found == {"browser-1": "email:ada@example.org", "email:ada@example.org": "email:ada@example.org", "phone-1": "ada"}
    engine.close()


def test_what_is_blocked_and_the_limits_are_on_the_page() -> None:
    (listed,) = re.findall(r"^Always blocked: (.*?)\n\n", page(PAGE), re.MULTILINE | re.DOTALL)
    assert tuple(re.findall(r"`([^`]+)`", listed)) == BLOCKED
    said = yaml.safe_load(blocks(PAGE, "yaml")[0].text)["identity"]["limits"]
    assert said == {"anonymous": DEFAULT_RULES.anonymous, "email": DEFAULT_RULES.email, "phone": DEFAULT_RULES.phone}
