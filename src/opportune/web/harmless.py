"""A mail made safe to look at: an operator who reads it is no open and no click.

The mail is written anew, tag by tag, so what a browser sees is only what was let through here. Behind it stand a policy that
runs no script and a sandboxed frame.
"""

from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

DROPPED = frozenset({"script", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "link", "meta", "noscript", "template"})
UNWRAPPED = frozenset({"form", "button", "input", "select", "textarea", "option", "svg", "math", "audio", "video", "source"})
"""Tags that go while what stands between them stays."""
WITH_CONTENT = frozenset({"script", "iframe", "object", "noscript", "template", "applet"})
LEADING = frozenset({"href", "action", "formaction", "ping", "target", "srcset", "xlink:href", "background", "srcdoc", "id", "name"})
TRACKED = ("/o/", "/c/", "/u/", "/w/")


def harmless(html: str) -> str:
    """The mail without pixel, scripts and forms, its links leading nowhere."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return "".join(writer.written)


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._inside = 0
        """How deep inside a dropped element."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in WITH_CONTENT:
            self._inside += 1
        if self._inside or tag in DROPPED | UNWRAPPED:
            return
        kept = [(name, value or "") for name, value in attrs if _is_kept(name, value or "")]
        written = "".join(f' {name}="{escape(value, quote=True)}"' for name, value in kept)
        self.written.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in WITH_CONTENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in WITH_CONTENT:
            self._inside = max(0, self._inside - 1)
        elif not self._inside and tag not in DROPPED | UNWRAPPED:
            self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() == "doctype html":
            self.written.append("<!doctype html>")


def _is_kept(name: str, value: str) -> bool:
    if name.startswith("on") or name in LEADING or not name.replace("-", "").replace(":", "").isalnum():
        return False
    return name != "src" or (_scheme(value) in ("http", "https", "data", "") and not _is_tracked(value))


def _is_tracked(url: str) -> bool:
    """Whether it is one of our tracking addresses, at whatever host they are given out."""
    try:
        return urlsplit(url.strip()).path.startswith(TRACKED)
    except ValueError:
        return True


def _scheme(url: str) -> str:
    """The scheme of a URL; `invalid` when it is none."""
    try:
        return urlsplit(url.strip()).scheme
    except ValueError:
        return "invalid"
