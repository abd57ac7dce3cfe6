"""The people of the sample shop: who they are to see (`Customers`) and what drives them (`Truth`).

A customer's number gives `userId` and the anonymous ids of up to two devices. Churn is "buy till you die": an exponential
life with a rate that is gamma over customers; rates of ordering and browsing are gamma too.
Source  Schmittlein, Morrison, Colombo 1987 (Pareto/NBD) for rates and drop-out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from opportune.samples.catalogue import PER_CATEGORY
from opportune.samples.places import CITIES, EURO, FIRST_NAMES, LAST_NAMES, PLACES
from opportune.samples.seasons import DAY, SECOND, Seasons
from opportune.samples.truth import Habits, Truth

YEAR = 365 * DAY
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
WRONG_CLOCKS = np.array([-3 * 3600, -2400, 1500, 86_400]) * SECOND
"""How far a wrong clock is ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """What can be known of each customer, by number; `truth` cannot."""

    truth: Truth
    place: Whole
    first_name: Whole
    last_name: Whole
    has_second_device: Flags
    gives_email: Flags
    """Ticks the box for mails when signing up."""
    gives_tracking: Flags
    """Says yes to the banner in an opt-in region; true elsewhere."""
    gives_profiling: Flags
    city: Whole
    """One of the place's in `CITIES`."""
    phone: Whole
    """National number; 0 where none is told."""
    birthday: Whole
    """Days since 1970; `NO_BIRTHDAY` where none is told."""
    mails_wished: Whole
    """Mails a week the customer asked for; 0 where none was asked."""
    gives_sms: Flags
    gives_push: Flags
    gives_ads: Flags
    """Agrees that ads are measured."""
    currency: Whole
    """By number in `shelves.CURRENCIES`."""
    shares_device: Flags
    """Sometimes uses the first device of `partner_of`."""
    clock: Whole
    """How far the clock of the own browsers is ahead, in microseconds."""

    def __len__(self) -> int:
        return len(self.place)


NO_BIRTHDAY = -(10**6)


def draw_customers(rng: np.random.Generator, count: int, *, seasons: Seasons, habits: Habits, categories: int) -> Customers:
    """`count` customers, the older ones first by nothing: newcomers are strewn among them."""
    place = rng.choice(len(PLACES), count, p=[place.share for place in PLACES])
    opts_in = np.array([place.is_opt_in for place in PLACES])[place]
    return Customers(
        truth=_draw_truth(rng, count, seasons=seasons, habits=habits, categories=categories),
        place=place,
        first_name=rng.integers(len(FIRST_NAMES), size=count),
        last_name=rng.integers(len(LAST_NAMES), size=count),
        has_second_device=rng.random(count) < 0.25,
        gives_email=rng.random(count) < np.where(opts_in, 0.55, 0.75),
        gives_tracking=(rng.random(count) < 0.65) | ~opts_in,
        gives_profiling=(rng.random(count) < 0.6) | ~opts_in,
        **_draw_particulars(rng, place),
        currency=_draw_currencies(rng, place, habits),
        shares_device=(rng.random(count) < habits.shared_device_share) & (partner_of(np.arange(count)) < count),
        clock=np.where(rng.random(count) < habits.wrong_clock_share, rng.choice(WRONG_CLOCKS, count), 0),
    )


def _draw_particulars(rng: np.random.Generator, place: Whole) -> dict[str, npt.NDArray[Any]]:
    """What some tell of themselves, and what they agree to."""
    count = len(place)
    tells_phone = rng.random(count) < 0.4
    return {
        "city": (rng.random(count) * np.array([len(cities) for cities in CITIES])[place]).astype(np.int64),
        "phone": np.where(tells_phone, rng.integers(2_000_000, 9_999_999, count), 0),
        "birthday": np.where(rng.random(count) < 0.35, rng.integers(-9_000, 12_700, count), NO_BIRTHDAY),
        "mails_wished": np.where(rng.random(count) < 0.04, rng.integers(1, 4, count), 0),
        "gives_sms": tells_phone & (rng.random(count) < 0.35),
        "gives_push": rng.random(count) < 0.08,
        "gives_ads": rng.random(count) < 0.35,
    }


def _draw_currencies(rng: np.random.Generator, place: Whole, habits: Habits) -> Whole:
    countries = np.array([place.country for place in PLACES])[place]
    own = np.where(countries == "GB", 2, np.where(np.isin(countries, EURO), 1, 0))
    return np.where(rng.random(len(place)) < habits.foreign_currency_share, own, 0)


def partner_of(number: Whole) -> Whole:
    """With whom a customer may share a device: always one of the same part."""
    return number ^ 1


def _draw_truth(rng: np.random.Generator, count: int, *, seasons: Seasons, habits: Habits, categories: int) -> Truth:
    arrived, churned = _lives(rng, count, seasons=seasons, habits=habits)
    warmth = rng.beta(2, 2, count)
    affinities = rng.dirichlet(np.full(categories, 0.35), count)
    favourite = affinities.argmax(axis=1)
    return Truth(
        habits=habits,
        arrived=arrived,
        churned=churned,
        order_rate=rng.gamma(habits.order_shape, habits.order_rate / habits.order_shape, count),
        browse_rate=rng.gamma(habits.browse_shape, habits.browse_rate / habits.browse_shape, count),
        recovery=rng.beta(6 * habits.recovery_chance, 6 * (1 - habits.recovery_chance), count),
        affinities=affinities,
        problem=np.where(rng.random(count) < 0.7, favourite, rng.integers(categories, size=count)),
        staple=favourite * PER_CATEGORY + rng.integers(PER_CATEGORY, size=count),
        premium=rng.beta(2, 2, count),
        coupon_use=rng.beta(0.8, 0.8 * (1 / habits.coupon_chance - 1), count),
        satisfaction=np.clip(rng.normal(8.1, 1.6, count), 0, 10),
        open_chance=0.06 + 0.5 * warmth * rng.random(count),
        click_chance=0.04 + 0.24 * warmth,
        unsubscribe_chance=rng.beta(1, 249, count),
        has_machine_opens=rng.random(count) < 0.3,
        has_scanner=rng.random(count) < habits.scanner_share,
        cart_lift=habits.cart_lift * 2 * warmth,
        post_purchase_lift=habits.post_purchase_lift * 2 * warmth,
    )


def _lives(rng: np.random.Generator, count: int, *, seasons: Seasons, habits: Habits) -> tuple[Whole, Whole]:
    """First visit and end of each customer's life as one; those from before the start are alive at it."""
    is_new = rng.random(count) < habits.newcomer_share
    inside = seasons.start + rng.random(count) * (seasons.end - seasons.start)
    before = seasons.start - rng.gamma(1.5, YEAR / 1.5, count)
    arrived = np.where(is_new, inside, before).astype(np.int64) // 1000 * 1000
    rate = rng.gamma(habits.churn_shape, habits.churn_rate / habits.churn_shape, count)
    life = rng.exponential(1, count) / np.maximum(rate, 1e-6) * YEAR
    alive_from = np.maximum(arrived, seasons.start)
    return arrived, (alive_from + np.minimum(life, 100 * YEAR)).astype(np.int64)


def user_id(number: int) -> str:
    """The id a customer has once signed up."""
    return f"c{number:06d}"


def number_of(customer_id: str) -> int:
    """The number in a `user_id`. Raises ValueError for any other text."""
    if not customer_id.startswith("c"):
        raise ValueError(f"{customer_id!r} is no customer id of the sample shop")
    return int(customer_id[1:])


def anonymous_id(number: int, device: int) -> str:
    """The id of a device, 1 or 2. Mixed by an odd factor, so that it says nothing of the number and never repeats."""
    return f"a{(number * 2 + device) * 0x9E3779B97F4A7C15 % 2**64:016x}"
