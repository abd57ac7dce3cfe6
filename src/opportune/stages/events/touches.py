"""What brought somebody to the shop: the channel of a landing, from campaign, click id and referrer.

`first("Page Viewed", touch_channel)` is the first touch and `last(...)` the last, under every merge, since both are properties of events.

Source  the rules of Google Analytics' default channel group (support.google.com/analytics/answer/9756891), manual traffic, in its order,
        with shopping and video left in their search and social channels; click ids as their networks' help pages say what adds them
"""

import re
from dataclasses import dataclass

from opportune.stages.events.referrers import DETOUR, NETWORKS, SEARCH, SEARCHERS, SOCIAL, kind_of

EMAIL, DIRECT, REFERRAL, DISPLAY, AFFILIATE, OTHER = "email", "direct", "referral", "display", "affiliate", "other"
PAID_SEARCH, ORGANIC_SEARCH, PAID_SOCIAL, ORGANIC_SOCIAL = "paid search", "organic search", "paid social", "organic social"
SMS, PUSH = "sms", "push"

CLICK_IDS = {
    "gclid": ("google", PAID_SEARCH),
    "gbraid": ("google", PAID_SEARCH),
    "wbraid": ("google", PAID_SEARCH),
    "msclkid": ("bing", PAID_SEARCH),
    "dclid": ("google", DISPLAY),
    "ttclid": ("tiktok", PAID_SOCIAL),
    "li_fat_id": ("linkedin", PAID_SOCIAL),
    "twclid": ("twitter", PAID_SOCIAL),
    "fbclid": ("facebook", ORGANIC_SOCIAL),  # put on every link that leads away from Facebook, paid or not
    "opp_c": ("opportune", EMAIL),  # our own, on links of mails
}
"""Click id → who adds it, and the channel where no campaign says more."""
_MAILED = {"email", "e-mail", "e_mail", "e mail", "newsletter", "mail"}
_PAID = re.compile(r".*cp.*|ppc|retargeting|.*paid.*|sem|ads?")
_SHOWN = {"display", "banner", "expandable", "interstitial", "cpm"}
_SOCIAL = {"social", "social-network", "social-media", "sm", "social network", "social media", "organic-social", "organic_social"}
_REFERRING = {"referral", "app", "link"}


@dataclass(frozen=True, slots=True)
class Came:
    """How a landing came about, in small letters; empty where nothing is said. `host`: of the page before, none of the shop's own."""

    host: str = ""
    source: str = ""
    medium: str = ""
    click: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """A channel, and who sent her: a campaign's source, a network or a host; empty where nobody did."""

    channel: str
    source: str


def touch_of(came: Came) -> Touch | None:
    """None: this is the way back from a payment or a sign-in, and begins no visit."""
    kind = kind_of(came.host) if came.host else None
    adder, clicked = CLICK_IDS.get(came.click, ("", ""))
    if came.source or came.medium:
        source = came.source or adder or came.host
        return Touch(_campaign(source, came.medium, adder) or clicked or _unsaid(kind, source), source)
    if clicked:
        return Touch(clicked, adder)
    if kind == DETOUR:
        return None
    return Touch(_referred(came.host, kind), came.host)


def _campaign(source: str, medium: str, adder: str) -> str | None:
    """The channel a campaign names; None where it names none."""
    name = source.removeprefix("www.").split(".")[0]
    is_network = name in NETWORKS or adder in NETWORKS or kind_of(source) == SOCIAL
    is_searched = name in SEARCHERS or kind_of(source) == SEARCH
    if medium in _MAILED or source in _MAILED:
        return EMAIL
    if medium in _SHOWN and not (is_network or is_searched):
        return DISPLAY
    if _PAID.fullmatch(medium):
        return PAID_SOCIAL if is_network or "social" in medium else PAID_SEARCH
    if medium in ("affiliate", "affiliates"):
        return AFFILIATE
    if medium == SMS or source == SMS:
        return SMS
    if medium.endswith(PUSH) or "notification" in medium:
        return PUSH
    if medium in _SOCIAL:
        return ORGANIC_SOCIAL
    if medium == "organic":
        return ORGANIC_SEARCH
    if medium in _REFERRING:
        return REFERRAL
    return ORGANIC_SOCIAL if is_network else ORGANIC_SEARCH if is_searched else None


def _unsaid(kind: str | None, source: str) -> str:
    """Of a campaign that says nothing of its channel the page before may."""
    return OTHER if kind in (None, DETOUR) else _referred(source, kind)


def _referred(host: str, kind: str | None) -> str:
    match kind:
        case "search":
            return ORGANIC_SEARCH
        case "social":
            return ORGANIC_SOCIAL
        case "mail":
            return EMAIL
        case _:
            return REFERRAL if host else DIRECT
