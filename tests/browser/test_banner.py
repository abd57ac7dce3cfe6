"""The banner: refusing is as easy as agreeing, for those who see it, those who use a keyboard and those who listen."""

import pytest
from playwright.sync_api import expect
from tests.browser.stage import ASKED
from tests.browser.visitor import kept, ready
from tests.web.test_in_a_browser import CONTRAST

pytestmark = pytest.mark.browser
BANNER = f'data-banner data-policy="privacy.html" {ASKED}'
GERMAN = BANNER.replace("data-banner", "data-banner=de")
SIGNAL = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });"
IN_BANNER = CONTRAST.replace("document.querySelectorAll", "document.querySelector('opportune-consent').shadowRoot.querySelectorAll")


@pytest.fixture
def asked(stage):
    """A stage that asks with our banner."""
    stage.country, stage.tag = "DE", BANNER
    return stage


def test_no_and_yes_are_alike_and_nothing_is_ticked_beforehand(asked, visit):
    page = visit("/lamps.html")
    no, yes = (page.get_by_role("button", name=name) for name in ("Refuse", "Agree"))
    expect(no).to_be_visible()
    looks = [button.evaluate("b => ({...b.getBoundingClientRect().toJSON(), c: getComputedStyle(b).cssText})") for button in (no, yes)]
    assert [looks[0][name] for name in ("width", "height", "y")] == [looks[1][name] for name in ("width", "height", "y")]
    style = "b => (s => [s.backgroundColor, s.color, s.font, s.border])(getComputedStyle(b))"
    assert no.evaluate(style) == yes.evaluate(style)
    page.get_by_role("button", name="Choose").click()
    boxes = page.get_by_role("checkbox")
    assert [boxes.nth(n).is_checked() for n in range(boxes.count())] == [False, False]
    page.get_by_role("button", name="Save choice").click()
    assert page.context.cookies() == []


def test_each_purpose_can_be_chosen_by_itself(asked, visit):
    page = visit("/lamps.html")
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("Remember the pages").check()
    page.get_by_role("button", name="Save choice").click()
    (line,) = asked.arrived("Page Viewed")
    assert line["context"]["consent"]["categoryPreferences"] == {"tracking": True, "profiling": False}


def test_the_keyboard_comes_to_it_first_and_needs_no_mouse(asked, visit):
    page = ready(visit("/lamps.html"))
    expect(page.get_by_role("dialog", name="May we remember what you look at?")).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Privacy policy")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Refuse")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "opportune" in kept(page)


def test_she_can_change_her_mind_wherever_the_shop_put_a_link_for_it(asked, visit):
    page = visit("/lamps.html")
    page.get_by_role("button", name="Agree").click()
    asked.arrived("Consent Given", 2)
    link = page.get_by_role("button", name="Privacy choices")
    link.click()
    expect(page.get_by_role("dialog")).to_be_focused()
    expect(page.get_by_label("Remember the pages")).to_be_checked()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    page.evaluate("opportune.consent.open()")
    page.get_by_role("button", name="Refuse").click()
    assert len(asked.arrived("Consent Withdrawn", 2)) == 2
    assert page.context.cookies() == []


def test_it_speaks_german_where_the_page_or_the_tag_does(asked, visit):
    asked.tag = GERMAN
    page = visit("/lamps.html")
    page.get_by_role("button", name="Zustimmen").click()
    assert asked.arrived("Consent Given", 2)[0]["properties"]["wording"] == "opportune-de-1"


def test_it_says_that_the_browsers_signal_is_honoured_and_does_not_ask_for_what_it_forbids(asked, visit):
    asked.tag = BANNER + ' data-purposes="tracking ads"'
    page = visit("/lamps.html", init=SIGNAL)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Opt-out request honoured")).to_be_visible()
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_label("Use it for advertising")).to_be_disabled()
    page.get_by_role("button", name="Agree").click()
    assert asked.arrived("Page Viewed")[0]["context"]["consent"]["categoryPreferences"] == {"tracking": True, "ads": False}


@pytest.mark.parametrize("tag", [BANNER, GERMAN])
@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 360)])
def test_its_words_stand_out_and_nothing_hangs_over_the_edge(asked, visit, tag, scheme, width):
    asked.tag = tag
    asked.pages["/dark"] = '<meta name="color-scheme" content="light dark"><p>Lamps'
    page = visit("/index.html" if scheme == "light" else "/dark", color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740})
    dialog = page.get_by_role("dialog")
    page.locator("opportune-consent .plain").click()
    assert page.evaluate(IN_BANNER) == []
    frame = dialog.bounding_box()
    assert frame["x"] >= 0 and frame["x"] + frame["width"] <= width
    assert frame["y"] >= 0 and frame["y"] + frame["height"] <= 740
    assert all(button.bounding_box()["height"] >= 44 for button in dialog.get_by_role("button").all())
