"""Acts of the shop's people as narrow numeric rows: what is drawn first and written as calls later (calls.py)."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Act(IntEnum):
    """What happened. The comment says what `number`, `extra` and `product` mean there."""

    PAGE = 0  # number campaign, extra source; product which page
    LIST = 1  # number category, -1 for the sale; extra 1 when sorted by price
    SEARCH = 2  # number query
    SEARCH_CLICK = 3  # number query; product
    CONTENT = 4  # number kind, extra category
    VIEW = 5  # number dwell in milliseconds; product
    COMPARE = 6  # product, extra the other product
    ADD = 7  # number quantity; product
    REMOVE = 8  # number quantity; product
    CART = 9
    CHECKOUT = 10  # number value in cents
    ORDER = 11  # number total in cents, discount, coupon; lines and quantities
    DELIVERED = 12
    CANCELLED = 13
    REFUNDED = 14  # number total in cents
    REVIEW = 15  # number rating, extra which words; product
    SURVEY = 16  # number score, extra which words; cart of the order
    TICKET_OPENED = 17  # number 1 when negative, extra topic
    TICKET_CLOSED = 18  # the same
    MAIL_SENT = 19  # number campaign
    MAIL_DELIVERED = 20
    MAIL_BOUNCED = 21
    MAIL_OPENED = 22  # extra 1 when by a machine
    MAIL_CLICKED = 23  # extra 1 when by a machine, 2 when suspected, 3 when nobody said
    MAIL_SPAM = 24
    UNSUBSCRIBED = 25
    CONSENT_GIVEN = 26  # number purpose, extra method
    CONSENT_WITHDRAWN = 27  # number purpose, extra method
    IDENTIFY = 28
    QUIZ = 29  # number category of the need
    DOWNLOADED = 30  # number category
    VIDEO = 31  # number share seen in thousandths
    CHAT = 32  # number rating, 0 for none, extra 1 when with a bot
    CALL = 33  # extra topic
    SOCIAL = 34  # number network, extra kind
    AD_VIEWED = 35  # number network, extra share seen in thousandths, -1 for an image
    AD_CLICKED = 36  # number source
    REFERRAL_SENT = 37
    REFERRAL_CONVERTED = 38
    SMS_SENT = 39  # number campaign, like the next ones
    SMS_DELIVERED = 40
    SMS_BOUNCED = 41
    SMS_CLICKED = 42
    SMS_SPAM = 43
    PUSH_SENT = 44
    PUSH_DELIVERED = 45
    PUSH_BOUNCED = 46
    PUSH_OPENED = 47
    PUSH_CLICKED = 48
    STOCK = 49  # number left, extra left before, -1 where never told; product
    PRICE = 50  # number cents, extra cents before; product
    WEATHER = 51  # number region, extra kind


CART_ACTS = (Act.ADD, Act.REMOVE, Act.CART, Act.CHECKOUT, Act.ORDER)
"""What is done with a cart."""
BROWSER_ACTS = (
    Act.PAGE, Act.LIST, Act.SEARCH, Act.SEARCH_CLICK, Act.CONTENT, Act.VIEW, Act.COMPARE, Act.QUIZ, Act.DOWNLOADED, Act.VIDEO,
    Act.AD_CLICKED,
)  # fmt: skip
"""What a browser may not report without consent to tracking; carts, orders and chats are the shop's own business."""

LINES = 3
"""Most lines of an order."""

ROW = np.dtype(
    [
        ("id", "<i8"),
        ("ts", "<i8"),
        ("received_at", "<i8"),
        ("cart", "<i8"),
        ("person", "<i4"),
        ("number", "<i4"),
        ("extra", "<i4"),
        ("discount", "<i4"),
        ("lines", "<i2", (LINES,)),
        ("product", "<i2"),
        ("quantities", "i1", (LINES,)),
        ("coupon", "i1"),
        ("act", "i1"),
        ("device", "i1"),
        ("is_known", "?"),
    ]
)
"""`device` 0: sent by the shop's server, 1 and 2 the customer's own, 3 the one of `customers.partner_of`, 4 no customer's at all but a
program's. `is_known`: carries the user id. `lines` hold products, -1 for none. Instants in microseconds."""
SERVER, SHARED, CRAWLER = 0, 3, 4

Rows = npt.NDArray[np.void]


def blank_rows(count: int) -> Rows:
    """Rows in which nothing is set."""
    rows = np.zeros(count, dtype=ROW)
    rows["lines"] = -1
    rows["product"] = -1
    return rows


def joined(*parts: Rows) -> Rows:
    """All rows of the parts, in their order."""
    rows: Rows = np.concatenate([blank_rows(0), *parts])
    return rows


def server_rows(act: Act, *, person: npt.NDArray[np.int32], ts: npt.NDArray[np.int64]) -> Rows:
    """Rows that the shop's own server sends about customers it knows."""
    rows = blank_rows(len(person))
    rows["act"], rows["person"], rows["ts"], rows["is_known"] = act, person, ts, True
    return rows
