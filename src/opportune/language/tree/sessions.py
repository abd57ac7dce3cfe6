"""`Session Ended`, the derived event that is built in (SEMANTICS section 4): a visit, written back half an hour after its last sign.

Held to the text it would be written as, by tests/project/test_named_and_derived_events.py.
"""

from datetime import timedelta

from opportune.language.tree.definitions import Derived
from opportune.language.tree.expressions import (
    Aggregate,
    Choice,
    Coalesce,
    Expr,
    Known,
    Literal,
    Metric,
    Property,
    Selector,
    Since,
)
from opportune.language.tree.moments import Lapse
from opportune.language.tree.names import SESSION_ENDED
from opportune.language.vocabulary.events import PROPERTIES
from opportune.language.vocabulary.kinds import Kind

VISITING = (
    "Page Viewed",
    "Product List Viewed",
    "Product Viewed",
    "Products Searched",
    "Search Result Clicked",
    "Product Compared",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Checkout Started",
    "Order Completed",
    "Content Viewed",
)
"""What people do on a visit."""
PAUSE = timedelta(minutes=30)
_PAGES, _PRODUCTS = Selector(("Page Viewed",)), Selector(("Product Viewed",))


def _since_previous(function: Aggregate, selector: Selector, name: str) -> Metric:
    value = Property(name, PROPERTIES[name], declared=True)
    return Metric(function=function, selector=selector, value=value, since=Since.PREVIOUS)


_REFERRED: Expr = Choice(Known(_since_previous(Aggregate.FIRST, _PAGES, "referrer")), Literal("referral"), Literal("direct"))

SESSIONS = Derived(
    name=SESSION_ENDED,
    when=Lapse(selector=Selector(VISITING), within=PAUSE),
    set={
        "active": Metric(function=Aggregate.ACTIVE, selector=Selector(VISITING), since=Since.PREVIOUS),
        "pages": _since_previous(Aggregate.DISTINCT, _PAGES, "path"),
        "products": _since_previous(Aggregate.DISTINCT, _PRODUCTS, "product_id"),
        "channel": Coalesce((_since_previous(Aggregate.FIRST, _PAGES, "utm_medium"), _REFERRED)),
        "landing": _since_previous(Aggregate.FIRST, _PAGES, "path"),
    },
    kinds={"active": Kind.DURATION, "pages": Kind.NUMBER, "products": Kind.NUMBER, "channel": Kind.TEXT, "landing": Kind.TEXT},
)
"""A visit: how long, how many pages and products, where it came from and where it began."""
