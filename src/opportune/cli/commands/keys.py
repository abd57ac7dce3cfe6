"""`opportune keys add SOURCE`: who may send events."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("what", choices=["add", "list"])
    words.add_argument("source", nargs="?", default="", metavar="SOURCE", help="a name for the source, such as shop")
    words.add_argument("--browser", action="store_true", help="a key that may stand in a web page")


def _run(context: Context, options: argparse.Namespace) -> int:
    registry = context.workspace.registry
    if options.what == "list":
        for source in registry.sources():
            context.say(f"{source.name}\t{'browser' if source.is_browser else 'server'}")
        return 0
    if not options.source:
        context.warn("opportune: keys add needs a name for the source\n  Such as: opportune keys add shop")
        return 2
    if options.source == "import" or options.source.startswith("opportune"):
        context.warn(f"opportune: {options.source} is a name Opportune writes itself\n  Choose another, such as: opportune keys add shop")
        return 2
    key = registry.add_key(options.source, is_browser=options.browser, at=context.workspace.clock())
    context.say(f"A write key for {options.source}; it is shown this once and only its hash is kept:")
    context.say(key)
    return 0


COMMAND = Command(arguments=_arguments, run=_run)
