"""Connector files: what a system that sends webhooks signs, what of its requests is kept, and which calls they make.

The built-in ones are package data, found by their names; a project's own are files of the project, ending in .yml. Both are read alike,
so a built-in one can be copied and changed.
"""

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from opportune.adapters.project.form import Form, Value, length, one_of, text
from opportune.adapters.project.mapping_files import MAPPING_KEYS, mapping_of
from opportune.adapters.project.nodes import Map, Node, nodes_of
from opportune.adapters.project.webhook_sources import Webhook
from opportune.language.vocabulary.problems import Place, Problem, ProblemsFound, known_names
from opportune.stages.mapping.connector import Connector
from opportune.stages.mapping.signature import (
    ALGORITHMS,
    BODY,
    ENCODINGS,
    PROVIDERS,
    TIMESTAMP,
    Basic,
    Hmac,
    Provided,
    Scheme,
    Stamp,
    Token,
)

CONNECTOR_KEYS = ("connector", "signature", "headers", "ping", *MAPPING_KEYS)
_HMAC = ("header", "algorithm", "encoding", "prefix", "separator", "signs", "timestamp", "secret_prefix")
_SCHEMES = {"hmac": _HMAC, "token": ("header", "prefix", "query"), "basic": (), "provider": ()}
_HEADER = re.compile(r"[A-Za-z0-9-]{1,80}")
_HOLE = re.compile(r"(\{[^{}]+\})")
_BUILT_IN = files("opportune").joinpath("connectors")


def built_in() -> tuple[str, ...]:
    """Names of the connectors that come with Opportune."""
    return tuple(sorted(each.name.removesuffix(".yml") for each in _BUILT_IN.iterdir() if each.name.endswith(".yml")))


def connectors_of(webhooks: Sequence[Webhook], texts: Mapping[str, str], form: Form) -> dict[str, Connector]:
    """Source → its connector. `texts`: path → text of the project's files. What is wrong goes to `form`, and such a source is left out."""
    found = {webhook.name: _connector(webhook, texts, form) for webhook in webhooks}
    return {name: connector for name, connector in found.items() if connector is not None}


def connector_named(name: str, texts: Mapping[str, str]) -> Connector:
    """One connector, asked for outside the files. Raises ProblemsFound."""
    form = Form()
    found = _connector(Webhook(name="", connector=name, place=Place("--connector")), texts, form)
    if found is None or form.problems:
        raise ProblemsFound(form.problems)
    return found


def _connector(webhook: Webhook, texts: Mapping[str, str], form: Form) -> Connector | None:
    found = _text(webhook.connector, texts)
    if found is None:
        own = [name for name in texts if name.endswith(".yml") and "/" not in name] if webhook.maps else []
        _report(webhook, "E160", f"no connector is called '{webhook.connector}'", known_names(webhook.connector, [*built_in(), *own]), form)
        return None
    connector = connector_in(*found, form)
    for name in webhook.settings if connector else ():
        known = connector.mapping.settings if connector else {}
        if name not in known:
            _report(webhook, "E123", f"{webhook.connector} has no setting '{name}'", known_names(name, known), form)
    if connector and isinstance(connector.scheme, Provided):
        _check_provider(webhook, form)
    return connector


def _check_provider(webhook: Webhook, form: Form) -> None:
    provider = webhook.settings.get("provider", "")
    if webhook.name and provider not in PROVIDERS:
        what = f"'{provider}' is no mail provider we read" if provider else f"{webhook.connector} does not say whose mail it is about"
        _report(webhook, "E124", what, f"Write `with: {{provider: NAME}}`, one of {', '.join(PROVIDERS)}.", form)


def _report(webhook: Webhook, code: str, what: str, remedy: str, form: Form) -> None:
    form.problems.append(Problem(code=code, place=webhook.place, what=what, remedy=remedy))


def _text(connector: str, texts: Mapping[str, str]) -> tuple[str, str] | None:
    """A connector's text, and its name in problems."""
    if connector.endswith(".yml"):
        return (texts[connector], connector) if connector in texts else None
    if connector not in built_in():
        return None
    return _BUILT_IN.joinpath(f"{connector}.yml").read_text(encoding="utf-8"), f"connectors/{connector}.yml"


def connector_in(written: str, file: str, form: Form) -> Connector | None:
    """The connector of one file's text; None where it could believe nobody."""
    node, problems = nodes_of(written, file)
    form.problems += problems
    if node is None:
        return None
    root = form.map(node, file, CONNECTOR_KEYS, ("signature",))
    signature = root.get("signature")
    scheme = _scheme(signature, form) if signature is not None else None
    mapping = mapping_of(root, form)
    if scheme is None:
        return None
    name, ping = root.get("connector"), root.get("ping")
    return Connector(
        name=(form.value(name, "connector", text) if name is not None else None) or file,
        scheme=scheme,
        mapping=mapping,
        headers=_headers(root.get("headers"), form),
        ping=form.value(ping, "ping", pattern) if ping is not None else None,
    )


def pattern(value: Value) -> re.Pattern[bytes]:
    """A regular expression over the bytes of a body."""
    try:
        return re.compile(text(value).encode())
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from error


def header(value: Value) -> str:
    """The name of a header, in small letters."""
    said = text(value)
    if not _HEADER.fullmatch(said):
        raise ValueError("must be the name of a header, such as X-Signature")
    return said.lower()


def _headers(node: Node | None, form: Form) -> tuple[str, ...]:
    nodes = form.listing(node, "headers") if node is not None else ()
    found = [form.value(each, "headers", header) for each in nodes]
    return tuple(each for each in found if each is not None)


def _scheme(node: Node, form: Form) -> Scheme | None:
    said = form.map(node, "signature")
    kind = said.get("scheme")
    scheme = "hmac" if kind is None else form.value(kind, "signature.scheme", one_of(*_SCHEMES))
    if scheme is None:
        return None
    said = form.map(node, "signature", ("scheme", *_SCHEMES[scheme]), ("header",) if scheme == "hmac" else ())
    match scheme:
        case "hmac":
            return _hmac(said, form)
        case "token":
            return _token(said, form)
        case "provider":
            return Provided()
        case _:
            return Basic()


def _said(said: Map, key: str, form: Form) -> str:
    """A text that may be empty and keeps the space at its end; keys of a signature are told by their whole names."""
    node = said.get(key)
    return (form.value(node, f"signature.{key}", str) if node is not None else None) or ""


def _token(said: Map, form: Form) -> Token | None:
    where = said.get("header")
    name = form.value(where, "signature.header", header) if where is not None else None
    query = _said(said, "query", form)
    if bool(name) == bool(query):
        form.report(said, "E124", "a token stands in a 'header' or in the 'query'", "Write one of the two.")
        return None
    return Token(header=name or "", prefix=_said(said, "prefix", form), query=query)


def _hmac(said: Map, form: Form) -> Hmac | None:
    where, algorithm, encoding, signs = (said.get(key) for key in ("header", "algorithm", "encoding", "signs"))
    name = form.value(where, "signature.header", header) if where is not None else None
    stamp = _stamp(said.get("timestamp"), form)
    chosen = form.value(algorithm, "signature.algorithm", one_of(*ALGORITHMS)) if algorithm is not None else "hmac-sha256"
    letters = form.value(encoding, "signature.encoding", one_of(*ENCODINGS)) if encoding is not None else "base64"
    parts = _signs(signs, stamp, form) if signs is not None else (f"{{{BODY}}}",)
    if name is None or chosen is None or letters is None or parts is None:
        return None
    return Hmac(
        header=name,
        algorithm=chosen,
        encoding=letters,
        prefix=_said(said, "prefix", form),
        separator=_said(said, "separator", form),
        signs=parts,
        stamp=stamp,
        secret_prefix=_said(said, "secret_prefix", form),
    )


def _signs(node: Node, stamp: Stamp | None, form: Form) -> tuple[str, ...] | None:
    said = form.value(node, "signature.signs", text)
    if said is None:
        return None
    parts = tuple(
        part if part in (f"{{{BODY}}}", f"{{{TIMESTAMP}}}") else part.lower() if part.startswith("{") else part
        for part in _HOLE.split(said)
        if part
    )
    if f"{{{BODY}}}" not in parts:
        form.report(node, "E125", "signature.signs must have {body} in it", "A signature that does not cover the body proves nothing.")
        return None
    if f"{{{TIMESTAMP}}}" in parts and stamp is None:
        form.report(node, "E125", "signature.signs has {timestamp}, and nothing says where it stands", "Add timestamp: {header: ...}.")
        return None
    return parts


def _stamp(node: Node | None, form: Form) -> Stamp | None:
    if node is None:
        return None
    said = form.map(node, "signature.timestamp", ("header", "prefix", "tolerance"), ("header",))
    where, tolerance = said.get("header"), said.get("tolerance")
    name = form.value(where, "signature.timestamp.header", header) if where is not None else None
    most = form.value(tolerance, "signature.timestamp.tolerance", length) if tolerance is not None else None
    if name is None:
        return None
    return Stamp(header=name, prefix=_said(said, "prefix", form), **({"tolerance": most} if most else {}))
