"""What a click on a mail's link takes along to the shop, so that the page's script can say who came: a token of its own in `opp_c`.

It is given to a person's click alone, where tracking may be done, and to the shop's own host alone: nobody else learns anything. It names
the message, never the customer, and is good for a week after the click. The script of the page sends it back where its visitor allows
tracking, and the visitor is linked to the customer the mail went to: a weak word, since mails are forwarded, that gives way to signing in.
"""

from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from opportune.collector.calls import Call
from opportune.language.vocabulary.hashing import identifier
from opportune.language.vocabulary.instants import Instant, span_of
from opportune.stages.tracking.tokens import HOUR, Purpose, Token, hour_after, mint, read

PARAMETER = "opp_c"
CLICKS = "opportune.clicks"
"""The source of the links we find: no key has this name."""
LASTS = span_of(timedelta(days=7))
"""After the click."""


def taken_along(secret: bytes, message: int, url: str, shop_url: str, *, sent_at: Instant, at: Instant) -> str:
    """The address with the token where it leads to the shop, else as it is."""
    if not is_of_shop(url, shop_url):
        return url
    parts = urlsplit(url)
    token = mint(secret, Token(Purpose.ARRIVAL, message, hour_after(sent_at, at)))
    kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] != PARAMETER]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join([*kept, f"{PARAMETER}={token}"]), parts.fragment))


def is_of_shop(url: str, shop_url: str) -> bool:
    """Whether an address is of the shop's host, with or without `www.`, over https or as the shop itself writes it."""
    host, home = _host(url), _host(shop_url)
    return home is not None and host == home and urlsplit(url).scheme in ("https", urlsplit(shop_url).scheme)


def _host(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        return ((parts.hostname or "").removeprefix("www."), parts.port) if parts.hostname else None
    except ValueError:
        return None


def arrival(secret: bytes, text: str) -> Token | None:
    """The message and hour of a click that a page reports; None for what we did not make."""
    return read(secret, Purpose.ARRIVAL, text)


def is_fresh(token: Token, *, sent_at: Instant, at: Instant) -> bool:
    """Whether the click was within the last week."""
    return at - sent_at >= 0 and at - (sent_at + token.link * HOUR) <= LASTS


def arrived(call: Call, customer: str) -> Call:
    """The link from a page's visitor to the customer whose mail brought her; the same id however often it is told."""
    visitor = str(call.anonymous_id)
    return Call(
        type="alias",
        message_id=identifier("arrived", visitor, call.click or ""),
        previous_id=visitor,
        user_id=customer,
        timestamp=call.timestamp,
        original_timestamp=call.original_timestamp,
        sent_at=call.sent_at,
        context={"linked_by": "click"},
    )
