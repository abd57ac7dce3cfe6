"""A source that sends by webhook: `{webhook: shopify, secret_env: SHOPIFY_SECRET}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from opportune.adapters.project.form import Form, Value, text
from opportune.adapters.project.nodes import Listing, Map, Node, Scalar
from opportune.language.vocabulary.problems import Place

WEBHOOK_KEYS = ("webhook", "secret_env", "with", "largest")
LARGEST_BYTES = 1_000_000
_MOST_BYTES = 16_000_000
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """What opportune.yml says of a webhook. Its connector is looked up by `adapters.project.connectors`."""

    name: str
    connector: str
    """Name of a built-in connector, or a file of the project: then it ends in .yml."""
    secret_env: tuple[str, ...] = ()
    """Environment variables that hold the secrets it may sign with: several while they are changed."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """`with:`, laid over what the connector declares."""
    largest_bytes: int = LARGEST_BYTES
    place: Place = field(default=Place(""), compare=False)

    @property
    def maps(self) -> tuple[str, ...]:
        """The files of the project that it reads."""
        return (self.connector,) if self.connector.endswith(".yml") else ()


def webhook_of(name: str, said: Map, form: Form) -> Webhook | None:
    """The webhook of one entry of `sources:`; None where it cannot be told which connector it is."""
    what = f"sources.{name}"
    form.map(said, what, required=("secret_env",))
    nodes = {entry.key: entry.node for entry in said.entries}
    connector = form.value(nodes["webhook"], f"{what}.webhook", text)
    secrets = _variables(nodes["secret_env"], f"{what}.secret_env", form) if "secret_env" in nodes else ()
    settings = _settings(nodes["with"], f"{what}.with", form) if "with" in nodes else {}
    largest = form.value(nodes["largest"], f"{what}.largest", size_bytes) if "largest" in nodes else None
    if connector is None:
        return None
    return Webhook(
        name=name,
        connector=connector,
        secret_env=secrets,
        settings=settings,
        largest_bytes=largest or LARGEST_BYTES,
        place=nodes["webhook"].place,
    )


def variable(value: Value) -> str:
    """The name of an environment variable. A secret itself is refused where it can be told."""
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise ValueError("must be the name of an environment variable, such as SHOPIFY_SECRET; the secret itself stands in no file")
    return value


def size_bytes(value: Value) -> int:
    """An amount of bytes, as 500KB or 2MB."""
    said = re.fullmatch(r"([0-9]{1,9}) ?(KB|MB)", text(value).strip())
    size = int(said[1]) * (1_000_000 if said[2] == "MB" else 1_000) if said else 0
    if not 1_000 <= size <= _MOST_BYTES:
        raise ValueError("must be a size from 1KB to 16MB, such as 1MB")
    return size


def _variables(node: Node, what: str, form: Form) -> tuple[str, ...]:
    nodes = node.nodes if isinstance(node, Listing) else (node,)
    found = [form.value(each, what, variable) for each in nodes]
    return tuple(each for each in found if each is not None)


def _settings(node: Node, what: str, form: Form) -> dict[str, str]:
    """Texts by name; an empty text is a value."""
    found: dict[str, str] = {}
    for entry in form.map(node, what).entries:
        if isinstance(entry.node, Scalar) and entry.node.value == "":
            found[entry.key] = ""
        elif (value := form.value(entry.node, f"{what}.{entry.key}", text)) is not None:
            found[entry.key] = value
    return found
