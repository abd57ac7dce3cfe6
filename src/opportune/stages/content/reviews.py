"""What customers said of products, for a block of a mail: the average of all their marks, and a few words of theirs.

Reads   the input `products_asked`; events
Gives   product_id, rating_sum, count, rest (JSON text of one review), rating; at most `QUOTED` rows a product, latest first
Cost    one scan of the reviews
"""

import json
from collections.abc import Iterable

from opportune.language.relations.plans import Input, Plan, Row, query_of
from opportune.language.vocabulary.kinds import Json, Kind

PRODUCTS = Input("products_asked", (("product_id", "VARCHAR"),))
QUOTED = 12
"""Reviews of a product that are looked at for words."""
SHOWN = 2
LONGEST = 220
"""Characters of a quotation; a longer one is left out rather than cut."""
PRAISE = 4
"""Only reviews with so many of five stars are quoted; the average is of all."""
_REVIEWS = f"""
WITH said AS (
  SELECT p.product_id, e.rating, CAST(e.rest AS VARCHAR) AS rest, count(*) OVER (PARTITION BY p.product_id) AS count,
    sum(e.rating) OVER (PARTITION BY p.product_id) AS rating_sum,
    row_number() OVER (PARTITION BY p.product_id ORDER BY e.ts DESC, e.event_id DESC) AS place
  FROM products_asked AS p JOIN events AS e ON e.product_id = p.product_id
  WHERE e.name = 'Review Submitted' AND e.rating >= 1 AND e.rating <= 5 AND e.ts <= $at AND e.received_at <= $at
)
SELECT product_id, rating_sum, count, rest, rating FROM said WHERE place <= {QUOTED} ORDER BY product_id, place
"""


def reviews_of() -> Plan:
    """The reviews, from one star to five, of the products asked for, of what arrived by $at."""
    columns = (
        ("product_id", Kind.TEXT),
        ("rating_sum", Kind.NUMBER),
        ("count", Kind.NUMBER),
        ("rest", Kind.TEXT),
        ("rating", Kind.NUMBER),
    )
    return Plan(query_of(_REVIEWS), columns, ("at",), (PRODUCTS,))


def told(rows: Iterable[Row]) -> dict[str, Json]:
    """Product → `reviews` as templates read it: `rating` (one decimal), `count`, `quotes` of `text`, `author`, `rating`."""
    found: dict[str, Json] = {}
    for product, total, count, rest, rating in rows:
        number = int(count or 0)
        of_product = found.setdefault(str(product), {"rating": round(float(total or 0) / number, 1), "count": number, "quotes": []})
        assert isinstance(of_product, dict)
        quotes = of_product["quotes"]
        assert isinstance(quotes, list)
        quote = _quote(str(rest or "{}"), float(rating or 0))
        if quote is not None and len(quotes) < SHOWN:
            quotes.append(quote)
    return found


def _quote(rest: str, rating: float) -> dict[str, Json] | None:
    properties = json.loads(rest)
    text = properties.get("text") if isinstance(properties, dict) else None
    if rating < PRAISE or not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
        return None
    author = properties.get("author")
    quote: dict[str, Json] = {"text": " ".join(text.split()), "rating": int(rating)}
    return {**quote, "author": author} if isinstance(author, str) else quote
