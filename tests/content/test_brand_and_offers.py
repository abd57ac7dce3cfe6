"""Colours that can be read, offers that are true, products and reviews as a mail shows them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.language.vocabulary.kinds import Json
from opportune.stages.content import brand, offers, reviews, shelf
from opportune.stages.content.brand import CHALK, INK, NIGHT, PAPER, Brand, contrast
from opportune.stages.content.offers import Offer

AT = parse_instant("2026-03-01T00:00:00Z")
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#abcdef", "#abcdef") == 1


@given(colour=colours)
def test_whatever_the_brands_colours_are_words_can_be_read_by_day_and_by_night(colour: str) -> None:
    told = {name: str(value) for name, value in brand.told(Brand(colour=colour, accent=colour), "Lumen").items()}
    assert contrast(told["accent"], PAPER) >= 4.5
    assert contrast(told["night_accent"], NIGHT) >= 4.5
    assert contrast(told["night_colour"], NIGHT) >= 3
    assert told["on_colour"] == max((CHALK, INK), key=lambda ink: contrast(ink, colour))
    assert contrast(told["on_night_colour"], told["night_colour"]) >= 4.1


def test_a_colour_that_can_be_read_is_left_as_it_is() -> None:
    assert brand.readable("#a8471f", PAPER) == "#a8471f"


def told(offer: Offer, used: int = 0, at: Instant = AT) -> object:
    return offers.told(offer, "ann", used, at=at, secret=b"x" * 32)


def test_an_offer_is_there_until_its_end_and_not_at_it() -> None:
    offer = Offer(name="spring", percent=12.5, code="S", ends=AT)
    assert told(offer, at=Instant(AT - 1)) == {
        "name": "spring", "kind": "discount", "code": "S", "percent": 12.5, "ends": "2026-03-01T00:00:00Z",
    }  # fmt: skip
    assert told(offer) is None


def test_an_offer_is_there_while_its_code_is_left() -> None:
    offer = Offer(name="spring", amount=15.0, code="S", stock=3)
    assert told(offer, used=2) == {"name": "spring", "kind": "discount", "code": "S", "amount": 15, "left": 1, "stock": 3}
    assert told(offer, used=3) is None
    assert told(offer, used=4) is None


def test_an_offer_that_does_not_run_is_not_there() -> None:
    assert told(Offer(name="spring", says="Tea", runs=False)) is None


def test_a_referral_code_is_a_customers_own_and_depends_on_the_shops_secret() -> None:
    offer = Offer(name="friends", kind="referral", percent=10, code="FRIEND")
    codes = {offers.own_code(offer, customer, secret) for customer in ("ann", "bea") for secret in (b"1" * 32, b"2" * 32)}
    assert len(codes) == 4
    assert all(code.startswith("FRIEND-") and len(code) == 13 for code in codes)
    assert offers.own_code(offer, "ann", b"1" * 32) == offers.own_code(offer, "ann", b"1" * 32)


def test_products_keep_what_the_event_says_and_take_the_rest_from_the_shelf() -> None:
    rows = {"a": {"name": "Lamp", "price": 60, "url": None}}
    assert shelf.products_of({"product_id": "a", "price": 50}, rows) == [{"product_id": "a", "price": 50, "name": "Lamp"}]
    assert shelf.products_of({"products": [{"product_id": "b"}]}, rows) == [{"product_id": "b"}]
    assert shelf.products_of({"query": "lamp"}, rows) == []


def test_neighbours_are_of_the_same_category_nearest_in_price_and_not_the_thing_itself() -> None:
    prices = {"a": 10, "b": 30, "c": 12, "d": 11, "e": 9}
    rows = {name: {"category": "lamps", "price": price} for name, price in prices.items()} | {"z": {"category": "rugs", "price": 10}}
    boards = shelf.by_category(rows)
    found = shelf.neighbours([{"product_id": "a", "category": "lamps", "price": 10}], boards["lamps"])
    assert [row["product_id"] for row in found if isinstance(row, dict)] == ["d", "e", "c"]
    assert shelf.category_of([], "rugs") == "rugs"
    assert len(shelf.neighbours([], boards["rugs"])) == 1
    assert shelf.neighbours([], {}) == []


@pytest.mark.parametrize("odd", [None, True, 1.5, 1 << 70, [], {}, ["a"], {"a": 1}, "", "\ud800"])
def test_whatever_an_event_says_of_products_nothing_breaks(odd: Json) -> None:
    strange: dict[str, Json] = {"product_id": odd, "category": odd, "price": odd, "name": odd}
    found = shelf.products_of({"products": [odd, strange]}, {"a": {"name": "Lamp"}})
    assert len(found) == 2
    assert (shelf.id_of(found[1]), shelf.category_of(found, odd)) == ("", "")
    assert len(shelf.neighbours(found, {"a": {"price": odd, "category": odd}})) == 1
    assert shelf.by_category({"a": {"category": odd}}) == {}


def test_reviews_average_all_marks_and_quote_short_praise_only() -> None:
    marks = [(5, "Good"), (1, "Bad"), (4, "x" * 221), (4, None), (5, "Fine"), (5, "Third")]
    rows = [("a", 24.0, 6, json.dumps({"text": text, "author": "Al"} if text else {}), rating) for rating, text in marks]
    assert reviews.told(rows)["a"] == {
        "rating": 4.0, "count": 6,
        "quotes": [{"text": "Good", "rating": 5, "author": "Al"}, {"text": "Fine", "rating": 5, "author": "Al"}],
    }  # fmt: skip
