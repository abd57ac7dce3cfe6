"""What a change of definitions leaves behind goes when it is applied, and nothing that anybody still needs goes with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from opportune.adapters.logs.segments import Segments
from opportune.language.compiler.snapshot import snapshot
from opportune.language.vocabulary.instants import FOREVER, Instant, parse_instant
from opportune.shell.ground import Ground
from opportune.shell.live import Live, apply, sweep
from opportune.shell.sweeping import Swept, rolled
from opportune.shell.workspace import Workspace

FILES = """
tables:
  product: {file: products.csv, key: product_id}
derived:
  Spree: {when: 'lapse("Product Viewed", within="%s")', set: {views: 'count("Product Viewed", since=previous)'}}
metrics:
  sprees: count("Spree")
  margin: product[last("Product Viewed", product_id)].margin
  usual: quantile(count("Product Viewed", within="%s"), 0.5, every="day")
"""
JOURNEY = """
journeys:
  tips: {when: 'event("Spree")', reentry: never, holdout: 0%, steps: [wait: 1d]}
"""
AT = parse_instant("2026-03-03T12:00:00Z")
KEPT = "derivations.name", "table_rows.table_name", "calibrations.population", "rollups.hash"


def write(shop: Workspace, within: str, *, margin: str = "0.5", more: str = "") -> None:
    (shop.folder / "all.yml").write_text(dedent(FILES % (within, within)) + more)
    (shop.folder / "products.csv").write_text(f"product_id,margin\na,{margin}\n")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """A shop with two views, two versions of whose definitions can be stored."""
    (tmp_path / "opportune.yml").write_text("shop: {name: Shop, currency: USD}\n")
    shop = Workspace(tmp_path, clock=lambda: AT)
    write(shop, "1h")
    times = "2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z"
    calls = [{"userId": "ann", "event": "Product Viewed", "timestamp": at, "properties": {"product_id": "a"}} for at in times]
    heads = [{"type": "track", "messageId": f"m{n}", "source": "t", "traits": {}, "context": {}} for n in range(2)]
    lines = [json.dumps(head | call | {"receivedAt": call["timestamp"]}) for head, call in zip(heads, calls, strict=True)]
    (tmp_path / "1.ndjson").write_text("\n".join(lines))
    shop.engine.load([tmp_path / "1.ndjson"])
    yield shop
    shop.close()


def ask(shop: Workspace) -> Ground:
    """Everything is asked, and everything it stands on is stored."""
    project = shop.files_now(with_templates=False)
    ground = shop.ground(project.definitions, project.tables, AT)
    assert len(answers(ground, shop)) == 1
    return ground


def answers(ground: Ground, shop: Workspace) -> list[tuple[object, ...]]:
    return ground.rows(snapshot(shop.files_now(with_templates=False).definitions.metrics), {"at": AT, "seen": FOREVER})


def kept(shop: Workspace) -> list[int]:
    """How many of each are stored."""
    found = (shop.engine._connection.execute(f"SELECT count(DISTINCT {name}) FROM {name.split('.')[0]}") for name in KEPT)
    return [rows.fetchall()[0][0] for rows in found]


def derived_rows(shop: Workspace) -> int:
    return int(shop.engine._connection.execute("SELECT count(*) FROM events WHERE line > 0").fetchall()[0][0])


def test_what_only_an_earlier_version_needed_goes_when_another_is_applied(shop: Workspace) -> None:
    ask(shop)
    apply(shop)
    assert sweep(shop) == Swept()
    write(shop, "2h", margin="0.7")
    ask(shop)
    assert (kept(shop), derived_rows(shop)) == ([2, 2, 2, 0], 4)
    apply(shop)
    assert str(sweep(shop)) == "1 derived event, 1 table, 1 population function"
    assert (kept(shop), derived_rows(shop)) == ([1, 1, 1, 0], 2)
    assert answers(ask(shop), shop) == [("ann", 2, 0.7, 0)]
    assert sweep(shop) == Swept()


def test_what_is_being_asked_stays_until_it_was_asked(shop: Workspace) -> None:
    tried = ask(shop)
    write(shop, "2h")
    apply(shop)
    assert sweep(shop) == Swept()
    assert kept(shop) == [1, 1, 1, 0]
    del tried
    assert sweep(shop) == Swept(derived=1, populations=1)  # the table's file is the same


def test_what_a_journey_that_runs_on_needs_stays(shop: Workspace) -> None:
    write(shop, "1h", more=JOURNEY)
    ask(shop)
    apply(shop)
    write(shop, "1h", margin="0.7", more=JOURNEY)
    ask(shop)
    assert apply(shop) == []
    assert sweep(shop) == Swept(tables=1)  # the journey follows the version it was applied with, and reads no table
    write(shop, "2h", margin="0.7")
    apply(shop)
    assert sweep(shop) == Swept(derived=1, populations=1)


def test_what_somebody_on_her_way_needs_stays(shop: Workspace) -> None:
    write(shop, "1h", more=JOURNEY.replace('event("Spree")', 'event("Product Viewed", count("Spree") > 0)'))
    ask(shop)
    apply(shop)
    now = [AT]
    log = Segments.open(shop.data / "log", clock=lambda: now[0])
    live = Live(shop, log)
    now[0] = Instant(AT + 1_000_000)
    viewed = {"type": "track", "messageId": "new", "source": "t", "traits": {}, "context": {}, "event": "Product Viewed", "properties": {}}
    log.append([json.dumps(viewed | {"userId": "ann", "receivedAt": "2026-03-03T12:00:01Z"}).encode()])
    now[0] = Instant(AT + 2_000_000)
    assert live.step().entered == 1
    write(shop, "2h")
    apply(shop)
    live.take_up()
    assert kept(shop) == [1, 1, 0, 0]
    log.close()


def test_roll_ups_that_no_running_definition_adds_up_go(shop: Workspace) -> None:
    (shop.folder / "all.yml").write_text('metrics: {views: count("Product Viewed")}\n')
    apply(shop)
    wanted = rolled(shop.running_definitions())
    shop.engine.keep(wanted)
    assert sweep(shop) == Swept()
    held = ask(shop)
    (shop.folder / "all.yml").write_text("metrics: {}\n")
    apply(shop)
    assert sweep(shop).rollups == 0, "a plan that is made may read them"
    del held
    assert sweep(shop).rollups == len(wanted) > 0
    assert shop.engine._connection.execute("SELECT count(*) FROM rollup_days").fetchall() == [(0,)]


def test_serve_stands_on_what_ran_until_it_takes_up_what_was_applied(shop: Workspace) -> None:
    log = shop.open_log()
    apply(shop)
    live = Live(shop, log)
    ask(shop)
    write(shop, "2h")
    apply(shop)
    assert sweep(shop) == Swept()
    live.take_up()
    assert kept(shop) == [0, 1, 0, 0]
    live.step()
    assert kept(shop) == [1, 1, 0, 0]
    log.close()
