"""Which product a page is about, and what is heard of shops that already tell Google."""

import json

import pytest
from tests.browser.visitor import ready

pytestmark = pytest.mark.browser
LAYER = "window.dataLayer = []; window.gtag = function () { dataLayer.push(arguments) };"
LAMP = {"product_id": "lamp-1", "name": "Lamp", "category": "Lamps", "price": 39.5, "currency": "EUR"}
NODE = {
    "@type": "Product", "sku": "lamp-1", "name": "Lamp", "category": "Lamps",
    "offers": {"@type": "Offer", "price": "39.50", "priceCurrency": "EUR"},
}  # fmt: skip


def linked(node):
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


PAGES = {
    "json-ld": linked({"@context": "https://schema.org", **NODE}),
    "in a graph": linked({"@graph": [{"@type": "BreadcrumbList"}, NODE]}),
    "in a list of documents": linked([{"@type": "WebSite"}, {**NODE, "@type": ["Product", "Thing"]}]),
    "main entity": linked({"@type": "ItemPage", "mainEntity": NODE}),
    "several offers": linked({**NODE, "offers": {"@type": "AggregateOffer", "lowPrice": 39.5, "priceCurrency": "EUR"}}),
    "price by specification": linked({**NODE, "offers": [{"priceSpecification": [{"price": 39.5, "priceCurrency": "EUR"}]}]}),
    "variants": linked({
        "@type": "ProductGroup", "productGroupID": "lamp-1", "name": "Lamp", "category": {"name": "Lamps"},
        "hasVariant": [{**NODE, "sku": "lamp-1-red"}],
    }),
    "microdata": """<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Lamp</h1><meta itemprop="sku" content="lamp-1">
        <span itemprop="category">Lamps</span><div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
        <span itemprop="price" content="39.50">39,50 €</span><meta itemprop="priceCurrency" content="EUR"></div></div>""",
    "open graph": """<meta property="og:type" content="product"><meta property="og:title" content="Lamp">
        <meta property="product:retailer_item_id" content="lamp-1"><meta property="product:price:amount" content="39.50">
        <meta property="product:price:currency" content="EUR"><meta property="product:category" content="Lamps">""",
    "attributes": """<main data-opportune-product="lamp-1" data-opportune-name="Lamp" data-opportune-category="Lamps"
        data-opportune-price="39.50" data-opportune-currency="EUR"></main>""" + linked({**NODE, "sku": "another"}),
    "beside broken markup": '<script type="application/ld+json">{"@type": Product}</script><main data-opportune-product="lamp-1" '
        'data-opportune-name="Lamp" data-opportune-category="Lamps" data-opportune-price="39.5" data-opportune-currency="EUR"></main>',
}  # fmt: skip


NO_PRODUCT = [
    linked([NODE, {**NODE, "sku": "lamp-2"}]),
    linked({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": NODE}]}),
    linked({"@type": "Product", "name": "no id"}),
    '<ul data-opportune-list><li data-opportune-product="lamp-1"></ul>',
    '<meta property="og:type" content="website"><meta property="og:title" content="Lamps">',
]
"""Two products; a list; no id; cards; no product."""


def left(page):
    """She goes on to a page that tells nothing."""
    ready(page)
    page.goto("/privacy.html")


def test_the_product_of_a_page_is_found(stage, visit):
    page = visit("/privacy.html")
    for n, body in enumerate(PAGES.values()):
        stage.pages[f"/{n}"] = body
        page.goto(f"/{n}")
        ready(page)
    left(page)
    lines = stage.arrived("Product Viewed", len(PAGES))
    found = {line["context"]["page"]["path"]: {**line["properties"], "dwell": None} for line in lines}
    assert found == {f"/{n}": {**LAMP, "dwell": None} for n in range(len(PAGES))}


def test_a_page_about_no_single_product_is_no_view(stage, visit):
    page = visit("/privacy.html")
    for n, body in enumerate(NO_PRODUCT):
        stage.pages[f"/{n}"] = body
        page.goto(f"/{n}")
        ready(page)
    left(page)
    stage.arrived("Page Viewed", len(NO_PRODUCT) + 2)
    assert "Product Viewed" not in stage.events()


def test_what_a_shop_tells_google_is_heard_once(stage, visit):
    """The forms are those of Google's page "Measure ecommerce" (GA4)."""
    one = {"item_id": "SKU_12345", "item_name": "Stan and Friends Tee", "item_category": "Apparel", "price": 10.01, "quantity": 3}
    ours = {
        "product_id": "SKU_12345",
        "name": "Stan and Friends Tee",
        "category": "Apparel",
        "price": 10.01,
        "quantity": 3,
        "currency": "USD",
    }
    early = json.dumps({"event": "view_item", "ecommerce": {"currency": "USD", "value": 30.03, "items": [one]}})
    stage.pages["/tee"] = "<p>Tee</p>"
    page = ready(visit("/tee", init=f"{LAYER} dataLayer.push({early})"))
    said = {"currency": "USD", "value": 30.03, "items": [one]}
    order = {"transaction_id": "T_12345", "tax": 3.6, "shipping": 5.99, "coupon": "SUMMER_SALE", **said}
    told = [
        ("search", {"search_term": "tee"}),
        ("add_to_cart", said),
        ("remove_from_cart", said),
        ("view_cart", said),
        ("begin_checkout", said),
        ("purchase", order),
        ("purchase", order),
        ("unheard_of", said),
    ]
    page.evaluate("told => told.forEach(([name, said]) => gtag('event', name, said))", told)
    left(page)
    completed = stage.arrived("Order Completed")[0]["properties"]
    by_name = {line["event"]: line["properties"] for line in stage.lines() if line["type"] == "track"}
    assert {name: value for name, value in by_name["Product Viewed"].items() if name != "dwell"} == ours
    assert by_name["Product Added"] == by_name["Product Removed"] == ours
    assert by_name["Products Searched"] == {"query": "tee"}
    assert by_name["Checkout Started"] == by_name["Cart Viewed"] == {"value": 30.03, "currency": "USD"}
    assert (completed["order_id"], completed["total"], completed["coupon"], completed["products"]) == (
        "T_12345",
        30.03,
        "SUMMER_SALE",
        [ours],
    )
    assert len({line["messageId"] for line in stage.lines() if line.get("event") == "Order Completed"}) == 1


def test_a_shop_of_one_page_has_its_pages_and_products_seen_one_by_one(stage, visit):
    stage.pages["/lamp"] = linked(NODE)
    page = ready(visit("/lamp"))
    page.evaluate("document.title = 'All lamps'; document.querySelector('[type*=ld]').remove(); history.pushState({}, '', '/all?page=2#x')")
    pages = stage.arrived("Page Viewed", 2)
    assert [line["context"]["page"]["path"] for line in pages] == ["/lamp", "/all"]
    assert pages[1]["context"]["page"]["title"] == "All lamps"
    assert (pages[1]["context"]["page"]["referrer"], pages[1]["context"]["referrer"]["type"]) == (f"{stage.address}/lamp", "internal")
    assert stage.arrived("Product Viewed")[0]["context"]["page"]["path"] == "/lamp"
    page.evaluate("history.replaceState({scroll: 3}, '', '/all?page=2#y')")
    page.go_back()
    assert stage.arrived("Page Viewed", 3)[2]["context"]["page"]["path"] == "/lamp"


def test_calls_made_before_the_script_was_there_are_made_and_a_user_is_known_from_then_on(stage, visit):
    init = """window.opportune = []; opportune.push(["identify", "u1", { plan: "gold", email: "ada@example.org" }]);
      opportune.push(["track", "Size Guide Opened", { size: 42 }]); opportune.push(["nonsense"]);
      opportune.push(["group", "g1", { tier: 2 }]);"""
    page = ready(visit("/privacy.html", init=init, expected="opportune:"))
    page.evaluate("opportune.page('Imprint', { depth: 3 })")
    page.evaluate("opportune.reset(); opportune.track('Signed Out')")
    out = stage.arrived("Signed Out")[0]
    known, event, group = (stage.arrived(name)[0] for name in ("identify", "Size Guide Opened", "group"))
    assert (known["userId"], known["traits"]) == ("u1", {"plan": "gold"})
    assert (event["userId"], event["properties"], event["anonymousId"]) == ("u1", {"size": 42}, known["anonymousId"])
    assert (group["groupId"], group["traits"]) == ("g1", {"tier": 2})
    assert stage.arrived("Page Viewed", 2)[1]["properties"] == {"depth": 3}
    assert "userId" not in out
    assert out["anonymousId"] != known["anonymousId"]


def test_what_a_button_and_a_data_layer_both_tell_is_one_and_what_is_pressed_twice_is_two(stage, visit):
    stage.pages["/lamp"] = linked(NODE) + "<button data-opportune-add>Add</button>"
    page = ready(visit("/lamp", init=LAYER))
    view = {"currency": "EUR", "items": [{"item_id": "google-7", "price": 39.5}]}
    page.evaluate("view => gtag('event', 'view_item', view)", view)
    page.get_by_role("button").dblclick()
    page.evaluate("gtag('event', 'add_to_cart', { currency: 'EUR', items: [{ item_id: 'lamp-1', price: 39.5 }] })")
    left(page)
    stage.arrived("Page Viewed", 2)
    assert [line["properties"]["product_id"] for line in stage.arrived("Product Viewed")] == ["lamp-1"]
    assert [line["properties"] for line in stage.arrived("Product Added")] == [{**LAMP, "quantity": 1}] * 2
