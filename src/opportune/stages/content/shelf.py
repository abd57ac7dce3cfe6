"""The products a mail shows: what the trigger says of them, filled up from the project's table `products`, and their neighbours there."""

from collections.abc import Iterable, Mapping, Sequence

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


def category_of(products: Sequence[Json], otherwise: Json) -> Json:
    """The category of the first product."""
    return _first(products).get("category") or otherwise


def neighbours(products: Sequence[Json], category: Json, shelf: Shelf) -> list[Json]:
    """Those of the category that are not shown already, nearest in price to the first product."""
    alike: list[dict[str, Json]] = [
        {"product_id": name, **row} for name, row in shelf.items() if category is not None and row.get("category") == category
    ]
    price = _number(_first(products).get("price"))
    alike.sort(key=lambda row: (abs(_number(row.get("price")) - price), str(row["product_id"])))
    return others(products, alike)


def others(products: Sequence[Json], found: Iterable[Json]) -> list[Json]:
    """The first few of `found` that are not among `products`."""
    shown = {product.get("product_id") for product in products if isinstance(product, dict)}
    beside: list[Json] = [product for product in found if isinstance(product, dict) and product.get("product_id") not in shown]
    return beside[:NEIGHBOURS]


def _first(products: Sequence[Json]) -> Mapping[str, Json]:
    return next((product for product in products if isinstance(product, dict)), {})


def _filled(product: dict[str, Json], shelf: Shelf) -> dict[str, Json]:
    row = shelf.get(str(product.get("product_id")), {})
    return {**{name: value for name, value in row.items() if value is not None}, **product}


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
