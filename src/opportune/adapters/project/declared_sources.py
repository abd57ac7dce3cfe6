"""`sources:` of `opportune.yml`: where events come from besides Segment's calls, each by the name it has everywhere.

The key that says what kind a source is (`webhook`, ...) says who reads the rest of it: a file for each kind. Secrets stand in none of
them, only the names of environment variables that hold them.
"""

import re
from collections.abc import Callable, Mapping

from opportune.adapters.project.form import Form
from opportune.adapters.project.nodes import Entry, Map, Node
from opportune.adapters.project.pull_sources import FOLDER_KEYS, URL_KEYS, FolderPull, UrlPull, folder_of, url_of
from opportune.adapters.project.webhook_sources import WEBHOOK_KEYS, Webhook, webhook_of

DeclaredSource = Webhook | FolderPull | UrlPull
"""One frozen dataclass a kind; each has its `name`, and `maps`: the files of the project that it reads."""

_KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[str, Map, Form], DeclaredSource | None]]] = {
    "webhook": (WEBHOOK_KEYS, webhook_of),
    "folder": (FOLDER_KEYS, folder_of),
    "url": (URL_KEYS, url_of),
}
"""The key that makes a source one of a kind → the keys of that kind, and who reads them."""
KINDS = tuple(_KINDS)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def declared_sources_of(node: Node, form: Form) -> dict[str, DeclaredSource]:
    """The sources of `sources:` by name; what is wrong goes to `form`, and such a source is left out."""
    found = {entry.key: _source(entry, form) for entry in form.map(node, "sources").entries if _is_name(entry, form)}
    return {name: source for name, source in found.items() if source is not None}


def _is_name(entry: Entry, form: Form) -> bool:
    if entry.key == "import" or entry.key.startswith("opportune"):
        form.report(entry, "E126", f"'{entry.key}' is a name Opportune writes itself", "Choose another, such as shop.")
        return False
    if not _NAME.fullmatch(entry.key):
        form.report(entry, "E126", f"'{entry.key}' cannot be a name in sources:", "Names are small letters, digits, _ or -.")
        return False
    return True


def _source(entry: Entry, form: Form) -> DeclaredSource | None:
    what = f"sources.{entry.key}"
    said = form.map(entry.node, what)
    kinds = [each.key for each in said.entries if each.key in _KINDS]
    if len(kinds) != 1:
        if isinstance(entry.node, Map):
            wanted = f"Write one of {', '.join(KINDS)}, such as webhook: shopify."
            form.report(entry, "E124", f"{what} says {'two kinds at once' if kinds else 'no kind'}", wanted)
        return None
    keys, read = _KINDS[kinds[0]]
    return read(entry.key, form.map(entry.node, what, keys), form)
