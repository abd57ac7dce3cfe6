"""The goods of a load as rows: the updates that arrived, what was known of their products, and what they changed (`goods`).

Reads   ARRIVALS, goods
Gives   events of things, without a customer; goods: the last known figures of each variant
Cost    nothing where no catalogue sends; else one look at the variants told
Held to tests/pulls/test_goods.py
"""

import json
from collections.abc import Iterable

from opportune.language.relations.arrivals import ARRIVALS
from opportune.language.relations.map import EVENTS, GOODS
from opportune.language.vocabulary.instants import Instant
from opportune.stages.events.events import is_ours
from opportune.stages.events.goods import PRICE, WHOLE, Change, Known, Shelf, Update
from opportune.stages.events.order_keys import first_key
from opportune.stages.events.properties import parsed, typed

TOLD = "call = 'track' AND name = 'Product Updated'"
"""Which arrivals tell of goods."""
_KEYS = ("product_id", "variant_id", "category", "price", "stock", "deleted")
_FILLED = (
    *("event_id", "line", "name", "ts", "received_at", "is_imported"),
    *("product_id", "category", "price", "old_price", "rest"),
)
"""The columns of `events` that a change has."""


def updates(currency: str | None) -> str:
    """The query that gives the updates of ARRIVALS, in the order in which they count: the columns of Update."""
    values = {key: typed(key, _KEYS) for key in _KEYS}
    price = f"CASE WHEN {is_ours(currency)} THEN {values['price']} END"
    shown = f"""event_id, ts, received_at, is_imported, {values["product_id"]} AS product_id, coalesce({values["variant_id"]}, '{WHOLE}'),
        {values["category"]}, {price}, {values["stock"]}, coalesce({values["deleted"]}, false)"""
    read = f"SELECT *, {parsed('properties', _KEYS)} FROM {ARRIVALS} WHERE {TOLD}"
    return f"SELECT {shown} FROM ({read}) WHERE {values['product_id']} IS NOT NULL ORDER BY received_at, ts, event_id"


def update_of(row: tuple[str, int, int, bool, str, str, str | None, int | None, float | None, bool]) -> Update:
    """A row of `updates`."""
    event_id, ts, received_at, is_imported, product_id, variant_id, category, price, stock, is_gone = row
    return Update(
        event_id=event_id,
        ts=Instant(ts),
        received_at=Instant(received_at),
        is_imported=is_imported,
        product_id=product_id,
        variant_id=variant_id,
        category=category,
        price=price,
        stock=stock,
        is_gone=is_gone,
    )


KNOWN = """SELECT product_id, variant_id, ts, price, stock, is_gone, changed_at FROM goods
    WHERE product_id IN (SELECT unnest($products::VARCHAR[]))"""
"""The query that gives what is known of `$products`."""


def shelf_of(rows: Iterable[tuple[str, str, int, int | None, float | None, bool, int | None]]) -> Shelf:
    """The rows of KNOWN."""
    shelf: Shelf = {}
    for product_id, variant_id, ts, price, stock, is_gone, changed_at in rows:
        dated = None if changed_at is None else Instant(changed_at)
        known = Known(ts=Instant(ts), price=price, stock=stock, is_gone=is_gone, changed_at=dated)
        shelf.setdefault(product_id, {})[variant_id] = known
    return shelf


def store(into: str) -> str:
    """The statement that stores changes told as JSON, `$changes` (`told`): rows of `events` without a customer."""
    columns = {column.name: "NULL" for column in EVENTS.columns} | {name: f"c.{name}" for name in _FILLED}
    columns["order_key"] = first_key("c.ts")
    shape = json.dumps([{column.name: column.type for column in EVENTS.columns if column.name in _FILLED}])
    return f"""INSERT INTO {into} SELECT {", ".join(columns.values())}
        FROM (SELECT unnest(from_json($changes::JSON, '{shape}')) AS c) ORDER BY c.received_at, c.ts, c.line"""


def told(found: Iterable[Change]) -> str:
    """Changes as `store` takes them."""
    return json.dumps([_row(change) for change in found])


def _row(change: Change) -> dict[str, object]:
    """A number that is whole is written so; a variant is named where the update named one."""
    update = change.of
    row: dict[str, object] = {
        "event_id": update.event_id,
        "line": 1 if change.name == PRICE else 2,
        "name": change.name,
        "ts": change.ts,
        "received_at": update.received_at,
        "is_imported": update.is_imported,
        "product_id": update.product_id,
        "category": update.category,
    }
    beside: dict[str, object] = {"variant_id": update.variant_id} if update.variant_id != WHOLE else {}
    if change.name == PRICE:
        row |= {"price": change.now, "old_price": change.old}
    else:
        beside |= {"stock": _whole(change.now)} | ({"old_stock": _whole(change.old)} if change.old is not None else {})
    return row | {"rest": beside or None}


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def remember() -> list[str]:
    """The statements that keep the shelf of `$products`, told as JSON, `$shelf` (`shelved`)."""
    shape = json.dumps([{column.name: column.type for column in GOODS.columns}])
    return [
        "DELETE FROM goods WHERE product_id IN (SELECT unnest($products::VARCHAR[]))",
        f"INSERT INTO goods SELECT c.* FROM (SELECT unnest(from_json($shelf::JSON, '{shape}')) AS c)",
    ]


def shelved(shelf: Shelf) -> str:
    """A shelf as `remember` takes it."""
    rows = (
        {
            "product_id": product_id,
            "variant_id": variant_id,
            "ts": known.ts,
            "price": known.price,
            "stock": known.stock,
            "is_gone": known.is_gone,
            "changed_at": known.changed_at,
        }
        for product_id, variants in shelf.items()
        for variant_id, known in variants.items()
    )
    return json.dumps(list(rows))
