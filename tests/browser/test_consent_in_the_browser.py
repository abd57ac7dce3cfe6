"""What is stored and sent before a choice, after a yes, after a no, and when she changes her mind; whoever asked her."""

import json
import re
from urllib.parse import unquote

import pytest
from tests.browser.stage import ASKED
from tests.browser.visitor import hide, kept, ready
from tests.live.serving import until

pytestmark = pytest.mark.browser
BANNER = f"data-banner {ASKED}"
FRAMEWORK = """window.__tcfapi = (command, version, heard) => {{
  window.choose = (data) => heard({{ gdprApplies: true, eventStatus: "useractioncomplete", ...data }}, true);
  heard({{ gdprApplies: true, eventStatus: "cmpuishown", tcString: "", purpose: {{ consents: {{}} }} }}, true);
}};"""
FRAMEWORK = FRAMEWORK.replace("{{", "{").replace("}}", "}")
TC = "CQabcdeQabcdeAcABBENB_CgAP_AAH_AAAAAAAAAAAAA.IAAA.YAAAAAAAAAAA"
MODES = "window.dataLayer = []; window.gtag = function () { dataLayer.push(arguments) };"
SIGNAL = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });"


@pytest.fixture
def germany(stage):
    """Where people are asked first."""
    stage.country, stage.tag = "DE", ASKED
    return stage


def allow(page, **choices):
    page.evaluate("choices => opportune.consent(choices)", choices)


def told(proof):
    """What the page told of a choice; where and by which program it was made, the collector adds."""
    return {name: proof["properties"][name] for name in ("purpose", "method", "wording", "page") if name in proof["properties"]}


def settled(page):
    """Whatever would be sent has been sent: a page that is put away sends at once."""
    ready(page)
    page.wait_for_load_state()
    page.wait_for_timeout(150)
    hide(page)
    hide(page, False)
    page.wait_for_timeout(150)


def test_before_a_choice_nothing_is_stored_and_nothing_sent(germany, visit):
    page = visit("/lamp-arc.html")
    settled(page)
    page.goto("/lamps.html")
    settled(page)
    assert kept(page) == {}
    assert set(germany.asked) == {"/opportune.js"}


def test_after_a_yes_there_is_one_cookie_and_what_she_did_on_this_page_is_told_with_her_consent(germany, visit):
    page = ready(visit("/lamp-arc.html"))
    allow(page, tracking=True, profiling=False)
    given = germany.arrived("Consent Given")[0]
    (line,) = germany.arrived("Page Viewed")
    assert told(given) == {"purpose": "tracking", "method": "page", "page": f"{germany.address}/lamp-arc.html"}
    assert germany.arrived("Consent Withdrawn")[0]["properties"]["purpose"] == "profiling"
    assert line["timestamp"] < given["timestamp"]
    assert line["context"]["consent"]["categoryPreferences"] == {"tracking": True, "profiling": False}
    (name,), (value,) = kept(page), kept(page).values()
    assert name == "opportune"
    assert json.loads(unquote(value))["id"] == line["anonymousId"] == given["anonymousId"]
    (cookie,) = page.context.cookies()
    assert (cookie["sameSite"], cookie["path"]) == ("Lax", "/")
    assert 360 * 86400 < cookie["expires"] - page.evaluate("Date.now() / 1000") <= 366 * 86400


def test_the_next_page_knows_her_without_asking_again(germany, visit):
    page = ready(visit("/lamp-arc.html"))
    allow(page, tracking=True)
    germany.arrived("Page Viewed")
    page.goto("/lamps.html")
    first, second = germany.arrived("Page Viewed", 2)
    assert first["anonymousId"] == second["anonymousId"]
    assert germany.events().count("Consent Given") == 1


def test_after_a_no_of_a_page_nothing_is_stored_and_what_was_held_is_gone(germany, visit):
    page = ready(visit("/lamp-arc.html"))
    allow(page, tracking=False)
    settled(page)
    assert kept(page) == {}
    assert set(germany.asked) == {"/opportune.js"}


def test_a_withdrawal_is_told_once_with_its_proof_then_the_cookie_goes_and_all_is_silent(germany, visit):
    page = ready(visit("/lamp-arc.html"))
    allow(page, tracking=True, profiling=True)
    before = germany.arrived("Page Viewed")[0]["anonymousId"]
    allow(page, tracking=False, profiling=False)
    withdrawn = germany.arrived("Consent Withdrawn", 2)
    assert kept(page) == {}
    assert {line["properties"]["purpose"] for line in withdrawn} == {"tracking", "profiling"}
    assert {line["anonymousId"] for line in withdrawn} == {before}
    sent = len(germany.bodies)
    page.evaluate("opportune.track('Cart Viewed')")
    page.goto("/lamps.html")
    settled(page)
    assert (len(germany.bodies), kept(page)) == (sent, {})


def test_what_waits_when_she_withdraws_is_not_sent_and_what_she_did_while_it_was_no_is_never_told(germany, visit):
    page = ready(visit("/lamps.html"))
    allow(page, tracking=True)
    germany.arrived("Page Viewed")
    page.evaluate("opportune.track('Waiting'); opportune.consent({ tracking: false }); opportune.track('Unseen')")
    germany.arrived("Consent Withdrawn")
    allow(page, tracking=True)
    page.evaluate("opportune.track('Cart Viewed')")
    germany.arrived("Cart Viewed")
    assert not {"Waiting", "Unseen"} & set(germany.events())


def test_who_agrees_again_is_somebody_new(germany, visit):
    page = ready(visit("/lamps.html"))
    allow(page, tracking=True)
    germany.arrived("Page Viewed")
    allow(page, tracking=False)
    allow(page, tracking=True)
    first, second = germany.arrived("Consent Given", 2)
    assert first["anonymousId"] != second["anonymousId"]


def test_our_banner_asks_and_a_no_is_remembered_as_a_word_without_an_id(germany, visit):
    germany.tag = BANNER
    page = visit("/lamp-arc.html")
    page.get_by_role("button", name="Refuse").click()
    assert not page.get_by_role("dialog").count()
    page.goto("/lamps.html")
    settled(page)
    assert not page.get_by_role("dialog").count()
    (said,) = kept(page).values()
    assert json.loads(said)["choices"] == {"tracking": False, "profiling": False}
    assert set(json.loads(said)) == {"choices", "how"}
    assert not re.search(r"[0-9a-z]{6,}-[0-9a-z]{6,}-", said)
    assert page.context.cookies() == []
    assert set(germany.asked) == {"/opportune.js", "/opportune-banner.js"}


def test_a_shop_may_have_even_the_no_forgotten(germany, visit):
    germany.tag = f"{BANNER} data-remember=no"
    page = visit("/lamp-arc.html")
    page.get_by_role("button", name="Refuse").click()
    assert kept(page) == {}
    page.goto("/lamps.html")
    page.get_by_role("dialog").wait_for()


def test_a_choice_at_the_banner_is_told_with_the_version_of_its_words(germany, visit):
    germany.tag = BANNER
    page = visit("/lamp-arc.html")
    page.get_by_role("button", name="Agree").click()
    given = germany.arrived("Consent Given", 2)
    assert {line["properties"]["purpose"] for line in given} == {"tracking", "profiling"}
    assert {(line["properties"]["method"], line["properties"]["wording"]) for line in given} == {("banner", "opportune-en-1")}
    assert germany.arrived("Page Viewed")[0]["context"]["consent"]["version"] == "opportune-en-1"


def test_where_silence_means_yes_a_no_is_remembered(stage, visit):
    page = ready(visit("/lamps.html"))
    stage.arrived("Page Viewed")
    allow(page, tracking=False)
    (withdrawn,) = stage.arrived("Consent Withdrawn")
    page.goto("/lamp-arc.html")
    settled(page)
    assert stage.events().count("Page Viewed") == 1
    assert page.context.cookies() == []
    assert withdrawn["anonymousId"] == stage.arrived("Page Viewed")[0]["anonymousId"]


@pytest.mark.parametrize(
    "country, tag, follows", [("US", "", True), ("DE", "", False), ("US", 'data-region="AT"', False), (None, "", False)]
)
def test_the_collector_says_whether_people_are_asked_first_where_the_page_does_not(stage, visit, country, tag, follows):
    stage.country, stage.tag = country, tag
    page = visit("/lamps.html")
    settled(page)
    assert stage.asked[:2] == ["/opportune.js", "/opportune/region"]
    assert stage.events().count("Page Viewed") == int(follows)
    assert bool(kept(page)) == follows


def test_consent_mode_is_heard_and_a_default_is_no_choice(germany, visit):
    page = ready(visit("/lamps.html", init=MODES + "gtag('consent', 'default', { analytics_storage: 'granted', ad_storage: 'denied' });"))
    settled(page)
    assert germany.bodies == []
    page.evaluate("gtag('consent', 'update', { analytics_storage: 'granted', ad_storage: 'denied', ad_user_data: 'denied' })")
    (line,) = germany.arrived("Page Viewed")
    consent = line["context"]["consent"]
    assert consent["gcm"] == {"analytics_storage": "granted", "ad_storage": "denied", "ad_user_data": "denied"}
    assert (consent["categoryPreferences"], consent["source"]) == ({"tracking": True, "ads": False}, "gcm")
    page.evaluate("gtag('consent', 'update', { analytics_storage: 'denied' })")
    assert germany.arrived("Consent Withdrawn")[-1]["properties"]["method"] == "gcm"
    until("the cookie is gone", lambda: kept(page) == {})


def test_a_tc_string_is_stored_as_given_with_whether_the_law_applies(germany, visit):
    page = ready(visit("/lamps.html", init=FRAMEWORK))
    settled(page)
    assert germany.bodies == []
    page.evaluate("tcString => choose({ tcString, purpose: { consents: { 1: true, 8: true, 5: true, 6: false } } })", TC)
    consent = germany.arrived("Page Viewed")[0]["context"]["consent"]
    assert (consent["tcf"], consent["gdprApplies"], consent["source"]) == (TC, True, "tcf")
    assert consent["categoryPreferences"] == {"tracking": True, "profiling": False, "ads": False}


@pytest.mark.parametrize(
    "data",
    [
        {"tcString": TC, "purpose": {"consents": {"1": False, "8": True}}},
        {"tcString": TC.replace(".I", ".a"), "purpose": {"consents": {"1": True, "8": True}}},
        {"tcString": TC, "publisher": {"consents": {"1": True, "8": False}}, "purpose": {"consents": {"1": True, "8": True}}},
    ],
    ids=["refused", "without disclosed vendors", "the publisher's own word"],
)
def test_a_tc_string_that_does_not_allow_it_stores_and_sends_nothing(germany, visit, data):
    page = ready(visit("/lamps.html", init=FRAMEWORK))
    page.evaluate("data => choose(data)", data)
    settled(page)
    assert (kept(page), germany.bodies) == ({}, [])


def test_a_gpp_string_is_stored_and_its_opt_out_is_one_of_ads(stage, visit):
    sections = "{ usnat: { Version: 1, SaleOptOut: 1 } }"
    init = f"""window.__gpp = (command, heard) => {{
      heard({{ eventName: "signalStatus", pingData: {{ gppString: "DBABLA~BVQqAAAAAgA.QA", parsedSections: {sections} }} }});
    }};"""
    visit("/lamps.html", init=init)
    consent = stage.arrived("Page Viewed")[0]["context"]["consent"]
    assert consent["gpp"] == "DBABLA~BVQqAAAAAgA.QA"
    assert consent["categoryPreferences"] == {"ads": False}


def test_global_privacy_control_refuses_ads_whatever_is_said_and_is_shown_to_be_honoured(stage, visit):
    page = ready(visit("/lamps.html", init=SIGNAL))
    allow(page, tracking=True, ads=True)
    consent = stage.arrived("Consent Given")[0]["context"]["consent"]
    assert (consent["gpc"], consent["categoryPreferences"]) == (True, {"tracking": True, "ads": False})
    shown = page.locator("[data-opportune-gpc]")
    shown.wait_for()
    assert shown.inner_text().startswith("Opt-out request honoured")


def test_the_signal_is_shown_at_the_end_of_a_page_that_keeps_no_place_for_it(stage, visit):
    stage.pages["/plain"] = "<p>Lamps</p>"
    page = visit("/plain", init=SIGNAL)
    page.locator("body > p.opportune-gpc").wait_for()


def test_a_click_on_a_mails_link_says_who_she_is_with_consent_alone_and_leaves_the_address_bar(germany, visit):
    page = ready(visit("/lamps.html?colour=red&opp_c=token-of-the-mail"))
    assert page.url == f"{germany.address}/lamps.html?colour=red"
    settled(page)
    assert germany.bodies == []
    allow(page, tracking=True)
    until("it was sent", lambda: any(b"token-of-the-mail" in body for body in germany.bodies))
    (call,) = [call for body in germany.bodies for call in json.loads(body)["batch"] if call["context"].get("click")]
    assert (call["type"], call["context"]["click"], "traits" in call) == ("identify", "token-of-the-mail", False)
    assert not any("opp_c" in str(line.get("context", {}).get("page")) for line in germany.lines())


def test_a_newsletter_is_asked_for_without_being_followed(germany, visit):
    page = ready(visit("/thank-you.html"))
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_role("button", name="Sign me up").click()
    given = germany.arrived("Consent Given")[0]
    known = germany.arrived("identify")[0]
    said = {"purpose": "email", "method": "form", "wording": "Letters from us, two or three times a year"}
    assert told(given) == {**said, "page": f"{germany.address}/thank-you.html"}
    assert (known["traits"], known["anonymousId"]) == ({"email": "ada@example.org"}, given["anonymousId"])
    assert kept(page) == {}
    assert "Page Viewed" not in germany.events()


def test_a_page_is_told_her_consent_now_and_at_each_change(germany, visit):
    page = ready(visit("/lamps.html"))
    page.evaluate("window.told = []; opportune.onConsent((record) => told.push(record.categoryPreferences.tracking))")
    allow(page, tracking=True)
    allow(page, tracking=False)
    assert page.evaluate("told.map(String)") == ["undefined", "true", "false"]


def test_where_the_collector_does_not_answer_she_is_asked(stage, visit):
    stage.tag = "data-banner"
    page = visit("/privacy.html", expected="Failed to load")
    page.route("**/opportune/region*", lambda route: route.abort())
    stage.bodies.clear()
    page.context.clear_cookies()
    page.goto("/lamps.html")
    page.get_by_role("dialog").wait_for()
    assert kept(page) == {}
