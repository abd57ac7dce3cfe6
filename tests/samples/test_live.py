"""Live traffic goes on where the history ends, and a mail does exactly what is truly so."""

from collections import Counter, defaultdict
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from tests.samples.written import START, Written, ts_of

from opportune.language.vocabulary.instants import Instant
from opportune.samples import Deed, Live, Mail, Reaction, Shop
from opportune.samples.reactions import LIFTS, NPS
from opportune.samples.seasons import DAY

MINUTE = 60_000_000
HOUR = 60 * MINUTE


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop.build(customers=1_500, seed=4, start=START, days=120)


@pytest.fixture
def live(shop: Shop) -> Live:
    return shop.live(visits_per_minute=20, hurry=600)


def mail_to(number: int, at: Instant, journey: str = "cart-abandonment", step: str = "first") -> Mail:
    return Mail(customer_id=f"c{number:06d}", journey=journey, step=step, sent_at=at, links=("one", "two"), message_id=f"{number}-{at}")


def orders_in(reactions: list[Reaction]) -> int:
    return sum(reaction.call is not None and reaction.call.get("event") == "Order Completed" for reaction in reactions)


def test_how_time_is_cut_changes_nothing(shop: Shop) -> None:
    one, other = shop.live(visits_per_minute=20, hurry=600), shop.live(visits_per_minute=20, hurry=600)
    whole = one.visits(shop.end, Instant(shop.end + HOUR))
    cuts = [Instant(min(shop.end + HOUR, shop.end + cut)) for cut in range(0, HOUR + 7 * MINUTE, 7 * MINUTE + 13)]
    pieces = [call for after, until in pairwise(cuts) for call in other.visits(after, until)]
    assert pieces == whole
    assert one.visits(shop.end, Instant(shop.end + HOUR)) == whole


def test_as_many_visits_begin_as_were_asked_for(shop: Shop, live: Live) -> None:
    pages = [call for call in live.visits(shop.end, Instant(shop.end + 2 * HOUR)) if call["type"] == "page"]
    returning = [call for call in pages if call["properties"]["path"].startswith(("/cart", "/p/"))]
    assert len({call["messageId"] for call in pages} - {call["messageId"] for call in returning}) == pytest.approx(20 * 120, rel=0.15)


def test_at_the_true_rates_live_is_as_busy_as_the_last_weeks(written: Written) -> None:
    shop = written.shop
    calls = shop.live().visits(shop.end, Instant(shop.end + DAY))
    last = sum(shop.end - ts_of(call) < 14 * DAY for call in written.first if call["type"] == "page") / 14
    assert sum(call["type"] == "page" for call in calls) == pytest.approx(last, rel=0.6)


def test_live_calls_are_new_and_of_the_same_customers(written: Written) -> None:
    live = written.shop.live(visits_per_minute=20)
    calls = live.visits(written.shop.end, Instant(written.shop.end + 2 * HOUR))
    assert not {call["messageId"] for call in calls} & {call["messageId"] for call in written.calls}
    owners = defaultdict(set)
    for call in (*written.first, *calls):
        if {"userId", "anonymousId"} <= set(call):
            owners[call["anonymousId"]].add(call["userId"])
    assert sum(len(users) > 1 for users in owners.values()) < 0.03 * len(owners), "a few browsers are shared"
    known = {call["userId"] for call in written.first if "userId" in call}
    assert sum(call.get("userId") in known for call in calls) > 0.5 * len(calls)
    assert all("receivedAt" not in call for call in calls)


def test_carts_are_left_and_orders_made_and_delivered(live: Live, shop: Shop) -> None:
    calls = live.visits(shop.end, Instant(shop.end + 2 * HOUR))
    names = Counter(call.get("event") or call["type"] for call in calls)
    assert min(names[name] for name in ("Product Added", "Order Completed", "Order Delivered", "identify", "Consent Given")) > 10
    filled = {call["properties"]["cart_id"] for call in calls if call.get("event") == "Product Added"}
    ordered = {call["properties"]["cart_id"] for call in calls if call.get("event") == "Order Completed"}
    assert len(filled - ordered) > 0.3 * len(filled)


def test_a_mail_causes_as_many_orders_as_the_true_lift(shop: Shop, live: Live) -> None:
    alive = shop.truth.churned > shop.end
    for journey, lift in (("cart-abandonment", shop.truth.cart_lift), ("post-purchase", shop.truth.post_purchase_lift)):
        found = [orders_in(live.reaction(mail_to(number, shop.end, journey))) for number in np.flatnonzero(alive).tolist()]
        expected = lift[alive].sum()
        assert sum(found) == pytest.approx(expected, abs=4 * expected**0.5)


def test_a_mail_about_something_looked_at_causes_fewer_orders_than_one_about_a_cart(shop: Shop, live: Live) -> None:
    alive = shop.truth.churned > shop.end
    found = sum(orders_in(live.reaction(mail_to(number, shop.end, "product-abandonment"))) for number in np.flatnonzero(alive).tolist())
    expected = 0.35 * shop.truth.cart_lift[alive].sum()
    assert found == pytest.approx(expected, abs=4 * expected**0.5)


def test_the_packs_journeys_are_all_those_whose_mails_cause_orders_but_the_survey_and_the_second_yes() -> None:
    pack = {path.stem for path in (files("opportune.starter") / "files" / "journeys").iterdir()}  # type: ignore[attr-defined]
    assert {journey for shares in LIFTS.values() for journey in shares} | {NPS, "double-opt-in"} == pack


def test_the_churned_and_other_journeys_order_nothing(shop: Shop, live: Live) -> None:
    gone = np.flatnonzero(shop.truth.churned <= shop.end).tolist()
    assert gone
    assert not any(orders_in(live.reaction(mail_to(number, shop.end))) for number in gone)
    assert not any(orders_in(live.reaction(mail_to(number, shop.end, "birthday"))) for number in range(300))


def test_more_mails_in_a_week_are_opened_less_and_left_more(shop: Shop, live: Live) -> None:
    alive = np.flatnonzero(shop.truth.churned > shop.end + 7 * DAY).tolist()
    deeds: list[Counter[str]] = []
    for day in range(4):
        at = Instant(shop.end + day * DAY)
        deeds.append(
            Counter(r.deed for number in alive for r in live.reaction(mail_to(number, at, "news", f"mail-{day}")) if r.agent == "human")
        )
    fatigue = shop.truth.habits.click_fatigue
    assert deeds[1][Deed.OPEN] / deeds[0][Deed.OPEN] == pytest.approx(fatigue, rel=0.2)
    assert deeds[3][Deed.OPEN] / deeds[0][Deed.OPEN] == pytest.approx(fatigue**3, rel=0.3)
    assert deeds[3][Deed.UNSUBSCRIBE] > 2 * deeds[0][Deed.UNSUBSCRIBE]


def test_the_same_mail_gives_the_same_reactions_again(shop: Shop, live: Live) -> None:
    other = shop.live(visits_per_minute=20, hurry=600)
    for number in range(100):
        mail = mail_to(number, shop.end)
        assert live.reaction(mail) == live.reaction(mail) == other.reaction(mail)


def test_reactions_come_after_the_mail_in_order_and_a_click_after_its_open(shop: Shop, live: Live) -> None:
    for number in range(400):
        reactions = live.reaction(mail_to(number, shop.end))
        instants = [reaction.at for reaction in reactions]
        assert instants == sorted(instants)
        assert all(at > shop.end for at in instants)
        human = [reaction.deed for reaction in reactions if reaction.agent == "human"]
        assert Deed.CLICK not in human or human.index(Deed.OPEN) < human.index(Deed.CLICK)
        assert all(reaction.link in ("one", "two") for reaction in reactions if reaction.deed is Deed.CLICK)
    assert any(reaction.agent == "machine" for number in range(100) for reaction in live.reaction(mail_to(number, shop.end)))


def test_what_people_do_by_themselves_does_not_depend_on_mails(shop: Shop, live: Live) -> None:
    held_out = shop.live(visits_per_minute=20, hurry=600)
    for number in range(300):
        live.reaction(mail_to(number, shop.end))
    assert live.visits(shop.end, Instant(shop.end + HOUR)) == held_out.visits(shop.end, Instant(shop.end + HOUR))


def test_an_order_caused_by_a_mail_holds_what_the_mail_was_about(shop: Shop, live: Live) -> None:
    product = shop.products[60].product_id
    bought = []
    for number in range(1_000):
        mail = Mail(customer_id=f"c{number:06d}", journey="cart-abandonment", step="x", sent_at=shop.end, product_ids=(product,))
        bought += [r.call["properties"]["products"] for r in live.reaction(mail) if r.call and r.call.get("event") == "Order Completed"]
    assert bought
    assert all(lines[0]["product_id"] == product for lines in bought)


def test_a_strangers_mail_is_refused(live: Live, shop: Shop) -> None:
    for customer in ("somebody", "c999999"):
        with pytest.raises(ValueError, match="no customer"):
            live.reaction(Mail(customer_id=customer, journey="x", step="y", sent_at=shop.end))
