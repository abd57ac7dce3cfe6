"""The shop's shelves over time: what each product costs and how many are left, at any instant.

A product has versions of its price, one after the other: sales end, and a few come back dearer. It runs low, is sold out for some
days and comes back. Both are drawn for the history and `AHEAD` days beyond, which live traffic reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opportune.samples.seasons import DAY
from opportune.samples.truth import Habits

AHEAD = 60
"""Days drawn beyond the end of the history."""
CURRENCIES = (("USD", 1.0), ("EUR", 0.92), ("GBP", 0.79))
"""What the shop takes, its own first, and list prices in it as a share of the own ones."""
_PERCENT_OFF, _CHANCES = (5, 10, 15, 20, 30), (0.15, 0.25, 0.2, 0.3, 0.1)
_YEAR = 365 * DAY
_PRODUCT = 1 << 52
"""Instants of the next two hundred years are smaller: product and instant make one sorted key."""

Whole = npt.NDArray[np.int64]
Change = tuple[int, int, int, int]
"""Product, instant, and of a price: cents and those before a sale; of a stock: number left and before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """`prices` and `stocks` have a row for each change, by product and instant; the first of each product stands from ever on.

    Columns of `prices`: product, instant, cents, regular cents. Of `stocks`: product, instant, left, left before (-1 at the beginning).
    """

    prices: Whole
    stocks: Whole

    @classmethod
    def build(cls, rng: np.random.Generator, *, prices: Whole, stocks: Whole, start: int, end: int, habits: Habits) -> "Shelves":
        """Shelves of products that cost `prices` cents and of which there are `stocks` at the start."""
        span = (start, end + AHEAD * DAY)
        of_price = [change for product, cents in enumerate(prices.tolist()) for change in _prices(rng, product, cents, span, habits)]
        of_stock = [change for product, left in enumerate(stocks.tolist()) for change in _stocks(rng, product, left, span, habits)]
        return cls(prices=np.array(of_price, dtype=np.int64), stocks=np.array(of_stock, dtype=np.int64))

    def version(self, product: Whole, at: Whole) -> Whole:
        """The row of `prices` that holds for each product at each instant; -1 counts as the first product."""
        return _row(self.prices, product, at)

    def price(self, product: Whole, at: Whole, currency: Whole) -> Whole:
        """Cents of a currency, by its number in `CURRENCIES`."""
        cents: Whole = listed(self.prices[self.version(product, at), 2], currency)
        return cents

    def left(self, product: Whole, at: Whole) -> Whole:
        """How many there are."""
        found: Whole = self.stocks[_row(self.stocks, product, at), 2]
        return found


def listed(cents: Whole, currency: Whole | int) -> Whole:
    """The list price in a currency for one of so many of our own cents."""
    factors = np.array([factor for _, factor in CURRENCIES])
    found: Whole = np.rint(cents * factors[currency]).astype(np.int64)
    return found


def _row(changes: Whole, product: Whole, at: Whole) -> Whole:
    keys = changes[:, 0] * _PRODUCT + changes[:, 1]
    found: Whole = np.searchsorted(keys, np.maximum(product, 0).astype(np.int64) * _PRODUCT + at, side="right") - 1
    return found


def _prices(rng: np.random.Generator, product: int, cents: int, span: tuple[int, int], habits: Habits) -> Iterator[Change]:
    """Sales of some days; after one in five the regular price is higher than before."""
    at, until = span
    regular = cents
    yield product, 0, regular, regular
    while habits.sales_rate > 0:
        at += int(rng.exponential(_YEAR / habits.sales_rate)) // 1000 * 1000 + 3 * DAY
        if at >= until:
            return
        percent = int(rng.choice(_PERCENT_OFF, p=_CHANCES))
        yield product, at, regular * (100 - percent) // 100, regular
        at += int(rng.uniform(4, 16) * DAY) // 1000 * 1000
        regular = regular * 106 // 100 if rng.random() < 0.2 else regular
        yield product, at, regular, regular


def _stocks(rng: np.random.Generator, product: int, left: int, span: tuple[int, int], habits: Habits) -> Iterator[Change]:
    """Few left, none left, and many again."""
    at, until = span
    yield product, 0, left, -1
    while habits.sold_out_rate > 0:
        at += int(rng.exponential(_YEAR / habits.sold_out_rate)) // 1000 * 1000 + 5 * DAY
        few, many = int(rng.integers(1, 5)), int(rng.integers(20, 240))
        gone = at + int(rng.uniform(0.5, 4) * DAY) // 1000 * 1000
        back = gone + int(rng.uniform(2, 21) * DAY) // 1000 * 1000
        if back >= until:
            return
        yield product, at, few, left
        yield product, gone, 0, few
        yield product, back, many, 0
        at, left = back, many
