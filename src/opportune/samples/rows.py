"""Acts of the shop's people as narrow numeric rows: what is drawn first and written as calls later (calls.py)."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Act(IntEnum):
    """What happened. The comment says what `number`, `extra` and `product` mean there."""

    PAGE = 0  # number campaign, extra source
    LIST = 1  # number category
    SEARCH = 2  # number query
    SEARCH_CLICK = 3  # number query; product
    CONTENT = 4  # number kind
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
    REVIEW = 15  # number rating; product
    SURVEY = 16  # number score
    TICKET_OPENED = 17  # number 1 when negative
    TICKET_CLOSED = 18  # number 1 when negative
    MAIL_SENT = 19  # number campaign
    MAIL_DELIVERED = 20
    MAIL_BOUNCED = 21
    MAIL_OPENED = 22  # extra 1 when by a machine
    MAIL_CLICKED = 23  # extra 1 when by a machine
    MAIL_SPAM = 24
    UNSUBSCRIBED = 25
    CONSENT_GIVEN = 26  # number purpose, extra method
    CONSENT_WITHDRAWN = 27  # number purpose, extra method
    IDENTIFY = 28


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
"""`device` 0: sent by the shop's server; `is_known`: carries the user id. `lines` hold products, -1 for none. Instants in microseconds."""

Rows = npt.NDArray[np.void]


def blank_rows(count: int) -> Rows:
    """Rows in which nothing is set."""
    rows = np.zeros(count, dtype=ROW)
    rows["lines"] = -1
    rows["product"] = -1
    return rows


def server_rows(act: Act, *, person: npt.NDArray[np.int32], ts: npt.NDArray[np.int64]) -> Rows:
    """Rows that the shop's own server sends about customers it knows."""
    rows = blank_rows(len(person))
    rows["act"], rows["person"], rows["ts"], rows["is_known"] = act, person, ts, True
    return rows
