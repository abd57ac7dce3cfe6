"""Merges are taken back after a thousand events more: every value is that of a shop in which they never happened."""

import csv
import json
import random
from pathlib import Path

import pytest

from opportune.adapters.engines.duckdb import DuckDB
from opportune.cli.main import main
from opportune.language.vocabulary.instants import format_instant, parse_instant

MORNING = parse_instant("2026-03-10T06:00:00Z")
SECOND = 1_000_000
MINUTE = 60 * SECOND
MERGED_AT = MORNING + 65 * MINUTE
LATER = "2026-03-12T12:00:00Z"
USERS = ("ada", "bob")
PEOPLE = (*USERS, "d1", "d2", "d3", "d4", "email:x@b.test")
EVENTS = (
    *("Page Viewed",) * 4,
    *("Product Viewed",) * 4,
    *("Product Added", "Cart Viewed", "Checkout Started", "Order Completed", "Email Opened", "Email Link Clicked", "Unsubscribed"),
)
LAMPS = [{"product_id": "lamp", "category": "lamps", "price": 20, "quantity": 1}]
MERGES = (
    {"type": "identify", "userId": "ada", "anonymousId": "d1"},
    {"type": "alias", "userId": "bob", "previousId": "d2"},
    {"type": "alias", "userId": "ada", "previousId": "d3", "source": "opportune.clicks"},
    {"type": "identify", "userId": "bob", "traits": {"email": "X@b.test"}},
)
"""By a user id beside it, an alias, a click, and the address that d4 told."""
PARTED = ("d1", "d2", "d3", "email:x@b.test")


def call(number: str, ts: int, received: int | None = None, **said: object) -> dict:
    times = {"timestamp": format_instant(ts), "receivedAt": format_instant(received or ts)}
    return {"type": "track", "messageId": f"m{number}"} | times | said


def calls(number: int, begin: int, step: int, seed: int) -> list[dict]:
    """What all of them do, a step apart."""
    chance = random.Random(seed)
    found = []
    for turn in range(number):
        name, who = chance.choice(EVENTS), chance.choice(PEOPLE)
        told = {"product_id": chance.choice(("lamp", "rug")), "category": "lamps", "price": 20, "path": f"/{turn % 7}", "channel": "email"}
        if name == "Order Completed":
            told = {"order_id": f"o{seed}-{turn}", "total": chance.randint(1, 90), "currency": "USD", "products": LAMPS}
        whose = {"userId": who} if who in USERS else {"anonymousId": who}
        found.append(call(f"{seed}-{turn}", begin + turn * step, event=name, properties=told, **whose))
    return found


def evaluated(folder: Path, *days: tuple[list[list[dict]], str]) -> dict[str, dict[str, str]]:
    """All columns of the starter pack, by customer, at the end of the last of the days: of each its segments are loaded one by one, then
    everybody is evaluated at its end."""
    assert main(["init", str(folder)]) == 0
    out, data = folder / "values.csv", folder / ".opportune"
    data.mkdir()
    for number, (segments, end) in enumerate(days):
        engine = DuckDB.open(data / "events.duckdb", currency="USD")
        for turn, lines in enumerate(segments):
            path = folder / f"{number}-{turn}.ndjson"
            path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
            engine.load([path])
        engine.close()
        assert main(["evaluate", "--project", str(folder), "--at", end, "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        return {row.pop("customer_id"): row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_after_un_merges_every_value_is_that_of_a_shop_in_which_nobody_was_merged(tmp_path: Path) -> None:
    told = call("0", MORNING - MINUTE, type="identify", anonymousId="d4", traits={"email": "x@b.test"})
    before, after = [told, *calls(60, MORNING, MINUTE, seed=1)], calls(1000, MORNING + 70 * MINUTE, 20 * SECOND, seed=2)
    merges = [call(f"k{number}", MERGED_AT, **said) for number, said in enumerate(MERGES)]
    parting = {"event": "Identity Unlinked", "userId": "desk"}
    unmerges = [
        call(f"u{number}", MERGED_AT + 1, MORNING + 500 * MINUTE, properties={"previous_id": identity}, **parting)
        for number, identity in enumerate(PARTED)
    ]
    last = calls(20, MORNING + 505 * MINUTE, MINUTE, seed=3)
    found = evaluated(tmp_path / "merged", ([before, merges, after], after[-1]["timestamp"]), ([unmerges, last], LATER))
    expected = evaluated(tmp_path / "never", ([before, after, unmerges, last], LATER))
    differing = {
        (who, name): (row[name], expected[who][name]) for who, row in found.items() for name in row if row[name] != expected[who][name]
    }
    assert differing == {}
    assert set(found) == set(expected) == {"ada", "bob", "d1", "d2", "d3", "email:x@b.test", "desk"}
