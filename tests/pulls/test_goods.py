"""What became of the goods: prices and stock that a catalogue tells, as changes with their old values; the same however it is loaded."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.events.test_load import NOON, load_each
from tests.webhooks.hooks import payload
from tests.webhooks.hooks import told as told_by

from opportune.adapters.engines.duckdb import DuckDB
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.stages.events.goods import PRICE, STOCK, Shelf, Update, changes

HOUR = 3_600_000_000


def update(number: int, product_id: str = "lamp", **said: object) -> Update:
    fields: dict = {"event_id": f"u{number}", "ts": Instant(NOON + number), "received_at": Instant(NOON + number), "is_imported": False}
    return Update(product_id=product_id, **fields | said)


def told(*updates: Update) -> list[tuple]:
    """(name, number of the update, old, now) of each change."""
    return [(change.name, int(change.of.event_id[1:]), change.old, change.now) for change in changes(updates, {})]


def test_the_first_figures_have_no_old_value_and_the_same_again_is_no_change() -> None:
    assert told(update(1, price=100, stock=5), update(2, price=100, stock=5)) == [(PRICE, 1, None, 100), (STOCK, 1, None, 5)]


def test_a_price_and_a_stock_that_differ_are_told_with_what_they_were() -> None:
    first, second = update(1, price=100, stock=0), update(2, price=80, stock=3)
    assert told(first, second)[2:] == [(PRICE, 2, 100, 80), (STOCK, 2, 0, 3)]


def test_what_an_update_leaves_out_stays_as_it_was() -> None:
    assert told(update(1, price=100, stock=5), update(2, stock=4), update(3, price=90))[2:] == [(STOCK, 2, 5, 4), (PRICE, 3, 100, 90)]


def test_the_price_of_a_product_is_the_least_of_its_variants_and_its_stock_their_sum() -> None:
    found = told(
        update(1, variant_id="s", price=100, stock=0),
        update(2, variant_id="m", price=120, stock=4),
        update(3, variant_id="s", stock=2),
        update(4, variant_id="s", price=130),
    )
    assert found == [(PRICE, 1, None, 100), (STOCK, 1, None, 0), (STOCK, 2, None, 4), (STOCK, 3, 4, 6), (PRICE, 4, 100, 120)]


def test_a_size_that_is_new_is_no_lower_price_and_nothing_is_back_by_it() -> None:
    found = told(update(1, variant_id="l", price=120, stock=0), update(2, variant_id="s", price=80, stock=3))
    assert found[2:] == [(PRICE, 2, None, 80), (STOCK, 2, None, 3)]


def test_one_size_that_is_sold_out_is_not_the_product() -> None:
    found = told(update(1, variant_id="s", stock=2), update(2, variant_id="m", stock=2), update(3, variant_id="s", stock=0))
    assert found[-1] == (STOCK, 3, 4, 2)


def test_a_product_taken_off_the_shelf_has_no_stock_and_comes_back_without_an_old_price() -> None:
    found = told(
        update(1, variant_id="s", price=100, stock=2),
        update(2, is_gone=True),
        update(3, variant_id="s", price=80, stock=2),
    )
    assert found[2:] == [(STOCK, 2, 2, 0), (PRICE, 3, None, 80), (STOCK, 3, 0, 2)]


def test_an_update_older_than_one_known_changes_nothing() -> None:
    assert told(update(5, price=100), update(3, price=80), update(6, price=100)) == [(PRICE, 5, None, 100)]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab"), st.none() | st.integers(0, 3), st.booleans()), max_size=12))
def test_the_latest_change_in_time_says_how_a_product_stands(drawn: list[tuple]) -> None:
    updates = [
        update(n, ts=Instant(NOON + at), variant_id=variant, stock=stock, is_gone=gone)
        for n, (at, variant, stock, gone) in enumerate(drawn)
    ]
    shelf: Shelf = {}
    found = list(changes(updates, shelf))
    instants = [change.ts for change in found]
    assert instants == sorted(set(instants))
    stocks = [each.stock for each in shelf.get("lamp", {}).values() if not each.is_gone and each.stock is not None]
    if found and stocks:
        assert found[-1].now == sum(stocks)


def line(number: int, **properties: object) -> str:
    at = format_instant(Instant(NOON + number * HOUR))
    call = {"type": "track", "event": "Product Updated", "messageId": f"u{number}", "timestamp": at, "source": "feed"}
    return json.dumps(call | {"properties": {"product_id": "lamp"} | properties, "receivedAt": at})


LINES = (
    line(1, price="29.90", stock=0, category="lamps", title="Lamp"),
    line(2, price=29.9, stock=4, category="lamps"),
    line(3, price=24.5, stock=4, currency="USD", image_url="https://shop.example.org/lamp.png"),
    line(4, price=11, stock=4, currency="GBP"),
    line(5, product_id=7, variant_id="m", price=10),
)


def stored(engine: DuckDB) -> list[tuple]:
    return engine._connection.execute(
        "SELECT event_id, line, name, ts, received_at, product_id, category, old_price, price, rest::VARCHAR, identity_key FROM events "
        "WHERE line > 0 ORDER BY ts, line"
    ).fetchall()


def test_changes_are_events_of_things_beside_the_update_that_told_them(tmp_path: Path) -> None:
    engine = DuckDB.open(None, currency="USD")
    load_each(engine, tmp_path, [list(LINES)])
    at = [NOON + n * HOUR for n in range(6)]
    assert stored(engine) == [
        ("u1", 1, PRICE, at[1], at[1], "lamp", "lamps", None, 299_000, None, None),
        ("u1", 2, STOCK, at[1], at[1], "lamp", "lamps", None, None, '{"stock":0}', None),
        ("u2", 2, STOCK, at[2], at[2], "lamp", "lamps", None, None, '{"stock":4,"old_stock":0}', None),
        ("u3", 1, PRICE, at[3], at[3], "lamp", None, 299_000, 245_000, None, None),
        ("u5", 1, PRICE, at[5], at[5], "7", None, None, 100_000, '{"variant_id":"m"}', None),
    ]


def test_however_updates_are_cut_into_loads_and_repeated_the_changes_are_the_same(tmp_path: Path) -> None:
    whole, cut = DuckDB.open(None), DuckDB.open(None)
    for name, engine, parts in (("whole", whole, [list(LINES)]), ("cut", cut, [[each] for each in LINES] + [list(LINES[:2])])):
        (tmp_path / name).mkdir()
        load_each(engine, tmp_path / name, parts)
    assert stored(whole) == stored(cut)
    goods = [engine._connection.execute("SELECT * FROM goods ORDER BY ALL").fetchall() for engine in (whole, cut)]
    assert goods[0] == goods[1]


def test_the_webhooks_of_a_shop_system_tell_what_became_of_its_goods(tmp_path: Path) -> None:
    before = payload("shopify-products-update")
    after = {**before, "updated_at": "2022-01-02T10:00:00Z"}
    after["variants"] = [{**variant, "price": "14.99", "inventory_quantity": 0} for variant in before["variants"]]
    gone = payload("shopify-products-delete")
    calls = [*told_by("shopify-products-update", before).calls, *told_by("shopify-products-update", after).calls]
    calls += told_by("shopify-products-delete", gone).calls
    received = [format_instant(Instant(NOON + number)) for number in range(len(calls))]
    engine = DuckDB.open(None, currency="USD")
    load_each(engine, tmp_path, [[json.dumps(call | {"receivedAt": at}) for call, at in zip(calls, received, strict=True)]])
    found = [(name, old, now) for _, _, name, *_, old, now, _, _ in stored(engine) if name == PRICE]
    assert found == [(PRICE, None, 199_900), (PRICE, 199_900, 149_900)]
    stock = [json.loads(rest) for _, _, name, *_, rest, _ in stored(engine) if name == STOCK]
    assert [(each.get("old_stock"), each["stock"]) for each in stock] == [(None, 75), (None, 125), (125, 50), (50, 0)]
