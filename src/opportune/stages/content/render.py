"""One mail's words from a template and one customer's values.

Pure: URLs, tokens and the instant are given. A template that fails refuses this mail and no other.
Cost    0.5-2 ms a mail; Liquid is parsed once per template and process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from liquid import BoundTemplate
from liquid.exceptions import LiquidError, ResourceLimitError

from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json
from opportune.stages.content.footer import Duties, with_footer
from opportune.stages.content.links import Linker, Track
from opportune.stages.content.plain_text import tidied
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.sandbox import LARGEST, environment
from opportune.stages.content.template import Template

CLIPPED_BYTES = 102_000
"""Gmail hides what comes after so many bytes of HTML, the unsubscribe link included."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_AUTHORS_ERRORS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What Liquid's filters raise for values nobody expected; the library translates only some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """What one mail's links are made of. `pixel_url` empty: opens may not be tracked. `unsubscribe_url` empty: transactional."""

    unsubscribe_url: str
    preferences_url: str
    why_url: str
    confirm_url: str = ""
    """Where a second yes is given; leads nowhere in a mail that does not follow a request for it."""
    pixel_url: str
    track: Track


def render(template: Template, values: Mapping[str, Json], addressing: Addressing, *, at: Instant) -> Rendered | Refusal:
    """The mail, or why there is none. `values`: `customer`, `trigger`, `entry`, `shop`, `offer`, `products`; a name not there is empty."""
    try:
        return _rendered(template, values, addressing, at)
    except UnicodeEncodeError:  # half a character, cut off by whoever sent the event
        return _rendered(template, {name: whole(value) for name, value in values.items()}, addressing, at)


def whole(value: Json) -> Json:
    """The value with every lone surrogate, which no encoding can write, replaced, and every number beyond 64 bits as text."""
    match value:
        case str():
            return _SURROGATES.sub("\ufffd", value)
        case int() if abs(value) >= 1 << 63:
            return str(value) if value.bit_length() < 4096 else ""
        case list():
            return [whole(part) for part in value]
        case dict():
            return {str(whole(name)): whole(part) for name, part in value.items()}
        case _:
            return value


def _rendered(template: Template, values: Mapping[str, Json], addressing: Addressing, at: Instant) -> Rendered | Refusal:
    urls = {name: getattr(addressing, name) for name in ("unsubscribe_url", "preferences_url", "why_url", "confirm_url")}
    given: dict[str, Json] = {**values, **urls, "now": int(at)}
    try:
        subject = one_line(_written(template.subject, given, is_html=False))
        preheader = one_line(_written(template.preheader, given, is_html=False))
        given["preheader"] = preheader
        html = _written(template.html, given, is_html=True)
        text = tidied(_written(template.text, given, is_html=False))
    except ResourceLimitError as error:
        return Refusal(Reason.LIMIT, f"template {template.name!r}: {error.message}")
    except LiquidError as error:
        return Refusal(Reason.TEMPLATE, f"template {template.name!r}: {error.message}")
    except UnicodeEncodeError:
        raise
    except _AUTHORS_ERRORS as error:
        return Refusal(Reason.TEMPLATE, f"template {template.name!r}: {type(error).__name__}: {error}"[:500])
    return _finished(subject, preheader, html, text or subject or "(no text)", values, addressing)


def one_line(text: str) -> str:
    """Fit for a header: each run of control characters is one space."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text)).strip()


def _finished(subject: str, preheader: str, html: str, text: str, values: Mapping[str, Json], addressing: Addressing) -> Rendered:
    """Links, footer, pixel."""
    shop = values.get("shop")
    shop = shop if isinstance(shop, dict) else {}
    untracked = (addressing.unsubscribe_url, addressing.preferences_url, addressing.why_url, addressing.confirm_url)
    linker = Linker(addressing.track, untracked=untracked, shop_url=str(shop.get("url") or ""))
    html, text = linker.html(html), linker.text(text)
    duties = Duties(unsubscribe_url=addressing.unsubscribe_url, why_url=addressing.why_url, address=str(shop.get("address") or ""))
    html, text, warnings = with_footer(html, text, duties)
    if addressing.pixel_url:
        pixel = f'<img src="{escape(addressing.pixel_url, quote=True)}" width="1" height="1" alt="" style="border:0;width:1px;height:1px">'
        end = html.rfind("</body>")
        html = html[:end] + pixel + html[end:] if end >= 0 else html + pixel
    warnings += [f"a link to {url[:80]!r} was taken out: only http, https, mailto and tel may be followed" for url in linker.refused]
    if len(html.encode("utf-8", "replace")) > CLIPPED_BYTES:
        warnings.append(f"the HTML is longer than {CLIPPED_BYTES} bytes and will be clipped by some mailboxes")
    return Rendered(
        subject=subject,
        preheader=preheader,
        html=_SURROGATES.sub("\ufffd", html),
        text=_SURROGATES.sub("\ufffd", text),
        links=tuple(linker.links),
        warnings=tuple(warnings),
    )


def _written(source: str, given: Mapping[str, Json], *, is_html: bool) -> str:
    written = _parsed(source, is_html=is_html).render(**given)
    if len(written) > LARGEST:
        raise ResourceLimitError("too much output", token=None)
    return str(written)


@lru_cache(maxsize=1024)
def _parsed(source: str, *, is_html: bool) -> BoundTemplate:
    return environment(is_html=is_html).from_string(source)
