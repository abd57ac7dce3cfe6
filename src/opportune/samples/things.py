"""Events of things, not of people: stocks and prices that change, and the weather by region.

They are drawn once for the history and `shelves.AHEAD` days beyond, where live traffic takes them from.
"""

import numpy as np

from opportune.samples.catalogue import Catalogue
from opportune.samples.places import REGIONS, WEATHER
from opportune.samples.rows import Act, Rows, blank_rows, joined
from opportune.samples.seasons import DAY, SECOND, Seasons
from opportune.samples.shelves import AHEAD

THING_IDS = 1 << 45
"""Beyond the ids of a history, below those of live traffic."""
LASTS = 10
"""Days the weather of a region stays as it is, in the mean."""


def rows_of_things(rng: np.random.Generator, *, catalogue: Catalogue, seasons: Seasons) -> Rows:
    """All of them, with ids and arrivals; the stock of each product is told at the start, prices only when they change."""
    rows = joined(_stocks(catalogue, seasons), _prices(catalogue), _weather(rng, seasons))
    rows["id"] = THING_IDS + np.arange(len(rows))
    rows["received_at"] = rows["ts"] + rng.integers(40_000, 2_500_000, len(rows))
    return rows


def _stocks(catalogue: Catalogue, seasons: Seasons) -> Rows:
    stocks = catalogue.shelves.stocks
    rows = blank_rows(len(stocks))
    rows["act"], rows["product"], rows["number"], rows["extra"] = Act.STOCK, stocks[:, 0], stocks[:, 2], stocks[:, 3]
    rows["ts"] = np.maximum(stocks[:, 1], seasons.start)
    return rows


def _prices(catalogue: Catalogue) -> Rows:
    prices = catalogue.shelves.prices
    changed = np.flatnonzero(prices[:, 1] > 0)
    rows = blank_rows(len(changed))
    rows["act"], rows["product"] = Act.PRICE, prices[changed, 0]
    rows["ts"], rows["number"], rows["extra"] = prices[changed, 1], prices[changed, 2], prices[changed - 1, 2]
    return rows


def _weather(rng: np.random.Generator, seasons: Seasons) -> Rows:
    """For each region a kind of weather after another, each other than the one before."""
    until = seasons.end + AHEAD * DAY
    count = 2 * (until - seasons.start) // (LASTS * DAY) + 40
    stays = np.maximum((rng.exponential(LASTS * DAY, (len(REGIONS), count))).astype(np.int64) // 1000 * 1000, 3600 * SECOND)
    begins = seasons.start + np.cumsum(stays, axis=1) - stays
    steps = rng.integers(1, len(WEATHER), (len(REGIONS), count))
    region, place = np.nonzero(begins < until)
    rows = blank_rows(len(region))
    rows["act"], rows["ts"], rows["number"] = Act.WEATHER, begins[region, place], region
    rows["extra"] = (np.cumsum(steps, axis=1) % len(WEATHER))[region, place]
    return rows
