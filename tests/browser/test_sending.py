"""Nothing is lost and nothing is sent twice: failures, pages that close, and how much one body holds."""

import json
from itertools import pairwise

import pytest
from tests.browser.visitor import ready
from tests.live.serving import until

pytestmark = pytest.mark.browser


def calls(stage):
    """Every call of every request, by event, with its id."""
    sent = [call for body in stage.bodies for call in json.loads(body)["batch"]]
    return [(call.get("event", call["type"]), call["messageId"]) for call in sent]


def test_what_is_turned_away_is_sent_again_with_the_same_ids_and_stored_once(stage, visit):
    stage.turned_away = [(503, {}), (429, {})]
    page = ready(visit("/lamps.html", expected="Failed to load"))
    page.evaluate("opportune.track('Cart Viewed')")
    stage.arrived("Cart Viewed")
    sent = [each for each in calls(stage) if each[0] == "Cart Viewed"]
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert len(stage.lines()) == len(set(calls(stage)))


def test_the_collector_says_when_to_come_back(stage, visit):
    stage.turned_away = [(429, {"retry-after": "40"})]
    page = ready(visit("/lamps.html", clock=True, expected="Failed to load"))
    page.clock.run_for(1_000)
    until("it was turned away", lambda: len(stage.bodies) == 1)
    page.wait_for_timeout(50)
    page.clock.run_for(38_000)
    assert len(stage.bodies) == 1
    page.clock.run_for(4_000)
    stage.arrived("Page Viewed")


def test_each_pause_is_longer_than_the_one_before_and_none_is_for_ever(stage, visit):
    stage.turned_away = [(503, {})] * 9
    page = ready(visit("/lamps.html", clock=True, expected="Failed to load"))
    tries = []
    for second in range(1, 420):
        page.clock.run_for(1_000)
        if stage.bodies[len(tries) :]:
            page.wait_for_timeout(20)  # the answer is real, though the clock is not
            tries.append(second)
    assert "Page Viewed" in stage.events()
    pauses = [later - sooner for sooner, later in pairwise(tries)]
    assert len(pauses) >= 9
    assert pauses[0] <= 3
    assert min(pauses[6:9]) >= 30
    assert max(pauses) <= 98


def test_a_click_that_leads_away_is_still_told(stage, visit):
    stage.pages["/away"] = '<a href="/privacy.html">Away</a>'
    page = ready(visit("/away"))
    page.evaluate("document.querySelector('a').addEventListener('click', () => opportune.track('Left'))")
    page.get_by_role("link").click()
    page.wait_for_url("**/privacy.html")
    stage.arrived("Left")
    assert len(calls(stage)) == len(set(calls(stage)))


def test_a_window_that_is_closed_still_tells_what_was_looked_at(stage, visit):
    page = ready(visit("/lamp-arc.html"))
    page.close(run_before_unload=True)
    stage.arrived("Product Viewed")
    assert sorted(stage.events()) == ["Page Viewed", "Product Viewed"]


def test_what_could_not_be_sent_before_the_page_closed_is_sent_by_the_next_one(stage, visit):
    page = ready(visit("/lamp-arc.html", expected="Failed to load"))
    stage.arrived("Page Viewed")
    stage.turned_away = [(503, {"retry-after": "600"})]
    page.evaluate("opportune.track('Cart Viewed')")
    until("it was turned away", lambda: not stage.turned_away)
    page.wait_for_timeout(50)
    page.goto("/privacy.html")
    stage.arrived("Cart Viewed")
    sent = [each for each in calls(stage) if each[0] == "Cart Viewed"]
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert page.evaluate("Object.keys(localStorage)") == []


def test_many_events_leave_in_bodies_that_outlive_a_page(stage, visit):
    page = ready(visit("/privacy.html"))
    page.evaluate("for (let n = 0; n < 120; n++) opportune.track('Noted', { n, text: 'ü'.repeat(500) })")
    page.goto("/lamps.html")
    stage.arrived("Noted", 120)
    assert max(map(len, stage.bodies)) <= 61_000
    assert len(calls(stage)) == len(set(calls(stage)))


def test_a_queue_that_is_full_and_a_call_that_is_too_large_break_nothing(stage, visit):
    page = ready(visit("/privacy.html", expected="not sent"))
    page.evaluate("opportune.track('Large', { text: 'x'.repeat(40_000) })")
    page.evaluate("for (let n = 0; n < 510; n++) opportune.track('Noted', { n })")
    assert len(stage.arrived("Noted", 499)) in (499, 500)
    assert "Large" not in stage.events()


def test_what_a_page_does_wrong_is_said_on_its_console_and_nowhere_else(stage, visit):
    stage.pages["/wrong"] = '<p data-opportune-event="Odd" data-opportune-properties="{no json"><button data-opportune-add>Add</button>'
    page = ready(visit("/wrong", expected="opportune:"))
    page.evaluate("opportune.track(); opportune.consent(); opportune.identify(); opportune.push(7)")
    page.get_by_role("button").click()
    page.evaluate("opportune.track('Still Here')")
    stage.arrived("Still Here")


def test_a_second_tag_and_a_tag_without_a_key_do_nothing(stage, visit):
    stage.tag = f'{stage.tag}></script><script async src="{stage.host}/opportune.js" data-key="{"a-browsers-key"}"'
    page = ready(visit("/lamps.html"))
    page.goto("/privacy.html")
    stage.arrived("Page Viewed", 2)
    assert stage.events().count("Page Viewed") == 2
