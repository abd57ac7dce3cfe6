"""`opportune pull`: what is fetched, what is set aside, what cannot be fetched; and what `check` says of it before."""

import os
from pathlib import Path

import pytest
from tests.cli.conftest import Opportune

SHOP = "shop: {name: Lamps, currency: EUR}\nsources:\n"
ROWS = "event_id,customer_id,name,ts\no-1,ada,Order Completed,2026-03-01T10:00:00Z\no-2,,Order Completed,2026-03-01T10:00:00Z\n"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_770_000_000, 1_770_000_000))


def test_what_is_fetched_is_told_and_what_is_set_aside_is_named(opportune: Opportune, folder: Path) -> None:
    put(folder / "opportune.yml", SHOP + "  till: {folder: sales}\n")
    put(folder / "sales" / "a.csv", ROWS)
    called = opportune("pull")
    assert (called.status, called.out) == (0, "till: 1 read, 1 calls, 1 rows set aside\n")
    assert called.err.startswith("a.csv:3: userId is required")
    assert opportune("pull", "till").out == "till: 0 read, 0 calls, 0 rows set aside\n"


def test_a_source_that_cannot_be_read_is_said_with_its_remedy_and_the_others_are_read(opportune: Opportune, folder: Path) -> None:
    put(folder / "opportune.yml", SHOP + "  gone: {folder: nowhere}\n  till: {folder: sales}\n")
    put(folder / "sales" / "a.csv", ROWS)
    called = opportune("pull", "--once")
    assert (called.status, called.out) == (1, "till: 1 read, 1 calls, 1 rows set aside\n")
    assert "there is no such folder; make it, or mend `folder:`" in called.err


def test_a_source_nobody_named_is_bad_usage(opportune: Opportune, folder: Path) -> None:
    put(folder / "opportune.yml", SHOP + "  till: {folder: sales}\n")
    called = opportune("pull", "tills")
    assert (called.status, called.err) == (2, "opportune: no source that is pulled is called 'tills'\n  Did you mean 'till'?\n")


@pytest.mark.parametrize(
    "source, text, wanted",
    [
        ("{folder: sales, map: m.yml}", "evnts: []\n", "m.yml:1: the map has neither `events:` nor `customers:` [E703]"),
        ("{folder: sales, map: none.yml}", "", "none.yml: the map cannot be read"),
        ("{url: https://shop.example.org, map: m.yml}", "events:\n  - {event: X, event_id: '{id[}'}\n", "m.yml:2: "),
        ("{folder: sales, map: mailchip}", "", "mailchip: the map cannot be read"),
    ],
)
def test_check_says_what_is_wrong_with_a_map(opportune: Opportune, folder: Path, source: str, text: str, wanted: str) -> None:
    put(folder / "opportune.yml", SHOP + f"  x: {source}\n")
    put(folder / "m.yml", text)
    called = opportune("check")
    assert called.status == 1
    assert any(line.startswith(wanted) for line in called.err.splitlines()), called.err
