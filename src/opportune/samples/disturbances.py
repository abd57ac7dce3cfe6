"""What no shop expects and every shop has: an outage of two weeks, programs that look at everything, clocks that are wrong.

Each is switched off by its share in `Habits` (`Habits.calm`).
"""

import numpy as np

from opportune.samples.catalogue import Catalogue
from opportune.samples.customers import Customers, Whole
from opportune.samples.rows import BROWSER_ACTS, CART_ACTS, CRAWLER, Act, Rows, blank_rows
from opportune.samples.seasons import DAY, SECOND, Seasons
from opportune.samples.truth import Habits
from opportune.samples.visits import NO_CAMPAIGN

_AT, _MOST = 0.4, 0.04
"""An outage begins after so much of the history, and lasts at most so much of it."""
_CATCHING_UP = 6 * 3600
"""Seconds it takes to import what was missed."""
_TOLD_LATER = (Act.ORDER, Act.IDENTIFY, Act.CONSENT_GIVEN, Act.CONSENT_WITHDRAWN, Act.DELIVERED, Act.CANCELLED, Act.REFUNDED)
_LOST = tuple(act for act in (*BROWSER_ACTS, *CART_ACTS, Act.CHAT) if act is not Act.ORDER)


def outage_of(seasons: Seasons, habits: Habits) -> tuple[int, int]:
    """From when to when the shop's site could not be heard."""
    whole = seasons.end - seasons.start
    start = seasons.start + int(whole * _AT)
    return start, start + int(min(habits.outage_days * DAY, whole * _MOST))


def after_outage(rng: np.random.Generator, rows: Rows, *, seasons: Seasons, habits: Habits) -> Rows:
    """The rows without what was lost; orders and profiles are imported within hours of the outage's end, by the shop's server.

    Mails, tickets, surveys and what others tell went another way.
    """
    start, end = outage_of(seasons, habits)
    is_hit = (rows["received_at"] >= start) & (rows["received_at"] < end)
    kept: Rows = rows[~(is_hit & np.isin(rows["act"], _LOST))]
    late = (kept["received_at"] >= start) & (kept["received_at"] < end) & np.isin(kept["act"], _TOLD_LATER)
    kept["received_at"][late] = end + rng.integers(0, _CATCHING_UP * 1000, int(late.sum())) * 1000
    kept["device"][late & (kept["act"] == Act.ORDER)] = 0
    return kept


def crawls(rng: np.random.Generator, persons: Whole, *, catalogue: Catalogue, seasons: Seasons, habits: Habits) -> Rows:
    """Visits of programs: dozens of products a minute, hardly a second each. The person only lends its number."""
    count = min(rng.poisson(habits.crawler_share * len(persons)), len(persons))
    person = rng.choice(persons, count, replace=False)
    pages = 1 + rng.integers(40, 120, count)
    start = seasons.start + (rng.random(count) * (seasons.end - seasons.start)).astype(np.int64) // 1000 * 1000
    rows = blank_rows(int(pages.sum()))
    place = np.arange(len(rows)) - np.repeat(np.cumsum(pages) - pages, pages)
    rows["person"], rows["device"], rows["act"] = np.repeat(person, pages), CRAWLER, np.where(place == 0, Act.PAGE, Act.VIEW)
    rows["ts"] = np.repeat(start, pages) + place * 1500 * (SECOND // 1000)
    rows["number"] = np.where(place == 0, NO_CAMPAIGN, rng.integers(50, 400, len(rows)))
    rows["product"] = np.where(place == 0, 0, rng.integers(len(catalogue.products), size=len(rows)))
    rows["received_at"] = rows["ts"]
    return rows


def with_wrong_clocks(rows: Rows, customers: Customers) -> Rows:
    """The rows with `ts` as the browser's clock has it; `received_at` stays. Orders and carts go by the shop's clock."""
    own = np.isin(rows["act"], BROWSER_ACTS) & np.isin(rows["device"], (1, 2))
    rows["ts"][own] += customers.clock[rows["person"][own]]
    return rows
