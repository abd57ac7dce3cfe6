"""`opportune sources [NAME]`: who sends, how much, how fresh, what went wrong, and who fell silent."""

import argparse
from collections.abc import Sequence

from opportune.adapters.project.tracking_plan import misfits
from opportune.cli.commands.command import Command
from opportune.cli.context import Context
from opportune.cli.csv_files import write_csv
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.shell.bookkeeping import standing_now
from opportune.shell.learning import seen, senders
from opportune.stages.measurement.audited import day_name
from opportune.stages.measurement.standing import Standing, State

Cell = bool | int | float | str | None
BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"
COLUMNS = (
    *("source", "kind", "state", "last_hour", "usual", "last_at", "refused_24h", "withheld_24h", "failed_24h", "taken_24h"),
    *("silent_since", "last_error_at", "last_error", "sample"),
)
_UNITS = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"))


def _arguments(words: argparse.ArgumentParser) -> None:
    words.add_argument("source", nargs="?", default="", metavar="NAME", help="one source, with what went wrong and what it sends")
    words.add_argument("--out", metavar="FILE", help="a .csv file, a row each")


def _run(context: Context, options: argparse.Namespace) -> int:
    found, now = standing_now(context.workspace), context.workspace.clock()
    if options.source:
        found = [each for each in found if each.name == options.source]
        if not found:
            context.warn(f"opportune: no source is called {options.source}\n  opportune sources lists them.")
            return 2
    if options.out:
        write_csv(context.path(options.out), COLUMNS, (_row(each) for each in found))
    if not found:
        context.say("Nothing sends yet.\n  Add a key: opportune keys add shop. Or a source in opportune.yml: see docs/sources.md.")
    elif options.source:
        _tell(context, found[0], now)
    else:
        _list(context, found, now)
    return 0


def _list(context: Context, found: Sequence[Standing], now: Instant) -> None:
    head = ("source", "kind", "state", "last hour", "usual", "24 hours", "last", "refused", "withheld")
    rows = [head, *(_cells(each, now) for each in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    for row in rows:
        context.say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for each in found:
        for line in _alarm(each, now):
            context.say(line)


def _cells(each: Standing, now: Instant) -> tuple[str, ...]:
    numbers = (f"{each.number(kind):,}" if each.number(kind) else "-" for kind in ("refused", "withheld"))
    return (
        each.name,
        each.kind or "-",
        each.state,
        _rate(each.last_hour),
        _rate(each.usual),
        spark(each.day),
        _ago(each.last_at, now),
        *numbers,
    )


def _alarm(each: Standing, now: Instant) -> list[str]:
    """What somebody should look at, under the table."""
    if each.silence is not None and each.state is not State.REVOKED:
        return [
            f"! {each.name} has sent nothing for {_ago(each.silence.since, now, '')}; about {each.silence.missed:,.0f} calls are missing."
        ]
    if each.state is State.FAILING and each.last_error is not None:
        return [f"! {each.name}: {each.last_error.kind}, {_ago(each.last_error.last_at, now)}: {each.last_error.reason}"]
    return []


def _tell(context: Context, each: Standing, now: Instant) -> None:
    context.say(f"{each.name}: {each.kind or 'not known any more'}, {each.state}")
    context.say(f"  last hour  {_rate(each.last_hour)} calls; usual at this hour of the week: {_rate(each.usual)}")
    context.say(f"  24 hours   {spark(each.day)}  {sum(each.day):,} calls")
    context.say(f"  last       {_ago(each.last_at, now)}{f', {format_instant(each.last_at)}' if each.last_at else ''}")
    for line in _alarm(each, now):
        context.say(f"  {line}")
    shown = list(each.troubles) or ([each.last_error] if each.last_error else [])
    for trouble in shown:
        times = f"{trouble.count:,} times, " if trouble.count > 1 else ""
        context.say(f"  {trouble.kind}: {trouble.reason or 'no reason told'} ({times}last {_ago(trouble.last_at, now)})")
        if trouble.sample:
            context.say(f"    such as: {trouble.sample}")
    _tell_events(context, each.name)


def _tell_events(context: Context, name: str) -> None:
    """What it sends, and which of that is not of the kind it should be."""
    workspace = context.workspace
    sent = [each for each in workspace.asked(senders) or [] if each.source == name]
    came = workspace.asked(lambda engine: seen(engine, is_whole=False)) if sent else None
    wrong = misfits(came, workspace.files_now()) if came else {}
    for each in sent:
        days = day_name(each.first_day) if each.first_day == each.last_day else f"{day_name(each.first_day)} to {day_name(each.last_day)}"
        context.say(f"  sends {each.name}: {each.calls:,}, {days}")
        for line in wrong.get(each.name, ()):
            context.say(f"    ! {line}")


def spark(calls: Sequence[int]) -> str:
    """A bar an hour, the highest of them full; a dot where nothing came."""
    most = max(calls, default=0)
    return "".join(BARS[(len(BARS) * count - 1) // most] if count else NOTHING for count in calls)


def _rate(calls: float | None) -> str:
    if calls is None:
        return "-"
    return f"{calls:,.1f}" if 0 < calls < 10 and calls != int(calls) else f"{calls:,.0f}"


def _ago(at: Instant | None, now: Instant, after: str = " ago") -> str:
    if at is None:
        return "never"
    length, unit = next(((length, unit) for length, unit in _UNITS if now - at >= length), (1_000_000, "s"))
    return f"{max(0, now - at) // length} {unit}{after}"


def _row(each: Standing) -> Sequence[Cell]:
    error, silent = each.last_error, each.silence
    numbers = (each.number(kind) for kind in ("refused", "withheld", "failed"))
    usual = None if each.usual is None else round(each.usual, 3)
    last = format_instant(each.last_at) if each.last_at is not None else None
    told = (format_instant(error.last_at), f"{error.kind}: {error.reason}", error.sample) if error else (None, None, None)
    since = format_instant(silent.since) if silent else None
    return (each.name, each.kind, str(each.state), round(each.last_hour, 3), usual, last, *numbers, sum(each.day), since, *told)


COMMAND = Command(arguments=_arguments, run=_run)
