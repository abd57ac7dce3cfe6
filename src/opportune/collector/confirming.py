"""The second yes: a link in a mail shows a page, and only the button of that page, pressed by a person, confirms.

Scanners open every link of a mail and some send every form. So GET and HEAD change nothing; a POST counts with what the page's button
holds, which was made for it within the last day, and from nobody who declares itself a machine or says nothing of itself. Pressed twice
it is the same consent.
Source  STANDARDS section 2.5 (double opt-in), 2.4 (a machine confirms nothing)
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from opportune.collector.tracking_pages import Page, confirm_page, confirmed_page, expired_page
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.stages.tracking.classify import Agent, Fetch, classify
from opportune.stages.tracking.tokens import Purpose, Token, hour_after, mint, read

EXPIRES = span_of(timedelta(days=7))
"""After the mail was sent."""
BUTTON_LASTS = 24
"""Hours that a page may stand open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asked for, as `Consent Requested` told it."""

    event_id: str
    asked_at: Instant
    said: dict[str, Any]
    """Its `purpose`, `wording`, `wording_version` and `page`, those that are known."""

    def confirmed(self) -> dict[str, Any]:
        """The properties of the consent it becomes: whose yes, to which words, and where they stood."""
        return {**self.said, "method": "double_opt_in", "request_id": self.event_id}


def confirmation(
    secret: bytes,
    message: int,
    request: Request,
    *,
    shop: str,
    shop_url: str,
    address: str,
    sent_at: Instant,
    at: Instant,
    pressed: bytes | None,
    user_agent: str,
) -> tuple[Page, bool]:
    """What is shown, and whether the consent was confirmed. `pressed`: the body of a POST."""
    if at - sent_at > EXPIRES:
        return expired_page(shop, shop_url), False
    hour = hour_after(sent_at, at)
    if pressed is not None and _is_of_our_button(secret, message, pressed, hour) and _is_human(user_agent, at):
        return confirmed_page(shop, address), True
    return confirm_page(shop, address, str(request.said.get("wording") or ""), mint(secret, Token(Purpose.BUTTON, message, hour))), False


def _is_of_our_button(secret: bytes, message: int, pressed: bytes, hour: int) -> bool:
    button = parse_qs(pressed.decode("ascii", "replace"), max_num_fields=8).get("button", [""])[0] if pressed.count(b"&") < 8 else ""
    token = read(secret, Purpose.BUTTON, button)
    return token is not None and token.message == message and 0 <= hour - token.link <= BUTTON_LASTS


def _is_human(user_agent: str, at: Instant) -> bool:
    """As a click is judged, but for its haste: a page stood between."""
    return classify(Fetch(method="POST", user_agent=user_agent, at=at, accepted_at=None, link=1)).agent is Agent.HUMAN
