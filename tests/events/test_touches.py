"""What brought somebody: the channel of a landing by campaign, click id and referrer, as the rules it is taken from have it."""

import pytest

from opportune.stages.events.referrers import kind_of
from opportune.stages.events.touches import Came, Touch, touch_of


@pytest.mark.parametrize(
    "came, channel, source",
    [
        (Came(), "direct", ""),
        (Came(host="google.de"), "organic search", "google.de"),
        (Came(host="google.co.uk"), "organic search", "google.co.uk"),
        (Came(host="search.yahoo.com"), "organic search", "search.yahoo.com"),
        (Came(host="l.facebook.com"), "organic social", "l.facebook.com"),
        (Came(host="t.co"), "organic social", "t.co"),
        (Came(host="mail.google.com"), "email", "mail.google.com"),
        (Came(host="com.google.android.gm"), "email", "com.google.android.gm"),
        (Came(host="blog.example.org"), "referral", "blog.example.org"),
        (Came(host="google.example.com"), "referral", "google.example.com"),
        (Came(click="gclid", host="google.com"), "paid search", "google"),
        (Came(click="msclkid"), "paid search", "bing"),
        (Came(click="dclid"), "display", "google"),
        (Came(click="ttclid"), "paid social", "tiktok"),
        (Came(click="li_fat_id"), "paid social", "linkedin"),
        (Came(click="fbclid"), "organic social", "facebook"),
        (Came(click="fbclid", source="summer", medium="paid"), "paid social", "summer"),
        (Came(source="newsletter", medium="email"), "email", "newsletter"),
        (Came(source="e-mail"), "email", "e-mail"),
        (Came(source="google", medium="cpc"), "paid search", "google"),
        (Came(source="ig", medium="cpc"), "paid social", "ig"),
        (Came(source="agency", medium="paid_social"), "paid social", "agency"),
        (Came(source="criteo", medium="cpm"), "display", "criteo"),
        (Came(source="blog", medium="banner"), "display", "blog"),
        (Came(source="awin", medium="affiliate"), "affiliate", "awin"),
        (Came(source="bing", medium="organic"), "organic search", "bing"),
        (Came(source="instagram", medium="social"), "organic social", "instagram"),
        (Came(source="partner", medium="referral"), "referral", "partner"),
        (Came(source="shop", medium="sms"), "sms", "shop"),
        (Came(source="shop", medium="web-push"), "push", "shop"),
        (Came(source="leaflet", medium="qr"), "other", "leaflet"),
        (Came(source="leaflet", medium="qr", host="google.de"), "organic search", "leaflet"),
        (Came(medium="email", host="google.de"), "email", "google.de"),
    ],
)
def test_a_way_to_the_shop_has_its_channel(came: Came, channel: str, source: str) -> None:
    assert touch_of(came) == Touch(channel, source)


@pytest.mark.parametrize("host", ["paypal.com", "pay.klarna.com", "checkout.stripe.com", "accounts.google.com", "pay.amazon.de"])
def test_the_way_back_from_a_payment_or_a_sign_in_begins_no_visit(host: str) -> None:
    assert touch_of(Came(host=host)) is None
    assert touch_of(Came(host=host, source="newsletter", medium="email")) == Touch("email", "newsletter")


@pytest.mark.parametrize("host", ["", "localhost", "com", ".", "..", "a..b", "google", "xn--bcher-kva.example", "192.168.0.1", "[::1]"])
def test_a_host_nobody_knows_is_of_no_kind(host: str) -> None:
    assert kind_of(host) is None
