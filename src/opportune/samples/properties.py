"""The properties of each act as JSON text, as the shop's site and server send them; what is drawn but secret is not among them."""

from collections.abc import Callable

from opportune.samples import tellings
from opportune.samples.phrases import ENGAGEMENTS, NETWORKS, TOPICS
from opportune.samples.places import COUPONS, JOURNEY_MAIL, NEWSLETTER, REGIONS, WEATHER
from opportune.samples.rows import Act, Rows
from opportune.samples.sessions import FREE_SHIPPING_FROM, SHIPPING
from opportune.samples.shelves import CURRENCIES
from opportune.samples.visits import TO_CART
from opportune.samples.words import Words, order_id, pairs

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
    Act.QUIZ: "Survey Answered",
    Act.TICKET_OPENED: "Ticket Opened",
    Act.TICKET_CLOSED: "Ticket Closed",
    Act.CHAT: "Chat Ended",
    Act.CALL: "Call Ended",
    Act.DOWNLOADED: "Content Downloaded",
    Act.VIDEO: "Video Watched",
    Act.SOCIAL: "Social Engaged",
    Act.AD_VIEWED: "Ad Viewed",
    Act.AD_CLICKED: "Ad Clicked",
    Act.REFERRAL_SENT: "Referral Sent",
    Act.REFERRAL_CONVERTED: "Referral Converted",
    Act.MAIL_SENT: "Email Sent",
    Act.MAIL_DELIVERED: "Email Delivered",
    Act.MAIL_BOUNCED: "Email Bounced",
    Act.MAIL_OPENED: "Email Opened",
    Act.MAIL_CLICKED: "Email Link Clicked",
    Act.MAIL_SPAM: "Email Marked as Spam",
    Act.SMS_SENT: "SMS Sent",
    Act.SMS_DELIVERED: "SMS Delivered",
    Act.SMS_BOUNCED: "SMS Bounced",
    Act.SMS_CLICKED: "SMS Link Clicked",
    Act.SMS_SPAM: "SMS Marked as Spam",
    Act.PUSH_SENT: "Push Sent",
    Act.PUSH_DELIVERED: "Push Delivered",
    Act.PUSH_BOUNCED: "Push Bounced",
    Act.PUSH_OPENED: "Push Opened",
    Act.PUSH_CLICKED: "Push Link Clicked",
    Act.UNSUBSCRIBED: "Unsubscribed",
    Act.CONSENT_GIVEN: "Consent Given",
    Act.CONSENT_WITHDRAWN: "Consent Withdrawn",
    Act.STOCK: "Stock Changed",
    Act.PRICE: "Price Changed",
    Act.WEATHER: "Weather Changed",
}
"""The event each act is sent as; IDENTIFY is a call of its own."""


def properties_of(act: Act, rows: Rows, words: Words) -> list[str]:
    """One JSON object for each row; all rows are of `act`."""
    return _WRITERS[act](rows, words)


def _pages(rows: Rows, words: Words) -> list[str]:
    told = zip(rows["number"].tolist(), rows["extra"].tolist(), rows["product"].tolist(), strict=True)
    return [_page(*each, words) for each in told]


def _page(campaign: int, source: int, page: int, words: Words) -> str:
    path, title = ("/cart", '"Your cart"') if campaign == TO_CART else words.pages[page]
    rest = words.sources[source]
    if source == NEWSLETTER:
        path, title = f"/new/{words.campaigns[campaign]}", '"New this week"'
        rest += f',"utm_campaign":"{words.campaigns[campaign]}"'
    elif source == JOURNEY_MAIL:
        rest += ',"utm_campaign":"journey"'
    return f'{{"path":"{path}","url":"{words.address}{path}","title":{title}{rest}}}'


def _searches(rows: Rows, words: Words) -> list[str]:
    return [f"{{{words.queries[number]}}}" for number in rows["number"].tolist()]


def _search_clicks(rows: Rows, words: Words) -> list[str]:
    return [f'{{{words.query_texts[n]},"product_id":"{words.product_ids[p]}"}}' for n, p in pairs(rows, "number", "product")]


def _lists(rows: Rows, words: Words) -> list[str]:
    categories = (*words.categories, "sale")
    return [f'{{"category":"{categories[n]}"{SORTED if extra else ""}}}' for n, extra in pairs(rows, "number", "extra")]


SORTED = ',"sort":"price"'


def _readings(rows: Rows, words: Words) -> list[str]:
    return [f"{{{words.readings[n][category]}}}" for n, category in pairs(rows, "number", "extra")]


def _views(rows: Rows, words: Words) -> list[str]:
    shown = words.priced(rows, rows["product"]).tolist()
    return [f'{{{words.shown[p]},"dwell":{n / 1000:.3f}}}' for n, p in zip(rows["number"].tolist(), shown, strict=True)]


def _compared(rows: Rows, words: Words) -> list[str]:
    return [f'{{"product_ids":["{words.product_ids[p]}","{words.product_ids[o]}"]}}' for p, o in pairs(rows, "product", "extra")]


def _cart_lines(rows: Rows, words: Words) -> list[str]:
    told = zip(rows["number"].tolist(), words.priced(rows, rows["product"]).tolist(), rows["cart"].tolist(), strict=True)
    return [f'{{{words.shown[p]},"quantity":{n},"cart_id":"k{cart:012x}"}}' for n, p, cart in told]


def _currencies(rows: Rows, words: Words) -> list[str]:
    return [CURRENCIES[number][0] for number in words.currencies[rows["person"]].tolist()]


def _checkouts(rows: Rows, words: Words) -> list[str]:
    told = zip(rows["cart"].tolist(), rows["number"].tolist(), _currencies(rows, words), strict=True)
    return [f'{{"cart_id":"k{cart:012x}","value":{n / 100:.2f},"currency":"{currency}"}}' for cart, n, currency in told]


def _orders(rows: Rows, words: Words) -> list[str]:
    names = ("cart", "number", "discount", "coupon", "quantities")
    lines = [
        [line if product >= 0 else -1 for product, line in zip(products, found, strict=True)]
        for products, found in zip(rows["lines"].tolist(), words.priced(rows, rows["lines"]).tolist(), strict=True)
    ]
    told = zip(*(rows[name].tolist() for name in names), lines, _currencies(rows, words), strict=True)
    return [_order(*each, words=words) for each in told]


def _order(
    cart: int, total: int, discount: int, coupon: int, quantities: list[int], lines: list[int], currency: str, *, words: Words
) -> str:
    bought = [(line, n) for line, n in zip(lines, quantities, strict=True) if line >= 0]
    products = ",".join(f'{{{words.lines[line]},"quantity":{n}}}' for line, n in bought)
    goods = sum(words.prices[line] * n for line, n in bought)
    shipping = 0 if goods >= FREE_SHIPPING_FROM else SHIPPING
    code = f',"coupon":"{COUPONS[coupon][0]}"' if coupon else ""
    sale = ',"sale":true' if any(words.are_sales[line] for line, _ in bought) else ""
    return (
        f'{{"order_id":"{order_id(cart)}","cart_id":"k{cart:012x}","total":{total / 100:.2f},"shipping":{shipping / 100:.2f},'
        f'"discount":{discount / 100:.2f}{code}{sale},"currency":"{currency}","products":[{products}]}}'
    )


def _order_ids(rows: Rows, words: Words) -> list[str]:
    return [f'{{"order_id":"{order_id(cart)}"}}' for cart in rows["cart"].tolist()]


def _refunds(rows: Rows, words: Words) -> list[str]:
    told = zip(rows["cart"].tolist(), rows["number"].tolist(), _currencies(rows, words), strict=True)
    return [f'{{"order_id":"{order_id(cart)}","total":{n / 100:.2f},"currency":"{currency}"}}' for cart, n, currency in told]


_MESSAGES = [act for act, name in EVENTS.items() if name.startswith(("Email ", "SMS ", "Push "))]
_WRITERS: dict[Act, Callable[[Rows, Words], list[str]]] = {
    **dict.fromkeys(_MESSAGES, tellings.mails),
    Act.PAGE: _pages,
    Act.LIST: _lists,
    Act.SEARCH: _searches,
    Act.SEARCH_CLICK: _search_clicks,
    Act.CONTENT: _readings,
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
    Act.REVIEW: tellings.reviews,
    Act.SURVEY: tellings.surveys,
    Act.QUIZ: tellings.quizzes,
    Act.TICKET_OPENED: tellings.tickets,
    Act.TICKET_CLOSED: tellings.tickets,
    Act.CHAT: tellings.chats,
    Act.CALL: lambda rows, words: [f'{{"topic":"{TOPICS[extra]}"}}' for extra in rows["extra"].tolist()],
    Act.DOWNLOADED: lambda rows, words: [f'{{"kind":"guide","title":"All about {words.categories[n]}"}}' for n in rows["extra"].tolist()],
    Act.VIDEO: lambda rows, words: [f'{{"completion":{n / 1000:.3f}}}' for n in rows["number"].tolist()],
    Act.SOCIAL: lambda rows, words: [
        f'{{"network":"{NETWORKS[n]}","kind":"{ENGAGEMENTS[extra]}"}}' for n, extra in pairs(rows, "number", "extra")
    ],
    Act.AD_VIEWED: tellings.ads_seen,
    Act.AD_CLICKED: tellings.ads_clicked,
    Act.REFERRAL_SENT: tellings.codes,
    Act.REFERRAL_CONVERTED: tellings.codes,
    Act.MAIL_OPENED: tellings.answers,
    Act.MAIL_CLICKED: tellings.answers,
    Act.UNSUBSCRIBED: lambda rows, words: ['{"channel":"email"}'] * len(rows),
    Act.CONSENT_GIVEN: tellings.consent,
    Act.CONSENT_WITHDRAWN: tellings.consent,
    Act.STOCK: tellings.stocks,
    Act.PRICE: tellings.prices,
    Act.WEATHER: lambda rows, words: [
        f'{{"region":"{REGIONS[n]}","kind":"{WEATHER[extra]}"}}' for n, extra in pairs(rows, "number", "extra")
    ],
}
