"""docs/pulls.md: what it shows is pulled, and comes out as it says; every key and every map is on the page."""

import json
from pathlib import Path

from tests.docs.asking import project_of
from tests.docs.pages import ROOT, blocks, page, section, tables
from tests.pulls.serving import Said, site
from tests.pulls.shop import SHOP, PulledShop

from opportune.adapters.project.project import read_project
from opportune.adapters.project.pull_sources import FOLDER_KEYS, URL_KEYS
from opportune.adapters.sources.mapped import shipped
from opportune.cli.commands.pull import _tell
from opportune.language.vocabulary.events import EVENTS

PAGE = "docs/pulls.md"


def shown(word: str) -> str:
    (found,) = [block.text for block in blocks(PAGE) if block.word == word]
    return found


class Spoken:
    """What a command says."""

    def __init__(self) -> None:
        self.text = ""

    def say(self, text: str) -> None:
        """A line."""
        self.text += text + "\n"

    warn = say


def test_the_sources_shown_are_sound(tmp_path: Path) -> None:
    (tmp_path / "opportune.yml").write_text(SHOP + shown("settings"))
    project = read_project(tmp_path)
    assert (set(project.settings.sources), project.problems) == ({"till", "shop"}, ())


def test_the_file_shown_is_told_as_the_page_says(tmp_path: Path) -> None:
    opened = PulledShop(tmp_path, "  till: {folder: sales, pattern: '*.csv', map: till.yml}\n")
    opened.put("till.yml", shown("table"))
    opened.put("sales/monday.csv", blocks(PAGE, "csv")[0].text)
    spoken = Spoken()
    _tell(spoken, "till", opened.pull("till"))  # type: ignore[arg-type]
    said = [line for line in spoken.text.splitlines() if not line.startswith("all with")]
    assert said == blocks(PAGE, "text")[0].text.splitlines()
    assert [(event_id, whose) for event_id, whose, _ in opened.events()] == [("till:1", "card:C-7"), ("till:2", "till:2")]
    opened.close()


def test_the_page_of_json_shown_is_told_as_the_page_says(tmp_path: Path) -> None:
    with site(lambda _: Said(json.loads(shown("page")))) as web:
        sources = f"  shop: {{url: '{web.url}/orders', map: orders.yml, items: data}}\n"
        opened = PulledShop(tmp_path, sources, more=f"allow_private: ['{web.place}']\n")
        opened.put("orders.yml", shown("mapping"))
        found = opened.pull("shop")
        assert opened.events() == [("shop:501", "email:ada@example.org", "Order Completed")]
        assert [aside.line for aside in found.asides] == [2]
        opened.close()


def test_the_definitions_shown_are_sound(tmp_path: Path) -> None:
    assert not project_of(tmp_path, shown("definitions")).problems


def test_every_key_every_map_and_every_property_of_goods_is_on_the_page() -> None:
    for title, keys in (("Files of a folder", FOLDER_KEYS), ("Pages of JSON", URL_KEYS)):
        told = next(rows for rows in tables(section(PAGE, title)) if rows[0][0] == "key")[1:]
        assert {row[0].strip("`") for row in told} == set(keys)
    maps = next(rows for rows in tables(page(PAGE)) if rows[0][0] == "`map`")[1:]
    assert {row[0].strip("`") for row in maps} == set(shipped())
    goods = next(rows for rows in tables(section(PAGE, "The catalogue")) if rows[0][0] == "property")[1:]
    assert {name for row in goods for name in row[0].replace("`", "").split()} == set(EVENTS["Product Updated"])


def test_the_till_of_the_examples_is_told_as_its_page_says(tmp_path: Path) -> None:
    till = ROOT / "examples" / "point-of-sale"
    opened = PulledShop(tmp_path, "  till: {folder: sales, pattern: 'till-*.csv', map: till.yml}\n")
    opened.put("till.yml", (till / "till.yml").read_text())
    opened.now += 30 * 86_400_000_000
    lines = (till / "till-berlin.csv").read_text()
    opened.put("sales/till-berlin.csv", lines)
    found = opened.pull("till")
    assert [(aside.line, aside.reason) for aside in found.asides] == [(7, "ts is missing or no ISO 8601 time")]
    orders = """SELECT identity, name, total, order_id, epoch_ms(ts // 1000)::VARCHAR FROM events JOIN identities USING (identity_key)
        WHERE line = 0 AND name LIKE 'Order%' ORDER BY order_id"""
    wanted = [
        ("card:C-77", "Order Completed", 389_500, "berlin-4711", "2026-03-17 13:05:10"),
        ("email:bob@example.org", "Order Completed", 12_490_000, "berlin-4712", "2026-03-17 13:09:00"),
        ("till:berlin:4713:17.03.2026", "Order Completed", 45_000, "berlin-4713", "2026-03-17 13:12:30"),
        ("card:C-77", "Order Refunded", 45_000, "berlin-4714", "2026-03-30 08:00:00"),
    ]
    assert opened.rows(orders) == wanted
    lined = "SELECT product_id, price, quantity FROM events WHERE name = 'Product Purchased' AND order_id = 'berlin-4711' ORDER BY line"
    assert opened.rows(lined) == [("LAMP-1", 299_500, 1.0), ("BULB-1", 45_000, 2.0)]
    again = lines.replace("25:10:00", "12:10:00") + "berlin;4716;31.03.2026;09:00:00;sale;LAMP-1;Lamp;lamps;1;29,95;;\n"
    opened.put("sales/till-berlin-again.csv", again, at=opened.now - 60_000_000)
    opened.pull("till")
    assert [row[3] for row in opened.rows(orders)] == [f"berlin-{receipt}" for receipt in range(4711, 4717)]
    opened.close()


def test_the_catalogue_of_the_examples_is_told_by_file_and_by_page_alike(tmp_path: Path) -> None:
    catalogue = ROOT / "examples" / "catalogue"
    lamp = {"id": "LAMP-2", "title": "Lamp", "updated_at": "2026-03-01T06:00:00Z", "images": ["https://shop.example.org/2.png"]}
    lamp |= {"variants": [{"id": 1, "price": "29.95", "stock": 0}, {"id": 2, "price": "39.95", "stock": 3}]}
    with site(lambda _: Said([lamp])) as web:
        sources = "  feed: {folder: feed, pattern: 'products.csv', map: products.yml}\n"
        sources += "  reviews: {folder: feed, pattern: 'reviews.csv', map: reviews.yml}\n"
        sources += f"  pages: {{url: '{web.url}/products', map: pages.yml}}\n"
        opened = PulledShop(tmp_path, sources, more=f"allow_private: ['{web.place}']\n")
        for name in ("products", "reviews", "pages"):
            opened.put(f"{name}.yml", (catalogue / f"{name}.yml").read_text())
        for name in ("products", "reviews"):
            opened.put(f"feed/{name}.csv", (catalogue / f"{name}.csv").read_text())
        opened.now += 30 * 86_400_000_000
        assert all(not opened.pull(name).asides for name in ("feed", "reviews", "pages"))
        latest = "SELECT arg_max(price, ts), arg_max((rest->>'$.stock')::INTEGER, ts), bool_or(old_price IS NOT NULL) FROM events"
        prices = opened.rows(f"{latest.replace('FROM', ', product_id FROM')} WHERE name = 'Price Changed' GROUP BY product_id ORDER BY 4")
        assert [(row[3], row[0], row[2]) for row in prices] == [
            ("BULB-1", 45_000, False), ("LAMP-1", 299_500, False), ("LAMP-2", 299_500, False)
        ]  # fmt: skip
        stock = opened.rows(f"{latest.replace('FROM', ', product_id FROM')} WHERE name = 'Stock Changed' GROUP BY product_id ORDER BY 4")
        assert [(row[3], row[1]) for row in stock] == [("BULB-1", 120), ("LAMP-1", 3), ("LAMP-2", 3)]
        reviews = "SELECT identity, product_id, rating FROM events JOIN identities USING (identity_key) WHERE name = 'Review Submitted'"
        assert opened.rows(reviews) == [("email:ada@example.org", "LAMP-1", 5.0)]
        opened.close()
