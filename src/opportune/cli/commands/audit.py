"""`opportune audit`: what the data and the definitions lack, as a report to read."""

import argparse

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.language.vocabulary.instants import format_instant
from opportune.shell.auditing import audit
from opportune.shell.bookkeeping import by_hour
from opportune.shell.evaluation import stretch_of
from opportune.stages.measurement.audited import Finding, Level, counted
from opportune.web.audit_report import LEVELS, audit_report

FEW = 3
"""Cases told of a finding."""
MOST = 12
"""Findings told on standard output; the report has all."""


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("--out", metavar="DIR", default="audit", help="folder for audit.html (default: audit)")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    project = workspace.sound_project(with_templates=False)
    reach = stretch_of(workspace.engine.sibling())
    if reach is None:
        context.say("No events are stored yet, so there is nothing to look at.\n  Import a history with: opportune import FILE")
        return 0
    out = context.path(options.out)
    out.mkdir(parents=True, exist_ok=True)  # before it takes long, not after
    at = min(reach.last, max(workspace.clock(), reach.last_received_at))
    ground = workspace.ground(project.definitions, project.tables, at)
    rolled, keys = workspace.engine.sibling().kept(), [each.name for each in workspace.registry.sources()]
    found = audit(ground, project, reach=reach, at=at, now=workspace.clock(), rolled=rolled, keys=keys, by_hour=by_hour(workspace))
    shop = project.settings.shop
    (out / "audit.html").write_text(audit_report(found, str(shop.name), workspace.clock()), encoding="utf-8", errors="replace")
    number = sum(each.events for each in found.arrivals)
    context.say(f"{number:,} events of {found.people.customers:,} customers, up to {format_instant(at)}")
    context.say(f"from {counted(len(found.sources), 'source')}: {', '.join(f'{each.title} {each.calls:,}' for each in found.sources)}")
    counts = [f"{sum(each.level is level for each in found.findings)} {LEVELS[level].lower()}" for level in Level]
    context.say(f"{counted(len(found.findings), 'finding')}: {', '.join(counts)}" if found.findings else "Nothing was found wanting.")
    for each in found.findings[:MOST]:
        _tell(context, each)
    if len(found.findings) > MOST:
        context.say(f"and {len(found.findings) - MOST} more")
    context.say(f"→ {options.out}: audit.html")
    return 0


def _tell(context: Context, finding: Finding) -> None:
    context.say(f"\n{LEVELS[finding.level]}: {finding.what}\n  {finding.why}\n  {finding.remedy}")
    for name, figure in finding.cases[:FEW]:
        context.say(f"    {name}: {figure}")


COMMAND = Command(arguments=_arguments, run=_run)
