"""From the pages of the sample shop, as its `serve.py` gives them, through a real `serve`, to what definitions say of the visitor."""

import csv
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.visitor import look, ready
from tests.live.serving import done, serving, until, write

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.slow]
SHOP = Path(__file__).parents[2] / "examples" / "sample-shop" / "serve.py"
PROJECT = {
    "opportune.yml": """
shop: {name: Lumen & Oak, currency: EUR, url: "https://shop.example", address: 1 Main Street, timezone: UTC, country: US}
sender: {from: Lumen & Oak <hello@shop.example>}
serve: {tick: 250ms}
""",
    "looks.yml": """
metrics:
  long_looks: count("Product Viewed", dwell >= "30s")
  looks: count("Product Viewed")
  forgotten: count("Product Viewed", product_id == "lamp-arc" and price >= 100)
  searches: count("Products Searched", results == 1)
  opened: count("Search Result Clicked", product_id == "lamp-reed")
  added: sum("Product Added", quantity)
  spent: sum("Order Completed", total)
  bought: count("Product Purchased", category == "Pendants")
  campaign: first("Page Viewed", utm_campaign)
""",
}


@contextmanager
def sample_shop(key: str, collector: str) -> Iterator[str]:
    """The sample shop on a free port."""
    spec = importlib.util.spec_from_file_location("sample_shop", SHOP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.shop(key, collector, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def visitor(browser: Browser, address: str) -> Iterator[Page]:
    """A window of somebody who looked at a lamp for 45 s, on a clock of ours, and now goes on by the real one."""
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.clock.install()
        page.goto("/lamp-arc.html?utm_campaign=winter")
        look(ready(page), 45)
        page.goto("/lamps.html")
        cookies = context.cookies()
    with browser.new_context(base_url=address) as context:
        context.add_cookies(cookies)
        yield context.new_page()


def told(folder: Path) -> dict[str, dict[str, str]]:
    """Values of all metrics by customer."""
    rows = csv.DictReader(done("evaluate", project=folder).splitlines())
    return {row["customer_id"]: row for row in rows}


def test_a_visit_to_the_sample_shop_is_one_customer_with_what_she_did(tmp_path, browser):
    folder = write(tmp_path / "project", PROJECT, ())
    key = done("keys", "add", "web", "--browser", project=folder).splitlines()[-1]
    with serving(folder) as serve, sample_shop(key, serve.address) as address, visitor(browser, address) as page:
        page.goto("/search.html?q=reed")
        ready(page)
        page.get_by_role("link", name="Reed pendant").click()
        page.wait_for_url("**/lamp-reed.html")
        page.get_by_label("Quantity").fill("2")
        page.locator("article").get_by_role("button", name="Add to cart").click()
        page.wait_for_url("**/cart.html**")
        page.get_by_role("link", name="Order and pay").click()
        page.wait_for_url("**/thank-you.html")
        ready(page)
        page.evaluate("opportune.identify('ada')")
        page.goto("/privacy.html")
        until("she is known and all of it is there", lambda: told(folder).get("ada", {}).get("spent") not in (None, "", "0"), 30)
        values = told(folder)
    assert list(values) == ["ada"]
    ada = values["ada"]
    assert {name: ada[name] for name in ada if name not in ("customer_id", "at")} == {
        "long_looks": "1", "looks": "2", "forgotten": "1", "searches": "1", "opened": "1", "added": "2", "spent": "258", "bought": "1",
        "campaign": "winter",
    }  # fmt: skip
