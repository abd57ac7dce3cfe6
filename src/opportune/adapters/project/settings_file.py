"""`opportune.yml` and the environment → `Settings`, with every Problem."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from opportune.adapters.project.consent_settings import consent_of
from opportune.adapters.project.declared_sources import declared_sources_of
from opportune.adapters.project.form import Form, Value, counted, length, one_of, text, truth, whole
from opportune.adapters.project.identity_settings import identity_of
from opportune.adapters.project.nodes import Map, Node, Scalar
from opportune.adapters.project.offers import offers_of
from opportune.adapters.project.settings import Settings, Smtp
from opportune.language.tree.later import not_yet
from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean
from opportune.stages.content.brand import colour_of

Read = Callable[[Value], Any]
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def currency(value: Value) -> str:
    """An ISO 4217 code."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError("must be a currency code of three capitals, such as USD")
    return value


def country(value: Value) -> str:
    """An ISO 3166 code."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError("must be a country's code of two capitals, such as DE; in quotes where YAML takes it for no")
    return value


def timezone(value: Value) -> str:
    """An IANA zone that this machine knows."""
    try:
        return ZoneInfo(text(value)).key
    except (ValueError, OSError, LookupError) as error:
        raise ValueError("must be a time zone such as Europe/Berlin or UTC") from error


def port(value: Value) -> int:
    """A TCP port; 0 lets the system choose."""
    number = whole(value)
    if not 0 <= number <= 65_535:
        raise ValueError("must be a port from 0 to 65535")
    return number


def address(value: Value) -> str:
    """A mail address, with or without a name before it."""
    said = text(value)
    if not re.fullmatch(r"[^\r\n@<>]+@[^\r\n@<>\s]+|[^\r\n<>]*<[^\r\n@<>\s]+@[^\r\n@<>\s]+>", said.strip()):
        raise ValueError("must be a mail address, such as shop@example.org or My Shop <shop@example.org>")
    return said.strip()


def size(value: Value) -> str:
    """An amount of memory that a question can be answered in, at least 64 MB."""
    said = re.fullmatch(r"([0-9]{1,6}) ?(MB|GB)", text(value).strip())
    if said is None or int(said[1]) * (1000 if said[2] == "GB" else 1) < 64:
        raise ValueError("must be an amount of memory of at least 64MB, such as 512MB or 4GB")
    return f"{said[1]}{said[2]}"


def network(value: Value) -> str:
    """An address or a network of them."""
    try:
        return str(ip_network(text(value).strip(), strict=False))
    except ValueError as error:
        raise ValueError("must be an address or a network, such as 10.0.0.0/8") from error


def url(value: Value) -> str:
    """A web address."""
    said = text(value)
    try:
        parts = urlsplit(said)
    except ValueError as error:
        raise ValueError("must be a web address such as https://shop.example.org") from error
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", said):
        raise ValueError("must be a web address such as https://shop.example.org")
    return said.rstrip("/")


def colour(value: Value) -> str:
    """`#rrggbb`."""
    if not isinstance(value, str):
        raise ValueError('must be a colour such as "#24544b", in quotes: # begins a comment')
    return colour_of(value)


SECTIONS: Mapping[str, Mapping[str, Read]] = {
    "shop": {"name": text, "currency": currency, "url": url, "timezone": timezone, "address": text, "country": country},
    "sender": {"from": address, "reply_to": address},
    "brand": {"logo": url, "logo_width": counted, "colour": colour, "accent": colour, "font": text, "signature": text},
    "smtp": {"host": text, "port": port, "user": text, "password_env": text, "tls": one_of("none", "starttls", "tls")},
    "serve": {"host": text, "port": port, "public_url": url, "tick": length},
    "collector": {"calls_per_second": counted, "burst": counted, "keep_ip": truth, "memory": size},
    "calibrate": {"scores": one_of("monthly", "weekly", "daily"), "tiers": one_of("monthly", "weekly", "daily")},
    "breakers": {"person_daily": counted, "journey_factor": counted, "journey_floor": counted},
    "places": {"table": text},
}
"""Section → key → what reads it."""
PLAIN: Mapping[str, Read] = {"data": text, "state": text, "engine": text, "memory_limit": size, "keep_raw": length}
RULES = ("caps", "quiet_hours")
"""They may read definitions, so `sending.py` reads them after these."""
KEYS = (*SECTIONS, *PLAIN, *RULES, "offers", "identity", "sources", "warm_up", "allow_private")
_NESTED = {"shop": ("consent",), "smtp": ("retry",), "serve": ("trusted_proxies",)}


def settings_of(root: Map, form: Form) -> Settings:
    """The settings of `opportune.yml`; problems go to `form`."""
    settings = Settings()
    for entry in root.entries:
        if entry.key in SECTIONS:
            settings = _with_section(settings, entry.key, entry.node, form)
        elif entry.key in PLAIN:
            found = form.value(entry.node, entry.key, PLAIN[entry.key])
            settings = replace(settings, **{entry.key: found}) if found is not None else settings
        elif entry.key in KEYS and entry.key not in RULES:
            settings = _with_rule(settings, entry.key, entry.node, form)
    _check_required(root, form)
    _check_whole(settings, root, form)
    return settings


def _field(key: str) -> str:
    return "from_" if key == "from" else key


def _with_section(settings: Settings, section: str, node: Node, form: Form) -> Settings:
    reads = SECTIONS[section]
    found: dict[str, Any] = {}
    for entry in form.map(node, section, (*reads, *_NESTED.get(section, ()))).entries:
        what = f"{section}.{entry.key}"
        if entry.key in reads:
            value = form.value(entry.node, what, reads[entry.key])
        elif entry.key == "trusted_proxies":
            listed = [form.value(part, what, network) for part in form.listing(entry.node, what)]
            value = tuple(part for part in listed if part is not None)
        elif entry.key == "retry":
            lengths = [form.value(part, what, length) for part in form.listing(entry.node, what)]
            value = tuple(part for part in lengths if part is not None)
        else:
            found |= consent_of(entry.node, form)
            continue
        if value is not None:
            found[_field(entry.key)] = value
    if section == "smtp" and "host" not in found and isinstance(node, Map) and node.get("host") is None:
        form.report(node, "E124", "smtp has no 'host'", "Add `host:`, or leave smtp out to have mail written as files.")
    before = getattr(settings, section) or Smtp()
    changed: dict[str, Any] = {section: replace(before, **found)}
    return replace(settings, **changed)


def _texts(node: Node, what: str, form: Form) -> tuple[str, ...]:
    found = [form.value(part, what, text) for part in form.listing(node, what)]
    return tuple(part for part in found if part is not None)


def _with_rule(settings: Settings, key: str, node: Node, form: Form) -> Settings:
    match key:
        case "offers":
            return replace(settings, offers=offers_of(node, form))
        case "identity":
            return replace(settings, identity=identity_of(node, form))
        case "sources":
            return replace(settings, sources=declared_sources_of(node, form))
        case "warm_up":
            if not (isinstance(node, Scalar) and node.value in (False, "off")):
                form.problems.append(not_yet("warm_up", node.place))
            return settings
        case _:
            return replace(settings, allow_private=_texts(node, "allow_private", form))


def _check_required(root: Map, form: Form) -> None:
    shop = root.get("shop")
    for key in ("name", "currency"):
        if not isinstance(shop, Map) or shop.get(key) is None:
            where = shop if isinstance(shop, Map) else root
            example = "shop: {name: My Shop, currency: USD}"
            form.report(where, "E124", f"shop has no '{key}'", f"Write it in opportune.yml: {example}")


def _check_whole(settings: Settings, root: Map, form: Form) -> None:
    engine = root.get("engine")
    if engine is not None and settings.engine != "duckdb":
        if settings.engine.startswith("spark://"):
            form.problems.append(not_yet("engine: spark://", engine.place))
        else:
            form.report(engine, "E125", "engine must be duckdb or spark://...")
    serve = root.get("serve")
    public = serve.get("public_url") if isinstance(serve, Map) else None
    if public is not None and settings.serve.public_url:
        form.problems += public_url_problems(settings.serve.public_url, public.place)


def public_url_problems(address: str, place: Place) -> list[Problem]:
    """Links in mail go over https; plain http only to this machine, and then with a warning."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return []
    is_loopback = parts.hostname in LOOPBACK
    what = "serve.public_url is plain http" + (", which only this machine can open" if is_loopback else "")
    severity = Severity.WARNING if is_loopback else Severity.ERROR
    return [Problem(code="E143", place=place, what=what, remedy="Write an https:// address before customers get mail.", severity=severity)]


def overridden(settings: Settings, environment: Mapping[str, str]) -> tuple[Settings, list[Problem]]:
    """The settings with `OPPORTUNE_<SECTION>_<KEY>` and `OPPORTUNE_<KEY>` of the environment laid over them; pure."""
    problems: list[Problem] = []
    for name, said in sorted(environment.items()):
        section, _, key = name.removeprefix("OPPORTUNE_").lower().partition("_")
        if not name.startswith("OPPORTUNE_") or (section not in SECTIONS and section not in PLAIN):
            continue
        reads = SECTIONS.get(section, {})
        read = reads.get(key) if key else PLAIN.get(section)
        if read is None:
            remedy = did_you_mean(key, reads) or f"There are {', '.join(reads)}." if reads else ""
            problems.append(Problem(code="E123", place=Place(name), what=f"{section} has no key '{key}'", remedy=remedy))
            continue
        try:
            settings = _laid_over(settings, section, key, read(said))
        except ValueError as error:
            problems.append(Problem(code="E125", place=Place(name), what=f"{name} {error}"))
    return settings, problems


def _laid_over(settings: Settings, section: str, key: str, value: object) -> Settings:
    changed: dict[str, Any]
    if not key:
        changed = {section: value}
        return replace(settings, **changed)
    before = getattr(settings, section) or Smtp()
    changed = {section: replace(before, **{_field(key): value})}
    return replace(settings, **changed)
