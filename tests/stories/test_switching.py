"""Another version is applied while people are on the way: they finish theirs, or move, and no mail goes out twice."""

from pathlib import Path

import pytest
from tests.stories.town import TEMPLATE, Town

from opportune.adapters.stores.database import StoreFault
from opportune.adapters.stores.registry import Moved
from opportune.language.vocabulary.instants import EARLIEST, FOREVER, format_instant
from opportune.shell.live import apply
from opportune.shell.workspace import Workspace

SETTINGS = 'shop: {name: Lamps, currency: USD, url: "https://shop.example", address: 1 Main Street, timezone: UTC, consent: {opt_in: []}}\n'
JOURNEY = """
journey: cart
when: event("Product Added")
reentry: 7d
holdout: 0%
steps:
  - {send: hello, id: hello}
  - wait: 24h
  - {send: more, id: more}
"""
CHANGED = """
journey: cart
when: event("Product Added")
reentry: 7d
holdout: 0%
steps:
  - {send: hello, id: hello}
  - wait: 48h
  - {send: help, id: help}
  - wait: 24h
  - {send: more, id: more}
  - wait: 24h
  - {send: last, id: last}
"""
LETTERS = ("hello", "more", "help", "last")


def town(folder: Path) -> Town:
    files = {"opportune.yml": SETTINGS, "cart.yml": JOURNEY}
    return Town(
        folder, files | {f"templates/{name}.mjml": TEMPLATE.format(name=name).lstrip() for name in LETTERS}, start="2026-03-01T00:00:00Z"
    )


def begun(shop: Town) -> None:
    """Ann added a lamp on 1 March at 10:00 and waits for her second mail."""
    shop.at("2026-03-01T10:00:00Z").identify("ann", email="ann@mail.test").track("Consent Given", purpose="email").tick()
    shop.at("2026-03-01T10:01:00Z").track("Product Added", product_id="lamp").tick()


def switched(shop: Town, text: str, *, is_moving: bool = False) -> None:
    (shop.folder / "cart.yml").write_text(text)
    apply(shop.workspace, is_moving=is_moving)
    shop.live.take_up()


def planned(shop: Town) -> list[tuple[str, str, str]]:
    return [(m.customer_id, m.step, format_instant(m.decided_at)) for m in shop.workspace.journeys.messages(EARLIEST, FOREVER)]


FIRST = ("ann", "hello", "2026-03-01T10:01:00Z")


def test_whoever_is_on_the_way_finishes_the_version_she_entered(tmp_path: Path) -> None:
    with town(tmp_path) as shop:
        begun(shop)
        switched(shop, CHANGED)
        shop.at("2026-03-20T00:00:00Z").tick()
        assert planned(shop) == [FIRST, ("ann", "more", "2026-03-02T10:01:00Z")]


def test_whoever_is_moved_goes_on_at_her_step_at_the_time_that_was_set(tmp_path: Path) -> None:
    with town(tmp_path) as shop:
        begun(shop)
        switched(shop, CHANGED, is_moving=True)
        assert {each.version for each in shop.workspace.journeys.active()} == {shop.workspace.registry.fact("applied_version")}
        shop.at("2026-03-20T00:00:00Z").tick()
        assert planned(shop) == [FIRST, ("ann", "more", "2026-03-02T10:01:00Z"), ("ann", "last", "2026-03-03T10:01:00Z")], "help lay before"


def test_whose_step_is_gone_finishes_the_version_she_entered(tmp_path: Path) -> None:
    with town(tmp_path) as shop:
        begun(shop)
        switched(shop, CHANGED.replace("{send: more, id: more}", "{send: more, id: other}"), is_moving=True)
        shop.at("2026-03-20T00:00:00Z").tick()
        assert planned(shop) == [FIRST, ("ann", "more", "2026-03-02T10:01:00Z")]


def test_moved_there_and_back_nobody_gets_a_mail_twice(tmp_path: Path) -> None:
    with town(tmp_path) as shop:
        begun(shop)
        switched(shop, CHANGED, is_moving=True)
        shop.at("2026-03-02T12:00:00Z").tick()
        reordered = JOURNEY.replace(
            "{send: more, id: more}", "{send: last, id: last}\n  - wait: 1h\n  - {send: more, id: more}\n  - {send: hello, id: hello2}"
        )
        switched(shop, reordered, is_moving=True)
        shop.at("2026-03-20T00:00:00Z").tick()
        steps = [step for _, step, _ in planned(shop)]
        assert steps == ["hello", "more", "last", "hello2"], "more comes after last here, and was sent"


def test_what_the_tick_did_meanwhile_is_not_undone(tmp_path: Path) -> None:
    """The row is moved only where it still stands where it was read."""
    with town(tmp_path) as shop:
        begun(shop)
        (ann,) = shop.workspace.journeys.active()
        registry = shop.workspace.registry
        stale = Moved(enrolment=ann.id, was=(ann.version, ann.cursor - 1), version="other", cursor=0)
        registry.apply("other", {}, ["cart"], [], shop.now, moved=[stale])
        assert shop.workspace.journeys.active() == [ann]


def test_an_apply_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    with town(tmp_path) as shop:
        begun(shop)
        before = _state(shop.workspace)
        (shop.folder / "cart.yml").write_text(CHANGED)
        with shop.workspace.database.writing() as connection:
            connection.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON switches BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        with pytest.raises(StoreFault, match="disk full"):
            apply(shop.workspace, is_moving=True)
        assert _state(shop.workspace) == before


def _state(workspace: Workspace) -> object:
    return (
        workspace.registry.running(),
        workspace.registry.fact("applied_version"),
        workspace.journeys.enrolments(),
        workspace.registry.switches(),
    )
