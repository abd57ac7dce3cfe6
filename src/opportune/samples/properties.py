"""The properties of each act as JSON text, as the shop's site and server send them; what is drawn but secret is not among them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opportune.samples.catalogue import ADDRESS, CATEGORIES, CURRENCY, Catalogue
from opportune.samples.places import CONTENT, COUPONS, JOURNEY_MAIL, NEWSLETTER, SOURCES
from opportune.samples.rows import Act, Rows
from opportune.samples.sessions import FREE_SHIPPING_FROM, SHIPPING
from opportune.samples.signing import For, Method
from opportune.samples.visits import TO_CART

EVENTS = {
    Act.PAGE: "Page Viewed",
    Act.LIST: "Product List Viewed",
    Act.SEARCH: "Products Searched",
    Act.SEARCH_CLICK: "Search Result Clicked",
    Act.CONTENT: "Content Viewed",
    Act.VIEW: "Product Viewed",
    Act.COMPARE: "Product Compared",
    Act.ADD: "Product Added",
    Act.REMOVE: "Product Removed",
    Act.CART: "Cart Viewed",
    Act.CHECKOUT: "Checkout Started",
    Act.ORDER: "Order Completed",
    Act.DELIVERED: "Order Delivered",
    Act.CANCELLED: "Order Cancelled",
    Act.REFUNDED: "Order Refunded",
    Act.REVIEW: "Review Submitted",
    Act.SURVEY: "Survey Answered",
    Act.TICKET_OPENED: "Ticket Opened",
    Act.TICKET_CLOSED: "Ticket Closed",
    Act.MAIL_SENT: "Email Sent",
    Act.MAIL_DELIVERED: "Email Delivered",
    Act.MAIL_BOUNCED: "Email Bounced",
    Act.MAIL_OPENED: "Email Opened",
    Act.MAIL_CLICKED: "Email Link Clicked",
    Act.MAIL_SPAM: "Email Marked as Spam",
    Act.UNSUBSCRIBED: "Unsubscribed",
    Act.CONSENT_GIVEN: "Consent Given",
    Act.CONSENT_WITHDRAWN: "Consent Withdrawn",
}
"""The event each act is sent as; IDENTIFY is a call of its own."""

_PURPOSES = {purpose.value: purpose.name.lower() for purpose in For}
_METHODS = {method.value: method.name.lower() for method in Method}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts that properties are put together from, each by its number."""

    products: tuple[str, ...]
    """Product id, name, category and price."""
    product_ids: tuple[str, ...]
    prices: tuple[int, ...]
    queries: tuple[str, ...]
    query_texts: tuple[str, ...]
    campaigns: tuple[str, ...]
    sources: tuple[str, ...]

    @classmethod
    def build(cls, catalogue: Catalogue, campaigns: tuple[str, ...]) -> "Words":
        """The words of this catalogue and these campaigns."""
        return cls(
            products=tuple(
                f'"product_id":"{one.product_id}","name":{_text(one.name)},"category":"{one.category}","price":{one.price / 100:.2f}'
                for one in catalogue.products
            ),
            product_ids=tuple(one.product_id for one in catalogue.products),
            prices=tuple(one.price for one in catalogue.products),
            queries=tuple(f'"query":{_text(one.text)},"results":{one.results}' for one in catalogue.queries),
            query_texts=tuple(f'"query":{_text(one.text)}' for one in catalogue.queries),
            campaigns=campaigns,
            sources=_source_texts(),
        )


def properties_of(act: Act, rows: Rows, words: Words) -> list[str]:
    """One JSON object for each row; all rows are of `act`."""
    return _WRITERS[act](rows, words)


def _text(written: str) -> str:
    return json.dumps(written, ensure_ascii=False)


def _source_texts() -> tuple[str, ...]:
    """What follows in a page's properties, by source; the two mails of the shop come last."""
    texts = []
    for source in SOURCES:
        told = {
            "referrer": source.referrer,
            "utm_source": source.utm_source,
            "utm_medium": source.utm_medium,
            "utm_campaign": source.utm_campaign,
        }
        texts.append("".join(f',"{name}":"{value}"' for name, value in told.items() if value))
    return (*texts, ',"utm_source":"newsletter","utm_medium":"email"', ',"utm_source":"opportune","utm_medium":"email"')


def _pages(rows: Rows, words: Words) -> list[str]:
    return [_page(number, source, words) for number, source in _pairs(rows, "number", "extra")]


def _page(campaign: int, source: int, words: Words) -> str:
    path, title = ("/cart", "Your cart") if campaign == TO_CART else ("/", "Home")
    rest = words.sources[source]
    if source == NEWSLETTER:
        path, title = f"/new/{words.campaigns[campaign]}", "New this week"
        rest += f',"utm_campaign":"{words.campaigns[campaign]}"'
    elif source == JOURNEY_MAIL:
        rest += ',"utm_campaign":"journey"'
    return f'{{"path":"{path}","url":"{ADDRESS}{path}","title":"{title}"{rest}}}'


def _pairs(rows: Rows, one: str, other: str) -> Iterator[tuple[int, int]]:
    return zip(rows[one].tolist(), rows[other].tolist(), strict=True)


def _searches(rows: Rows, words: Words) -> list[str]:
    return [f"{{{words.queries[number]}}}" for number in rows["number"].tolist()]


def _search_clicks(rows: Rows, words: Words) -> list[str]:
    return [f'{{{words.query_texts[n]},"product_id":"{words.product_ids[p]}"}}' for n, p in _pairs(rows, "number", "product")]


def _views(rows: Rows, words: Words) -> list[str]:
    return [f'{{{words.products[p]},"dwell":{n / 1000:.3f}}}' for n, p in _pairs(rows, "number", "product")]


def _compared(rows: Rows, words: Words) -> list[str]:
    return [f'{{"product_ids":["{words.product_ids[p]}","{words.product_ids[o]}"]}}' for p, o in _pairs(rows, "product", "extra")]


def _cart_lines(rows: Rows, words: Words) -> list[str]:
    told = zip(rows["number"].tolist(), rows["product"].tolist(), rows["cart"].tolist(), strict=True)
    return [f'{{{words.products[p]},"quantity":{n},"cart_id":"k{cart:012x}"}}' for n, p, cart in told]


def _checkouts(rows: Rows, words: Words) -> list[str]:
    return [f'{{"cart_id":"k{cart:012x}","value":{n / 100:.2f},"currency":"{CURRENCY}"}}' for n, cart in _pairs(rows, "number", "cart")]


def _orders(rows: Rows, words: Words) -> list[str]:
    names = ("cart", "number", "discount", "coupon", "lines", "quantities")
    return [_order(*told, words=words) for told in zip(*(rows[name].tolist() for name in names), strict=True)]


def _order(cart: int, total: int, discount: int, coupon: int, lines: list[int], quantities: list[int], *, words: Words) -> str:
    bought = [(product, n) for product, n in zip(lines, quantities, strict=True) if product >= 0]
    products = ",".join(f'{{{words.products[product]},"quantity":{n}}}' for product, n in bought)
    goods = sum(words.prices[product] * n for product, n in bought)
    shipping = 0 if goods >= FREE_SHIPPING_FROM else SHIPPING
    code = f',"coupon":"{COUPONS[coupon][0]}"' if coupon else ""
    return (
        f'{{"order_id":"{order_id(cart)}","cart_id":"k{cart:012x}","total":{total / 100:.2f},"shipping":{shipping / 100:.2f},'
        f'"discount":{discount / 100:.2f}{code},"currency":"{CURRENCY}","products":[{products}]}}'
    )


def order_id(cart: int) -> str:
    """The order that a cart became."""
    return f"HW-{cart:012x}"


def _order_ids(rows: Rows, words: Words) -> list[str]:
    return [f'{{"order_id":"{order_id(cart)}"}}' for cart in rows["cart"].tolist()]


def _refunds(rows: Rows, words: Words) -> list[str]:
    return [
        f'{{"order_id":"{order_id(cart)}","total":{n / 100:.2f},"currency":"{CURRENCY}"}}' for n, cart in _pairs(rows, "number", "cart")
    ]


def _tickets(rows: Rows, words: Words) -> list[str]:
    return [f'{{"ticket_id":"T-{cart:012x}","sentiment":"{"negative" if n else "neutral"}"}}' for n, cart in _pairs(rows, "number", "cart")]


def _mail(number: int, person: int, words: Words) -> str:
    return f'"campaign":"{words.campaigns[number]}","message_id":"{words.campaigns[number]}-{person:06d}"'


def _mails(rows: Rows, words: Words) -> list[str]:
    return [f"{{{_mail(n, person, words)}}}" for n, person in _pairs(rows, "number", "person")]


def _answers(rows: Rows, words: Words) -> list[str]:
    agents = ("human", "machine")
    told = zip(rows["number"].tolist(), rows["person"].tolist(), rows["extra"].tolist(), strict=True)
    return [f'{{{_mail(n, person, words)},"agent":"{agents[extra]}"}}' for n, person, extra in told]


def _consent(rows: Rows, words: Words) -> list[str]:
    return [f'{{"purpose":"{_PURPOSES[n]}","method":"{_METHODS[extra]}"}}' for n, extra in _pairs(rows, "number", "extra")]


_WRITERS: dict[Act, Callable[[Rows, Words], list[str]]] = {
    Act.PAGE: _pages,
    Act.LIST: lambda rows, words: [f'{{"category":"{CATEGORIES[n]}"}}' for n in rows["number"].tolist()],
    Act.SEARCH: _searches,
    Act.SEARCH_CLICK: _search_clicks,
    Act.CONTENT: lambda rows, words: [f'{{"kind":"{CONTENT[n]}"}}' for n in rows["number"].tolist()],
    Act.VIEW: _views,
    Act.COMPARE: _compared,
    Act.ADD: _cart_lines,
    Act.REMOVE: _cart_lines,
    Act.CART: lambda rows, words: [f'{{"cart_id":"k{cart:012x}"}}' for cart in rows["cart"].tolist()],
    Act.CHECKOUT: _checkouts,
    Act.ORDER: _orders,
    Act.DELIVERED: _order_ids,
    Act.CANCELLED: _order_ids,
    Act.REFUNDED: _refunds,
    Act.REVIEW: lambda rows, words: [
        f'{{"product_id":"{words.product_ids[p]}","rating":{n}}}' for n, p in _pairs(rows, "number", "product")
    ],
    Act.SURVEY: lambda rows, words: [f'{{"kind":"nps","score":{n}}}' for n in rows["number"].tolist()],
    Act.TICKET_OPENED: _tickets,
    Act.TICKET_CLOSED: _tickets,
    Act.MAIL_SENT: _mails,
    Act.MAIL_DELIVERED: _mails,
    Act.MAIL_BOUNCED: _mails,
    Act.MAIL_OPENED: _answers,
    Act.MAIL_CLICKED: _answers,
    Act.MAIL_SPAM: _mails,
    Act.UNSUBSCRIBED: lambda rows, words: ['{"channel":"email"}'] * len(rows),
    Act.CONSENT_GIVEN: _consent,
    Act.CONSENT_WITHDRAWN: _consent,
}
