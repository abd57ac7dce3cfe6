"""`opportune report`: the shop, its segments, what the journeys did and earned."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.csv_files import Cell, write_csv
from opportune.cli.tables import summary_table
from opportune.language.vocabulary.instants import format_instant
from opportune.shell.overview import Overview, overview
from opportune.stages.measurement.summary import JourneySummary


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--out", metavar="DIR", help="also write journeys.csv, segments.csv and days.csv")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    if not context.is_serving:  # `serve` keeps it up itself
        workspace.settle_running(workspace.clock())
    found = overview(workspace, workspace.engine.sibling())
    context.say(_text(found, workspace.project.settings.shop.currency))
    if options.out:
        folder = context.path(options.out)
        write_csv(folder / "journeys.csv", JOURNEY_COLUMNS, map(_journey_row, found.journeys))
        write_csv(folder / "segments.csv", ("segment", "label", "customers"), ((s.name, s.label, s.customers) for s in found.segments))
        days = ((format_instant(d.start)[:10], d.events, d.orders, d.revenue, d.mails, d.clicked) for d in found.days)
        write_csv(folder / "days.csv", ("day", "events", "orders", "revenue", "mails", "clicked"), days)
        context.say(f"→ {options.out}/journeys.csv, segments.csv, days.csv")
    return 0


def _text(found: Overview, currency: str) -> str:
    reach = found.stretch
    stored = f"{reach.number:,} events, {format_instant(reach.first)} to {format_instant(reach.last)}" if reach else "no events yet"
    lines = [f"{found.customers:,} customers; {stored}", ""]
    lines += [
        f"  {segment.customers:>9,}  {segment.name:<28} {segment.label if segment.label != segment.name else ''}".rstrip()
        for segment in found.segments
    ]
    sent = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in found.statuses.items()) or "none yet"
    lines += ["", f"Messages: {sent}", ""]
    return "\n".join(lines) + "\n" + summary_table("Journeys since they run", found.journeys, currency, found.turned)


JOURNEY_COLUMNS = (
    *("journey", "enrolled", "held_out", "mails", "clicked", "treated_customers", "treated_reached", "treated_value"),
    *("control_customers", "control_reached", "control_value", "revenue_per_mail", "difference", "difference_low", "difference_high"),
)


def _journey_row(found: JourneySummary) -> tuple[Cell, ...]:
    difference = found.incremental_per_customer
    interval = (difference.estimate, difference.low, difference.high) if difference else (None, None, None)
    counts = (found.journey, found.enrolled, found.held_out, found.mails, found.clicked)
    treated = (found.treated.customers, found.treated.reached, found.treated.value)
    control = (found.control.customers, found.control.reached, found.control.value)
    return (*counts, *treated, *control, found.revenue_per_mail, *interval)


COMMAND = Command(arguments=_arguments, run=_run)
