"""docs/consent.md: its tables are those of the code, and its examples come out as shown."""

import json
import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.docs.asking import imported
from tests.docs.pages import blocks, code, page, section, tables

from opportune.adapters.project.settings import Shop
from opportune.collector.calls import Call
from opportune.collector.confirming import BUTTON_LASTS, EXPIRES
from opportune.collector.consent import PROOF_CONTEXT, STRICTLY_NEEDED, Withheld, rules_of, weighed
from opportune.collector.consent_signals import DISCLOSED_SINCE, GCM_STORAGES, TCF_PURPOSES
from opportune.collector.sources import Source
from opportune.language.meaning.history import events_of
from opportune.language.vocabulary.events import CONSENT, PURPOSES
from opportune.language.vocabulary.instants import FOREVER, parse_instant, span_of
from opportune.shell.explaining import Subject
from opportune.shell.ground import Ground
from opportune.shell.one_customer import history_of
from opportune.shell.proving import consent_lines, read_for_proof

PAGE = "docs/consent.md"
SHOP = Shop()
RULES = rules_of(home=None, opt_in=SHOP.opt_in, double_opt_in=SHOP.double_opt_in, categories=SHOP.categories)
WEIGHED = next(tables(section(PAGE, "What a page may store")))[1:]


def becomes(said: str, country: str) -> str:
    call = Call(type="page", anonymous_id="a1", context={"consent": json.loads(said)})
    found = weighed(call, Source(name="web", is_browser=True), country, RULES)
    return f"withheld for `{found.purpose}`" if isinstance(found, Withheld) else "stored"


@pytest.mark.parametrize("said, country, told", [pytest.param(code(row[0]), code(row[1]), row[2], id=" ".join(row[:2])) for row in WEIGHED])
def test_a_call_becomes_what_the_table_says(said: str, country: str, told: str) -> None:
    assert becomes(said, country) == told


def test_the_call_that_is_shown_is_one_and_is_stored() -> None:
    shown = msgspec.json.decode(blocks(PAGE, "json")[0].text, type=Call)
    found = weighed(shown, Source(name="web", is_browser=True), "DE", RULES)
    assert isinstance(found, Call)
    assert found.context is not None
    assert found.context["consent"]["purposes"] == {"tracking": True, "profiling": True, "ads": False}


def test_signals_mean_what_the_table_says() -> None:
    _, signals = tables(section(PAGE, "What a page may store"))
    assert {code(row[0]): tuple(map(int, row[1].split(", "))) for row in signals[1:]} == TCF_PURPOSES
    told = {name: code(row[0]) for row in signals[1:] for name in re.findall(r"`(\w+)`", row[2])}
    assert told == GCM_STORAGES
    assert (DISCLOSED_SINCE, "28 February 2026" in page(PAGE)) == (parse_instant("2026-02-28T00:00:00Z") // 100_000, True)


def test_what_needs_no_consent_is_named() -> None:
    said = section(PAGE, "What a page may store").rpartition("**Without consent**")[2]
    assert {event for event in STRICTLY_NEEDED if f"`{event}`" not in said} == {"Segment Consent Preference Updated"}
    assert [name for name in PROOF_CONTEXT if f"`{name}`" not in said] == []


def test_every_purpose_and_every_property_of_a_proof_is_there() -> None:
    assert tuple(code(row[0]) for row in next(tables(section(PAGE, "Purposes")))[1:]) == PURPOSES
    told = {name for row in next(tables(section(PAGE, "Proof")))[1:] for name in re.findall(r"`(\w+)`", row[0])}
    assert told == {*CONSENT, "request_id"}


def test_the_proof_comes_out_as_shown(tmp_path: Path) -> None:
    engine, report = imported(tmp_path, "history.ndjson", blocks(PAGE, "json")[1].text)
    assert (report.loaded, report.set_aside) == (4, ())
    at = parse_instant("2026-03-02T08:00:00Z")
    history = history_of(Ground(engine, [], {}), "ada", read_for_proof(), at)
    assert events_of(history, "ada", at, FOREVER)
    assert "\n".join(consent_lines(Subject("ada", at, history), SHOP.opt_in, None)) + "\n" == blocks(PAGE, "text")[0].text


def test_the_times_of_the_second_yes_are_those_of_the_code() -> None:
    said = section(PAGE, "Double opt-in")
    assert (EXPIRES, "7 d after the mail" in said) == (span_of(timedelta(days=7)), True)
    assert f"in the last {BUTTON_LASTS} h" in said
