"""How a visit runs: its acts one after the other, as rows.

Every visit has the same places for acts in the same order (`_SLOTS`), of which it fills some; all visits are laid out at once as a
matrix (visit, slot). A product view happens when it begins and is reported when it ends, as a browser does it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opportune.samples.catalogue import Catalogue
from opportune.samples.customers import Customers
from opportune.samples.extras import IS_AD, set_extras
from opportune.samples.places import COUPONS, DIRECT
from opportune.samples.rows import CART_ACTS, LINES, Act, Rows, blank_rows
from opportune.samples.seasons import SECOND
from opportune.samples.truth import Habits, Truth
from opportune.samples.visits import NO_CAMPAIGN, VIEWS, Purpose, Visits

_SLOTS = (
    Act.AD_CLICKED, Act.PAGE, Act.QUIZ, Act.LIST, Act.SEARCH, Act.SEARCH_CLICK, Act.CONTENT, Act.CONTENT, Act.DOWNLOADED,
    Act.PAGE, Act.VIEW, Act.ADD, Act.PAGE, Act.VIEW, Act.ADD, Act.VIEW, Act.ADD, Act.VIEW, Act.VIEW, Act.VIEW,
    Act.COMPARE, Act.VIDEO, Act.CHAT, Act.REMOVE, Act.CART, Act.CHECKOUT, Act.ORDER,
)  # fmt: skip
_VIEW_SLOTS = tuple(slot for slot, act in enumerate(_SLOTS) if act is Act.VIEW)
_ADD_SLOTS = tuple(slot for slot, act in enumerate(_SLOTS) if act is Act.ADD)
_AT: dict[Act, int] = {act: _SLOTS.index(act) for act in _SLOTS}
"""The first slot of each; a second page is read in the one after the first."""
_PAGE_SLOTS = tuple(slot for slot, act in enumerate(_SLOTS) if act is Act.PAGE)[1:]
"""Where the page of the first products is told of itself, before the view."""
CHECKOUT_SLOT = _AT[Act.CHECKOUT]
FREE_SHIPPING_FROM, SHIPPING = 7_500, 695
"""Cents."""
_PAUSE = 14.0
"""Median seconds between acts that are not looked at for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """When and whether each slot of each visit happens: matrices (visit, slot). Dwell in milliseconds, one column a view."""

    is_there: npt.NDArray[np.bool_]
    ts: npt.NDArray[np.int64]
    dwell: npt.NDArray[np.int64]


def draw_course(rng: np.random.Generator, visits: Visits, *, truth: Truth) -> Course:
    """The course each visit takes."""
    count, habits = len(visits), truth.habits
    is_there = np.zeros((count, len(_SLOTS)), dtype=np.bool_)
    comes_back = visits["purpose"] == Purpose.RETURN
    is_there[:, _AT[Act.PAGE]] = True
    is_there[:, _AT[Act.AD_CLICKED]] = IS_AD[visits["source"]]
    for slot, chance in _chances(habits).items():
        is_there[:, slot] = ~comes_back & (rng.random(count) < chance)
    is_there[:, _AT[Act.CONTENT] + 1] &= is_there[:, _AT[Act.CONTENT]]
    is_there[:, _AT[Act.DOWNLOADED]] &= is_there[:, _AT[Act.CONTENT]]
    is_there[:, _AT[Act.COMPARE]] &= visits["views"] >= 2
    is_there[:, _AT[Act.SEARCH_CLICK]] = (
        is_there[:, _AT[Act.SEARCH]] & (visits["views"] > 0) & (rng.random(count) < habits.result_click_chance)
    )
    for place, slot in enumerate(_VIEW_SLOTS):
        is_there[:, slot] = visits["views"] > place
    for place, slot in enumerate(_PAGE_SLOTS):
        is_there[:, slot] = (visits["views"] > place) & (rng.random(count) < habits.page_chance)
    for line, slot in enumerate(_ADD_SLOTS):
        is_there[:, slot] = (visits["quantities"][:, line] > 0) & ~comes_back
    is_there[:, _AT[Act.REMOVE]] = visits["is_removed"]
    is_there[:, _AT[Act.CART]] = visits["reaches_checkout"] | ((visits["quantities"][:, 0] > 0) & (rng.random(count) < 0.4))
    is_there[:, CHECKOUT_SLOT] = visits["reaches_checkout"]
    is_there[:, _AT[Act.ORDER]] = visits["purpose"] >= Purpose.ORDER
    dwell = np.clip(rng.lognormal(np.log(24_000), 1.0, (count, VIEWS)), 800, 900_000).astype(np.int64)
    return Course(is_there=is_there, ts=_times(rng, visits["start"], is_there=is_there, dwell=dwell), dwell=dwell)


def _chances(habits: Habits) -> dict[int, float]:
    """By slot: how many visits hold the act, those that come back for a cart left aside."""
    return {
        _AT[Act.QUIZ]: habits.quiz_chance,
        _AT[Act.LIST]: 0.45,
        _AT[Act.SEARCH]: habits.search_chance,
        _AT[Act.CONTENT]: habits.content_chance,
        _AT[Act.CONTENT] + 1: 0.34,
        _AT[Act.DOWNLOADED]: habits.download_chance,
        _AT[Act.COMPARE]: habits.compare_chance,
        _AT[Act.VIDEO]: habits.video_chance,
        _AT[Act.CHAT]: habits.chat_chance,
    }


def _times(
    rng: np.random.Generator, start: npt.NDArray[np.int64], *, is_there: npt.NDArray[np.bool_], dwell: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Each act begins when the one before it is over; one pause in fifty is none at all, so instants can be equal."""
    pause = rng.lognormal(np.log(_PAUSE * 1000), 0.7, is_there.shape).astype(np.int64)
    pause[rng.random(is_there.shape) < 0.02] = 0
    pause[:, _AT[Act.AD_CLICKED]] = pause[:, _AT[Act.AD_CLICKED]] % 1000 + 300
    pause[:, _PAGE_SLOTS] = pause[:, _PAGE_SLOTS] % 400
    pause[:, _VIEW_SLOTS] = dwell
    for place, slot in enumerate(_ADD_SLOTS):
        view = _VIEW_SLOTS[place]
        is_split = is_there[:, slot]
        pause[is_split, slot] = dwell[is_split, place] * 3 // 10
        pause[is_split, view] = dwell[is_split, place] * 7 // 10
    lengths = np.where(is_there, pause, 0)
    begins: npt.NDArray[np.int64] = start[:, None] + (np.cumsum(lengths, axis=1) - lengths) * 1000
    return begins


def rows_of(rng: np.random.Generator, visits: Visits, course: Course, *, customers: Customers, catalogue: Catalogue) -> Rows:
    """The acts of all visits in their order, visit by visit. `received_at` is when the browser reports it; nothing is known yet."""
    visit, slot = np.nonzero(course.is_there)
    rows = blank_rows(len(visit))
    rows["act"] = np.array(_SLOTS, dtype=np.int8)[slot]
    rows["ts"] = rows["received_at"] = course.ts[visit, slot]
    rows["person"], rows["device"] = visits["person"][visit], visits["device"][visit]
    has_cart = np.isin(rows["act"], CART_ACTS)
    rows["cart"][has_cart] = visits["cart"][visit[has_cart]]
    _set_pages(rng, rows, visits[visit], truth=customers.truth, catalogue=catalogue)
    set_extras(rng, rows, visits[visit], truth=customers.truth)
    for place, at in enumerate(_VIEW_SLOTS):
        here = slot == at
        rows["product"][here] = visits["products"][visit[here], place]
        rows["number"][here] = course.dwell[visit[here], place]
        rows["received_at"][here] += course.dwell[visit[here], place] * 1000
    for place, at in enumerate(_PAGE_SLOTS):
        here = slot == at
        rows["product"][here] = landings_of(len(catalogue.categories)) + visits["products"][visit[here], place]
        rows["number"][here], rows["extra"][here] = NO_CAMPAIGN, DIRECT
    for line, at in enumerate(_ADD_SLOTS):
        here = slot == at
        rows["product"][here] = visits["products"][visit[here], line]
        rows["number"][here] = visits["quantities"][visit[here], line]
    removed = rows["act"] == Act.REMOVE
    rows["product"][removed] = visits["products"][visit[removed], 1]
    rows["number"][removed] = visits["quantities"][visit[removed], 1]
    _set_orders(rng, rows, visits[visit], customers=customers, catalogue=catalogue)
    return rows


def _set_pages(rng: np.random.Generator, rows: Rows, visits: Visits, *, truth: Truth, catalogue: Catalogue) -> None:
    """Where the visit came from, what was listed, searched and compared; `visits` row by row."""
    acts = rows["act"]
    page = acts == Act.PAGE
    rows["number"][page], rows["extra"][page] = visits["campaign"][page], visits["source"][page]
    rows["product"][page] = _landings(rng, visits[page], truth=truth, categories=len(catalogue.categories))
    listed = acts == Act.LIST
    saving = truth.coupon_use[visits["person"][listed]]
    rows["number"][listed] = np.where(rng.random(len(saving)) < 0.3 * saving, -1, visits["category"][listed])
    rows["extra"][listed] = rng.random(len(saving)) < truth.habits.price_sorting * saving
    compared = acts == Act.COMPARE
    rows["product"][compared], rows["extra"][compared] = visits["products"][compared, 0], visits["products"][compared, 1]
    clicked = acts == Act.SEARCH_CLICK
    rows["product"][clicked] = visits["products"][clicked, 0]
    asked = acts == Act.SEARCH
    rows["number"][asked] = _queries(rng, visits["category"][asked], catalogue=catalogue, in_vain=truth.habits.vain_search_chance)
    # A click follows its search at once in the same visit, and zero-result searches have none: it asks for what the category has.
    rows["number"][clicked] = np.roll(rows["number"], 1)[clicked]
    vain = clicked & (rows["number"] >= catalogue.found_queries)
    rows["act"][vain] = Act.LIST
    rows["number"][vain], rows["product"][vain] = visits["category"][vain], -1


def _landings(rng: np.random.Generator, visits: Visits, *, truth: Truth, categories: int) -> npt.NDArray[np.int64]:
    """The page each visit begins on: home, the category's, the sale's or the category's guide; in the order of `pages.landings`."""
    drawn = rng.random(len(visits))
    saving = 0.05 + 0.15 * truth.coupon_use[visits["person"]]
    category = visits["category"].astype(np.int64)
    deep = np.where(drawn < 0.75, 1 + category, np.where(drawn < 1 - saving, 2 + categories + category, 1 + categories))
    return np.where(drawn < 0.5, 0, deep)


def landings_of(categories: int) -> int:
    """How many pages a visit may begin on; products' own are numbered after them."""
    return 2 + 2 * categories


def _queries(rng: np.random.Generator, category: npt.NDArray[np.int8], *, catalogue: Catalogue, in_vain: float) -> npt.NDArray[np.int64]:
    """A query of the visit's category, or one for something the shop has not."""
    found, in_all = catalogue.found_queries, len(catalogue.queries)
    per_category = found // (int(catalogue.queries[found - 1].category or 0) + 1)
    asked = category.astype(np.int64) * per_category + rng.integers(per_category, size=len(category))
    vain: npt.NDArray[np.int64] = np.where(rng.random(len(category)) < in_vain, rng.integers(found, in_all, len(category)), asked)
    return vain


def _set_orders(rng: np.random.Generator, rows: Rows, visits: Visits, *, customers: Customers, catalogue: Catalogue) -> None:
    """Lines, values, coupons and totals of checkouts and orders; `visits` row by row."""
    bought = np.isin(rows["act"], (Act.CHECKOUT, Act.ORDER))
    visit = visits[bought]
    quantities = visit["quantities"].copy()
    quantities[:, 1] *= ~visit["is_removed"]
    lines = np.where(quantities > 0, visit["products"][:, :LINES], -1)
    prices = catalogue.shelves.price(lines, rows["ts"][bought][:, None], customers.currency[visit["person"]][:, None])
    goods = (prices * quantities).sum(axis=1)
    uses_coupon = (rows["act"][bought] == Act.ORDER) & (rng.random(len(visit)) < customers.truth.coupon_use[visit["person"]])
    coupon = np.where(uses_coupon, rng.integers(1, len(COUPONS), len(visit)), 0)
    discount = goods * np.array([percent for _, percent in COUPONS])[coupon] // 100
    is_order = rows["act"][bought] == Act.ORDER
    shipping = np.where(is_order, shipping_of(goods), 0)
    rows["lines"][bought], rows["quantities"][bought] = lines, quantities
    rows["coupon"][bought], rows["discount"][bought] = coupon, discount
    rows["number"][bought] = goods - discount + shipping


def shipping_of(goods: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Cents of shipping for goods of so many cents."""
    cents: npt.NDArray[np.int64] = np.where(goods >= FREE_SHIPPING_FROM, 0, SHIPPING)
    return cents


EARLIEST_SIGN_UP = 2 * SECOND
"""Into a visit that signs in by itself, after its landing page."""
