"""What of a page's call may be stored, by the signals it came with."""

from base64 import urlsafe_b64encode
from copy import deepcopy

import msgspec
import pytest

from opportune.collector.calls import Call
from opportune.collector.consent import Withheld, objection, rules_of, weighed
from opportune.collector.consent_signals import DISCLOSED_SINCE, purposes_of
from opportune.collector.sources import Source

BROWSER, SERVER = Source(name="web", is_browser=True), Source(name="shop")
RULES = rules_of(home="DE", opt_in=("EU", "UK"), double_opt_in=("DE", "AT"), categories={"Advertising": "ads", "Analytics": "tracking"})
PAGE = {"type": "page", "anonymousId": "a1", "name": "Home", "properties": {"path": "/"}}


def call(**fields):
    return msgspec.convert({**PAGE, **deepcopy(fields)}, Call)


def track(event, properties=None, **fields):
    return call(type="track", event=event, properties=properties or {}, **fields)


def page_with(consent, region="DE", rules=RULES):
    return weighed(call(context={"consent": consent}), BROWSER, region, rules)


def is_stored(found):
    return not isinstance(found, Withheld)


def tc_string(*purposes, created=17_000_000_000, publisher=None, disclosed=True):
    """A TC string as a consent tool would write it, as far as we read it."""
    core = f"{2:06b}{created:036b}" + "0" * 110 + bits_of(purposes) + "0" * 40
    parts = [core, *(["001" + "0" * 21] if disclosed else []), *(["011" + bits_of(publisher)] if publisher is not None else [])]
    return ".".join(encoded(part) for part in parts)


def bits_of(purposes):
    return "".join("1" if n in purposes else "0" for n in range(1, 25))


def encoded(bits):
    bits += "0" * (-len(bits) % 8)
    return urlsafe_b64encode(int(bits, 2).to_bytes(len(bits) // 8, "big")).rstrip(b"=").decode()


def test_a_page_stores_nothing_of_a_visitor_who_was_not_asked_where_people_are_asked_first():
    assert weighed(call(), BROWSER, "FR", RULES) == Withheld("tracking")
    assert is_stored(weighed(call(), BROWSER, "US", RULES))


def test_an_unknown_country_is_the_shops_own_and_without_one_people_are_asked():
    american = rules_of(home="US", opt_in=("EU",), double_opt_in=(), categories={})
    nowhere = rules_of(home=None, opt_in=("EU",), double_opt_in=(), categories={})
    never = rules_of(home=None, opt_in=(), double_opt_in=(), categories={})
    assert weighed(call(), BROWSER, None, RULES) == Withheld("tracking")
    assert is_stored(weighed(call(), BROWSER, None, american))
    assert weighed(call(), BROWSER, None, nowhere) == Withheld("tracking")
    assert is_stored(weighed(call(), BROWSER, None, never))


def test_without_an_address_the_country_is_what_the_call_says():
    assert is_stored(weighed(call(context={"location": {"country": "US"}}), BROWSER, None, RULES))
    assert is_stored(page_with({"region": "US-CA"}, region=None))
    assert page_with({"region": "US"}, region="DE") == Withheld("tracking"), "the address of the sender goes before what the page says"


def test_a_server_is_believed_whatever_it_says():
    sent = call(context={"consent": {"categoryPreferences": {"tracking": False}}})
    assert weighed(sent, SERVER, "DE", RULES) is sent
    assert sent.context == {"consent": {"categoryPreferences": {"tracking": False}}}


def test_a_refusal_holds_where_nobody_needs_to_be_asked_too():
    assert page_with({"categoryPreferences": {"tracking": False}}, region="US") == Withheld("tracking")


@pytest.mark.parametrize(
    "consent",
    [
        {"categoryPreferences": {"tracking": True}},
        {"categoryPreferences": {"Analytics": True, "Advertising": False}},
        {"gcm": {"analytics_storage": "granted"}},
        {"tcf": tc_string(1, 8)},
        {"tcf": tc_string(publisher=(1, 8))},
    ],
)
def test_what_allows_tracking(consent):
    assert is_stored(page_with(consent))


@pytest.mark.parametrize(
    "consent",
    [
        {},
        None,
        "yes",
        {"categoryPreferences": {"tracking": "true"}},
        {"categoryPreferences": {"Marketing": True}},
        {"categoryPreferences": ["tracking"]},
        {"categoryPreferences": {"tracking": True, "Analytics": False}},
        {"gcm": {"analytics_storage": True}},
        {"gcm": {"analytics_storage": "denied"}},
        {"gcm": {"ad_storage": "granted"}},
        {"tcf": tc_string(1)},
        {"tcf": tc_string(8)},
        {"tcf": tc_string(1, 8, publisher=(1,))},
        {"tcf": tc_string(1, 8, created=DISCLOSED_SINCE, disclosed=False)},
        {"tcf": "not a TC string"},
        {"tcf": "é"},
        {"tcf": ""},
        {"tcf": "C"},
        {"tcf": 12},
        {"gcm": {"analytics_storage": "granted"}, "tcf": tc_string(1)},
        {"tcf": tc_string(1, 8), "categoryPreferences": {"tracking": False}},
    ],
)
def test_what_does_not(consent):
    assert page_with(consent) == Withheld("tracking")


def test_a_tc_string_of_the_specification_is_read_as_it_says():
    """It allows purposes 1, 2 and 3."""
    assert purposes_of("COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA") == {"tracking": False, "profiling": False, "ads": False}
    assert purposes_of(tc_string(1, 3, 4, 5, 6, 8)) == {"tracking": True, "profiling": True, "ads": True}


def test_a_tc_string_made_before_disclosed_vendors_were_wanted_is_still_one():
    assert purposes_of(tc_string(1, 8, created=DISCLOSED_SINCE - 1, disclosed=False))["tracking"]
    assert purposes_of(tc_string(1, 8, created=DISCLOSED_SINCE))["tracking"]


def test_global_privacy_control_refuses_ads_and_nothing_else():
    consent = {"gpc": True, "categoryPreferences": {"tracking": True, "ads": True}}
    stored = page_with(consent)
    assert stored.context["consent"]["purposes"] == {"tracking": True, "ads": False}
    assert is_stored(page_with({"gpc": True}, region="US")), "it objects to selling and sharing, not to being served"
    clicked = track("Ad Clicked", {"network": "x"}, context={"consent": consent})
    assert weighed(clicked, BROWSER, "US", RULES) == Withheld("ads")


def test_what_is_told_of_ads_needs_consent_to_ads_where_people_are_asked():
    allowed = {"categoryPreferences": {"tracking": True}}
    assert weighed(track("Ad Viewed", context={"consent": allowed}), BROWSER, "DE", RULES) == Withheld("ads")
    assert is_stored(weighed(track("Ad Viewed"), BROWSER, "US", RULES))


def test_the_record_holds_what_was_given_what_it_was_taken_for_where_and_by_what():
    given = {"tcf": tc_string(1, 8), "gcm": {"ad_storage": "denied"}, "gpp": "DBAA", "version": "3", "at": "2026-03-01T12:00:00Z"}
    assert page_with(given).context["consent"] == {
        **given,
        "purposes": {"ads": False, "tracking": True, "profiling": False},
        "region": "DE",
        "source": "tcf",
    }


@pytest.mark.parametrize("event", ["Consent Given", "Consent Withdrawn", "Consent Requested", "Unsubscribed"])
def test_what_somebody_says_of_her_own_consent_is_stored_without_any(event):
    said = track(event, {"purpose": "sms"}, context={"page": {"url": "/x"}, "userAgent": "M", "campaign": {"source": "ads"}})
    stored = weighed(said, BROWSER, "DE", RULES)
    assert stored.event == event
    assert stored.context == {"page": {"url": "/x"}, "userAgent": "M"}


def test_of_an_identify_without_tracking_only_the_address_is_stored_and_nothing_of_somebody_signed_in():
    for nobody in (None, "", " "):
        typed = call(type="identify", userId=nobody, traits={"email": "ada@example.org", "plan": "gold"}, properties=None)
        assert weighed(typed, BROWSER, "DE", RULES).traits == {"email": "ada@example.org"}
    assert weighed(call(type="identify", traits={"plan": "gold"}), BROWSER, "DE", RULES) == Withheld("tracking")
    signed_in = call(type="identify", userId="u1", traits={"email": "ada@example.org"})
    assert weighed(signed_in, BROWSER, "DE", RULES) == Withheld("tracking")


def test_a_yes_to_mail_becomes_a_request_where_a_second_yes_is_needed():
    said = {"purpose": "email", "method": "form", "wording": "Yes please"}
    asked = weighed(track("Consent Given", said), BROWSER, "AT", RULES)
    assert (asked.event, asked.properties) == ("Consent Requested", {**said, "region": "AT"})
    assert weighed(track("Consent Given", said), BROWSER, "FR", RULES).event == "Consent Given"
    assert weighed(track("Consent Given", {"purpose": "tracking"}), BROWSER, "DE", RULES).event == "Consent Given"
    assert weighed(track("Consent Withdrawn", said), BROWSER, "DE", RULES).event == "Consent Withdrawn"


def test_a_word_on_consent_keeps_where_and_with_what_it_was_said_and_the_address_where_the_shop_keeps_it():
    said = track("Consent Withdrawn", {"purpose": "email"}, context={"userAgent": "M" * 600})
    assert weighed(said, BROWSER, "DE", RULES).properties == {"purpose": "email", "region": "DE", "user_agent": "M" * 500}
    kept = track("Consent Given", {"purpose": "sms"}, context={"ip": "192.0.2.1", "userAgent": 7})
    assert weighed(kept, BROWSER, None, RULES).properties == {"purpose": "sms", "ip": "192.0.2.1"}


def test_a_server_is_believed_that_it_had_the_second_yes_and_a_page_is_not():
    confirmed = {"purpose": "email", "method": "double_opt_in"}
    assert weighed(track("Consent Given", confirmed), SERVER, None, RULES).event == "Consent Given"
    assert weighed(track("Consent Given", confirmed), BROWSER, "DE", RULES).event == "Consent Requested"
    assert weighed(track("Consent Given", {"purpose": "email", "method": "form"}), SERVER, None, RULES).event == "Consent Requested"
    american = {"consent": {"region": "US"}}
    assert (
        weighed(track("Consent Given", {"purpose": "email", "method": "form"}, context=american), SERVER, "DE", RULES).event
        == "Consent Given"
    )


@pytest.mark.parametrize("written, region, event", [((), "DE", "Consent Given"), (("all",), "US", "Consent Requested")])
def test_where_a_second_yes_is_needed_is_the_shops_to_say(written, region, event):
    rules = rules_of(home=None, opt_in=(), double_opt_in=written, categories={})
    assert weighed(track("Consent Given", {"purpose": "email"}), BROWSER, region, rules).event == event


def test_an_objection_by_the_browser_is_proof_of_one_kind_a_visitor():
    stored = page_with({"gpc": True, "categoryPreferences": {"tracking": True}})
    first, again = objection(stored), objection(call(context=stored.context))
    assert (first.event, first.properties) == ("Consent Withdrawn", {"purpose": "ads", "method": "gpc", "wording": "Sec-GPC: 1"})
    assert first.message_id == again.message_id
    assert objection(call(anonymousId="a2", context=stored.context)).message_id != first.message_id
    assert objection(page_with({"categoryPreferences": {"tracking": True}})) is None
