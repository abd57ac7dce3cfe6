"""What runs, and who may write: only what changed is switched, and no key is kept."""

import re
from pathlib import Path

from tests.stores.shop import minute

from opportune.adapters.stores.database import Database
from opportune.adapters.stores.registry import Registry, RunningJourney, Switch, key_hash


def test_only_what_changed_sees_moments_from_now_on(database: Database) -> None:
    registry = Registry(database)
    registry.apply("v1", {"a.yml": "1"}, ["cart", "loyal"], ["cart", "loyal"], minute(1))
    registry.apply("v2", {"a.yml": "2"}, ["cart", "loyal"], ["cart"], minute(2))
    assert registry.running() == [RunningJourney("cart", "v2", minute(2)), RunningJourney("loyal", "v1", minute(1))]
    assert registry.fact("applied_version") == "v2"


def test_a_journey_that_is_gone_from_the_files_stops(database: Database) -> None:
    registry = Registry(database)
    registry.apply("v1", {}, ["cart", "loyal"], ["cart", "loyal"], minute(1))
    registry.apply("v2", {}, ["loyal"], [], minute(2))
    assert [each.journey for each in registry.running()] == ["loyal"]
    registry.apply("v3", {}, [], [], minute(3))
    assert registry.running() == []


def test_applying_the_same_again_changes_nothing(database: Database) -> None:
    registry = Registry(database)
    registry.apply("v1", {"a.yml": "1"}, ["cart"], ["cart"], minute(1))
    registry.apply("v1", {"a.yml": "1"}, ["cart"], [], minute(2))
    assert registry.running() == [RunningJourney("cart", "v1", minute(1))]


def test_the_files_of_every_version_come_back_as_they_were(database: Database) -> None:
    registry = Registry(database)
    files = {"opportune.yml": "shop: {name: Lämpchen & Söhne 🛋}\n", "templates/a.mjml": "\r\n\t<mjml/>"}
    registry.apply("v1", files, [], [], minute(1))
    registry.apply("v2", {}, [], [], minute(2))
    assert registry.files("v1") == files


def test_every_switch_is_kept_the_last_first_and_applying_the_same_is_none(database: Database) -> None:
    registry = Registry(database)
    assert registry.switches() == []
    for number, version in enumerate(("v1", "v1", "v2", "v2", "v1"), 1):
        registry.apply(version, {}, [], [], minute(number))
    assert registry.switches() == [Switch("v1", minute(5)), Switch("v2", minute(3)), Switch("v1", minute(1))]


def test_a_journey_with_other_templates_runs_them_and_misses_no_moment(database: Database) -> None:
    registry = Registry(database)
    registry.apply("v1", {}, ["cart", "loyal"], ["cart", "loyal"], minute(1))
    registry.apply("v2", {}, ["cart", "loyal"], [], minute(2), rewritten=["cart"])
    assert registry.running() == [RunningJourney("cart", "v2", minute(1)), RunningJourney("loyal", "v1", minute(1))]


def test_a_fact_is_remembered_until_another_takes_its_place(database: Database) -> None:
    registry = Registry(database)
    assert registry.fact("live_since") is None
    registry.remember("live_since", "1")
    registry.remember("live_since", "2")
    assert registry.fact("live_since") == "2"


def test_a_key_names_its_source_and_another_none(database: Database) -> None:
    registry = Registry(database)
    server, browser = registry.add_key("shop", is_browser=False, at=minute(1)), registry.add_key("site", is_browser=True, at=minute(2))
    for key, name, is_browser in ((server, "shop", False), (browser, "site", True)):
        assert re.fullmatch(r"[A-Za-z0-9_-]{20,64}", key)
        found = registry.source_of(key)
        assert found is not None
        assert (found.name, found.is_browser) == (name, is_browser)
    for wrong in ("", server[:-1], server + "x", server.swapcase(), "\udc80"):
        assert registry.source_of(wrong) is None


def test_a_key_is_not_in_the_database(filed: Database, tmp_path: Path) -> None:
    key = Registry(filed).add_key("shop", is_browser=False, at=minute(1))
    filed.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("state.sqlite*"))
    assert key_hash(key).encode() in stored, "so the search below would find the key"
    assert key.encode() not in stored
