"""Time zones: every name the language knows is one the engine knows, by the same rules."""

import duckdb
import pytest

from opportune.language.vocabulary.zones import NO_ZONES, zone_named, zone_names


def test_every_zone_is_known_to_the_engine() -> None:
    connection = duckdb.connect(":memory:", config={"threads": 1})
    known = {row[0] for row in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    assert zone_names() - known == set()
    instants = connection.execute(
        "SELECT name, timezone(name, TIMESTAMPTZ '2024-07-01 00:00:00+00') FROM unnest(?) AS zones(name)", [sorted(zone_names())]
    ).fetchall()
    assert len(instants) == len(zone_names())


@pytest.mark.parametrize("name", sorted(NO_ZONES))
def test_what_names_no_place_is_no_zone(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        zone_named(name)
