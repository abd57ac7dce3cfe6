"""The products a mail shows: what the trigger says of them, filled up from the project's table `products`, and their neighbours there."""

from collections.abc import Mapping, Sequence

from opportune.language.vocabulary.kinds import Json

TABLE = "products"
"""The table that is read, by `product_id`, where a project has it."""
NEIGHBOURS = 3
Shelf = Mapping[str, Mapping[str, Json]]
"""product_id → columns of the table."""


def products_of(trigger: Mapping[str, Json], shelf: Shelf) -> list[Json]:
    """The trigger's products, or itself where it is about one; what it does not say of them is taken from the shelf."""
    listed = trigger.get("products")
    found = listed if isinstance(listed, list) else [dict(trigger)] if "product_id" in trigger else []
    return [_filled(product, shelf) if isinstance(product, dict) else product for product in found]


def neighbours(products: Sequence[Json], category: Json, shelf: Shelf) -> list[Json]:
    """Others of the same category, those nearest in price first; without products, of `category`."""
    first = next((product for product in products if isinstance(product, dict)), {})
    wanted = first.get("category") or category
    shown = {product.get("product_id") for product in products if isinstance(product, dict)}
    alike = {name: row for name, row in shelf.items() if wanted is not None and row.get("category") == wanted}
    others: list[dict[str, Json]] = [{"product_id": name, **row} for name, row in alike.items() if name not in shown]
    others.sort(key=lambda row: (abs(_number(row.get("price")) - _number(first.get("price"))), str(row["product_id"])))
    return [*others[:NEIGHBOURS]]


def _filled(product: dict[str, Json], shelf: Shelf) -> dict[str, Json]:
    row = shelf.get(str(product.get("product_id")), {})
    return {**{name: value for name, value in row.items() if value is not None}, **product}


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
