"""What each source brought adds up by hour, kind and reason, keeps its latest sample, and is never half added."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from tests.stores.shop import minute

from opportune.adapters.stores.database import Database, StoreFault
from opportune.adapters.stores.ledger import HOUR, LONGEST_REASON, LONGEST_SAMPLE, Ledger, Taken, Tally, hour_of
from opportune.adapters.stores.tables import LEDGER
from opportune.language.vocabulary.instants import Instant

REFUSED = Tally(source="shop", hour=7, kind=Taken.REFUSED, reason="timestamp", count=2, last_at=Instant(7 * HOUR + 5), sample="{1}")


def test_tallies_of_the_same_hour_kind_and_reason_add_up(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add([REFUSED, replace(REFUSED, count=3), replace(REFUSED, reason="event", count=1)])
    ledger.add([replace(REFUSED, count=40), replace(REFUSED, hour=8, count=5)])
    found = [(each.hour, each.reason, each.count) for each in ledger.since(0)]
    assert found == [(7, "event", 1), (7, "timestamp", 45), (8, "timestamp", 5)]


def test_the_sample_is_of_what_happened_last_whatever_was_added_last(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add([REFUSED, replace(REFUSED, last_at=Instant(REFUSED.last_at + 1), sample="{2}"), replace(REFUSED, sample="{3}")])
    assert ledger.since(0) == [replace(REFUSED, count=6, last_at=Instant(REFUSED.last_at + 1), sample="{2}")]
    ledger.add([replace(REFUSED, last_at=Instant(REFUSED.last_at + 9), sample="")])
    assert ledger.since(0)[0].sample == "{2}"


def test_sources_kinds_and_hours_are_kept_apart_and_read_apart(database: Database) -> None:
    ledger = Ledger(database)
    accepted = replace(REFUSED, kind=Taken.ACCEPTED, reason="", sample="")
    ledger.add([REFUSED, accepted, replace(accepted, source="till", hour=9)])
    assert ledger.since(0, source="shop") == [accepted, REFUSED]
    assert ledger.since(8) == [replace(accepted, source="till", hour=9)]
    assert ledger.since(0, kinds=[Taken.REFUSED]) == [REFUSED]


def test_the_last_of_a_kind_is_told_for_each_source(database: Database) -> None:
    ledger = Ledger(database)
    later = replace(REFUSED, reason="event", last_at=Instant(REFUSED.last_at + 1))
    ledger.add([later, REFUSED, replace(REFUSED, source="till")])
    assert ledger.last(Taken.REFUSED) == {"shop": later, "till": replace(REFUSED, source="till")}
    assert ledger.last(Taken.FAILED) == {}


def test_what_cannot_be_added_leaves_nothing_behind(database: Database) -> None:
    ledger = Ledger(database)
    with pytest.raises(StoreFault):
        ledger.add([REFUSED, replace(REFUSED, source=None)])  # type: ignore[arg-type]
    assert ledger.since(0) == []


def test_long_reasons_and_samples_are_cut_and_still_add_up(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add([replace(REFUSED, reason="r" * 999, sample="s" * 999)] * 2)
    (kept,) = ledger.since(0)
    assert (len(kept.reason), len(kept.sample), kept.count) == (LONGEST_REASON, LONGEST_SAMPLE, 4)


def test_nothing_to_add_takes_no_turn_and_old_hours_are_forgotten(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add([])
    ledger.add([replace(REFUSED, count=0), REFUSED, replace(REFUSED, hour=9)])
    ledger.forget(9)
    assert [each.hour for each in ledger.since(0)] == [9]


def test_tallies_survive_a_new_process(filed: Database, tmp_path: Path) -> None:
    Ledger(filed).add([REFUSED])
    filed.close()
    again = Database.open(f"sqlite:///{tmp_path / 'state.sqlite'}")
    assert Ledger(again).since(0) == [REFUSED]
    again.close()


def test_hours_are_counted_from_1970() -> None:
    assert [hour_of(Instant(at)) for at in (0, HOUR - 1, HOUR)] == [0, 0, 1]
    assert hour_of(minute(61)) == hour_of(minute(1)) + 1


def test_the_table_can_be_made_in_postgresql_too() -> None:
    assert "count BIGINT NOT NULL" in str(CreateTable(LEDGER).compile(dialect=postgresql.dialect()))
