"""`opportune keys add|list|revoke`: who may send events."""

import argparse
import re
from collections.abc import Sequence

from opportune.adapters.stores.registry import Registry, Terms, WriteKey, key_hash
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.language.vocabulary.instants import format_instant

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
SHOWN = 8
"""Characters of a key's hash by which it is told from others."""


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("what", choices=["add", "list", "revoke"])
    words.add_argument("source", nargs="?", default="", metavar="SOURCE", help="a name for the source, such as shop; to revoke: see above")
    words.add_argument("--browser", action="store_true", help="a key that may stand in a web page")
    words.add_argument(
        "--origin", action="append", default=[], metavar="URL", help="where pages may use it, such as https://shop.example; repeatable"
    )
    words.add_argument("--per-second", type=float, metavar="N", help="calls a second it may send, whatever collector.calls_per_second says")
    words.add_argument(
        "--burst", type=int, metavar="N", help="calls it may send at once before its rate counts (default: ten seconds' worth)"
    )


def _run(context: Context, options: argparse.Namespace) -> int:
    registry = context.workspace.registry
    match options.what:
        case "list":
            return _list(context, registry)
        case "revoke":
            return _revoke(context, registry, options.source)
        case _:
            return _add(context, registry, options)


def _list(context: Context, registry: Registry) -> int:
    for key in registry.sources():
        context.say("\t".join([key.name, "browser" if key.is_browser else "server", key.key_hash[:SHOWN], *_told(key)]))
    return 0


def _told(key: WriteKey) -> Sequence[str]:
    rate = [] if key.terms.calls_per_second is None else [f"{key.terms.calls_per_second:g} a second"]
    return [format_instant(key.created_at), *rate, *key.terms.origins]


def _revoke(context: Context, registry: Registry, named: str) -> int:
    keys = registry.sources()
    hashed = key_hash(named)
    found = [key for key in keys if key.key_hash == hashed] or [key for key in keys if named and key.name == named]
    if not found and len(named) >= SHOWN // 2:
        found = [key for key in keys if key.key_hash.startswith(named)]
        if len(found) > 1:
            context.warn(f"opportune: {len(found)} keys begin with {named}\n  Write more of it; see `opportune keys list`.")
            return 2
    if not found:
        remedy = "Name the source, the key, or what `opportune keys list` shows of it."
        context.warn(f"opportune: there is no key of {named}\n  {remedy}" if named else f"opportune: keys revoke needs a key\n  {remedy}")
        return 2
    for key in found:
        registry.revoke_key(key.key_hash, context.workspace.clock())
        context.say(f"Revoked: {key.name}, {'browser' if key.is_browser else 'server'}, {key.key_hash[:SHOWN]}")
    return 0


def _add(context: Context, registry: Registry, options: argparse.Namespace) -> int:
    wrong = _wrong(options)
    if wrong:
        context.warn(f"opportune: {wrong}")
        return 2
    origins = tuple(dict.fromkeys(origin.lower().rstrip("/") for origin in options.origin))
    terms = Terms(origins=origins, calls_per_second=options.per_second, burst=options.burst)
    key = registry.add_key(options.source, is_browser=options.browser, at=context.workspace.clock(), terms=terms)
    context.say(f"A write key for {options.source}; it is shown this once and only its hash is kept:")
    context.say(key)
    return 0


def _wrong(options: argparse.Namespace) -> str | None:
    """What is wrong with the words for a new key, and the remedy."""
    name = options.source
    if not name:
        return "keys add needs a name for the source\n  Such as: opportune keys add shop"
    if name == "import" or name.startswith("opportune"):
        return f"{name} is a name Opportune writes itself\n  Choose another, such as: opportune keys add shop"
    if not _NAME.fullmatch(name):
        return (
            f"{name!r} is no name for a source\n  Use letters, digits, '.', '_' and '-', at most 64, such as: opportune keys add web-shop"
        )
    if options.origin and not options.browser:
        return "--origin is for keys of browsers\n  Add --browser, or leave it out: a server's key is never in a page."
    for origin in options.origin:
        if not _ORIGIN.fullmatch(origin.lower().rstrip("/")):
            return (
                f"{origin} is no origin\n  Write scheme and host, and the port where it is not the usual one, such as https://shop.example"
            )
    if options.per_second is not None and not 0 < options.per_second < float("inf"):
        return "--per-second must be more than 0\n  Such as: --per-second 50"
    if options.burst is not None and options.burst < 1:
        return "--burst must be at least 1\n  Such as: --burst 500"
    return None


COMMAND = Command(arguments=_arguments, run=_run)
