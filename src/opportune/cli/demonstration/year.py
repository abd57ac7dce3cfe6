"""The sample shop's year: drawn, most of it imported as any shop's history is, the last weeks kept to be lived."""

import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from opportune.adapters.sources.files import ImportReport, import_files
from opportune.cli.context import Context
from opportune.language.vocabulary.instants import Instant, parse_instant, span_of
from opportune.samples.shop import Shop
from opportune.shell.workspace import Workspace

YEAR_DAYS = 365
LIVED_DAYS = 7
SEED = 7
DAY = span_of(timedelta(days=1))
_RECEIVED = b'"receivedAt":"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A shop and its year: `live_from` is where the imported part ends and the lived one begins."""

    shop: Shop
    live_from: Instant
    imported: ImportReport
    coming: Sequence[tuple[Instant, bytes]]
    """The calls after `live_from`, each with its arrival, in that order."""


def open_shop(customers: int, now: Instant) -> Shop:
    """The shop whose history ends now."""
    return Shop.build(customers=customers, seed=SEED, start=Instant(now - YEAR_DAYS * DAY), days=YEAR_DAYS)


def import_year(context: Context, workspace: Workspace, shop: Shop) -> Year:
    """Draw the year and import it up to `live_from`."""
    live_from = Instant(shop.end - LIVED_DAYS * DAY)
    with tempfile.TemporaryDirectory(prefix="opportune-demo-") as folder:
        whole, past = Path(folder) / "year.ndjson", Path(folder) / "past.ndjson"
        with context.progress("a year of visits, carts and orders") as report:
            shop.write_history(whole, progress=lambda share: report(round(share * 100), 100))
        coming = _split(whole, past, live_from)
        with context.progress("import") as report:
            imported = import_files(workspace.engine.load, [past], set_aside=workspace.data / "set_aside", progress=report)
    return Year(shop=shop, live_from=live_from, imported=imported, coming=coming)


def _split(whole: Path, past: Path, at: Instant) -> list[tuple[Instant, bytes]]:
    """Lines received before `at` go to `past`; gives the others. They are in the order of arrival."""
    with whole.open("rb") as lines, past.open("wb") as before:
        for line in lines:
            if _received_at(line) >= at:
                return [(_received_at(line), line.rstrip()) for line in itertools.chain([line], lines)]
            before.write(line)
    return []


def _received_at(line: bytes) -> Instant:
    start = line.index(_RECEIVED) + len(_RECEIVED)
    return parse_instant(line[start : line.index(b'"', start)].decode())
