"""Customers that templates are tried on: one of whom everything is known, and one of whom nothing is.

For the lint, the contact sheet and the tests. Everything in them is made up.
"""

from collections.abc import Mapping

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.language.vocabulary.kinds import Json
from opportune.stages.content import brand
from opportune.stages.content.render import Addressing

AT: Instant = parse_instant("2026-03-01T09:30:00Z")
SHOP: dict[str, Json] = {
    "name": "Halden & Wick",
    "url": "https://halden-wick.example",
    "currency": "USD",
    "timezone": "UTC",
    "address": "Halden & Wick, 14 Harbour Street, Port Alder",
}
LAMP: dict[str, Json] = {
    "product_id": "lamps-07",
    "name": "Fjell table lamp",
    "category": "lamps",
    "price": 128.0,
    "quantity": 1,
    "url": "https://halden-wick.example/p/lamps-07",
    "image_url": "https://halden-wick.example/img/lamps-07.png",
}
THROW: dict[str, Json] = {
    **LAMP,
    "product_id": "throws-03",
    "name": "Linden wool throw",
    "category": "throws",
    "price": 89.5,
    "quantity": 2,
}
RELATED: tuple[dict[str, Json], ...] = (
    {**LAMP, "product_id": "lamps-11", "name": "Oslo desk lamp", "price": 119.0},
    {**LAMP, "product_id": "lamps-02", "name": "Tarn floor lamp", "price": 164.0},
    {**LAMP, "product_id": "lamps-19", "name": "Moss wall light", "price": 92.0},
)
PAGES = ("cart", "checkout", "search", "pricing", "new", "finest", "care", "ideas", "help", "about", "review", "survey")
KNOWN: dict[str, Json] = {
    "customer": {"id": "c-1001", "first_name": "Ada", "last_name": "Lindqvist", "email": "ada@mail.example"},
    "trigger": {
        **LAMP,
        "event": "Product Viewed",
        "event_id": "e-1",
        "query": "reading lamp",
        "results": 14,
        "stock": 12,
        "price": 128.0,
        "old_price": 149.0,
        "products": [LAMP, THROW],
    },
    "entry": {"id": "n-1", "at": "2026-03-01T07:30:00Z"},
    "shop": SHOP,
    "brand": brand.told(brand.Brand(), "Halden & Wick"),
    "products": [LAMP, THROW],
    "related": [*RELATED],
    "reviews": {
        "rating": 4.6,
        "count": 37,
        "quotes": [
            {"text": "Warm light, and the switch sits where the hand looks for it.", "author": "Mira", "rating": 5},
            {"text": "Smaller than I thought, prettier than I hoped.", "author": "Jon", "rating": 4},
        ],
    },
    "offer": {
        "name": "discount",
        "kind": "discount",
        "code": "BACK20",
        "percent": 20,
        "ends": "2026-03-08T22:00:00Z",
        "left": 143,
        "stock": 200,
    },
    "tier": {"value": {"name": "medium", "tone": "expert", "incentive": "discount"}},
    "metric": {"orders": 4},
    "setting": {f"{page}_page": f"/{page}" for page in PAGES},
}
UNKNOWN: dict[str, Json] = {
    "customer": {"id": "c-2"},
    "trigger": {},
    "products": [],
    **{name: KNOWN[name] for name in ("shop", "brand", "setting")},
}
SPECIMENS: Mapping[str, dict[str, Json]] = {"a customer of whom everything is known": KNOWN, "one of whom nothing is": UNKNOWN}


def addressing() -> Addressing:
    """Links as long as real ones, not tracked."""
    base, token = "https://mail.halden-wick.example", "A" * 86
    unsubscribe = f"{base}/u/{token}"
    return Addressing(
        unsubscribe_url=unsubscribe,
        preferences_url=unsubscribe,
        why_url=f"{base}/w/{token}",
        confirm_url=f"{base}/d/{token}",
        pixel_url=f"{base}/o/{token}",
        track=lambda _, url: url,
    )
