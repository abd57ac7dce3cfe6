"""The second yes, as a person gives it and as scanners try to; and what a click takes along to the shop."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.tracking.test_endpoints import CLICK, FIREFOX, MAIL, NOW, SECRET, Shop, path

from opportune.collector.arriving import arrival, is_fresh
from opportune.collector.confirming import Request
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.stages.tracking.tokens import Purpose

SAID = {"purpose": "email", "wording": "Yes, <news> please", "wording_version": "3", "page": "https://lumen.test/news"}
ASKING = replace(MAIL, request=Request(event_id="r1", asked_at=NOW, said=SAID), shop_url="https://lumen.test")
CONFIRM = path(Purpose.CONFIRM)
HOUR, DAY = span_of(timedelta(hours=1)), span_of(timedelta(days=1))


def button(answer):
    """What the page's form sends."""
    return b"button=" + re.search(r'name="button" value="([\w-]+)"', answer.body)[1].encode()


def pressed(shop, *, agent=FIREFOX):
    return shop.ask("POST", CONFIRM, body=button(shop.ask("GET", CONFIRM)), agent=agent)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_confirms_nothing_however_often(method):
    shop = Shop(mail=ASKING)
    for _ in range(3):
        assert shop.ask(method, CONFIRM).status == 200
    assert shop.calls == []


def test_the_page_shows_what_was_agreed_to_and_the_address_only_in_part():
    page = Shop(mail=ASKING).ask("GET", CONFIRM)
    assert "Yes, &lt;news&gt; please" in page.body
    assert "zoe@example.test" not in page.body
    assert page.headers["cache-control"] == "no-store"


def test_the_button_confirms_with_the_words_the_page_and_the_request_it_answers():
    shop = Shop(mail=ASKING)
    assert "Thank you" in pressed(shop).body
    (call,) = shop.calls
    assert (call["event"], call["userId"]) == ("Consent Given", "zoe")
    about = {"message_id": "m7", "journey": "cart", "step": "first", "enrolment": "e1"}
    assert call["properties"] == {**about, **SAID, "method": "double_opt_in", "request_id": "r1", "user_agent": FIREFOX}


def test_pressing_it_again_is_the_same_consent():
    shop = Shop(mail=ASKING)
    pressed(shop), pressed(shop)
    assert len({call["messageId"] for call in shop.calls}) == 1


@pytest.mark.parametrize(
    "body", [b"", b"button=", b"button=AAAA", b"List-Unsubscribe=One-Click", b"button=" + b"A" * 5000, b"&" * 60_000, b"\xff"]
)
def test_a_form_that_did_not_come_from_our_page_confirms_nothing_and_shows_it(body):
    shop = Shop(mail=ASKING)
    answer = shop.ask("POST", CONFIRM, body=body)
    assert (answer.status, "Yes, send it to me" in answer.body, shop.calls) == (200, True, [])


@pytest.mark.parametrize("other", [CONFIRM, CLICK, path(Purpose.UNSUBSCRIBE), path(Purpose.CONFIRM, message=8)])
def test_another_token_is_no_button(other):
    shop = Shop(mail=ASKING)
    shop.ask("POST", CONFIRM, body=b"button=" + other[3:].encode())
    assert shop.calls == []


@pytest.mark.parametrize("agent", ["", "Mozilla/5.0", "Barracuda Sentinel", "SafeLinks/1.0 scanner"])
def test_a_machine_that_sends_the_form_confirms_nothing(agent):
    shop = Shop(mail=ASKING)
    assert "Yes, send it to me" in pressed(shop, agent=agent).body
    assert shop.calls == []


def test_a_page_that_stood_open_for_more_than_a_day_is_shown_anew():
    shop = Shop(mail=ASKING)
    left = button(shop.ask("GET", CONFIRM))
    shop.now = Instant(NOW + DAY + HOUR)
    shop.ask("POST", CONFIRM, body=left)
    assert shop.calls == []
    pressed(shop)
    assert len(shop.calls) == 1


def test_after_seven_days_the_link_says_what_to_do_instead():
    shop = Shop(mail=ASKING, now=Instant(ASKING.sent_at + 7 * DAY))
    assert "Thank you" in pressed(shop).body
    left = button(shop.ask("GET", CONFIRM))
    shop.now = Instant(shop.now + 1)
    for answer in (shop.ask("GET", CONFIRM), shop.ask("POST", CONFIRM, body=left)):
        assert (answer.status, "sign up once more" in answer.body, "https://lumen.test" in answer.body) == (410, True, True)
    assert len(shop.calls) == 1


def test_a_mail_that_follows_no_request_has_nothing_to_confirm():
    shop = Shop(mail=replace(MAIL, request=None))
    assert (shop.ask("GET", CONFIRM).status, shop.ask("POST", CONFIRM).status) == (404, 404)


def test_a_full_disk_is_not_thanked_for():
    shop = Shop(mail=ASKING)
    left = button(shop.ask("GET", CONFIRM))
    shop.is_disk_full = True
    assert shop.ask("POST", CONFIRM, body=left).status == 503


def landed(mail, *, method="GET", agent=FIREFOX):
    return Shop(mail=mail).ask(method, CLICK, agent=agent).headers["location"]


HOME = replace(MAIL, shop_url="https://www.lumen.test")


def test_a_persons_click_takes_along_to_the_shop_who_came():
    landing = urlsplit(landed(HOME))
    (token,) = parse_qs(landing.query)["opp_c"]
    assert (landing.hostname, landing.query.partition("&")[0]) == ("lumen.test", "x=1")
    named = arrival(SECRET, token)
    assert named.message == 7
    assert is_fresh(named, sent_at=HOME.sent_at, at=NOW)
    assert is_fresh(named, sent_at=HOME.sent_at, at=Instant(NOW + 7 * DAY))
    assert not is_fresh(named, sent_at=HOME.sent_at, at=Instant(NOW + 7 * DAY + HOUR))
    assert not is_fresh(named, sent_at=HOME.sent_at, at=Instant(HOME.sent_at - 1))


def test_it_stands_before_the_fragment_and_in_place_of_one_that_was_there():
    landing = landed(replace(HOME, url="https://lumen.test/lamp?opp_c=old&x=1#top"))
    assert re.fullmatch(r"https://lumen\.test/lamp\?x=1&opp_c=[\w-]+#top", landing)


@pytest.mark.parametrize(
    "mail",
    [
        replace(HOME, may_record=False),
        replace(HOME, shop_url=""),
        replace(HOME, shop_url="https://other.test"),
        replace(HOME, url="https://lumen.test.evil.example/"),
        replace(HOME, url="https://lumen.test:8443/"),
        replace(HOME, url="http://lumen.test/"),
        replace(HOME, sent_at=None),
    ],
)
def test_nobody_else_is_told_and_nobody_who_may_not_be_tracked(mail):
    assert "opp_c" not in landed(mail)


@pytest.mark.parametrize("how", [{"method": "HEAD"}, {"agent": "Mozilla/5.0"}, {"agent": "Proofpoint scanner"}, {"agent": ""}])
def test_the_click_of_a_machine_identifies_nobody(how):
    assert "opp_c" not in landed(HOME, **how)
