"""The example maps of ad networks' exports: leads are clicks of whoever left an address, told once, and consent to nothing."""

import csv
import os
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, blocks

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import read_project
from opportune.adapters.sources.files import ImportReport, import_files
from opportune.adapters.sources.mapped import Mapping, read_mapping

EXPORTS = Path(__file__).parent / "exports"
EXAMPLES = ROOT / "examples" / "sources"
NETWORKS = ("meta", "google", "tiktok", "linkedin")
EVENTS = """SELECT identity, name, epoch_ms(ts // 1000)::VARCHAR, rest->>'$.network', kind
    FROM events JOIN identities USING (identity_key) ORDER BY ts, identity"""
TRAITS = "SELECT identity, name, value->>'$' FROM traits JOIN identities USING (identity_key) ORDER BY 1, 2"


def loaded(folder: Path, *files: Path, by: Mapping) -> tuple[DuckDB, ImportReport]:
    engine = DuckDB.open(None)
    return engine, import_files(engine.load, list(files), by, set_aside=folder)


def rows(engine: DuckDB, sql: str) -> list[tuple]:
    return engine._connection.execute(sql).fetchall()


def map_of(network: str) -> Mapping:
    return read_mapping(EXAMPLES / f"{network}-leads.yml")


def rewritten(network: str, folder: Path, change) -> Path:
    """The export as UTF-8 with commas, its rows and columns changed."""
    said = EXPORTS / f"{network}-leads.csv"
    text = said.read_text(encoding="utf-16" if network == "meta" else "utf-8")
    table = list(csv.DictReader(text.splitlines(), delimiter="\t" if network == "meta" else ","))
    changed = change(table)
    target = folder / f"{network}-changed.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(changed[0]))
        writer.writeheader()
        writer.writerows(changed)
    return target


def test_leads_of_meta_are_told_with_where_they_came_from(tmp_path: Path) -> None:
    engine, report = loaded(tmp_path, EXPORTS / "meta-leads.csv", by=map_of("meta"))
    assert (report.set_aside, report.left_out, report.repeated) == ((), 1, 2)
    assert rows(engine, EVENTS) == [
        ("email:ada@example.org", "Ad Clicked", "2026-03-01 09:00:00", "instagram", "lead form"),
        ("phone:+493076543210", "Ad Clicked", "2026-03-01 10:30:00", "facebook", "lead form"),
        ("email:cleo@example.org", "Social Engaged", "2026-03-02 08:00:00", "facebook", "lead form"),
    ]
    assert rows(engine, TRAITS)[:3] == [
        ("email:ada@example.org", "email", "ada@example.org"),
        ("email:ada@example.org", "name", "Ada Example"),
        ("email:ada@example.org", "phone", "+4930 1234567"),
    ]
    engine.close()


@pytest.mark.parametrize("network, first", [("google", "2026-03-01 12:30:00"), ("tiktok", "2026-03-01 09:30:00")])
def test_leads_with_an_address_and_leads_with_a_number_alone(tmp_path: Path, network: str, first: str) -> None:
    engine, report = loaded(tmp_path, EXPORTS / f"{network}-leads.csv", by=map_of(network))
    assert report.set_aside == ()
    found = rows(engine, EVENTS)
    assert found[0] == ("email:ada@example.org", "Ad Clicked", first, network, "lead form")
    assert [row[0] for row in found] == ["email:ada@example.org", "phone:+493076543210"]
    engine.close()


def test_test_leads_of_linkedin_are_left_out(tmp_path: Path) -> None:
    engine, report = loaded(tmp_path, EXPORTS / "linkedin-leads.csv", by=map_of("linkedin"))
    assert (report.set_aside, report.left_out) == ((), 2)
    assert rows(engine, EVENTS) == [("email:ada@example.org", "Ad Clicked", "2026-03-01 08:15:00", "linkedin", "lead form")]
    engine.close()


@pytest.mark.parametrize("network", NETWORKS)
def test_an_export_told_again_tells_nothing_new_and_no_lead_consented(tmp_path: Path, network: str) -> None:
    mapping, export = map_of(network), EXPORTS / f"{network}-leads.csv"
    engine, first = loaded(tmp_path, export, by=mapping)
    again = import_files(engine.load, [export], mapping, set_aside=tmp_path)
    assert first.loaded > 0
    assert again.loaded == 0
    assert rows(engine, "SELECT name FROM events WHERE name LIKE 'Consent%'") == []
    engine.close()


@pytest.mark.parametrize("network", NETWORKS)
def test_columns_nobody_has_heard_of_change_nothing_and_empty_ones_break_nothing(tmp_path: Path, network: str) -> None:
    mapping = map_of(network)
    wanted, _ = loaded(tmp_path, EXPORTS / f"{network}-leads.csv", by=mapping)
    more, _ = loaded(tmp_path, rewritten(network, tmp_path, lambda table: [row | {"zz new": "1;2"} for row in table]), by=mapping)
    assert rows(more, EVENTS) == rows(wanted, EVENTS)
    hollow, report = loaded(tmp_path, rewritten(network, tmp_path, lambda table: [dict.fromkeys(row, "") for row in table]), by=mapping)
    assert (rows(hollow, EVENTS), report.set_aside) == ([], ())
    needed = {"id", "lead_id", "created_time", "lead_submit_time", "Submitted At", "email", "EMAIL", "Email Address"}
    if network == "google":
        needed |= {"is_test"}  # without it a test lead is one like any other
    few = rewritten(network, tmp_path, lambda table: [{name: row[name] for name in row if name in needed} for row in table])
    fewer, _ = loaded(tmp_path, few, by=mapping)
    assert ("email:ada@example.org", rows(wanted, EVENTS)[0][2]) in [(row[0], row[2]) for row in rows(fewer, EVENTS)]
    for engine in (wanted, more, hollow, fewer):
        engine.close()


def test_long_ids_keep_all_their_digits(tmp_path: Path) -> None:
    bare = rewritten("meta", tmp_path, lambda table: [row | {"id": row["id"].removeprefix("l:")} for row in table[:1]])
    engine, _ = loaded(tmp_path, bare, EXPORTS / "meta-leads.csv", by=map_of("meta"))
    assert ("meta:lead:1203345567890123401",) in rows(engine, "SELECT event_id FROM events")
    assert len(rows(engine, EVENTS)) == 3  # written with its letter or without, it is the same lead
    engine.close()


def test_the_consent_of_the_page_is_told_with_its_words_where_the_box_was_ticked(tmp_path: Path) -> None:
    (entry,) = (block.text for block in blocks("examples/sources/README.md", "yaml") if block.word == "consent")
    text = (EXAMPLES / "meta-leads.yml").read_text(encoding="utf-8")
    plan = tmp_path / "map.yml"
    plan.write_text(
        text.replace("optional: [", "optional: [newsletter, ").replace("customers:\n", f"{entry}customers:\n"), encoding="utf-8"
    )
    ticked = rewritten(
        "meta", tmp_path, lambda table: [row | {"newsletter": "yes" if number else ""} for number, row in enumerate(table[:3])]
    )
    engine, report = loaded(tmp_path, ticked, by=read_mapping(plan))
    assert report.set_aside == ()
    asked = "SELECT identity, name, purpose, rest->>'$.wording' FROM events JOIN identities USING (identity_key) WHERE name LIKE 'Consent%'"
    words = "Yes, write me about new lamps, at most twice a month."
    assert rows(engine, asked) == [("email:cleo@example.org", "Consent Requested", "email", words)]
    engine.close()


def test_every_example_is_on_its_page() -> None:
    said = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(os.listdir(EXAMPLES)) if name.endswith(".yml") and f"]({name})" not in said] == []


def test_the_settings_of_the_page_fit_the_files_beside_it(tmp_path: Path) -> None:
    shown = {block.word: block.text.removeprefix("sources:\n") for block in blocks("examples/sources/README.md", "yaml")}
    for file in EXAMPLES.glob("*.yml"):
        if file.name not in shown["webhooks"] + shown["folders"]:
            continue  # the page says so: a map that no source names lies outside the project
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "opportune.yml").write_text(f"shop: {{name: Lamps, currency: EUR}}\nsources:\n{shown['webhooks']}{shown['folders']}")
    project = read_project(tmp_path)
    assert ([str(problem) for problem in project.problems], len(project.settings.sources)) == ([], 6)
