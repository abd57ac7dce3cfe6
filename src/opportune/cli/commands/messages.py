"""`opportune messages`: every message decided in a stretch of time, sent or not, with its reason."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.csv_files import write_csv
from opportune.cli.rows import MESSAGE_COLUMNS, message_row
from opportune.cli.times import instant_option
from opportune.language.vocabulary.instants import EARLIEST, FOREVER
from opportune.stages.measurement.audited import counted


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--from", dest="start", metavar="T", help="decided after this instant (default: all)")
    words.add_argument("--to", dest="end", metavar="T", help="decided up to this instant (default: all)")
    words.add_argument("--out", required=True, metavar="FILE", help="a .csv file")


def _run(context: Context, options: argparse.Namespace) -> int:
    start = instant_option("--from", options.start) or EARLIEST
    end = instant_option("--to", options.end) or FOREVER
    found = context.workspace.journeys.messages(start, end)
    number = write_csv(context.path(options.out), MESSAGE_COLUMNS, (message_row(message) for message in found))
    context.say(f"{counted(number, 'message')} → {options.out}")
    return 0


COMMAND = Command(arguments=_arguments, run=_run)
