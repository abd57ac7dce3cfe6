"""What a visit to the sample shop leaves in the collector's log, where visitors may be followed."""

import pytest
from tests.browser.visitor import hide, look, ready

pytestmark = pytest.mark.browser


def test_a_page_is_seen_with_its_address_its_title_and_how_she_came(stage, visit):
    visit("/lamps.html?utm_source=meta&utm_medium=cpc&utm_campaign=winter&fbclid=abc&email=ada@example.org#top")
    (line,) = stage.arrived("Page Viewed")
    page = line["context"]["page"]
    assert (page["path"], page["url"], page["title"]) == ("/lamps.html", f"{stage.address}/lamps.html", "Lamps · Lumen & Oak")
    assert line["properties"] == {"utm_source": "meta", "utm_medium": "cpc", "utm_campaign": "winter"}
    assert line["context"]["campaign"] == {"source": "meta", "medium": "cpc", "name": "winter"}
    assert (line["context"]["clickIds"], line["context"]["referrer"]) == ({"fbclid": "abc"}, {"type": "ads"})
    assert "ada@example.org" not in str(line)


def test_a_product_view_is_one_event_with_the_time_it_began_and_how_long_she_looked(stage, visit):
    page = visit("/lamp-globe.html", clock=True)
    look(page, 42)
    page.goto("/lamps.html")
    (line,) = stage.arrived("Product Viewed")
    assert line["properties"] == {
        "product_id": "lamp-globe", "name": "Globe table lamp", "category": "Table lamps", "price": 79, "currency": "EUR",
        "dwell": pytest.approx(42, abs=1.5),
    }  # fmt: skip
    assert line["context"]["page"]["path"] == "/lamp-globe.html"
    assert line["timestamp"] < stage.arrived("Page Viewed", 2)[1]["timestamp"]


def test_time_in_a_hidden_tab_and_in_front_of_an_empty_chair_does_not_count(stage, visit):
    page = visit("/lamp-globe.html", clock=True)
    look(page, 12)
    hide(page)
    page.clock.run_for(60_000)
    hide(page, False)
    look(page, 8)
    page.clock.run_for(600_000)
    page.goto("/lamps.html")
    (line,) = stage.arrived("Product Viewed")
    assert line["properties"]["dwell"] == pytest.approx(12 + 25, abs=1.5)


def test_an_untouched_page_never_looks_like_half_a_minute_of_reading(stage, visit):
    page = visit("/lamp-globe.html", clock=True)
    page.clock.run_for(600_000)
    page.goto("/lamps.html")
    assert stage.arrived("Product Viewed")[0]["properties"]["dwell"] < 30


def test_a_tab_that_was_put_away_for_five_minutes_ends_the_view(stage, visit):
    page = visit("/lamp-globe.html", clock=True)
    look(page, 10)
    hide(page)
    page.clock.run_for(299_000)
    assert "Product Viewed" not in stage.events()
    page.clock.run_for(5_000)
    assert stage.arrived("Product Viewed")[0]["properties"]["dwell"] == pytest.approx(10, abs=1.5)


def test_on_a_phone_a_view_ends_when_the_page_is_put_away(stage, visit):
    page = visit("/lamp-globe.html", clock=True, user_agent="Mozilla/5.0 (Linux; Android 15) Chrome/150.0 Mobile Safari/537.36")
    look(page, 10)
    hide(page)
    assert stage.arrived("Product Viewed")[0]["properties"]["dwell"] == pytest.approx(10, abs=1.5)
    hide(page, False)
    look(page, 33)
    page.goto("/lamps.html")
    assert stage.arrived("Product Viewed", 2)[1]["properties"]["dwell"] == pytest.approx(33, abs=1.5)


def test_a_search_is_told_with_its_results_and_the_one_she_opens(stage, visit):
    page = visit("/search.html?q=lamp")
    page.get_by_role("link", name="Globe table lamp").click()
    page.wait_for_url("**/lamp-globe.html")
    assert stage.arrived("Products Searched")[0]["properties"] == {"query": "lamp", "results": 2}
    assert stage.arrived("Search Result Clicked")[0]["properties"] == {"query": "lamp", "product_id": "lamp-globe"}


def test_what_goes_into_the_cart_and_out_of_it_and_the_order_are_told_as_she_leaves_each_page(stage, visit):
    page = visit("/lamp-reed.html")
    page.get_by_label("Quantity").fill("2")
    page.locator("article").get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart.html**")
    page.goto("/lamps.html")
    page.locator("li", has_text="Cone").get_by_role("button").click()
    page.goto("/cart.html")
    page.locator("li", has_text="Reed").get_by_role("button", name="Remove").click()
    page.get_by_role("link", name="Order and pay").click()
    page.wait_for_url("**/thank-you.html")
    order = stage.arrived("Order Completed")[0]["properties"]
    reed, cone = (line["properties"] for line in stage.arrived("Product Added", 2))
    assert (reed["product_id"], reed["quantity"], reed["price"], reed["currency"]) == ("lamp-reed", 2, 129, "EUR")
    assert cone == {"product_id": "lamp-cone", "price": 59, "category": "Wall lights", "quantity": 1}
    assert stage.arrived("Product Removed")[0]["properties"] == {"product_id": "lamp-reed", "price": 129, "quantity": 2}
    assert order["products"] == [{"product_id": "lamp-cone", "price": 59, "category": "Wall lights", "quantity": 1}]
    assert (order["total"], order["currency"], order["order_id"][0]) == (59, "EUR", "L")
    assert len(stage.arrived("Cart Viewed")) == 2
    assert {line["anonymousId"] for line in stage.lines()} == {order_line["anonymousId"] for order_line in stage.arrived("Order Completed")}


def test_a_page_that_comes_back_out_of_the_browsers_cache_is_seen_again(stage, visit):
    page = ready(visit("/lamp-globe.html"))
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    stage.arrived("Product Viewed")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.goto("/privacy.html")
    assert len(stage.arrived("Page Viewed", 3)) == 3
    assert len(stage.arrived("Product Viewed", 2)) == 2


def test_a_page_that_was_only_prepared_is_not_seen_until_it_is_shown(stage, visit):
    page = ready(visit("/lamps.html", init="Object.defineProperty(document, 'prerendering', { value: true });"))
    page.wait_for_timeout(1_000)
    assert stage.bodies == []
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    stage.arrived("Page Viewed")
