"""Human, suspected, machine: at the edges of each rule."""

from typing import Any

import pytest

from opportune.language.vocabulary.instants import Instant
from opportune.stages.tracking.classify import BURST, TOO_SOON, Agent, Fetch, Verdict, classify

SENT = Instant(1_000_000_000)
LATER = Instant(SENT + 600_000_000)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def of(**changed: Any) -> Verdict:
    return classify(Fetch(**{"method": "GET", "user_agent": FIREFOX, "at": LATER, "accepted_at": SENT, "link": 1, **changed}))


def test_a_browser_minutes_later_is_a_person():
    assert of() == of(link=0) == Verdict(Agent.HUMAN)


def test_head_is_a_machine():
    assert of(method="HEAD") == of(method="HEAD", link=0) == Verdict(Agent.MACHINE, "HEAD request")


def test_a_bare_agent_is_apples_proxy_for_a_pixel_and_only_suspected_for_a_click():
    assert of(user_agent="Mozilla/5.0", link=0).agent is Agent.MACHINE
    assert of(user_agent="Mozilla/5.0").agent is Agent.SUSPECTED


def test_a_click_is_too_soon_until_three_seconds_after_acceptance():
    assert of(at=Instant(SENT + TOO_SOON - 1)) == Verdict(Agent.MACHINE, "within 3 s of delivery")
    assert of(at=Instant(SENT + TOO_SOON)) == Verdict(Agent.HUMAN)
    assert of(at=Instant(SENT + 1), accepted_at=None) == Verdict(Agent.HUMAN)


def test_an_early_open_is_suspected_and_by_an_image_proxy_a_machine():
    assert of(at=SENT, link=0).agent is Agent.SUSPECTED
    assert of(at=SENT, link=0, user_agent=f"{FIREFOX} (via ggpht.com GoogleImageProxy)").agent is Agent.MACHINE
    assert of(link=0, user_agent=f"{FIREFOX} (via ggpht.com GoogleImageProxy)").agent is Agent.HUMAN


def test_three_links_within_two_seconds_are_a_scanner():
    earlier = [(Instant(LATER - BURST), 1), (Instant(LATER - 1), 2)]
    assert of(link=3, earlier=earlier) == Verdict(Agent.MACHINE, "3 links within 2 s")
    assert of(link=2, earlier=earlier).agent is Agent.HUMAN, "the same link again is a double click"
    assert of(link=3, earlier=[(Instant(LATER - BURST - 1), 1), earlier[1]]).agent is Agent.HUMAN


@pytest.mark.parametrize("agent", ["Googlebot/2.1", "Barracuda Sentinel (EE)", "facebookexternalhit preview", "LinkScanner"])
def test_what_calls_itself_a_machine_is_one(agent):
    assert of(user_agent=agent).agent is Agent.MACHINE


def test_no_agent_at_all_is_suspected():
    assert of(user_agent=" ").agent is Agent.SUSPECTED
