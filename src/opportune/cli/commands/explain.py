"""`opportune explain`: why somebody is in a segment or not, has a value, got a message or did not."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("customer", metavar="CUSTOMER", help="a customer_id, known or anonymous, or any of her addresses")
    words.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a definition, LADDER.RUNG, journey or message_id, or consent: what she agreed to (default: an overview)",
    )
    words.add_argument("--at", metavar="T", help="the moment (default: that of the last event)")


def _run(context: Context, options: argparse.Namespace) -> int:
    from opportune.cli.explanations import explain  # late: where a `serve` answers, this process need not know how

    return explain(context, options)


COMMAND = Command(arguments=_arguments, run=_run)
