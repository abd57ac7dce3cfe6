"""The few pages a reader of our mail may see: small, readable on a telephone and at night, without scripts."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent pixel."""
STYLE = (
    ":root{color-scheme:light dark;--ink:#1f2937;--soft:#6b7280;--paper:#ffffff;--ground:#f3f4f6;--line:#e5e7eb;--act:#1d4ed8}"
    "@media(prefers-color-scheme:dark){:root{--ink:#f3f4f6;--soft:#9ca3af;--paper:#1f2937;--ground:#111827;--line:#374151;--act:#3b82f6}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:24px 16px;background:var(--ground);"
    "color:var(--ink);font:16px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}"
    "main{width:100%;max-width:460px;background:var(--paper);border:1px solid var(--line);border-radius:14px;padding:36px 32px}"
    ".shop{margin:0 0 20px;font-size:14px;color:var(--soft)}"
    "h1{margin:0 0 12px;font-size:24px;line-height:1.25;letter-spacing:-.01em}"
    "p,ul{margin:0 0 16px}ul{padding-left:20px}.quiet{margin:20px 0 0;font-size:14px;color:var(--soft)}"
    "blockquote{margin:0 0 16px;padding-left:14px;border-left:3px solid var(--line);color:var(--soft)}"
    "b{overflow-wrap:anywhere}a{color:var(--act)}"
    "button{width:100%;padding:13px 20px;border:0;border-radius:9px;background:var(--act);color:#fff;font:inherit;font-weight:600;"
    "cursor:pointer}button:focus-visible,a:focus-visible{outline:3px solid var(--act);outline-offset:3px}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
SECURITY = (
    (
        "content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `all_headers` adds length and the security headers."""

    status: int
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()

    def all_headers(self) -> list[tuple[str, str]]:
        """Every header of the answer."""
        return [("content-type", self.content_type), ("content-length", str(len(self.body))), *SECURITY, *self.headers]


def unsubscribe_page(shop: str, address: str) -> Page:
    """A button; looking at it changes nothing."""
    return _page(
        shop,
        "Unsubscribe?",
        f"<p>We will send no more marketing e-mail to <b>{escape(_masked(address))}</b>.</p>"
        '<form method="post"><input type="hidden" name="from" value="page"><button type="submit">Unsubscribe</button></form>'
        '<p class="quiet">It takes effect at once. You need no account for this.</p>',
    )


def unsubscribed_page(shop: str, address: str) -> Page:
    """Done, whether for the first time or again."""
    return _page(
        shop,
        "You are unsubscribed",
        f"<p><b>{escape(_masked(address))}</b> will get no more marketing e-mail from us.</p>"
        '<p class="quiet">Mail about your orders may still reach you. A message already on its way may still arrive.</p>',
    )


def confirm_page(shop: str, address: str, wording: str, button: str) -> Page:
    """A button; looking at it changes nothing. `button`: what it sends back."""
    said = f"<p>You agreed to this:</p><blockquote>{escape(wording)}</blockquote>" if wording else ""
    return _page(
        shop,
        "Do you want our e-mail?",
        f"<p>Somebody asked for it to be sent to <b>{escape(_masked(address))}</b>.</p>{said}"
        f'<form method="post"><input type="hidden" name="button" value="{escape(button, quote=True)}">'
        '<button type="submit">Yes, send it to me</button></form>'
        '<p class="quiet">If it was not you, do nothing: without this button nothing is sent. You can take it back at any time.</p>',
    )


def confirmed_page(shop: str, address: str) -> Page:
    """Done, whether for the first time or again."""
    return _page(
        shop,
        "Thank you",
        f'<p>We will write to <b>{escape(_masked(address))}</b>.</p><p class="quiet">At the foot of every mail is a link that ends it.</p>',
    )


def expired_page(shop: str, shop_url: str) -> Page:
    """Too late; what to do."""
    where = f'<a href="{escape(shop_url, quote=True)}">our shop</a>' if shop_url else "our shop"
    return _page(
        shop,
        "This link has expired",
        f"<p>It was good for seven days, and nothing was confirmed. If you still want our e-mail, sign up once more in {where} "
        "and we send you a new link.</p>",
        status=410,
    )


def why_page(shop: str, reasons: Sequence[str], unsubscribe_url: str) -> Page:
    """The reasons as a list, and the way out."""
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons) or "<li>You agreed to receive e-mail from us.</li>"
    out = f'<p class="quiet"><a href="{escape(unsubscribe_url, quote=True)}">I do not want this e-mail any more</a></p>'
    return _page(shop, "Why you got this message", f"<ul>{listed}</ul>{out}")


def not_found() -> Page:
    """The same for a forged token, an old one and a wrong path: nothing to learn from it."""
    return _page("", "This link is not valid", "<p>It may have been cut short. Please open it from the e-mail again.</p>", status=404)


def unavailable() -> Page:
    """Nothing was stored; ask again."""
    page = _page("", "Please try again", "<p>We could not save this just now. Please try again in a moment.</p>", status=503)
    return Page(page.status, page.body, page.content_type, (("retry-after", "5"),))


def _page(shop: str, title: str, content: str, *, status: int = 200) -> Page:
    above = f'<p class="shop">{escape(shop)}</p>' if shop else ""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>{above}<h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    return Page(status, html.encode("utf-8", "replace"))


def _masked(address: str) -> str:
    """Enough to recognise one's own address: a forwarded mail must not give it away whole."""
    local, at, domain = address.rpartition("@")
    return f"{local[:2]}{'•' * 4}{at}{domain}" if at else "this address"
