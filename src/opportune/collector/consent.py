"""What of a call may be stored, as far as consent goes: asked at the edge of every call, before anything of it is written.

Server keys are believed and stored whole. A page may store nothing of a visitor who was not asked, where people are asked first, and
nowhere anything of one who refused. What somebody asks for herself is no tracking: her consents, their withdrawal, her unsubscribing, and
the address she typed for them (`STRICTLY_NEEDED`; of `identify` the address alone). What is withheld is counted by purpose.

Where a newsletter needs a second yes (double opt-in), a consent to e-mail that a page or a form reports is stored as what it is, a request.
Cost    a few look-ups a call; a TC string is read once
Source  SEMANTICS section 2 (consent), STANDARDS section 2.5
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from opportune.collector.calls import Call
from opportune.collector.consent_signals import Choices, choices
from opportune.collector.shape import id_text
from opportune.collector.sources import Source
from opportune.language.vocabulary.events import CONSENT_REQUESTED
from opportune.language.vocabulary.hashing import identifier
from opportune.stages.privacy.tracking import asks_first

GIVEN, WITHDRAWN = "Consent Given", "Consent Withdrawn"
STRICTLY_NEEDED = frozenset({GIVEN, WITHDRAWN, CONSENT_REQUESTED, "Unsubscribed", "Segment Consent Preference Updated"})
"""Events somebody brings about herself in order to be asked, remembered or left alone."""
OF_CONSENT = frozenset({GIVEN, WITHDRAWN, CONSENT_REQUESTED})
OF_ADS = frozenset({"Ad Viewed", "Ad Clicked"})
ADDRESSES = ("email", "phone")
"""The traits that are kept of an `identify` without tracking: where she wants to be written to."""
PROOF_CONTEXT = ("consent", "location", "page", "userAgent", "locale", "timezone", "library", "ip")
"""What is kept of the context of a call that only asks or refuses: where, with what wording's page, in which language."""
LONGEST_AGENT = 500
"""Characters."""
EVERYWHERE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRules:
    """The shop's rules. Countries are ISO 3166 codes in capitals."""

    home: str | None = None
    """The shop's own country, which stands for one that is not known; None: people are asked first wherever anybody is."""
    opt_in: frozenset[str] = frozenset()
    """Countries in which silence means no."""
    double_opt_in: frozenset[str] = frozenset()
    """Countries in which a newsletter needs a second yes; with `EVERYWHERE` in it all of them."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """A consent tool's categories → our purposes."""

    def asks(self, country: str | None) -> bool:
        """Whether silence means no there."""
        where = country or self.home
        return bool(self.opt_in) if where is None else where in self.opt_in

    def confirms(self, country: str | None) -> bool:
        """Whether a newsletter needs a second yes there."""
        where = country or self.home
        return EVERYWHERE in self.double_opt_in or (bool(self.double_opt_in) if where is None else where in self.double_opt_in)


def rules_of(*, home: str | None, opt_in: tuple[str, ...], double_opt_in: tuple[str, ...], categories: Mapping[str, str]) -> ConsentRules:
    """The rules as `shop.country` and `shop.consent` set them; regions such as EU are spelt out."""
    return ConsentRules(home=home, opt_in=asks_first(opt_in), double_opt_in=asks_first(double_opt_in), categories=categories)


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing of the call may be stored; `purpose` is what was not allowed."""

    purpose: str


def weighed(call: Call, source: Source, region: str | None, rules: ConsentRules) -> Call | Withheld:
    """The call as it may be stored, changed in place, or Withheld. `region`: the country its sender's address is in, where that is known;
    of server keys it is the server's and of no account."""
    if not source.is_browser:
        _requested(call, _country_said(call), rules, is_believed=True)
        return call
    country = region or _country_said(call)
    consent = _consent(call)
    allowed, by = choices(consent, rules.categories) if consent else ({}, "")
    refused = _refused(call, allowed, asks=rules.asks(country))
    if refused == "tracking" and _is_needed(call):
        _bare(call)
    elif refused:
        return Withheld(refused)
    if consent:
        call.context = {**(call.context or {}), "consent": _record(consent, allowed, by, country)}
    if call.event in OF_CONSENT:
        call.properties = {**(call.properties or {}), **_proof(call, country)}
        _requested(call, country, rules, is_believed=False)
    return call


def objection(call: Call, message_id: Callable[[str], str] = lambda visitor: identifier("gpc", visitor)) -> Call | None:
    """The proof that a visitor's browser objected by Global Privacy Control: `Consent Withdrawn` for `ads`, the same id each time, so that
    it is stored once a visitor. `call` is one that was stored; None where it carries no such signal or is nobody's."""
    consent = (call.context or {}).get("consent")
    visitor = call.anonymous_id or call.user_id
    if not isinstance(consent, dict) or consent.get("gpc") is not True or visitor is None:
        return None
    page = (call.context or {}).get("page")
    url = page.get("url") if isinstance(page, dict) else None
    said = {"purpose": "ads", "method": "gpc", "wording": "Sec-GPC: 1", **({"page": url} if isinstance(url, str) else {})}
    return Call(
        type="track",
        message_id=message_id(str(visitor)),
        user_id=call.user_id,
        anonymous_id=call.anonymous_id,
        event=WITHDRAWN,
        timestamp=call.timestamp,
        original_timestamp=call.original_timestamp,
        sent_at=call.sent_at,
        properties=said,
        context={name: call.context[name] for name in PROOF_CONTEXT if call.context and name in call.context},
    )


def _consent(call: Call) -> dict[str, Any]:
    found = call.context.get("consent") if call.context else None
    return found if isinstance(found, dict) else {}


def _country_said(call: Call) -> str | None:
    """The country the call itself names: where it was, or where its banner took it to be."""
    context = call.context or {}
    location, consent = context.get("location"), context.get("consent")
    for said in (
        location.get("country") if isinstance(location, dict) else None,
        consent.get("region") if isinstance(consent, dict) else None,
    ):
        if isinstance(said, str) and len(said.partition("-")[0]) == 2:
            return said.partition("-")[0].upper()
    return None


def _refused(call: Call, allowed: Choices, *, asks: bool) -> str:
    """The first purpose that stands against storing a call of a page; empty: none does."""
    if not allowed.get("tracking", not asks):
        return "tracking"
    return "ads" if call.event in OF_ADS and not allowed.get("ads", not asks) else ""


def _is_needed(call: Call) -> bool:
    """Whether it is what a visitor does for herself: her word on consent, or the address she leaves without being signed in."""
    if call.type == "track":
        return call.event in STRICTLY_NEEDED
    traits = call.traits or {}
    return call.type == "identify" and id_text(call.user_id) is None and any(isinstance(traits.get(name), str) for name in ADDRESSES)


def _bare(call: Call) -> None:
    """Nothing beside what was asked for."""
    call.context = {name: call.context[name] for name in PROOF_CONTEXT if name in call.context} if call.context else None
    if call.type == "identify":
        call.traits = {name: call.traits[name] for name in ADDRESSES if name in call.traits} if call.traits else None
        call.properties = None


def _record(consent: dict[str, Any], allowed: Choices, by: str, country: str | None) -> dict[str, Any]:
    """The record of consent that is stored with the call: as given, what it was taken to mean, where, and by which of its words."""
    beside = {} if country is None else {"region": country}
    return {**({"source": by} if by else {}), **consent, "purposes": allowed, **beside}


def _proof(call: Call, country: str | None) -> dict[str, str]:
    """What the connection tells of a word on consent, kept with it for as long as the word is."""
    context = call.context or {}
    told = {"region": country, "user_agent": context.get("userAgent"), "ip": context.get("ip")}  # `ip`: where the shop keeps addresses
    return {name: value[:LONGEST_AGENT] for name, value in told.items() if isinstance(value, str)}


def _requested(call: Call, country: str | None, rules: ConsentRules, *, is_believed: bool) -> None:
    """A yes to e-mail where a second is needed becomes the request for it. A server is believed that it had the second, unless it says that
    all there was is a form; a page never, since its key is there for all to read."""
    if call.event != GIVEN:
        return
    said = call.properties or {}
    is_form = said.get("method") == "form"
    if said.get("purpose") == "email" and (is_form or not is_believed) and rules.confirms(country):
        call.event = CONSENT_REQUESTED
