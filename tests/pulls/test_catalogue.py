"""A catalogue feed alone has the pack's journeys on goods run: back in stock, and a lower price."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.town import Town

from opportune.cli.judging import judge
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.shell.evaluation import columns_of, evaluate_all
from opportune.shell.puller import Puller
from opportune.shell.pulling import Intake
from opportune.starter import write

SOURCES = "\nsources:\n  catalogue: {folder: feed, pattern: products.csv, map: products.yml}\n"
MAP = """events:
  - event: Product Updated
    event_id: "catalogue:{product}:{coalesce(sku, '')}:{changed}"
    ts: changed
    properties:
      product_id: product
      variant_id: sku
      title: title
      url: link
      image_url: image
      category: category
      price: price
      stock: stock
"""
TABLE = """tables:
  product: {event: Product Updated, key: product_id}
metrics:
  seen_price: product[last("Product Viewed", product_id)].price
  seen_stock: product[last("Product Viewed", product_id)].stock
  seen_title: product[last("Product Viewed", product_id)].title
"""
HEAD = "product,sku,title,link,image,category,price,stock,changed\n"


class Feed:
    """A shop of the starter pack whose catalogue is a file that is written anew each time."""

    def __init__(self, folder: Path) -> None:
        write(folder)
        for path in (folder / "journeys").glob("*.yml"):
            if path.stem not in ("back-in-stock", "price-drop"):
                path.unlink()
        settings = (folder / "opportune.yml").read_text().replace("quiet_hours: {from:", "quiet_hours: {none: true}  # {from:")
        files = {"opportune.yml": settings + SOURCES, "products.yml": MAP, "definitions/feed.yml": TABLE}
        self.town = Town(folder, files, start="2026-03-01T00:00:00Z")
        self._puller = Puller(Intake(self.town.workspace, self.town.log, judge))
        self.town.tick()

    def says(self, at: str, *rows: str) -> None:
        """The file as it is an hour before `at`, when it is fetched."""
        town = self.town.at(at)
        path = town.folder / "feed" / "products.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + "".join(f"{row},{at}\n" for row in rows))
        os.utime(path, ns=((town.now - 3_600_000_000) * 1000,) * 2)
        self._puller.pull(self._puller.sources()["catalogue"])
        town.now = Instant(town.now + 1)
        town.tick()

    def sent(self) -> list[tuple[str, str]]:
        """(journey, status) of every message decided."""
        return [(message.journey, message.reason or message.status.value) for message in self.town.messages()]


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    opened = Feed(tmp_path)
    with opened.town:
        yield opened


def lamp(sku: str, price: float, stock: int) -> str:
    return f"lamp,{sku},Lamp,https://shop.example.org/lamp,https://shop.example.org/lamp.png,lamps,{price},{stock}"


@pytest.mark.slow
def test_a_feed_alone_brings_what_is_back_and_what_costs_less_to_who_looked_at_it(feed: Feed) -> None:
    town = feed.town
    feed.says("2026-03-01T06:00:00Z", lamp("s", 30, 0), lamp("m", 32, 0))
    town.at("2026-03-01T10:00:00Z").identify("ann", email="ann@example.com", first_name="Ann").track("Consent Given", purpose="email")
    town.track("Product Viewed", product_id="lamp", category="lamps", price=30, dwell=60)
    town.tick()
    feed.says("2026-03-02T06:00:00Z", lamp("s", 30, 0), lamp("m", 32, 4))
    assert feed.sent() == [("back-in-stock", "planned")]
    feed.says("2026-03-03T06:00:00Z", lamp("s", 30, 2), lamp("m", 32, 4))
    assert feed.sent() == [("back-in-stock", "planned")]  # one more of what was there is not back
    feed.says("2026-03-04T06:00:00Z", lamp("s", 24, 2), lamp("m", 25, 4))
    assert feed.sent() == [("back-in-stock", "planned"), ("price-drop", "planned")]
    town.post()
    letter = town.channel.letters[-1].decode()  # type: ignore[attr-defined]
    assert "https://shop.example.org/lamp.png" in letter.replace("=\r\n", "").replace("=3D", "=")


@pytest.mark.slow
def test_the_catalogue_is_a_table_with_history(feed: Feed) -> None:
    town = feed.town
    feed.says("2026-03-01T06:00:00Z", lamp("", 30, 0))
    town.track("Product Viewed", product_id="lamp", dwell=60).tick()
    feed.says("2026-03-02T06:00:00Z", lamp("", 24, 7))
    project = town.workspace.project
    found = []
    for day in ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"):
        at, out = parse_instant(day), town.folder / "values.csv"
        town.now = at
        ground = town.workspace.ground(project.definitions, project.tables, at)
        evaluate_all(ground, columns_of(project.definitions, ("seen_stock", "seen_price", "seen_title")), at, out)
        found.append(out.read_text().splitlines()[1])
    assert found == ["ann,30,0,Lamp", "ann,24,7,Lamp"]
