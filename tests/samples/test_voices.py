"""What the sample shop's customers say and do beside the shopping follows from what is truly so, and never before its cause.

Tolerances are four standard errors of a share where one is known, else stated.
"""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from tests.samples.written import Written, received_at, ts_of

from opportune.language.vocabulary.instants import Instant
from opportune.samples import Habits, Mail, Shop
from opportune.samples.customers import number_of
from opportune.samples.orders import SECOND_TICKETS
from opportune.samples.phrases import ANSWERS, REVIEWS
from opportune.samples.places import CONTENT, CONTENT_SHARES, REGIONS
from opportune.samples.seasons import DAY

HABITS = Habits()


def is_share(found: int, of: int, share: float) -> bool:
    """Whether `found` of `of` is what chance makes of a share."""
    return bool(abs(found - share * of) <= 4 * (of * share * (1 - share)) ** 0.5 + 1)


def surveys(written: Written, kind: str) -> list[dict[str, Any]]:
    return [call for call in written.named("Survey Answered") if call["properties"]["kind"] == kind]


def first_at(calls: list[dict[str, Any]], key: str) -> dict[str, Instant]:
    """The first instant of each value of a property."""
    return {call["properties"][key]: ts_of(call) for call in reversed(calls)}


def delivered_early(written: Written) -> set[str]:
    """Orders delivered so early that whatever they lead to has been told."""
    return {call["properties"]["order_id"] for call in written.named("Order Delivered") if ts_of(call) < written.shop.end - 60 * DAY}


def test_as_many_deliveries_are_reviewed_answered_and_complained_of_as_stated(calm: Written) -> None:
    early = delivered_early(calm)
    answered = {call["properties"]["order_id"] for call in surveys(calm, "nps")}
    ticketed = {"HW-" + call["properties"]["ticket_id"][2:] for call in calm.named("Ticket Opened")}
    assert is_share(len(early & answered), len(early), HABITS.survey_chance)
    assert is_share(len(early & ticketed), len(early), HABITS.ticket_chance)
    everywhere = len(calm.named("Order Delivered"))
    assert is_share(len(calm.named("Review Submitted")), everywhere, HABITS.review_chance * 0.97)


def test_nobody_answers_before_two_weeks_with_the_order(calm: Written) -> None:
    delivered = first_at(calm.named("Order Delivered"), "order_id")
    delays = [ts_of(call) - delivered[call["properties"]["order_id"]] for call in surveys(calm, "nps")]
    assert min(delays) >= 13 * DAY
    assert max(delays) <= 16 * DAY


def test_a_score_is_the_satisfaction_give_or_take_one_and_its_words_fit(calm: Written) -> None:
    satisfaction = calm.shop.truth.satisfaction
    answers = surveys(calm, "nps")
    differences = [call["properties"]["score"] - satisfaction[number_of(call["userId"])] for call in answers]
    assert len(answers) > 80
    assert np.std(differences) == pytest.approx(1, abs=0.25)
    for call in answers:
        score = call["properties"]["score"]
        assert 0 <= score <= 10
        assert call["properties"].get("text", ANSWERS[(score > 6) + (score > 8)][0]) in ANSWERS[(score > 6) + (score > 8)]
    assert 0.3 < sum("text" in call["properties"] for call in answers) / len(answers) < 0.7


def test_the_quiz_is_answered_with_the_true_need_as_often_as_people_are_honest(calm: Written) -> None:
    categories = calm.shop.world.catalogue.assortment.categories
    linked = {call["anonymousId"]: call["userId"] for call in calm.first if {"userId", "anonymousId"} <= set(call)}
    answers = [(call, linked.get(call["anonymousId"])) for call in surveys(calm, "quiz")]
    known = [(call["properties"]["need"], calm.shop.truth.problem[number_of(user)]) for call, user in answers if user]
    assert len(known) > 60
    honest = sum(need == categories[problem].need for need, problem in known)
    assert is_share(honest, len(known), HABITS.quiz_honesty + (1 - HABITS.quiz_honesty) / len(categories))


def test_tickets_close_after_they_open_and_some_never_do(calm: Written) -> None:
    opened = {call["properties"]["ticket_id"]: call for call in calm.named("Ticket Opened")}
    closed = {call["properties"]["ticket_id"]: call for call in calm.named("Ticket Closed")}
    for ticket, call in closed.items():
        assert ts_of(opened[ticket]) < ts_of(call)
        assert call["properties"] == opened[ticket]["properties"]
    early = [ticket for ticket, call in opened.items() if ts_of(call) < calm.shop.end - 6 * DAY]
    assert is_share(sum(ticket in closed for ticket in early), len(early), HABITS.resolved_chance)
    assert {call["properties"]["sentiment"] for call in opened.values()} == {"neutral", "negative"}


def test_some_of_those_in_a_bad_mood_open_another_ticket(calm: Written) -> None:
    opened = {call["properties"]["ticket_id"]: call for call in calm.named("Ticket Opened")}
    second = {ticket: f"T-{int(ticket[2:], 16) - SECOND_TICKETS:012x}" for ticket in opened if int(ticket[2:], 16) >= SECOND_TICKETS}
    negative = [ticket for ticket, call in opened.items() if call["properties"]["sentiment"] == "negative" and ticket not in second]
    assert second
    assert is_share(len(second), len(negative), HABITS.second_ticket_chance)
    for ticket, first in second.items():
        assert ts_of(opened[first]) + DAY <= ts_of(opened[ticket])
        assert opened[ticket]["userId"] == opened[first]["userId"]


def test_a_visit_has_several_pages(calm: Written) -> None:
    """As told by pages: one in three of the first two products', right before the view of it."""
    views = Counter((call["anonymousId"], call["properties"]["product_id"]) for call in calm.named("Product Viewed"))
    pages = [call for call in calm.first if call["type"] == "page" and call["properties"]["path"].startswith("/p/")]
    assert len(pages) > 0.2 * views.total()
    assert all(views[call["anonymousId"], call["properties"]["path"][3:]] for call in pages)
    assert not any("utm_source" in call["properties"] or "referrer" in call["properties"] for call in pages)


def test_the_dissatisfied_are_in_a_bad_mood_and_never_refer(calm: Written) -> None:
    satisfaction = calm.shop.truth.satisfaction
    moods: defaultdict[str, list[float]] = defaultdict(list)
    for call in calm.named("Ticket Opened"):
        moods[call["properties"]["sentiment"]].append(satisfaction[number_of(call["userId"])])
    assert np.mean(moods["negative"]) < np.mean(moods["neutral"])
    assert min(satisfaction[number_of(call["userId"])] for call in calm.named("Referral Sent")) >= 8


def test_a_referral_converts_after_it_was_sent(calm: Written) -> None:
    sent: defaultdict[str, list[Instant]] = defaultdict(list)
    for call in calm.named("Referral Sent"):
        sent[call["properties"]["code"]].append(ts_of(call))
    won = calm.named("Referral Converted")
    assert won
    assert all(min(sent[call["properties"]["code"]]) + DAY <= ts_of(call) for call in won)
    early = sum(at < calm.shop.end - 31 * DAY for instants in sent.values() for at in instants)
    assert is_share(len(won), early, HABITS.conversion_chance) or len(won) > early * HABITS.conversion_chance


def test_a_review_is_of_something_delivered_and_its_words_fit_its_stars(calm: Written) -> None:
    delivered = {call["properties"]["order_id"]: ts_of(call) for call in calm.named("Order Delivered")}
    owned: defaultdict[tuple[str, str], list[Instant]] = defaultdict(list)
    for order in calm.named("Order Completed"):
        for line in order["properties"]["products"]:
            owned[order["userId"], line["product_id"]].append(delivered.get(order["properties"]["order_id"], Instant(2**62)))
    for call in calm.named("Review Submitted"):
        told = call["properties"]
        assert min(owned[call["userId"], told["product_id"]]) + 3 * DAY <= ts_of(call)
        assert told["text"] in REVIEWS[told["rating"] - 1]


def test_of_what_is_read_each_kind_has_its_share(calm: Written) -> None:
    kinds = Counter(call["properties"]["kind"] for call in calm.named("Content Viewed"))
    for kind, share in zip(CONTENT, CONTENT_SHARES, strict=True):
        assert is_share(kinds[kind], kinds.total(), share)
    visits = sum(call["type"] == "page" and not call["properties"]["path"].startswith(("/cart", "/p/")) for call in calm.first)
    assert kinds.total() / visits == pytest.approx(HABITS.content_chance * 1.34, rel=0.1)
    downloads = len(calm.named("Content Downloaded"))
    assert is_share(downloads, round(kinds.total() / 1.34), HABITS.download_chance)


def test_one_search_in_twelve_finds_nothing_and_is_never_clicked(calm: Written) -> None:
    searches = calm.named("Products Searched")
    vain = {call["properties"]["query"] for call in searches if call["properties"]["results"] == 0}
    assert is_share(sum(call["properties"]["results"] == 0 for call in searches), len(searches), HABITS.vain_search_chance)
    assert vain
    assert not vain & {call["properties"]["query"] for call in calm.named("Search Result Clicked")}


def test_ads_are_told_only_of_those_who_agreed_and_a_click_leads_to_a_visit_from_there(calm: Written) -> None:
    agreed = {call.get("anonymousId", call.get("userId")) for call in calm.named("Consent Given") if call["properties"]["purpose"] == "ads"}
    users = {call["anonymousId"]: call["userId"] for call in calm.first if {"userId", "anonymousId"} <= set(call)}
    allowed = agreed | {users[device] for device in agreed if device in users}
    assert {call["userId"] for call in calm.named("Ad Viewed")} <= allowed
    pages = {(call["anonymousId"], call["properties"].get("utm_source")): True for call in calm.first if call["type"] == "page"}
    clicks = calm.named("Ad Clicked")
    assert len(clicks) > 300
    assert all(call["anonymousId"] in allowed or users.get(call["anonymousId"]) in allowed for call in clicks)
    assert all((call["anonymousId"], call["properties"]["network"]) in pages for call in clicks)


def test_films_ads_and_chats_say_how_they_went(calm: Written) -> None:
    watched = [call["properties"]["completion"] for call in calm.named("Video Watched")]
    assert 0 <= min(watched) < 0.5 < max(watched) == 1
    assert {"completion" in call["properties"] for call in calm.named("Ad Viewed")} == {True, False}
    chats = [call["properties"] for call in calm.named("Chat Ended")]
    assert {chat["bot"] for chat in chats} == {True, False}
    assert {chat.get("rating", 1) for chat in chats} <= {1, 2, 3, 4, 5}
    assert any("rating" not in chat for chat in chats)


def test_nothing_is_done_elsewhere_by_strangers_or_after_the_end_of_a_life(calm: Written) -> None:
    churned = calm.shop.truth.churned
    beside = [call for name in ("Social Engaged", "Ad Viewed", "Call Ended") for call in calm.named(name)]
    assert len(beside) > 500
    assert all(ts_of(call) < churned[number_of(call["userId"])] for call in beside)


def test_people_live_where_the_weather_is_told(calm: Written) -> None:
    traits = [call["traits"] for call in calm.first if call["type"] == "identify"]
    assert {told["region"] for told in traits} <= set(REGIONS)
    assert {call["properties"]["region"] for call in calm.named("Weather Changed")} == set(REGIONS)
    for told in traits:
        assert -90 < told["latitude"] < 90
        assert -180 < told["longitude"] < 180
    for name, share in (("phone", 0.4), ("birthday", 0.35), ("mail_frequency", 0.04)):
        assert sum(name in told for told in traits) / len(traits) == pytest.approx(share, abs=0.04)


def test_everything_is_told_after_it_happened(calm: Written) -> None:
    assert all(received_at(call) > ts_of(call) for call in calm.first)


def test_a_click_in_a_survey_mail_answers_it(calm: Written) -> None:
    live = calm.shop.live(hurry=600)
    alive = np.flatnonzero(calm.shop.truth.churned > calm.shop.end).tolist()
    answers = [
        (reaction.call, reactions[-1].at)
        for number in alive
        for reactions in [live.reaction(survey_mail(number, calm.shop))]
        for reaction in reactions
        if reaction.call and reaction.call.get("event") == "Survey Answered"
    ]
    assert answers
    for call, _ in answers:
        assert call["properties"]["kind"] == "nps"
        assert 0 <= call["properties"]["score"] <= 10
        assert "order_id" not in call["properties"]


def survey_mail(number: int, shop: Shop) -> Mail:
    return Mail(customer_id=f"c{number:06d}", journey="nps", step="survey", sent_at=shop.end, links=("one",), message_id=f"m{number}")
