"""What stored events say of goods, for shops that keep no table of them: what was in an order, what a product is called, what is looked at.

Reads   the inputs `orders_asked`, `goods_asked`, `categories_asked`; events
Gives   see each plan
Cost    one scan of one or two event names each
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta

from opportune.language.relations.plans import Input, Plan, Row, query_of
from opportune.language.vocabulary.instants import Span, span_of
from opportune.language.vocabulary.kinds import Json, Kind

ORDERS = Input("orders_asked", (("order_id", "VARCHAR"),))
GOODS = Input("goods_asked", (("product_id", "VARCHAR"),))
CATEGORIES = Input("categories_asked", (("category", "VARCHAR"),))
LOOKED_AT_FOR: Span = span_of(timedelta(days=30))
"""How far back views count for what is looked at most."""
MOST = 4
"""One more than are shown: the product itself may be among them."""
DESCRIBING = ("name", "url", "image_url")
_ORDERS = """
SELECT e.order_id, CAST(e.rest AS VARCHAR) AS rest FROM orders_asked AS o JOIN events AS e ON e.order_id = o.order_id
WHERE e.name = 'Order Completed' AND e.ts <= $at AND e.received_at <= $at
ORDER BY e.order_id, e.ts, e.event_id
"""
_DESCRIBED = """
WITH said AS (
  SELECT e.product_id, e.category, CAST(e.rest AS VARCHAR) AS rest,
    row_number() OVER (PARTITION BY e.product_id ORDER BY e.name = 'Product Viewed', e.ts DESC, e.event_id DESC) AS place
  FROM goods_asked AS g JOIN events AS e ON e.product_id = g.product_id
  WHERE e.ts <= $at AND e.received_at <= $at AND (
    e.name = 'Product Viewed' AND CAST(e.rest AS VARCHAR) LIKE '%"name"%'
    OR e.name = 'Product Updated' AND CAST(e.rest AS VARCHAR) LIKE '%"title"%')
)
SELECT product_id, category, rest FROM said WHERE place = 1 ORDER BY product_id
"""
_LOOKED_AT = f"""
WITH seen AS (
  SELECT e.category, e.product_id, count(*) AS views FROM categories_asked AS c JOIN events AS e ON e.category = c.category
  WHERE e.name = 'Product Viewed' AND e.ts > $since AND e.ts <= $at AND e.received_at <= $at AND e.product_id IS NOT NULL
  GROUP BY e.category, e.product_id
), ranked AS (
  SELECT category, product_id, row_number() OVER (PARTITION BY category ORDER BY views DESC, product_id) AS place FROM seen
)
SELECT category, product_id FROM ranked WHERE place <= {MOST} ORDER BY category, place
"""


def orders() -> Plan:
    """order_id, rest (JSON text) of the orders asked for."""
    return Plan(query_of(_ORDERS), (("order_id", Kind.TEXT), ("rest", Kind.TEXT)), ("at",), (ORDERS,))


def descriptions() -> Plan:
    """product_id, category, rest (JSON text): what the catalogue said last of each product, else the latest view that names it."""
    columns = (("product_id", Kind.TEXT), ("category", Kind.TEXT), ("rest", Kind.TEXT))
    return Plan(query_of(_DESCRIBED), columns, ("at",), (GOODS,))


def looked_at() -> Plan:
    """category, product_id: those most looked at since $since of each category asked for, the first first."""
    return Plan(query_of(_LOOKED_AT), (("category", Kind.TEXT), ("product_id", Kind.TEXT)), ("at", "since"), (CATEGORIES,))


def contents(rows: Iterable[Row]) -> dict[str, list[Json]]:
    """order_id → its products."""
    found: dict[str, list[Json]] = {}
    for order_id, rest in rows:
        listed = json.loads(str(rest or "{}")).get("products")
        found[str(order_id)] = listed if isinstance(listed, list) else []
    return found


def described(rows: Iterable[Row]) -> dict[str, Mapping[str, Json]]:
    """product_id → what it is called, where it stands, how it looks; no price: that may have changed."""
    found: dict[str, Mapping[str, Json]] = {}
    for product_id, category, rest in rows:
        said = json.loads(str(rest or "{}"))
        said.setdefault("name", said.get("title"))
        found[str(product_id)] = {"category": str(category) if category is not None else None} | {
            name: said[name] for name in DESCRIBING if isinstance(said.get(name), str)
        }
    return found
