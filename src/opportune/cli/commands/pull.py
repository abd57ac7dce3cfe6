"""`opportune pull [SOURCE...]`: fetch now what is fetched at set times."""

import argparse
from time import sleep

from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.judging import judge
from opportune.language.vocabulary.problems import known_names
from opportune.shell.puller import Puller
from opportune.shell.pulling import Intake, Pulled, PullFault
from opportune.shell.refusals import Misused

TRIES = 5
LONGEST_WAIT = 300.0
"""Seconds; who asks for more patience is left for later."""


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("sources", nargs="*", metavar="SOURCE", help="names under sources: (default: every one that is pulled)")
    words.add_argument("--once", action="store_true", help="do not try again when a source fails or asks to wait")


def _run(context: Context, options: argparse.Namespace) -> int:
    workspace = context.workspace
    puller = context.puller or Puller(Intake(workspace, workspace.log_taken, judge))
    known = puller.sources()
    for name in options.sources:
        if name not in known:
            raise Misused(
                f"no source that is pulled is called '{name}'\n  {known_names(name, known) or 'opportune.yml has none under sources:.'}"
            )
    failed = 0
    for name in options.sources or known:
        failed += not _pulled(context, puller, name, is_once=options.once)
    if not known:
        context.say("opportune.yml names no folder and no address under sources:")
    if context.puller is None:
        workspace.load(workspace.log_taken)
    return 1 if failed else 0


def _pulled(context: Context, puller: Puller, name: str, *, is_once: bool) -> bool:
    """Whether a source was read to its end."""
    source = puller.sources()[name]
    for attempt in range(1, TRIES + 1):
        try:
            with context.progress(f"pull {name}") as report:
                found = puller.pull(source, report)
        except PullFault as fault:
            wait = fault.after if fault.after is not None else 2.0**attempt
            if is_once or attempt == TRIES or wait > LONGEST_WAIT:
                context.warn(f"{name}: {fault}")
                return False
            context.warn(f"{name}: {fault}; trying again in {wait:.0f} s")
            sleep(wait)
        else:
            _tell(context, name, found)
            return True
    return False


def _tell(context: Context, name: str, found: Pulled) -> None:
    context.say(f"{name}: {found.parts:,} read, {found.calls:,} calls, {len(found.asides):,} rows set aside")
    if found.left_out:
        context.say(f"  {found.left_out:,} are of no entry of the map (left out)")
    for waiting in found.waiting[:10]:
        context.say(f"  {waiting} may still be written (left for later)")
    for aside in found.asides[:10]:
        context.warn(f"{aside.file}:{aside.line}: {aside.reason}")
    if found.aside_in is not None:
        more = len(found.asides) - 10
        context.warn(f"{f'... and {more:,} more; all' if more > 0 else 'all'} with their reasons in {found.aside_in}")


COMMAND = Command(arguments=_arguments, run=_run)
