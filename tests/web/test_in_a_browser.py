"""Clicks through the pages in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.web.browsing import looking, served, sign_in, started
from tests.web.shop import NASTY, Site, busy_mailbox, message, put

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def busy(site: Site) -> Site:
    busy_mailbox(site)
    put(site, message(-1, customer=NASTY, step=NASTY), status="handed_over", subject=NASTY)
    return site


@pytest.fixture(scope="module")
def address(busy: Site) -> Iterator[str]:
    with served(busy.pages) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


def test_an_operator_signs_in_by_link_and_follows_a_figure_to_a_mail_and_its_reasons(busy: Site, address: str, browser: Browser) -> None:
    with looking(browser, address) as page:
        page.goto("/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        sign_in(page, busy.link())
        expect(page.get_by_text("24,318")).to_be_visible()
        expect(page.get_by_text("8,846").first).to_be_visible()
        expect(page.locator("svg.days.wide")).to_be_visible()
        page.get_by_role("link", name="cart-abandonment").click()
        expect(page.get_by_label("Journey")).to_have_value("cart-abandonment")
        page.get_by_role("link", name="You left something in your cart").first.click()
        expect(page.get_by_role("heading", name="Why it was sent")).to_be_visible()
        mail = page.frame_locator("iframe")
        expect(mail.get_by_role("heading", name="Still thinking it over?")).to_be_visible()
        here = page.url
        mail.get_by_text("Back to my cart").click()
        assert page.url == here and len(page.context.pages) == 1


def test_looking_at_a_mail_asks_for_nothing_but_the_mail(busy: Site, address: str, browser: Browser) -> None:
    with looking(browser, address) as page:
        sign_in(page, busy.link())
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"/mailbox/{message(1, step='goes-with-it').id}")
        page.frame_locator("iframe").get_by_text("Back to my cart").wait_for()
        page.wait_for_load_state("networkidle")
        assert not [url for url in asked if re.search(r"/[ocuw]/", url)]
        assert all(url.startswith(address) for url in asked)


def test_a_choice_filters_at_once_and_the_search_finds_a_customer(busy: Site, address: str, browser: Browser) -> None:
    with looking(browser, address) as page:
        sign_in(page, busy.link())
        page.get_by_role("link", name="Mailbox").click()
        page.get_by_label("Status").select_option("held")
        page.wait_for_url("**status=held**")
        assert set(page.locator("td.status .chip").all_inner_texts()) == {"Held"}
        page.get_by_role("link", name="Clear").click()
        page.get_by_label("Customer").fill("customer-1407")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("td.who")).to_have_text(["customer-1407"])


def test_markup_in_a_customer_id_or_subject_is_only_text(busy: Site, address: str, browser: Browser) -> None:
    with looking(browser, address) as page:
        page.on("dialog", lambda dialog: pytest.fail("a script ran"))
        sign_in(page, busy.link())
        page.goto("/mailbox")
        page.get_by_role("link", name=NASTY).click()
        expect(page.get_by_role("heading", name=NASTY)).to_be_visible()


def test_the_overview_renews_itself_and_keeps_what_was_unfolded(busy: Site, address: str, browser: Browser) -> None:
    with looking(browser, address) as page:
        page.clock.install()
        sign_in(page, busy.link())
        page.get_by_text("Moments turned away").click()
        page.evaluate("document.activeElement.blur()")
        page.evaluate("document.getElementById('live').dataset.mark = 'old'")
        with page.expect_response(address + "/"):
            page.clock.run_for(5_500)
        page.wait_for_function("!document.getElementById('live').dataset.mark")
        expect(page.get_by_text("only_if was false").first).to_be_visible()


@pytest.mark.parametrize("width, scheme", [(360, "light"), (768, "dark"), (1280, "light")])
def test_nothing_hangs_over_the_edge_of_the_window(busy: Site, address: str, browser: Browser, width: int, scheme: str) -> None:
    sent = message(1, journey="post-purchase", step="goes-with-it").id
    with looking(browser, address, width=width, height=800, scheme=scheme) as page:
        for path in ("/sign-in", "/", "/mailbox", f"/mailbox/{sent}", f"/mailbox/{message(4, step='cart-reminder').id}", "/password"):
            if path == "/":
                sign_in(page, busy.link())
            page.goto(path)
            wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide <= window, path
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
                "rgb(14, 20, 18)" if scheme == "dark" else "rgb(245, 246, 244)"
            )


CONTRAST = """() => {
  const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = node => { for (; node; node = node.parentElement) { const c = getComputedStyle(node).backgroundColor;
    if (c.startsWith("rgb") && (parse(c)[3] ?? 1) === 1) return parse(c); } return null; };
  const poor = [];
  for (const node of document.querySelectorAll("p, h1, h2, a, td, th, span, b, label, button, summary, dt, dd, li")) {
    const text = [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join("");
    const ink = getComputedStyle(node).color;
    if (!text || !ink.startsWith("rgb") || !node.checkVisibility() || node.closest(".skip")) continue;
    const under = ground(node); if (!under) continue;
    const [a, b] = [light(parse(ink)), light(under)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(text + " " + ink + " on " + under);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_their_ground(busy: Site, address: str, browser: Browser, scheme: str) -> None:
    with looking(browser, address, scheme=scheme) as page:
        sign_in(page, busy.link())
        for path in ("/", "/mailbox", f"/mailbox/{message(1, journey='post-purchase', step='goes-with-it').id}", "/password"):
            page.goto(path)
            assert page.evaluate(CONTRAST) == [], path


def test_every_field_has_a_label_and_the_keyboard_reaches_the_content_first(busy: Site, address: str, browser: Browser) -> None:
    with looking(browser, address) as page:
        sign_in(page, busy.link())
        page.goto("/mailbox")
        fields = page.locator("input:not([type=hidden]), select")
        assert all(fields.nth(n).evaluate("field => field.labels.length") for n in range(fields.count()))
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
