"""The events and properties everybody knows: SEMANTICS section 2, as data.

`PROPERTIES` gives the kind of a property wherever it occurs; `HOT` are those stored in a typed column of their own
(`language/relations/map.py`), the rest stays JSON. Names outside these tables are allowed and learned from the data.
"""

from opportune.language.vocabulary.kinds import Kind

PRODUCT = ("product_id", "category", "price", "quantity")
CART = (*PRODUCT, "cart_id")
MESSAGE = ("message_id", "journey", "step", "enrolment", "campaign")
CONSENT = ("purpose", "method", "wording", "wording_version", "page", "region", "user_agent")
CONSENT_REQUESTED = "Consent Requested"
"""Somebody asked for mail where a second yes is needed; it counts for nothing until she has confirmed it."""

EVENTS: dict[str, tuple[str, ...]] = {
    "Page Viewed": (
        *("path", "url", "title", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "dwell"),
        *("touch_channel", "touch_source", "touch_campaign", "device", "os", "browser", "bot"),
    ),
    "Product List Viewed": ("category",),
    "Product Viewed": ("product_id", "category", "price", "dwell"),
    "Products Searched": ("query", "results"),
    "Search Result Clicked": ("query", "product_id"),
    "Product Compared": ("product_ids",),
    "Product Added": CART,
    "Product Removed": CART,
    "Cart Viewed": ("cart_id",),
    "Checkout Started": ("cart_id", "value"),
    "Order Completed": ("order_id", "total", "currency", "coupon", "products", "revenue", "tax", "shipping", "discount", "cart_id"),
    "Product Purchased": ("order_id", *PRODUCT),
    "Order Refunded": ("order_id", "total", "currency"),
    "Order Cancelled": ("order_id",),
    "Order Delivered": ("order_id",),
    "Content Viewed": ("kind",),
    "Content Downloaded": ("kind",),
    "Review Submitted": ("rating", "product_id"),
    **{
        f"{channel} {what}": (*MESSAGE, "agent") if what in ("Opened", "Link Clicked") else MESSAGE
        for channel in ("Email", "SMS", "Push")
        for what in ("Sent", "Delivered", "Opened", "Link Clicked", "Bounced", "Marked as Spam")
    },
    "Unsubscribed": ("channel", "topic"),
    "Consent Given": (*CONSENT, "request_id", "dated"),
    CONSENT_REQUESTED: CONSENT,
    "Consent Withdrawn": CONSENT,
    "Ticket Opened": ("ticket_id", "sentiment"),
    "Ticket Closed": ("ticket_id", "sentiment"),
    "Chat Ended": ("rating", "bot"),
    "Call Ended": (),
    "Survey Answered": ("kind", "score", "text"),
    "Social Engaged": ("network", "kind"),
    "Ad Viewed": ("network", "kind", "completion"),
    "Ad Clicked": ("network", "kind", "completion"),
    "Video Watched": ("completion",),
    "Referral Sent": (),
    "Referral Converted": (),
    "Stock Changed": ("product_id", "stock", "old_stock"),
    "Price Changed": ("product_id", "price", "old_price"),
    "Product Updated": (
        *("product_id", "variant_id", "title", "url", "image_url", "category", "categories", "price", "compare_at_price", "currency"),
        *("stock", "rating", "reviews", "deleted"),
    ),
    "Weather Changed": ("region", "kind"),
}
"""Event name → the properties it usually has. No property is required."""

UNLINKED = "Identity Unlinked"
"""From it on the anonymous id `properties.previous_id` is its own customer again: SEMANTICS section 2, un-merge."""

DERIVED = frozenset({"Product Purchased"})
"""Written by us at load; refused when sent."""

THINGS = frozenset({"Stock Changed", "Price Changed", "Product Updated", "Weather Changed"})
"""Events of things, not of people: they need no customer."""

MESSAGE_EVENTS = frozenset(name for name in EVENTS if name.split(" ", 1)[0] in ("Email", "SMS", "Push"))
"""Messages of ours and what was done with them: what `any()` leaves out."""

_TEXT = (
    "path url title referrer utm_source utm_medium utm_campaign utm_term utm_content product_id category cart_id query order_id currency "
    "coupon kind message_id journey step enrolment campaign agent channel topic purpose method wording wording_version page user_agent "
    "request_id ticket_id sentiment text network region variant_id image_url "
    "touch_channel touch_source touch_campaign device os browser"
).split()
_MONEY = "price old_price total revenue tax shipping discount value".split()
_NUMBER = "quantity results rating score completion stock old_stock reviews".split()

PROPERTIES: dict[str, Kind] = {
    **dict.fromkeys(_TEXT, Kind.TEXT),
    **dict.fromkeys(_MONEY, Kind.MONEY),
    **dict.fromkeys(_NUMBER, Kind.NUMBER),
    "dwell": Kind.DURATION,
    "active": Kind.DURATION,
    "bot": Kind.BOOLEAN,
    "deleted": Kind.BOOLEAN,
    "dated": Kind.BOOLEAN,
}
"""Property name → kind, in every event."""

HOT: tuple[str, ...] = (
    "product_id", "category", "order_id", "cart_id", "path", "query", "kind", "purpose", "channel", "coupon",
    "message_id", "journey", "enrolment", "agent",
    "price", "total", "revenue", "tax", "shipping", "discount", "value", "old_price",
    "quantity", "results", "rating", "score", "dwell",
)  # fmt: skip
"""Properties with a column of their own in `events`."""

PURPOSES = ("email", "sms", "push", "tracking", "profiling", "ads")

OUR_TRAITS = frozenset({"geo_country", "geo_region", "geo_timezone"})
"""Traits nobody sends: found out at load of where somebody was."""
