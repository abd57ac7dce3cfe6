"""What the sample shop writes is a history that any shop could have sent."""

import json
from collections import Counter, defaultdict
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.samples.written import START, Written, ts_of, write

from opportune.language.vocabulary.events import DERIVED, EVENTS, PURPOSES, THINGS
from opportune.language.vocabulary.instants import Instant, format_instant, parse_instant
from opportune.samples import Habits, Shop, Truth
from opportune.samples.places import PLACES

HOUR = 3_600_000_000
SHAPE = {"type", "messageId", "timestamp", "receivedAt"}
OURS = {
    "name", "currency", "value", "url", "image_url", "old_price", "sale", "sort", "path", "title", "need", "order_id", "topic", "text",
    "campaign", "code", "author",
}  # fmt: skip
"""Properties the shop sends that the vocabulary does not list for the event."""


def small(seed: int, path: Path, customers: int = 60) -> bytes:
    Shop.build(customers=customers, seed=seed, start=START, days=90).write_history(path)
    return path.read_bytes()


def test_the_same_seed_writes_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    assert small(1, tmp_path / "one") == small(1, tmp_path / "two")
    assert small(1, tmp_path / "one") != small(2, tmp_path / "two")


def test_a_shop_needs_customers_and_days() -> None:
    with pytest.raises(ValueError, match="needs customers and days, got 0 and 5"):
        Shop.build(customers=0, seed=1, start=START, days=5)


def test_calls_come_in_the_order_of_arrival_inside_the_history(written: Written) -> None:
    arrivals = [parse_instant(call["receivedAt"]) for call in written.calls]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= START
    assert arrivals[-1] < written.shop.end


def test_every_call_has_the_shape_of_its_type(written: Written) -> None:
    for call in written.calls:
        assert set(call) >= SHAPE
        assert ({"userId", "anonymousId"} & set(call) == set()) == (call.get("event") in THINGS)
        rest = set(call) - SHAPE - {"userId", "anonymousId"}
        assert rest == {"track": {"event", "properties"}, "page": {"properties"}, "identify": {"traits"}}[call["type"]]


def test_events_and_properties_are_those_everybody_knows(written: Written) -> None:
    for call in written.first:
        if call["type"] != "identify":
            event = call.get("event", "Page Viewed")
            assert event in EVENTS
            assert event not in DERIVED
            assert set(call["properties"]) <= {*EVENTS[event], *OURS}
    assert {call["properties"]["purpose"] for call in written.named("Consent Given")} <= set(PURPOSES)


def test_every_event_with_a_name_of_its_own_occurs(written: Written) -> None:
    names = {call.get("event", "Page Viewed") for call in written.first}
    assert set(EVENTS) - names == {
        *("Product Purchased", "Product Updated", "Consent Requested", "SMS Opened", "Push Marked as Spam"),
    }, "derived, or done by nobody"


def test_a_customer_makes_fifty_to_sixty_five_events_a_year(written: Written) -> None:
    assert 50 <= len(written.calls) / 2_000 <= 65


def bare(call: dict[str, Any]) -> dict[str, Any]:
    return {**call, "receivedAt": ""}


def test_a_message_id_repeats_only_as_the_same_message_later(written: Written) -> None:
    by_id = defaultdict(list)
    for call in written.calls:
        by_id[call["messageId"]].append(call)
    repeated = [calls for calls in by_id.values() if len(calls) > 1]
    assert repeated
    for one, *others in repeated:
        assert all(other["receivedAt"] > one["receivedAt"] for other in others)
        assert all(bare(other) == bare(one) or one["event"] == "Product Viewed" for other in others)
    from_browsers = sum("anonymousId" in call for call in written.first)
    assert len(repeated) / from_browsers == pytest.approx(Habits().repeated_share, rel=0.25)


@pytest.fixture(scope="module")
def calm_but_late(folder: Path) -> Written:
    habits = replace(Habits().calm(), late_share=Habits().late_share)
    return write(Shop.build(customers=1_000, seed=11, start=START, days=365, habits=habits), folder / "late.ndjson")


def test_a_few_calls_are_late_and_none_by_a_day(calm_but_late: Written) -> None:
    delays = [
        parse_instant(call["receivedAt"]) - ts_of(call)
        for call in calm_but_late.first
        if "anonymousId" in call and call.get("event") != "Product Viewed"
    ]
    assert min(delays) > 0
    assert max(delays) < 21 * HOUR
    assert sum(delay > 60_000_000 for delay in delays) / len(delays) == pytest.approx(Habits().late_share, rel=0.15)
    assert sum(delay > HOUR for delay in delays) > 20


def test_some_events_of_a_customer_share_their_instant(written: Written) -> None:
    instants = Counter((call.get("userId", call.get("anonymousId")), call["timestamp"]) for call in written.first)
    assert sum(count > 1 for count in instants.values()) > 100


def test_a_device_belongs_to_one_customer_and_is_linked_by_an_identify_call(calm: Written) -> None:
    owners = defaultdict(set)
    identified = set()
    for call in calm.first:
        if {"userId", "anonymousId"} <= set(call):
            owners[call["anonymousId"]].add(call["userId"])
            if call["type"] == "identify":
                identified.add(call["anonymousId"])
    assert all(len(users) == 1 for users in owners.values())
    assert set(owners) == identified
    devices = Counter(user for users in owners.values() for user in users)
    assert set(devices.values()) == {1, 2}


def test_there_are_as_many_customers_as_were_asked_for_less_those_never_seen(calm: Written) -> None:
    linked = {call["anonymousId"] for call in calm.first if {"userId", "anonymousId"} <= set(call)}
    known = {call["userId"] for call in calm.first if "userId" in call}
    strangers = {call["anonymousId"] for call in calm.first if "anonymousId" in call} - linked
    assert 0.95 * 2_000 <= len(known) + len(strangers) <= 2_000
    assert len(strangers) > 100


def test_orders_add_up_and_are_of_known_customers(written: Written) -> None:
    orders = written.named("Order Completed")
    assert orders
    for order in orders:
        told = order["properties"]
        goods = sum(line["price"] * line["quantity"] for line in told["products"])
        assert told["products"]
        assert told["total"] == pytest.approx(goods - told["discount"] + told["shipping"], abs=0.011)
        assert (told["discount"] > 0) == ("coupon" in told)
        assert "userId" in order
    assert len({order["properties"]["order_id"] for order in orders}) == len(orders)


def test_what_follows_an_order_names_one_that_was(calm: Written) -> None:
    orders = {order["properties"]["order_id"]: ts_of(order) for order in calm.named("Order Completed")}
    cancelled = {call["properties"]["order_id"] for call in calm.named("Order Cancelled")}
    delivered = {call["properties"]["order_id"] for call in calm.named("Order Delivered")}
    for event in ("Order Delivered", "Order Cancelled", "Order Refunded"):
        assert all(orders[call["properties"]["order_id"]] < ts_of(call) for call in calm.named(event))
    assert cancelled
    assert not cancelled & delivered


def test_carts_are_filled_before_they_are_ordered(calm: Written) -> None:
    filled = {call["properties"]["cart_id"]: ts_of(call) for call in reversed(calm.named("Product Added"))}
    for order in calm.named("Order Completed"):
        assert filled[order["properties"]["cart_id"]] <= ts_of(order)


def test_browsers_report_nothing_of_those_in_opt_in_regions_who_did_not_allow_it(written: Written) -> None:
    opt_in = {place.country for place in PLACES if place.is_opt_in}
    countries = {call["userId"]: call["traits"]["country"] for call in written.first if call["type"] == "identify"}
    users = {call["anonymousId"]: call["userId"] for call in written.first if {"userId", "anonymousId"} <= set(call)}
    allowed = {
        users.get(call.get("anonymousId", ""), call.get("userId"))
        for call in written.named("Consent Given")
        if call["properties"]["purpose"] == "tracking"
    }
    pages = [call for call in written.first if call["type"] == "page" and countries.get(call.get("userId", "")) in opt_in]
    denied = {user for user, country in countries.items() if country in opt_in and user not in allowed}
    assert pages
    assert denied
    assert {call["userId"] for call in pages} <= allowed


def test_nobody_gets_a_mail_without_consent_or_after_leaving(written: Written) -> None:
    given = {call["userId"]: ts_of(call) for call in written.named("Consent Given") if call["properties"]["purpose"] == "email"}
    left = {call["userId"]: ts_of(call) for call in written.named("Unsubscribed")}
    assert left
    for mail in written.named("Email Sent"):
        assert given[mail["userId"]] < ts_of(mail)
        assert mail["userId"] not in left or ts_of(mail) < left[mail["userId"]] + HOUR // 2


def test_the_truth_is_told_nowhere(written: Written) -> None:
    secret = {field.name for field in (*fields(Truth), *fields(Habits))}
    told = {name for call in written.first for name in (*call.get("properties", {}), *call.get("traits", {}))}
    assert not secret & told
    values = {
        value
        for call in written.first
        for value in (*call.get("properties", {}).values(), *call.get("traits", {}).values())
        if not isinstance(value, list)
    }
    truth = written.shop.truth
    for quantity in ("order_rate", "recovery", "cart_lift", "open_chance"):
        assert not values & set(getattr(truth, quantity).tolist())
    assert not values & {format_instant(Instant(at)) for at in truth.churned.tolist()}


def test_parquet_says_what_the_lines_say(written: Written, tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    count = written.shop.write_history(path)
    rows = duckdb.execute(
        "SELECT type, event_id, user_id, anonymous_id, name, epoch_us(ts), epoch_us(received_at), properties, traits"
        " FROM read_parquet($path)",
        {"path": str(path)},
    ).fetchall()
    assert count == len(rows) == len(written.calls)
    for row, call in zip(rows[::97], written.calls[::97], strict=True):
        kind, event_id, user, anonymous, name, ts, received_at, properties, traits = row
        assert (kind, event_id, user, anonymous) == (call["type"], call["messageId"], call.get("userId"), call.get("anonymousId"))
        assert name == {"page": "Page Viewed", "identify": None}.get(kind, call.get("event"))
        assert (ts, received_at) == (ts_of(call), parse_instant(call["receivedAt"]))
        assert json.loads(properties) == call.get("properties", {})
        assert (json.loads(traits) if traits else None) == call.get("traits")


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    shares: list[float] = []
    Shop.build(customers=20, seed=3, start=START, days=30).write_history(tmp_path / "history.ndjson", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
