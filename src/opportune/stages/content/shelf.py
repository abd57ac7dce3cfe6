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


def id_of(product: Json) -> str:
    """The product's id as text an engine can be asked with; empty when it has none: events say what they like."""
    return _text(product.get("product_id")) if isinstance(product, dict) else ""


def category_of(products: Sequence[Json], otherwise: Json) -> str:
    """The category of the first product; empty when there is none."""
    return _text(_first(products).get("category")) or _text(otherwise)


def by_category(shelf: Shelf) -> dict[str, Shelf]:
    """The shelf, a board for each category."""
    boards: dict[str, dict[str, Mapping[str, Json]]] = {}
    for name, row in shelf.items():
        if category := _text(row.get("category")):
            boards.setdefault(category, {})[name] = row
    return {**boards}


def neighbours(products: Sequence[Json], board: Shelf) -> list[Json]:
    """Those of a category that are not shown already, nearest in price to the first product."""
    alike: list[dict[str, Json]] = [{"product_id": name, **row} for name, row in board.items()]
    price = _number(_first(products).get("price"))
    alike.sort(key=lambda row: (abs(_number(row.get("price")) - price), str(row["product_id"])))
    return others(products, alike)


def others(products: Sequence[Json], found: Iterable[Json]) -> list[Json]:
    """The first few of `found` that are not among `products`."""
    shown = {id_of(product) for product in products}
    beside: list[Json] = [product for product in found if isinstance(product, dict) and id_of(product) not in shown]
    return beside[:NEIGHBOURS]


def _first(products: Sequence[Json]) -> Mapping[str, Json]:
    return next((product for product in products if isinstance(product, dict)), {})


def _filled(product: dict[str, Json], shelf: Shelf) -> dict[str, Json]:
    row = shelf.get(id_of(product), {})
    return {**{name: value for name, value in row.items() if value is not None}, **product}


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e15 else 0.0


def _text(value: Json) -> str:
    """Text or a whole number as text; anything else, and text that no encoding can write, is none."""
    if isinstance(value, bool) or not isinstance(value, str | int) or (isinstance(value, int) and abs(value) >= 1 << 63):
        return ""
    said = str(value)
    return said if said.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in said) else ""
