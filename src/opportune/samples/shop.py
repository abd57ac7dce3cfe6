"""The sample shop: Halden & Wick, a made-up seller of things for the home, with a past to import and live traffic to serve.

    shop = Shop.build(customers=5_000, seed=7, start=parse_instant("2025-11-01"), days=365)
    calls = shop.write_history(Path("history.ndjson"))     # Segment calls in the order of arrival
    live = shop.live(visits_per_minute=30, hurry=600)      # goes on where the history ends (live.py)
    shop.write_truth(Path("truth.json"))                   # never part of the events (truth.py)

Three other shops, with other habits, seasons and goods, are in kinds.py. Everything is a pure function of (customers, seed, start, days,
habits, kind): built twice, the files are the same byte for byte.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from opportune.language.vocabulary.instants import Instant
from opportune.samples.calls import Scribe
from opportune.samples.campaigns import calendar_of
from opportune.samples.catalogue import Catalogue, Product, write_products, write_supply
from opportune.samples.customers import draw_customers
from opportune.samples.history import World
from opportune.samples.kinds import KINDS
from opportune.samples.live import Live
from opportune.samples.rows import Rows
from opportune.samples.seasons import Seasons
from opportune.samples.signing import Standing
from opportune.samples.truth import Habits, Truth, write_truth
from opportune.samples.writing import Progress, lay_by, write_history


@dataclass(slots=True, kw_only=True)
class Shop:
    """A shop of which nothing has been written yet. `_past` is what the history left behind, once it was drawn."""

    world: World
    _past: tuple[Standing, Rows] | None = field(default=None, repr=False)

    @classmethod
    def build(cls, *, customers: int, seed: int, start: Instant, days: int, habits: Habits | None = None, kind: str = "home") -> "Shop":
        """A shop with so many customers (visitors who never sign up included) and a history from `start` of `days` times 24 hours.

        `kind` is one of kinds.py, `habits` are its own where none are given. Raises ValueError when there is
        nobody, no time or no such kind.
        """
        if customers < 1 or days < 1:
            raise ValueError(f"a shop needs customers and days, got {customers} and {days}")
        if kind not in KINDS:
            raise ValueError(f"there is no shop of the kind {kind!r}, only {', '.join(KINDS)}")
        chosen = KINDS[kind]
        own, seasons = habits or chosen.habits, Seasons.build(Instant(start // 1000 * 1000), days, np.array(chosen.months))
        catalogue = Catalogue.build(
            np.random.default_rng([seed, 0]), assortment=chosen.assortment, start=seasons.start, end=seasons.end, habits=own
        )
        people = draw_customers(
            np.random.default_rng([seed, 1]), customers, seasons=seasons, habits=own, categories=len(catalogue.categories)
        )
        campaigns = calendar_of(seasons, catalogue.categories)
        return cls(world=World(seed=seed, seasons=seasons, catalogue=catalogue, customers=people, campaigns=campaigns))

    @property
    def products(self) -> tuple[Product, ...]:
        """What the shop sells."""
        return self.world.catalogue.products

    @property
    def truth(self) -> Truth:
        """What is really so."""
        return self.world.customers.truth

    @property
    def end(self) -> Instant:
        """Where the history ends and live traffic begins."""
        return self.world.seasons.end

    def write_history(self, path: Path, progress: Progress = lambda share: None) -> int:
        """Write the calls received before `end`, in the order of arrival; `.parquet` gives flat rows, any other suffix NDJSON.

        Gives the number of calls, repeats included.
        """
        standing = Standing.blank(len(self.world.customers))
        count, pending = write_history(self.world, path, scribe=self._scribe(standing), standing=standing, progress=progress)
        self._past = standing, pending
        return count

    def write_truth(self, path: Path) -> None:
        """Write what is really so as JSON."""
        write_truth(self.truth, path)

    def write_products(self, path: Path) -> None:
        """Write what the shop sells as CSV, for a table of a project."""
        write_products(self.products, path)

    def write_supply(self, path: Path) -> None:
        """Write how long goods last that are used up, for a table of a project; nothing where there are none."""
        write_supply(self.products, path)

    def live(self, *, visits_per_minute: float | None = None, hurry: float = 1.0) -> Live:
        """The traffic after the history's end, of the same customers.

        `visits_per_minute`: how lively; None: at the customers' true rates. `hurry` divides the delays of hours and days
        (coming back for a cart, delivery, answers to mails) for demonstrations.
        """
        standing, pending = self._past or self._draw_past()
        own = Standing(signed_up=standing.signed_up.copy(), signed_in=standing.signed_in.copy(), unsubscribed=standing.unsubscribed.copy())
        return Live(self.world, scribe=self._scribe(own), standing=own, pending=pending, visits_per_minute=visits_per_minute, hurry=hurry)

    def _draw_past(self) -> tuple[Standing, Rows]:
        standing = Standing.blank(len(self.world.customers))
        with tempfile.TemporaryDirectory() as folder:
            _, pending = lay_by(self.world, Path(folder), standing=standing, progress=lambda share: None)
        self._past = standing, pending
        return self._past

    def _scribe(self, standing: Standing) -> Scribe:
        world = self.world
        names = [campaign.name for campaign in world.campaigns]
        return Scribe(world.catalogue, customers=world.customers, standing=standing, campaigns=names, begins=world.seasons.start)
