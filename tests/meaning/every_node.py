"""Each node of the language at least once, and a history in which each has something to say."""

from datetime import UTC, datetime, timedelta

from tests.meaning.small_shop import DAY, HOUR, KNOWN, MINUTE, SECOND, event, instant, link, trait
from tests.meaning.wide_trees import BIRTHDAY, SHELVES, STOCK

from opportune.language.meaning.history import History, Link, TableRow
from opportune.language.tree.expressions import (
    Aggregate,
    Ago,
    All,
    Any,
    Arithmetic,
    At,
    Calendar,
    CalendarPart,
    Choice,
    Clamp,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Coverage,
    Distance,
    EntryAt,
    EntryId,
    Expr,
    Extreme,
    Extremum,
    IsNamed,
    Known,
    Labelled,
    Literal,
    Lookup,
    Lower,
    Member,
    Metric,
    Negative,
    Not,
    Operator,
    Property,
    Score,
    ScorePart,
    Selector,
    Since,
    TextMatch,
    TextTest,
    Trait,
    TriggerProperty,
    Void,
)
from opportune.language.vocabulary.instants import EARLIEST
from opportune.language.vocabulary.kinds import Kind

TOTAL, PRICE, DWELL = Property("total", Kind.MONEY, True), Property("price", Kind.MONEY, True), Property("dwell", Kind.DURATION, True)
PRODUCT, ORDER = Property("product_id", Kind.TEXT, True), Property("order_id", Kind.TEXT, True)
QUANTITY, POINTS, GIFT = Property("quantity", Kind.NUMBER, True), Property("points", Kind.NUMBER), Property("gift", Kind.BOOLEAN)
VIEWED, ORDERED, ADDED = Selector(("Product Viewed",)), Selector(("Order Completed",)), Selector(("Product Added",))
CANCELLED, ANY = Selector(("Wishlist Added",)), Selector(())
NULL, SPAN, LONG = Literal(None), timedelta(minutes=10), timedelta(hours=2)
COUNTRY, AGE, VIP = Trait("country", Kind.TEXT), Trait("age", Kind.NUMBER), Trait("vip", Kind.BOOLEAN)


def metric(function: Aggregate, selector: Selector = VIEWED, value: Property | None = None, where: Expr | None = None, **more) -> Metric:
    return Metric(function=function, selector=selector, value=value, where=where, **more)


def compared(left: Expr, operator: str, right: Expr) -> Compare:
    return Compare(Comparison(operator), left, right)


def _metrics() -> dict[str, Expr]:
    found: dict[str, Expr] = {}
    for function in (Aggregate.SUM, Aggregate.AVG, Aggregate.MEDIAN, Aggregate.MIN, Aggregate.MAX):
        for value in (TOTAL, DWELL, POINTS):
            found[f"{function.value} {value.name}"] = metric(function, ANY, value)
            found[f"{function.value} {value.name} within"] = metric(function, ANY, value, within=LONG)
    for function in (Aggregate.FIRST, Aggregate.LAST, Aggregate.TOP, Aggregate.DISTINCT):
        for value in (PRODUCT, POINTS, GIFT, PRICE, DWELL):
            found[f"{function.value} {value.name}"] = metric(function, VIEWED, value)
        found[f"{function.value} within"] = metric(function, ANY, PRODUCT, within=SPAN)
    for function in (Aggregate.COUNT, Aggregate.DID, Aggregate.GAP, Aggregate.ACTIVE):
        found[function.value] = metric(function)
        found[f"{function.value} within"] = metric(function, within=SPAN)
        found[f"{function.value} of any"] = metric(function, ANY, within=LONG)
        found[f"{function.value} of orders"] = metric(function, ORDERED)
    for function in (Aggregate.AGE, Aggregate.TENURE, Aggregate.TIME, Aggregate.FIRST_TIME):
        found[function.value] = metric(function)
        found[f"{function.value} where"] = metric(function, where=compared(PRODUCT, "==", Literal("b")))
    found["decayed"] = metric(Aggregate.DECAYED, half_life=LONG)
    found["decayed within"] = metric(Aggregate.DECAYED, half_life=SPAN, within=LONG)
    return found


def _voided() -> dict[str, Expr]:
    plain = Void(("Order Completed",), CANCELLED)
    same = Void(("Order Completed",), CANCELLED, None, ORDER)
    asked = Void(("Order Completed",), CANCELLED, compared(metric(Aggregate.COUNT), ">", Literal(2)), ORDER)
    priced = Void(("Order Completed", "Product Viewed"), CANCELLED, compared(QUANTITY, ">", Literal(1)))
    names = ("Order Completed",)
    later = Void(("Order Completed",), ORDERED, None, ORDER)
    both = Selector(("Order Completed", "Product Viewed"), voids=(same, priced))
    return {
        "voided": metric(Aggregate.COUNT, Selector(names, voids=(plain,))),
        "voided same": metric(Aggregate.COUNT, Selector(names, voids=(same,))),
        "voided when": metric(Aggregate.SUM, Selector(names, voids=(asked,)), TOTAL),
        "voided among others": metric(Aggregate.COUNT, both),
        "voided by a later one": metric(Aggregate.COUNT, Selector(names, voids=(later,))),
        "voided top": metric(Aggregate.TOP, both, PRODUCT),
        "voided gap": metric(Aggregate.GAP, both, within=LONG),
        "voided active": metric(Aggregate.ACTIVE, both),
        "voided last": metric(Aggregate.LAST, Selector(names, voids=(same, plain)), TOTAL),
        "voided median": metric(Aggregate.MEDIAN, both, POINTS),
    }


def _since() -> dict[str, Expr]:
    noon = Literal(datetime(2026, 3, 1, 12, tzinfo=UTC))
    return {
        "since a time": metric(Aggregate.COUNT, since=noon),
        "since a birthday": metric(Aggregate.COUNT, ANY, since=BIRTHDAY),
        "since an order": metric(Aggregate.COUNT, since=metric(Aggregate.TIME, ORDERED)),
        "since and within": metric(Aggregate.COUNT, since=metric(Aggregate.TIME, ORDERED), within=SPAN),
        "since entry": metric(Aggregate.COUNT, ANY, since=Since.ENTRY),
        "top since": metric(Aggregate.TOP, ANY, PRODUCT, since=metric(Aggregate.FIRST_TIME, ORDERED)),
        "active since": metric(Aggregate.ACTIVE, since=Arithmetic(Operator.SUB, At(), Literal(LONG))),
    }


def _ago() -> dict[str, Expr]:
    views = metric(Aggregate.COUNT)
    return {
        "ago": Ago(views, SPAN),
        "ago ago": Ago(Ago(views, SPAN), LONG),
        "ago beside": Arithmetic(Operator.SUB, views, Ago(metric(Aggregate.COUNT, within=SPAN), SPAN)),
        "ago of a trait": Ago(COUNTRY, LONG),
        "ago of at": Ago(At(), SPAN),
        "ago of consent": Ago(Consent("profiling"), SPAN),
        "ago of a row": Ago(Lookup("shelves", Literal("a"), "quantity", Kind.NUMBER, SHELVES), LONG),
        "ago in a predicate": metric(Aggregate.COUNT, ANY, where=compared(POINTS, ">=", Ago(metric(Aggregate.AVG, ANY, POINTS), SPAN))),
        "ago of a predicate": Ago(metric(Aggregate.COUNT, ANY, where=compared(POINTS, ">=", metric(Aggregate.AVG, ANY, POINTS))), SPAN),
    }


def _looked_up() -> dict[str, Expr]:
    stock = Lookup("stock", PRODUCT, "quantity", Kind.NUMBER, STOCK)
    shelved = Lookup("shelves", PRODUCT, "price", Kind.MONEY, SHELVES)
    nested = Lookup("stock", Lookup("shelves", PRODUCT, "color", Kind.TEXT, SHELVES), "quantity", Kind.NUMBER, STOCK)
    return {
        "row": Lookup("stock", Literal("b"), "quantity", Kind.NUMBER, STOCK),
        "row of her last": Lookup("stock", metric(Aggregate.LAST, VIEWED, PRODUCT), "quantity", Kind.NUMBER, STOCK),
        "row of a row": Lookup("stock", Lookup("shelves", Literal("a"), "color", Kind.TEXT, SHELVES), "quantity", Kind.NUMBER, STOCK),
        "file row": Lookup("shelves", COUNTRY, "price", Kind.MONEY, SHELVES),
        "rows of events": metric(Aggregate.COUNT, where=compared(stock, ">", Literal(1))),
        "file rows of events": metric(Aggregate.SUM, VIEWED, POINTS, where=compared(shelved, ">", metric(Aggregate.AVG, ANY, PRICE))),
        "rows of rows of events": metric(Aggregate.TOP, VIEWED, PRODUCT, where=Known(nested)),
        "row by term": Lookup("shelves", Literal("B, then A"), "quantity", Kind.NUMBER, SHELVES, by_term=True),
        "row of a thing by term": Lookup("stock", COUNTRY, "price", Kind.MONEY, STOCK, by_term=True),
        "rows by term of events": metric(
            Aggregate.COUNT, where=Known(Lookup("shelves", PRODUCT, "price", Kind.MONEY, SHELVES, by_term=True))
        ),
        "near": Distance("shelves", Literal(52.5), Literal(13.4), SHELVES),
        "near a thing": Distance("stock", AGE, Literal(-0.5), STOCK),
        "near long ago": Ago(Distance("shelves", Literal(52.5), Literal(13.4), SHELVES), SPAN),
        "nowhere": Distance("shelves", Literal(90.5), Literal(13.4), SHELVES),
        "near in a predicate": metric(Aggregate.COUNT, where=compared(POINTS, "<", Distance("stock", AGE, AGE, STOCK))),
        "two rows": metric(Aggregate.COUNT, ANY, where=All((Known(stock), Not(Known(shelved)))), within=LONG),
    }


def _computed() -> dict[str, Expr]:
    views, points = metric(Aggregate.COUNT), metric(Aggregate.LAST, ANY, POINTS)
    total, viewed = metric(Aggregate.AVG, ANY, TOTAL), metric(Aggregate.LAST, VIEWED, PRODUCT)
    score = Score((ScorePart(25, "a", Arithmetic(Operator.DIV, views, Literal(5))), ScorePart(75, "b", (ScorePart(1, "c", points),))))
    last = metric(Aggregate.TIME)
    return {
        "choice": Choice(compared(views, ">", Literal(2)), viewed, NULL),
        "ladder": Choice(VIP, Literal("a"), Choice(compared(points, ">=", Literal(2)), Literal("b"), Literal("c"))),
        "money or number": Choice(VIP, total, Literal(2.5)),
        "clamp": Clamp(points, Literal(1.5), AGE),
        "clamp of money": Clamp(total, Literal(1), Literal(2)),
        "least": Extremum(Extreme.LEAST, (points, AGE, Literal(2.25))),
        "greatest": Extremum(Extreme.GREATEST, (total, Literal(1.5))),
        "latest": Extremum(Extreme.GREATEST, (last, BIRTHDAY)),
        "coalesce": Coalesce((AGE, points, Literal(7))),
        "power": Arithmetic(Operator.POW, points, Literal(0.5)),
        "overflow": Arithmetic(Operator.POW, points, Literal(5000)),
        "powers of what is not positive": Arithmetic(Operator.POW, Arithmetic(Operator.SUB, points, Literal(2)), Literal(-2)),
        "over zero": Arithmetic(Operator.DIV, points, Arithmetic(Operator.SUB, views, views)),
        "times": Arithmetic(Operator.SUB, At(), last),
        "later": Arithmetic(Operator.ADD, last, Arithmetic(Operator.MUL, metric(Aggregate.GAP), Literal(2))),
        "spans": Arithmetic(Operator.DIV, metric(Aggregate.AGE), metric(Aggregate.TENURE)),
        "negative": Negative(metric(Aggregate.AGE)),
        "contains": TextMatch(TextTest.CONTAINS, viewed, COUNTRY),
        "startswith": TextMatch(TextTest.STARTSWITH, COUNTRY, viewed),
        **{
            f"matches {pattern}": TextMatch(TextTest.MATCHES, COUNTRY, Literal(pattern))
            for pattern in ("*", "A?_!*", "A_*", "a%*", "A%", "?")
        },
        "lower": Lower(COUNTRY),
        "in": Member(viewed, (Literal("a"), Literal("7"))),
        "labelled": Any((Labelled("seen", compared(views, ">", Literal(3))), Labelled("vip", VIP))),
        "born before": compared(BIRTHDAY, "<", At()),
        "score": score,
        "coverage": Coverage(score),
        "named": metric(Aggregate.COUNT, ANY, where=Any((IsNamed(("Product Viewed",)), All((IsNamed(("Order Completed",)), GIFT))))),
        "reads her": metric(Aggregate.COUNT, ANY, where=compared(PRICE, ">", metric(Aggregate.AVG, ANY, PRICE))),
        "reads at": metric(Aggregate.DID, where=compared(At(), ">", metric(Aggregate.TIME, ORDERED))),
    }


def _told() -> dict[str, Expr]:
    times = {"at": At(), "birthday": BIRTHDAY, "last": metric(Aggregate.TIME)}
    zones = ("UTC", "America/New_York", "Asia/Kolkata")
    calendars: dict[str, Expr] = {
        f"{part.value} {name} {zone}": Calendar(part, time, zone) for part in CalendarPart for name, time in times.items() for zone in zones
    }
    calendars |= {f"{part.value} hers": Calendar(part, At(), "America/New_York", True) for part in CalendarPart}
    names: dict[str, Expr] = {"at": At(), "country": COUNTRY, "vip": VIP, "birthday": BIRTHDAY, "email": Consent("email")}
    entry: dict[str, Expr] = {"entry at": EntryAt(), "entry id": EntryId(), "trigger": TriggerProperty("product_id", Kind.TEXT, True)}
    entry["trigger in a predicate"] = metric(Aggregate.COUNT, ANY, where=compared(PRODUCT, "==", entry["trigger"]))
    return calendars | names | entry


EVERY: dict[str, Expr] = {**_metrics(), **_voided(), **_since(), **_ago(), **_looked_up(), **_computed(), **_told()}
"""Name → expression."""


def _events() -> tuple:
    return (
        event("Product Viewed", -DAY, id="d1", product_id="b", points=1, dwell=20),
        event("Product Viewed", -HOUR, id="m2", product_id="a", points=2, price=2, gift=True),
        event("Product Viewed", -HOUR, id="m1", product_id="b", points=2.5, price=1, gift=False),
        event("Product Viewed", -HOUR, id="m3", by="cookie", product_id="7", points=5, dwell="2"),
        event("Order Completed", -HOUR + 1, id="o1", order_id="a", total="2.5", gift=True),
        event("Order Completed", -50 * MINUTE, id="o2", order_id="b", total=1.0001, received=-50 * MINUTE + 2 * HOUR),
        event("Product Purchased", -HOUR + 1, id="o1", line=1, product_id="a", price=0.5, quantity=2),
        event("Email Opened", -40 * MINUTE, id="e1", points=9),
        event("Wishlist Added", -30 * MINUTE, id="w1", order_id="a", quantity=1),
        event("Order Completed", -30 * MINUTE, id="v9", order_id="a", total=4, product_id="a"),
        event("Order Completed", -30 * MINUTE, id="x9", order_id="a", total=0.0003, product_id="b"),
        event("Wishlist Added", -20 * MINUTE, id="w2", quantity=2, received=5 * MINUTE),
        event("Product Added", -15 * MINUTE, id="s1", by=None, product_id="b", quantity=1, price=3, latitude=2, longitude=-0.5),
        event(
            "Product Added", -15 * MINUTE, id="s2", by=None, product_id="b", quantity=5, color="a", received=MINUTE, latitude=3, longitude=0
        ),
        event("Product Added", -5 * MINUTE, id="s3", product_id="a", quantity=2),
        event("Product Added", 5 * MINUTE, id="s4", product_id="b", price=9),
        event("Product Viewed", -10 * MINUTE, id="b1", product_id="a", points=2, price="2.00005", dwell=0.9995),
        event("Product Viewed", -6 * MINUTE, id="b2", by="cookie", product_id="b", points="x", gift=True),
        event("Product Viewed", -6 * MINUTE + SECOND, id="b3", by="jar", product_id="b", points=0, price=7),
        event("Product Viewed", 0, id="c1", product_id=None, points=-3, price=0.0001),
        event("Product Viewed", -MINUTE + SECOND, id="b4", by="bob", product_id="a"),
        event("Product Viewed", 0, id="c2", by="bob", product_id="a", points=3, received=DAY),
        event("Wishlist Added", 8 * MINUTE, id="w3", order_id="b", quantity=3),
        event("Consent Given", -2 * MINUTE, id="g1", purpose="email"),
        event("Consent Withdrawn", 3 * MINUTE, id="g2", purpose="profiling"),
        event("Consent Given", 4 * MINUTE, id="g3", purpose="profiling", received=HOUR),
    )


def _traits() -> tuple:
    return (
        trait("country", "a", -DAY),
        trait("country", "A%_!x", -15 * MINUTE),
        trait("country", "İΣß", -5 * MINUTE, by="cookie"),
        trait("country", None, MINUTE, received=HOUR),
        trait("timezone", "Asia/Kolkata", -20 * MINUTE),
        trait("timezone", "asia/kolkata", 0),
        trait("birthday", "2026-03-01T06:00:00.000001-05:30", -45 * MINUTE),
        trait("birthday", "2000-02-30", 10 * MINUTE),
        trait("vip", True, -DAY),
        trait("age", 2, -10 * MINUTE),
    )


def _rows() -> tuple[TableRow, ...]:
    told = (
        ("a", {"quantity": 1, "price": 2, "color": "b", "latitude": 52.5, "longitude": 13.5}, EARLIEST),
        ("a", {"quantity": 3, "price": None, "latitude": 52.6, "longitude": 13.4}, instant(-7 * MINUTE)),
        ("b", {"quantity": 2.5, "price": "0.5", "color": "a", "latitude": 52.5, "longitude": 13.4}, EARLIEST),
        ("b", {"price": 4, "color": "b"}, EARLIEST),
    )
    return tuple(TableRow(table=SHELVES.name, key=key, columns=row, ts=ts, ordinal=n) for n, (key, row, ts) in enumerate(told, 1))


def _links() -> tuple[Link, ...]:
    parting = Link(event_id="k5", from_identity="cookie", to_identity=None, ts=instant(6 * MINUTE), received_at=instant(6 * MINUTE))
    return (link("cookie", "ada", -8 * MINUTE, id="k1"), link("jar", "bob", -6 * MINUTE, received=2 * MINUTE, id="k2"), parting)


RICH = History(events=_events(), links=_links(), traits=_traits(), table_rows=_rows(), known=KNOWN)
"""Ties, late arrivals, partings, nulls, things, and values of the wrong kind."""
EDGES = tuple(
    sorted(
        {
            instant(at.ts - instant(0) + shift + nudge)
            for at in (*RICH.events, *RICH.links, *RICH.traits)
            for shift in (0, 10 * MINUTE, 2 * HOUR)
            for nudge in (-1, 0, 1)
        }
    )
)
"""Where something happens, or leaves a window, give or take a microsecond."""
