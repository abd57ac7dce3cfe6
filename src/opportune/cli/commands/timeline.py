"""`opportune timeline`: one customer's past in order, whichever of her ids it was sent with."""

import argparse
import json

from opportune.cli.commands.command import Command
from opportune.cli.context import Context

SHOWN = 40
COLUMNS = ("customer_id", "ts", "name", "sent_as", "event_id", "received_at", "is_imported", "properties")


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("customer", metavar="CUSTOMER", help="a customer_id, known or anonymous, or any of her addresses")
    words.add_argument("--from", dest="start", metavar="T", help="what happened after this instant (default: all)")
    words.add_argument("--to", dest="end", metavar="T", help="what happened up to this instant (default: all)")
    words.add_argument("--out", metavar="FILE", help="a .csv file with everything; without it the last lines are shown")


def _run(context: Context, options: argparse.Namespace) -> int:
    # late: where a `serve` answers, this process need not know how
    from opportune.cli.csv_files import write_csv
    from opportune.cli.times import instant_option
    from opportune.language.tree.schema import ANY_NAME
    from opportune.language.vocabulary.instants import EARLIEST, format_instant
    from opportune.shell.evaluation import stretch_of
    from opportune.shell.explaining import subject_of
    from opportune.shell.refusals import Unusable
    from opportune.shell.telling_past import past_lines, past_of
    from opportune.stages.measurement.audited import counted

    workspace = context.workspace
    project = workspace.sound_project(learned=ANY_NAME, with_templates=False)
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        raise Unusable("no events are stored yet\n  Import a history with: opportune import FILE")
    at = instant_option("--to", options.end) or reach.last
    ground = workspace.ground(project.definitions, project.tables, at)
    subject = subject_of(ground, options.customer, at, [])
    past = past_of(subject, instant_option("--from", options.start) or EARLIEST)
    if options.out:
        rows = (
            (
                subject.customer,
                format_instant(each.ts),
                each.name,
                each.sent_as,
                each.event_id,
                format_instant(each.received_at),
                each.is_imported,
                json.dumps(each.properties, ensure_ascii=False, sort_keys=True),
            )
            for each in past
        )
        context.say(f"{counted(write_csv(context.path(options.out), COLUMNS, rows), 'row')} → {options.out}")
        return 0
    whose = f"{options.customer} belongs to {subject.customer}: " if subject.customer != options.customer else f"{subject.customer}: "
    context.say(f"{whose}{counted(len(past), 'thing')} by {format_instant(at)}")
    if len(past) > SHOWN:
        context.say(f"The last {SHOWN}; --out FILE.csv has all.")
    for line in past_lines(past[-SHOWN:], subject.customer, project.settings.shop.currency):
        context.say(line)
    return 0


COMMAND = Command(arguments=_arguments, run=_run)
