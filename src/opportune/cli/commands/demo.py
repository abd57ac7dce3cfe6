"""`opportune demo`: a sample shop from its first year to live traffic, in one command."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context

CUSTOMERS = 2_000
FOLDER = "opportune-demo"


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--dir", default=FOLDER, metavar="DIR", help=f"folder for the demo's project (default: ./{FOLDER})")
    words.add_argument("--port", type=int, metavar="P", help="port; 0 takes a free one (default: 8000, or the next free one)")
    words.add_argument("--customers", type=int, default=CUSTOMERS, metavar="N", help=f"size of the shop (default: {CUSTOMERS:,})")
    words.add_argument("--no-serve", action="store_true", help="end after the figures, without serving")


def _run(context: Context, options: argparse.Namespace) -> int:
    from opportune.cli.demonstration.show import Wishes, show

    if options.customers < 1:
        context.warn("opportune: --customers needs a number of 1 or more\n  Such as: opportune demo --customers 500")
        return 2
    wishes = Wishes(folder=context.path(options.dir), port=options.port, customers=options.customers, serves=not options.no_serve)
    return show(context, wishes)


COMMAND = Command(arguments=_arguments, run=_run, uses_stores=False)
