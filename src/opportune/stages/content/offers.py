"""Offers a mail may make, each with what really limits it: its end, and how often its code may still be used.

An offer that is over, used up or not running is not there, so whatever a template says of it disappears.

Reads   the input `codes`; events
Gives   code, used: orders with that coupon that nobody cancelled
Cost    one scan of the orders' coupons
"""

from collections.abc import Mapping
from dataclasses import dataclass

from opportune.language.relations.plans import Input, Plan, query_of
from opportune.language.vocabulary.hashing import share_of
from opportune.language.vocabulary.instants import Instant, format_instant
from opportune.language.vocabulary.kinds import Json, Kind

KINDS = ("discount", "access", "referral")
CODES = Input("codes", (("code", "VARCHAR"),))
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that nobody mistakes for one another."""
_LONG = 6
_USED = """
SELECT c.code, count(*) AS used
FROM codes AS c JOIN events AS e ON e.coupon = c.code AND e.name = 'Order Completed' AND e.ts <= $at AND e.received_at <= $at
WHERE NOT EXISTS (
  SELECT 1 FROM events AS v WHERE v.name = 'Order Cancelled' AND v.order_id = e.order_id AND v.ts <= $at AND v.received_at <= $at
)
GROUP BY c.code ORDER BY c.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a shop offers. It says at least one of `percent`, `amount` and `says`; without `runs` it is not there."""

    name: str
    kind: str = "discount"
    code: str | None = None
    percent: float | None = None
    amount: float | None = None
    """In the shop's currency."""
    says: str | None = None
    """In words, for what is no discount."""
    ends: Instant | None = None
    stock: int | None = None
    """How many orders may use the code."""
    runs: bool = True


def used_codes() -> Plan:
    """How often each code was used by $at."""
    return Plan(query_of(_USED), (("code", Kind.TEXT), ("used", Kind.NUMBER)), ("at",), (CODES,))


def told(offer: Offer, customer_id: str, used: int, *, at: Instant, secret: bytes) -> dict[str, Json] | None:
    """`offer.*` as a customer's mail reads it at an instant; None when there is no such offer any more."""
    is_over = offer.ends is not None and at >= offer.ends
    left = None if offer.stock is None else offer.stock - used
    if not offer.runs or is_over or (left is not None and left <= 0):
        return None
    values: Mapping[str, Json] = {
        "name": offer.name,
        "kind": offer.kind,
        "code": own_code(offer, customer_id, secret) if offer.kind == "referral" else offer.code,
        "percent": _plain(offer.percent),
        "amount": _plain(offer.amount),
        "says": offer.says,
        "ends": None if offer.ends is None else format_instant(offer.ends),
        "left": left,
        "stock": offer.stock,
    }
    return {name: value for name, value in values.items() if value is not None}


def own_code(offer: Offer, customer_id: str, secret: bytes) -> str:
    """A referral code of one customer's own: always the same, and not to be guessed from another."""
    number = int(share_of(secret, "offer", offer.name, customer_id) * len(_LETTERS) ** _LONG)
    digits = []
    for _ in range(_LONG):
        number, digit = divmod(number, len(_LETTERS))
        digits.append(_LETTERS[digit])
    return "-".join(filter(None, (offer.code, "".join(digits))))


def _plain(number: float | None) -> Json:
    return int(number) if number is not None and number == int(number) else number
