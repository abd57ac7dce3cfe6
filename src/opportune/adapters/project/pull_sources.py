"""Sources that are fetched at set times: files of a folder, pages of JSON from an address.

till:    {folder: sales, pattern: "*.csv", map: sales.yml, every: 15m}
catalog: {url: "https://shop.example.org/api/products", every: 1h, map: products.yml, items: products}
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError

from opportune.adapters.project.form import Form, Value, length, one_of, text, whole
from opportune.adapters.project.nodes import Map, Node
from opportune.adapters.project.webhook_sources import size_bytes, variable

FOLDER_KEYS = ("folder", "pattern", "map", "every", "settle")
URL_KEYS = ("url", "every", "map", "items", "pages", "cursor", "headers_env", "timeout", "largest")
SOONEST = timedelta(seconds=1)
EVERY, SETTLE, TIMEOUT = timedelta(minutes=15), timedelta(seconds=5), timedelta(seconds=30)
LARGEST_PAGE = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPull:
    """Files of `folder` whose names match `pattern`, each once it has not changed for `settle`. `map`: a file of the project, or the name
    of one that comes with Opportune."""

    name: str
    folder: str
    pattern: str = "*"
    map: str | None = None
    every: timedelta = EVERY
    settle: timedelta = SETTLE

    @property
    def maps(self) -> tuple[str, ...]:
        """The files of the project that it reads."""
        return (self.map,) if self.map is not None and self.map.endswith((".yml", ".yaml")) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """From where on a page is asked for: `param` says the largest value of `path` so far, less `overlap`; `start` before there is one."""

    param: str
    path: str
    overlap: timedelta = timedelta(0)
    start: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How the next page is found: an address that stands `at` in the page (`next`), the header Link (`link`), or a `number` counted up."""

    kind: str = "one"
    at: str = ""
    from_: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlPull:
    """Pages of JSON. `headers_env`: header → the environment variable that holds its value."""

    name: str
    url: str
    map: str | None = None
    every: timedelta = EVERY
    things: str | None = None
    """Path to the list in a page; None: the page is one."""
    pages: Pages = field(default_factory=Pages)
    cursor: Cursor | None = None
    headers_env: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = TIMEOUT
    largest_bytes: int = LARGEST_PAGE

    @property
    def maps(self) -> tuple[str, ...]:
        """The files of the project that it reads."""
        return () if self.map is None else (self.map,)


Pull = FolderPull | UrlPull


def folder_of(name: str, said: Map, form: Form) -> FolderPull | None:
    """The folder of one entry of `sources:`."""
    reads = {"folder": text, "pattern": text, "map": table_map, "every": often, "settle": length}
    found = _read(name, said, reads, form)
    return FolderPull(name=name, **found) if "folder" in found else None


def url_of(name: str, said: Map, form: Form) -> UrlPull | None:
    """The address of one entry of `sources:`."""
    reads = {"url": address, "map": map_file, "every": often, "items": path, "timeout": length, "largest": size_bytes}
    found = _read(name, said, reads, form)
    renamed = {"items": "things", "largest": "largest_bytes"}
    told = {renamed.get(key, key): value for key, value in found.items()}
    nodes = {entry.key: entry.node for entry in said.entries}
    what = f"sources.{name}"
    if "pages" in nodes and (pages := _pages(nodes["pages"], f"{what}.pages", form)) is not None:
        told["pages"] = pages
    if "cursor" in nodes:
        told["cursor"] = _cursor(nodes["cursor"], f"{what}.cursor", form)
    if "headers_env" in nodes:
        told["headers_env"] = _headers(nodes["headers_env"], f"{what}.headers_env", form)
    return UrlPull(name=name, **told) if "url" in told else None


def often(value: Value) -> timedelta:
    """How often, at most once a second."""
    said = length(value)
    if said < SOONEST:
        raise ValueError("must be 1s or longer")
    return said


def map_file(value: Value) -> str:
    """A map file of the project."""
    said = text(value)
    if not said.endswith((".yml", ".yaml")):
        raise ValueError("must be a map file, which ends in .yml")
    return said


def table_map(value: Value) -> str:
    """A map file of the project, or the name of a map that comes with Opportune."""
    said = text(value)
    return said if re.fullmatch(r"[a-z][a-z0-9-]*", said) else map_file(said)


def address(value: Value) -> str:
    """A web address, without a name and password in it."""
    said = text(value)
    try:
        parts = urlsplit(said)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", said):
        raise ValueError("must be a web address such as https://shop.example.org/api/orders")
    if "@" in parts.netloc:
        raise ValueError("must hold no password; write it to an environment variable and name that under headers_env")
    return said


def path(value: Value) -> str:
    """A JMESPath expression."""
    said = text(value)
    try:
        jmespath.compile(said)
    except JMESPathError as error:
        raise ValueError("must be a path such as data.orders") from error
    return said


def largest_of(value: Value) -> str:
    """The path inside `max(...)`."""
    said = text(value).strip()
    if not (said.startswith("max(") and said.endswith(")")):
        raise ValueError("must be max(PATH), such as max(updated_at)")
    return path(said[4:-1])


def header(value: Value) -> str:
    """The name of a header that a request may carry."""
    said = text(value)
    if (
        not said.replace("-", "").isalnum()
        or not said.isascii()
        or said.lower() in ("host", "content-length", "connection", "transfer-encoding")
    ):
        raise ValueError("must be the name of a header, such as Authorization")
    return said


def _read(name: str, said: Map, reads: Mapping[str, Callable[[Value], Any]], form: Form) -> dict[str, Any]:
    found = dict[str, Any]()
    for entry in said.entries:
        if entry.key in reads:
            value = form.value(entry.node, f"sources.{name}.{entry.key}", reads[entry.key])
            if value is not None:
                found[entry.key] = value
    return found


def _pages(node: Node, what: str, form: Form) -> Pages | None:
    """`link`, or a map with `next:` or `number:`."""
    if not isinstance(node, Map):
        said = form.value(node, what, one_of("link"))
        return None if said is None else Pages(kind="link")
    found = form.map(node, what, ("next", "number", "from"))
    nodes = {entry.key: entry.node for entry in found.entries}
    if ("next" in nodes) == ("number" in nodes):
        form.report(
            node, "E124", f"{what} says neither or both of 'next' and 'number'", "Write next: PATH, number: PARAMETER, or pages: link."
        )
        return None
    kind, read = ("next", path) if "next" in nodes else ("number", text)
    at = form.value(nodes[kind], f"{what}.{kind}", read)
    first = form.value(nodes["from"], f"{what}.from", whole) if "from" in nodes else 1
    return None if at is None or first is None else Pages(kind=kind, at=at, from_=first)


def _cursor(node: Node, what: str, form: Form) -> Cursor | None:
    said = form.map(node, what, ("param", "from", "overlap", "start"), ("param", "from"))
    nodes = {entry.key: entry.node for entry in said.entries}
    param = form.value(nodes["param"], f"{what}.param", text) if "param" in nodes else None
    largest = form.value(nodes["from"], f"{what}.from", largest_of) if "from" in nodes else None
    overlap = form.value(nodes["overlap"], f"{what}.overlap", length) if "overlap" in nodes else None
    start = form.value(nodes["start"], f"{what}.start", text) if "start" in nodes else None
    if param is None or largest is None:
        return None
    return Cursor(param=param, path=largest, overlap=overlap or timedelta(0), start=start)


def _headers(node: Node, what: str, form: Form) -> dict[str, str]:
    found = {}
    for entry in form.map(node, what).entries:
        value = form.value(entry.node, f"{what}.{entry.key}", variable)
        try:
            name = header(entry.key)
        except ValueError as error:
            form.report(entry, "E125", f"{what} has a key '{entry.key}': it {error}")
            continue
        if value is not None:
            found[name] = value
    return found
