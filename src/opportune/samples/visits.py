"""Visits to the shop: when, whose, from where, and what is looked at and put in the cart. How a visit runs is in sessions.py."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from opportune.samples.catalogue import PER_CATEGORY, Catalogue
from opportune.samples.places import DIRECT, NEWSLETTER, SOURCES
from opportune.samples.rows import LINES
from opportune.samples.seasons import SECOND
from opportune.samples.truth import Truth

VIEWS = 6
"""Most product views of a visit."""
NO_CAMPAIGN, TO_CART = -1, -2
"""In place of a campaign's number: a visit of no campaign, and one that goes straight to its cart."""
LOOKED_FOR = 4
"""How often another product is looked for in place of one that is sold out."""


class Purpose(IntEnum):
    """How a visit ends."""

    BROWSE = 0
    ABANDON = 1
    ORDER = 2
    RETURN = 3
    """Comes back for a cart left before, and orders it."""


VISIT = np.dtype(
    [
        ("start", "<i8"),
        ("cart", "<i8"),
        ("person", "<i4"),
        ("campaign", "<i4"),
        ("products", "<i2", (VIEWS,)),
        ("category", "i1"),
        ("views", "i1"),
        ("quantities", "i1", (LINES,)),
        ("purpose", "i1"),
        ("source", "i1"),
        ("device", "i1"),
        ("is_removed", "?"),
        ("reaches_checkout", "?"),
    ]
)
"""`quantities` of the first views' products put in the cart, 0 for those that are not; `is_removed`: the second is taken out again."""

Visits = npt.NDArray[np.void]
Whole = npt.NDArray[np.int64]
_SHARES = np.array([source.share for source in SOURCES])


def plain_visits(rng: np.random.Generator, *, truth: Truth, person: Whole, start: Whole, orders: bool = True) -> Visits:
    """A visit each, with its purpose by the person's rates and a source; without `orders` none is for ordering."""
    visits = np.zeros(len(person), dtype=VISIT)
    visits["person"], visits["start"], visits["campaign"] = person, start, NO_CAMPAIGN
    planned, carts = truth.order_rate[person] * orders, truth.abandon_rate[person]
    drawn = rng.random(len(person)) * (planned + carts + truth.browse_rate[person])
    visits["purpose"] = np.where(drawn < planned, Purpose.ORDER, np.where(drawn < planned + carts, Purpose.ABANDON, Purpose.BROWSE))
    visits["source"] = rng.choice(len(SOURCES), len(person), p=_SHARES / _SHARES.sum())
    visits["device"] = 1
    return visits


def planned_visits(rng: np.random.Generator, *, truth: Truth, person: Whole, start: Whole) -> Visits:
    """Every so many-th of each person's beats as a visit with an order, the first by chance: gaps are Erlang, not exponential."""
    every = truth.habits.regularity
    order = np.lexsort((start, person))
    person, start = person[order], start[order]
    place = np.arange(len(person)) - np.searchsorted(person, person)
    first = rng.integers(every, size=len(truth.order_rate))
    chosen = (place + first[person]) % every == 0
    visits = plain_visits(rng, truth=truth, person=person[chosen], start=start[chosen])
    visits["purpose"] = Purpose.ORDER
    return visits


def campaign_visits(rng: np.random.Generator, *, truth: Truth, person: Whole, start: Whole, campaign: Whole) -> Visits:
    """A visit each that a click in a campaign mail began."""
    visits = plain_visits(rng, truth=truth, person=person, start=start)
    drawn, chance = rng.random(len(person)), truth.habits.click_conversion
    visits["purpose"] = np.where(drawn < chance, Purpose.ORDER, np.where(drawn < 2 * chance, Purpose.ABANDON, Purpose.BROWSE))
    visits["source"], visits["campaign"] = NEWSLETTER, campaign
    return visits


def fill_baskets(rng: np.random.Generator, visits: Visits, *, truth: Truth, catalogue: Catalogue, first_cart: int) -> None:
    """Draw what is viewed and put in the cart, by each person's tastes; carts are numbered from `first_cart`."""
    count = len(visits)
    with_cart = visits["purpose"] != Purpose.BROWSE
    visits["cart"] = first_cart + np.arange(count)
    visits["category"] = _categories(rng, truth, visits["person"][:, None])[:, 0]
    habits = truth.habits
    visits["views"] = np.minimum(VIEWS, rng.poisson(habits.views_mean, count) + with_cart)
    visits["products"] = _products(rng, visits, truth=truth, catalogue=catalogue)
    products = visits["products"]
    staples = with_cart & (rng.random(count) < habits.staple_chance)
    products[staples, 0] = truth.staple[visits["person"][staples]]
    _avoid_sold_out(visits, with_cart, catalogue)
    second = with_cart & (visits["views"] >= 2) & (rng.random(count) < habits.second_line_chance) & (products[:, 1] != products[:, 0])
    third = (
        second
        & (visits["views"] >= 3)
        & (rng.random(count) < 0.35)
        & (products[:, 2] != products[:, 0])
        & (products[:, 2] != products[:, 1])
    )
    wanted = rng.choice([1, 2, 3, 4], (count, LINES), p=[0.76, 0.17, 0.02, 0.05])
    visits["quantities"] = wanted * np.stack([with_cart, second, third], axis=1)
    visits["is_removed"] = second & (rng.random(count) < 0.15)
    is_ordered = visits["purpose"] >= Purpose.ORDER
    visits["reaches_checkout"] = is_ordered | (with_cart & (rng.random(count) < habits.checkout_chance))


def _avoid_sold_out(visits: Visits, with_cart: npt.NDArray[np.bool_], catalogue: Catalogue) -> None:
    """In visits with a cart, take the next product of the category in place of one there is none of; the others may look in vain."""
    here = np.flatnonzero(with_cart)
    wanted, at = visits["products"][here, :LINES].astype(np.int64), visits["start"][here, None]
    for _ in range(LOOKED_FOR):
        is_gone = catalogue.shelves.left(wanted, at) == 0
        wanted = np.where(is_gone, wanted // PER_CATEGORY * PER_CATEGORY + (wanted + 1) % PER_CATEGORY, wanted)
    visits["products"][here[:, None], np.arange(LINES)] = wanted


def returning_visits(rng: np.random.Generator, visits: Visits, *, truth: Truth, hurry: float = 1.0) -> Visits:
    """The visits, without any mail, that order a cart left in one of `visits`; delays are divided by `hurry`."""
    left = visits[visits["purpose"] == Purpose.ABANDON]
    back = left[rng.random(len(left)) < truth.recovery[left["person"]]].copy()
    hours = 0.5 + np.minimum(rng.exponential(truth.habits.recovery_hours, len(back)), 70)
    back["start"] += (hours * 3_600_000 / hurry).astype(np.int64) * 1000 + 900 * SECOND
    return as_returning(back)


def as_returning(visits: Visits) -> Visits:
    """The same carts, ordered in a visit of their own."""
    visits["purpose"], visits["source"], visits["campaign"] = Purpose.RETURN, DIRECT, TO_CART
    visits["views"], visits["reaches_checkout"] = 0, True
    visits["quantities"][:, 1] *= ~visits["is_removed"]
    visits["is_removed"] = False
    return visits


def _categories(rng: np.random.Generator, truth: Truth, person: Whole) -> npt.NDArray[np.int64]:
    """A category for each person of a matrix, by affinity."""
    heaped = np.cumsum(truth.affinities[person[:, 0]], axis=1)
    drawn = rng.random((*person.shape, 1))
    found: npt.NDArray[np.int64] = (drawn > heaped[:, None, :]).sum(axis=2).clip(max=truth.affinities.shape[1] - 1)
    return found


def _products(rng: np.random.Generator, visits: Visits, *, truth: Truth, catalogue: Catalogue) -> npt.NDArray[np.int64]:
    """Mostly of the visit's category; those who like the dearer things take the dearer of two."""
    shape = (len(visits), VIEWS)
    person = np.broadcast_to(visits["person"][:, None], shape)
    strays = rng.random(shape) < 0.25
    category = np.where(strays, _categories(rng, truth, person), visits["category"][:, None])
    one, other = (
        category * PER_CATEGORY + np.searchsorted(catalogue.popularity, rng.random(shape)).clip(max=PER_CATEGORY - 1) for _ in range(2)
    )
    is_second_dearer = catalogue.prices[other] > catalogue.prices[one]
    wants_dearer = rng.random(shape) < truth.premium[person]
    chosen: npt.NDArray[np.int64] = np.where(is_second_dearer == wants_dearer, other, one)
    return chosen
