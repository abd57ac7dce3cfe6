"""What an audit says of consents."""

from pathlib import Path

import pytest
from tests.stories.town import Town

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.stages.measurement.consented import PATIENCE, about_consents, proofs, unconfirmed

NOW = parse_instant("2026-04-10T00:00:00Z")
WHOLE = {"purpose": "email", "method": "form", "wording": "Yes"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    with Town(tmp_path, {}, start="2026-03-01T00:00:00Z") as town:
        yield town  # type: ignore[misc]


def found(town: Town) -> list[str]:
    town.at("2026-04-10T00:00:00Z").tick()
    engine = town.workspace.engine
    (proof,) = engine.rows(proofs())
    (waiting,) = engine.rows(unconfirmed(), {"before": Instant(NOW - PATIENCE)})
    return [f"{finding.what} {dict(finding.cases)}" for finding in about_consents(proof, waiting)]


def test_consents_that_say_how_and_to_which_words_are_left_alone(town: Town) -> None:
    town.track("Consent Given", **WHOLE)
    assert found(town) == []


def test_those_that_do_not_are_counted(town: Town) -> None:
    town.track("Consent Given", **WHOLE).track("Consent Given", purpose="sms", method="form").track("Consent Given", purpose="email")
    (told,) = found(town)
    assert told == "Of 3 consents some say too little to be proved {'without a method': '1', 'without a wording': '2'}"


def test_who_did_not_confirm_within_30_days_is_counted_once(town: Town) -> None:
    town.track("Consent Requested", "ann", **WHOLE).track("Consent Requested", "ann", **WHOLE)
    town.track("Consent Requested", "bob", id="r", **WHOLE).track("Consent Requested", "bob", **WHOLE)
    town.track("Consent Given", "bob", request_id="r", **WHOLE)
    town.at("2026-03-12T00:00:00Z").track("Consent Requested", "eve", **WHOLE)
    assert found(town) == ["1 person asked for mail and did not confirm it within 30 days {}"]
