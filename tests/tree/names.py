"""Names of a small project, for tests of the language: named events, settings and tables."""

from datetime import timedelta

from opportune.language.tree.expressions import Compare, Comparison, Literal, Property, Selector, Table, Void
from opportune.language.tree.names import SESSION_ENDED, KnownTable, NamedEvent, Names
from opportune.language.vocabulary.kinds import Kind

PAID = Compare(Comparison.GT, Property("total"), Literal(0))
CANCELLED = Void((), Selector(("Order Cancelled",)), None, Property("order_id"))
PLACE = dict.fromkeys(("latitude", "longitude"), Kind.NUMBER)
NAMES = Names(
    events={
        "order": NamedEvent(Selector(("Order Completed",)), PAID),
        "any_view": NamedEvent(Selector(("Page Viewed", "Product Viewed"))),
        "kept": NamedEvent(Selector((), ("order",)), None, (CANCELLED,)),
        "large": NamedEvent(Selector((), ("kept",)), Compare(Comparison.GT, Property("total"), Literal(100))),
        "all_of_it": NamedEvent(Selector(())),
    },
    settings={
        "wait": Literal("2h"),
        "n": Literal(3),
        "bare": Literal(5),
        "most": Literal(0.9),
        "zone": Literal("Europe/Berlin"),
        "span": Literal(timedelta(days=1)),
    },
    tables={
        "product": KnownTable(Table("product", "product_id", "Stock Changed")),
        "store": KnownTable(Table("store", "store_id"), {"city": Kind.TEXT, "size": Kind.NUMBER, "open until": None, **PLACE}),
    },
    derived=frozenset({SESSION_ENDED, "Basket Left"}),
    zone="Europe/Vienna",
)
