"""The text part of a template that has none: what a person would read in its HTML, links written out.

Derived once per template, from HTML whose Liquid is hidden, so that loops and conditions keep their places.
"""

import re
from html.parser import HTMLParser

_BLOCK_NAMES = """
    address article blockquote center div dl dt dd fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre
    section table tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = frozenset({"head", "style", "script", "title", "noscript", "template", "xml"})
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def text_of(html: str) -> str:
    """Plain text, at most one blank line in a row, no line with spaces at its ends."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tidied("".join(reader.written))


def tidied(text: str) -> str:
    """At most one blank line in a row, no spaces at the ends of lines, no blank line at either end."""
    lines = [re.sub(r"[ \t\r\f\v\xa0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._silent: list[str] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._silent or tag in _SILENT or _HIDDEN.search(given.get("style") or ""):
            if tag not in _VOID:
                self._silent.append(tag)
            return
        if tag in _BLOCKS or tag == "br":
            self.written.append("\n- " if tag == "li" else "\n")
        elif tag == "td":
            self.written.append(" ")
        elif tag == "img":
            self.written.append(given.get("alt") or "")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self.written)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag in self._silent:
                del self._silent[len(self._silent) - 1 - self._silent[::-1].index(tag) :]
            return
        if tag == "a" and self._links:
            url, start = self._links.pop()
            self._write_link(url, " ".join("".join(self.written[start:]).split()), start)
        elif tag in _BLOCKS:
            self.written.append("\n\n" if tag in ("p", "h1", "h2", "h3", "table") else "\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.written.append(re.sub(r"\s+", " ", data))

    def _write_link(self, url: str, label: str, start: int) -> None:
        del self.written[start:]
        if not url or url.startswith("#") or url == label:
            self.written.append(label or url)
        else:
            self.written.append(f"{label}: {url} " if label else f"{url} ")
