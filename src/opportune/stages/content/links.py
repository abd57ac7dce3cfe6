"""The links of a rendered mail: counted, tracked where allowed, and harmless.

The HTML went through an inliner, so attributes are in double quotes and values inside them escaped.
"""

import re
from collections.abc import Callable, Collection
from html import escape, unescape
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import idna

from opportune.stages.content.rendered import Link

Track = Callable[[int, str], str]
"""(number, url) → the URL that is written instead; the identity where clicks may not be tracked."""
_HREF = re.compile(r"(<(?:a|area|v:\w+)\b(?:[^>\"]|\"[^\"]*\")*?\shref=\")([^\"]*)(\")", re.IGNORECASE)
_RESOURCE = re.compile(r"(<(?:img|input|v:\w+|td|table|body)\b(?:[^>\"]|\"[^\"]*\")*?\s(?:src|background)=\")([^\"]*)(\")", re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://[^\s<>\"]+")
_BLANKS = re.compile(r"[\x00-\x20\x7f]+")
_KEPT_SCHEMES = frozenset({"mailto", "tel", "sms"})


class Linker:
    """Rewrites one mail's links. A URL keeps its number in the text part; in HTML every place has its own."""

    def __init__(self, track: Track, *, untracked: Collection[str], shop_url: str) -> None:
        self.links: list[Link] = []
        self.refused: list[str] = []
        self._track = track
        self._untracked = frozenset(url for url in untracked if url)
        self._shop_url = shop_url

    def html(self, html: str) -> str:
        """The HTML with its links rewritten; what leads nowhere harmless leads nowhere."""
        linked = _HREF.sub(lambda match: match[1] + escape(self._followed(unescape(match[2])), quote=True) + match[3], html)
        return _RESOURCE.sub(lambda match: match[1] + (match[2] if self._is_loadable(match[2]) else "") + match[3], linked)

    def text(self, text: str) -> str:
        """The text with its http(s) links rewritten; punctuation that ends a sentence is no part of a link."""

        def rewritten(match: re.Match[str]) -> str:
            url = match[0].rstrip(".,;:!?)'")
            if url in self._untracked:
                return match[0]
            known = next((link for link in self.links if link.url == url), None)
            followed = self._track(known.number, url) if known else self._followed(url)
            return followed + match[0][len(url) :]

        return _IN_TEXT.sub(rewritten, text)

    def _followed(self, written: str) -> str:
        url = _BLANKS.sub(" ", written).strip()
        if not url or url.startswith("#") or url in self._untracked:
            return url
        scheme = _scheme(url)
        if not scheme and self._shop_url:
            url = urljoin(self._shop_url, url)
            scheme = _scheme(url)
        if scheme in _KEPT_SCHEMES:
            return url
        if scheme not in ("http", "https") or not is_web(url):
            self.refused.append(url)
            return "#"
        link = Link(len(self.links) + 1, url)
        self.links.append(link)
        return self._track(link.number, url)

    def _is_loadable(self, written: str) -> bool:
        is_loadable = _scheme(_BLANKS.sub("", unescape(written))) in ("", "http", "https", "cid", "data")
        if not is_loadable:
            self.refused.append(written)
        return is_loadable


def _ascii_host(parts: SplitResult) -> str:
    host = idna.encode(parts.hostname or "", uts46=True).decode("ascii")
    return f"{host}:{parts.port}" if parts.port else host


def is_web(url: str) -> bool:
    """Whether a URL is absolute http or https with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _scheme(url: str) -> str:
    """The scheme as a browser would read it, lower case; empty when there is none."""
    match = re.match(r"([a-z][a-z0-9+.\-]*):", url, re.IGNORECASE)
    return match[1].lower() if match else ""


def as_location(url: str) -> str | None:
    """A stored URL as a `Location` header may carry it: ASCII, http or https; None when it is neither."""
    if not is_web(url) or _BLANKS.search(url):
        return None
    parts = urlsplit(url)
    try:
        host = parts.netloc if parts.netloc.isascii() else _ascii_host(parts)
    except (idna.IDNAError, ValueError):
        return None
    kept = "%!#$&'()*+,/:;=?@[]~"
    return urlunsplit((parts.scheme, host, quote(parts.path, safe=kept), quote(parts.query, safe=kept), quote(parts.fragment, safe=kept)))
