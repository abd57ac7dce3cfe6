"""What the sample shop does follows from what is truly so. Tolerances are four standard errors where one is known, else stated."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.samples.written import START, Written, ts_of

from opportune.language.vocabulary.instants import datetime_of
from opportune.samples import Habits, read_truth
from opportune.samples.customers import number_of
from opportune.samples.places import PLACES
from opportune.samples.seasons import DAY, HOURS, Seasons, weight_of


def active_years(written: Written) -> np.ndarray:
    """Season years each customer was active inside the history."""
    seasons, truth = written.shop.world.seasons, written.shop.truth
    return seasons.elapsed(truth.churned) - seasons.elapsed(truth.arrived)


def orders_by_customer(written: Written) -> np.ndarray:
    counts = np.zeros(len(written.shop.world.customers))
    for order in written.named("Order Completed"):
        counts[number_of(order["userId"])] += 1
    return counts


def is_human(call: dict[str, Any]) -> bool:
    return bool(call["properties"].get("agent") == "human")


def human_clicks(written: Written) -> list[dict[str, Any]]:
    return [call for call in written.named("Email Link Clicked") if is_human(call)]


def test_orders_are_as_many_as_rates_and_recoveries_make(written: Written) -> None:
    truth = written.shop.truth
    expected = (truth.orders_per_year * active_years(written)).sum()
    from_mails = len(human_clicks(written)) * truth.habits.click_conversion * (1 + truth.habits.recovery_chance)
    assert orders_by_customer(written).sum() == pytest.approx(expected + from_mails, abs=4 * expected**0.5)


def test_each_customers_orders_follow_the_own_rate(written: Written) -> None:
    expected = written.shop.truth.orders_per_year * active_years(written)
    found = orders_by_customer(written)
    for low, high in ((0, 0.2), (0.2, 0.8), (0.8, 2), (2, 5), (5, 99)):
        group = (expected >= low) & (expected < high)
        mails = 0.07 * len(human_clicks(written)) * group.mean()
        assert found[group].sum() == pytest.approx(expected[group].sum(), abs=4 * expected[group].sum() ** 0.5 + 2 * mails)


def test_ordering_is_as_heterogeneous_as_a_gamma(written: Written) -> None:
    rate, habits = written.shop.truth.order_rate, Habits()
    assert rate.mean() == pytest.approx(habits.order_rate, rel=0.1)
    assert rate.var() == pytest.approx(habits.order_rate**2 / habits.order_shape, rel=0.25)
    counts = orders_by_customer(written)
    assert counts.var() > 1.8 * counts.mean(), "a Poisson with one rate for all would have a variance like its mean"


def test_three_carts_of_five_are_left_and_some_come_back_for(written: Written) -> None:
    habits = Habits()
    filled = {call["properties"]["cart_id"] for call in written.named("Product Added")}
    ordered = {call["properties"]["cart_id"] for call in written.named("Order Completed")}
    left = habits.abandoned_per_order / (1 + habits.abandoned_per_order) * (1 - habits.recovery_chance)
    assert len(filled - ordered) / len(filled) == pytest.approx(left, abs=4 * (0.25 / len(filled)) ** 0.5 + 0.01)


def test_after_churn_nothing_is_done_but_what_was_begun(written: Written) -> None:
    churned = written.shop.truth.churned
    done = {"Product Viewed", "Product Added"}
    views = [call for call in written.first if call.get("event") in done and "userId" in call]
    after = [call for call in views if ts_of(call) > churned[number_of(call["userId"])] + 10 * DAY]
    assert (churned < written.shop.end).sum() > 200
    assert not after
    humans = [call for call in written.named("Email Opened") if is_human(call)]
    assert not [call for call in humans if ts_of(call) > churned[number_of(call["userId"])] + 10 * DAY]


def test_lives_end_at_the_stated_rate(written: Written) -> None:
    truth, habits = written.shop.truth, Habits()
    years = (truth.churned - np.maximum(truth.arrived, START)) / (365 * DAY)
    survives = (1 + habits.churn_rate / habits.churn_shape) ** -habits.churn_shape
    assert (years > 1).mean() == pytest.approx(survives, abs=4 * (0.25 / len(years)) ** 0.5)


def test_months_and_weekdays_are_as_busy_as_stated(written: Written) -> None:
    """Carts of customers who were there all year. Days are New York's, so neighbouring days blur a little: 5 %."""
    truth = written.shop.truth
    stayed = (truth.arrived < START) & (truth.churned > written.shop.end)
    begun = {call["properties"]["cart_id"]: call for call in reversed(written.named("Product Added"))}.values()
    days = [
        datetime_of(ts_of(call)).astimezone(ZoneInfo("America/New_York"))
        for call in begun
        if "userId" in call and stayed[number_of(call["userId"])]
    ]
    assert len(days) > 1_000
    calendar = [datetime_of(START) + timedelta(days=day) for day in range(365)]
    for part_of in ("%m", "%u"):
        stated: defaultdict[str, float] = defaultdict(float)
        for day in calendar:
            stated[f"{day:{part_of}}"] += weight_of(day) / 365
        found = Counter(f"{day:{part_of}}" for day in days)
        for part, share in stated.items():
            expected = share * len(days)
            assert found[part] == pytest.approx(expected, abs=4 * expected**0.5 + 0.05 * expected)


def test_people_shop_in_the_evening_of_their_own_day() -> None:
    seasons = Seasons.build(START, 365)
    rng = np.random.default_rng(5)
    count = 4_000
    for number in (0, 3, 7, 12):
        place = np.full(count, number)
        drawn = seasons.drawn(rng, after=np.full(count, START), before=np.full(count, seasons.end), place=place)
        hours = Counter(datetime_of(at).astimezone(ZoneInfo(PLACES[number].zone)).hour for at in drawn.tolist())
        for hour, weight in enumerate(HOURS):
            expected = count * weight / HOURS.sum()
            assert hours[hour] == pytest.approx(expected, abs=5 * expected**0.5 + 2), "the hours around a clock change may be off by one"


def test_people_look_at_what_they_like(written: Written) -> None:
    affinities = written.shop.truth.affinities
    favourite = affinities.argmax(axis=1)
    views = [call for call in written.named("Product Viewed") if "userId" in call]
    people = np.array([number_of(call["userId"]) for call in views])
    categories = written.shop.world.catalogue.categories
    hits = np.array([categories.index(call["properties"]["category"]) for call in views]) == favourite[people]
    assert hits.mean() == pytest.approx(affinities.max(axis=1)[people].mean(), abs=0.03)


def test_a_mail_is_opened_by_as_many_as_chance_and_fatigue_make(written: Written) -> None:
    """By the number of other mails in the week before it; one mail in 170 bounces."""
    truth, opened = written.shop.truth, {call["properties"]["message_id"] for call in written.named("Email Opened") if is_human(call)}
    sent: defaultdict[str, list[date]] = defaultdict(list)
    expected: defaultdict[int, float] = defaultdict(float)
    found: Counter[int] = Counter()
    for mail in written.named("Email Sent"):
        day, person = date.fromisoformat(mail["properties"]["campaign"][:10]), number_of(mail["userId"])
        in_week = sum((day - earlier).days < 7 for earlier in sent[mail["userId"]])
        sent[mail["userId"]].append(day)
        if truth.churned[person] > ts_of(mail):
            expected[in_week] += truth.open_chance[person] * truth.habits.click_fatigue**in_week
            found[in_week] += mail["properties"]["message_id"] in opened
    assert len(expected) >= 4
    for in_week, opens in expected.items():
        assert found[in_week] == pytest.approx(opens, abs=4 * opens**0.5 + 0.01 * opens)


def test_what_was_written_of_the_truth_is_read_back(written: Written, tmp_path: Path) -> None:
    written.shop.write_truth(tmp_path / "truth.json")
    again = read_truth(tmp_path / "truth.json")
    assert again.habits == written.shop.truth.habits
    assert np.array_equal(again.affinities, written.shop.truth.affinities)
    assert np.array_equal(again.cart_lift, written.shop.truth.cart_lift)
    assert again.churned.dtype == written.shop.truth.churned.dtype
