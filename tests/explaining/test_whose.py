"""A customer is found by any of her ids and addresses, and told with what they were found by."""

import json
from pathlib import Path

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.meaning.history import History, Link
from opportune.language.vocabulary.identity import Rank
from opportune.language.vocabulary.instants import FOREVER, Instant, format_instant
from opportune.shell.whose import id_asked, identity_lines

NOON = Instant(1_772_366_400_000_000)


def link(id: str, source: str, target: str | None, rank: int, minutes: int = 0) -> Link:
    at = Instant(NOON + minutes * 60_000_000)
    return Link(event_id=id, from_identity=source, to_identity=target, ts=at, received_at=at, rank=rank)


def test_all_ids_of_a_customer_are_told_with_what_they_were_found_by() -> None:
    links = (
        link("m1", "d1", "email:ada@b.test", Rank.EMAIL),
        link("m2", "email:ada@b.test", "ada", Rank.CLAIM, 1),
        link("m3", "phone:+4930123456", "email:ada@b.test", Rank.BOTH, 2),
        link("m4", "d2", "ada", Rank.USER, 3),
        link("m5", "d2", None, Rank.USER, 4),
        link("m6", "d3", "ada", Rank.CLICK, 5),
    )
    assert identity_lines(History(links=links, known=frozenset({"ada"})), "ada", FOREVER) == [
        "├─ address email:ada@b.test since 2026-03-01 12:01:00 UTC: she told it as hers [m2]",
        "├─ number phone:+4930123456 of email:ada@b.test since 2026-03-01 12:02:00 UTC: told beside the address [m3]",
        "├─ device d1 of email:ada@b.test since 2026-03-01 12:00:00 UTC: its owner told the address [m1]",
        "├─ device d3 since 2026-03-01 12:05:00 UTC: a mail to her was clicked there [m6]",
    ]


def test_she_is_found_by_an_address_however_it_is_written_whether_or_not_it_is_an_id(tmp_path: Path) -> None:
    calls = [
        {"userId": "bob", "traits": {"email": "bob@b.test", "phone": "+49 30 123456"}},
        {"userId": "eve", "traits": {"email": "bob@b.test"}},
        {"anonymousId": "d1", "traits": {"email": "Ada@b.test"}},
        {"anonymousId": "odd@b.test"},
    ]
    times = [{"type": "identify", "messageId": f"m{n}", "receivedAt": format_instant(Instant(NOON + n))} for n in range(len(calls))]
    (tmp_path / "log").write_text("".join(json.dumps(one | two) + "\n" for one, two in zip(calls, times, strict=True)))
    engine = DuckDB.open(None, threads=1)
    engine.load([tmp_path / "log"])
    asked = ("BOB@b.test", "+49 (30) 12 34 56", " ada@B.test", "d1", "odd@b.test", "nobody@b.test", "nobody")
    found = [id_asked(engine, each, FOREVER) for each in asked]
    assert found == ["bob", "bob", "email:ada@b.test", "d1", "odd@b.test", "nobody@b.test", "nobody"]
    engine.close()
