"""The demo from start to finish: a project, a year, a backtest, the last weeks lived, the figures, and an open shop."""

import signal
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from opportune.cli.context import Context
from opportune.cli.demonstration import words
from opportune.cli.demonstration.folder import LETTERS, found_shop, furnish, refuse_what_is_there
from opportune.cli.demonstration.month import Month, MovedClock
from opportune.cli.demonstration.open_shop import free_port, serve
from opportune.cli.demonstration.year import DAY, LIVED_DAYS, SEED, YEAR_DAYS, Year, import_year, open_shop
from opportune.language.vocabulary.instants import Instant
from opportune.samples.catalogue import BRAND
from opportune.samples.post_office import PostOffice
from opportune.samples.shop import Shop
from opportune.shell.backtest import backtest
from opportune.shell.overview import overview
from opportune.shell.workspace import Workspace, system_clock

REPLAYED_DAYS = 60
STRIDE = 60 * DAY
"""One tick of the backtest: any other gives the same rows, larger ones cost less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for. `port` None: 8000, or the next free one."""

    folder: Path
    port: int | None
    customers: int
    serves: bool


def show(context: Context, wishes: Wishes) -> int:
    """Run the demo; gives the exit status. Whatever ends it, no process stays."""
    refuse_what_is_there(wishes.folder)
    port = free_port(wishes.port)
    signal.signal(signal.SIGTERM, _interrupted)
    with ExitStack() as stack:
        letters = wishes.folder / LETTERS
        letters.parent.mkdir(parents=True, mode=0o700)
        office = stack.enter_context(closing(PostOffice.start(letters)))
        context.say(f"{BRAND}, a made-up shop with {wishes.customers:,} made-up customers. Every figure below is simulated (seed {SEED}).")
        found_shop(wishes.folder, smtp_port=office.port, port=port)
        shop = open_shop(wishes.customers, Instant(system_clock() // 1_000_000 * 1_000_000))
        furnish(wishes.folder, shop)
        context.say(f"Wrote the project to {wishes.folder}")
        _live_the_year(context, wishes.folder, shop, office)
        return serve(context, wishes.folder, shop, office) if wishes.serves else _end(context, wishes.folder)


def _live_the_year(context: Context, folder: Path, shop: Shop, office: PostOffice) -> None:
    """Import, backtest, the lived weeks, and what came of them."""
    clock = MovedClock(system_clock())
    with closing(Workspace(folder, clock=clock)) as workspace:
        timed = _Timed(context)
        year = import_year(context, workspace, shop)
        timed.say(f"Imported {year.imported.loaded:,} events of {YEAR_DAYS - LIVED_DAYS} days")
        clock.now = year.live_from
        _backtest(context, workspace, year, timed)
        clock.now = year.live_from
        month = Month(workspace, clock, year, office)
        with closing(month), context.progress(f"{LIVED_DAYS} days with mails") as report:
            month.live_until(shop.end, lambda hi: report((hi - year.live_from) // DAY, LIVED_DAYS))
        timed.say(f"Lived the last {LIVED_DAYS} days on a moved clock; {month.readers.letters:,} mails arrived at a real SMTP server")
        found = overview(workspace, workspace.engine.sibling())
        context.say("\n" + words.of_month(found, month.readers.caused(shop.end), days=LIVED_DAYS, currency=_currency(workspace)))


def _backtest(context: Context, workspace: Workspace, year: Year, timed: "_Timed") -> None:
    project = workspace.sound_project()
    journeys = list(project.definitions.journeys.values())
    start = Instant(year.live_from - REPLAYED_DAYS * DAY)
    with context.progress("backtest") as report:
        found = backtest(
            workspace.ground(project.definitions, project.tables, year.live_from),
            journeys,
            workspace.rules(),
            start=start,
            end=year.live_from,
            stride=STRIDE,
            progress=lambda hi: report((hi - start) // DAY, (year.live_from - start) // DAY),
        )
    timed.say(f"Replayed {len(found.enrolments):,} entries into {len(journeys)} journeys over {REPLAYED_DAYS} days")
    context.say("\n" + words.of_backtest(found, days=REPLAYED_DAYS, currency=_currency(workspace)))


def _end(context: Context, folder: Path) -> int:
    context.say(f"The project is in {folder}. Look around with: opportune report --project {folder}")
    return 0


def _currency(workspace: Workspace) -> str:
    return workspace.project.settings.shop.currency


def _interrupted(_signal: int, _frame: object) -> None:
    """SIGTERM is Ctrl-C: everything that was begun is ended on the way out."""
    raise KeyboardInterrupt


class _Timed:
    """Says what was done with the time it took."""

    def __init__(self, context: Context) -> None:
        self._context, self._since = context, monotonic()

    def say(self, text: str) -> None:
        """A line with the seconds since the last."""
        now = monotonic()
        self._context.say(f"{text} ({now - self._since:.1f} s)")
        self._since = now
