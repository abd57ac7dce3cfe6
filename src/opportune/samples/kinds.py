"""Four shops that differ in what people do there. Each is a set of habits, seasons and goods; `home` is the one of the demo.

    home        things for the home: an order or two a year, a calm Christmas
    furniture   dear and rare: long looking, few orders, slow delivery, nobody comes back soon
    replenish   coffee and care: short regular cycles, the same thing again, few carts left
    gifts       two seasons and a half, most buy once

The figures are chosen to be far apart, not measured.
"""

from dataclasses import dataclass

from opportune.samples.assortments import FURNITURE, GIFTS, HOME, REPLENISH, Assortment
from opportune.samples.seasons import MONTHS
from opportune.samples.truth import Habits


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What makes a shop. `months` says how busy each is, from January."""

    assortment: Assortment
    habits: Habits
    months: tuple[float, ...]


_FURNITURE = Habits(
    order_rate=0.45,
    order_shape=1.1,
    browse_rate=6.5,
    abandoned_per_order=3.0,
    checkout_chance=0.25,
    recovery_hours=40.0,
    churn_rate=0.45,
    views_mean=2.6,
    second_line_chance=0.2,
    content_chance=0.3,
    compare_chance=0.2,
    chat_chance=0.04,
    calls_per_visit=0.03,
    coupon_chance=0.1,
    cancelled_chance=0.06,
    refunded_chance=0.08,
    delivery_from_days=9.0,
    delivery_to_days=45.0,
    ticket_chance=0.12,
    sales_rate=2.0,
    sold_out_rate=1.5,
)
_REPLENISH = Habits(
    order_rate=9.0,
    order_shape=3.0,
    regularity=5,
    staple_chance=0.75,
    browse_rate=2.0,
    abandoned_per_order=0.4,
    churn_rate=0.9,
    views_mean=0.8,
    second_line_chance=0.55,
    search_chance=0.15,
    content_chance=0.08,
    coupon_chance=0.12,
    refunded_chance=0.02,
    delivery_from_days=0.8,
    delivery_to_days=3.5,
    sales_rate=0.6,
    sold_out_rate=1.2,
)
_GIFTS = Habits(
    order_rate=1.1,
    order_shape=1.5,
    browse_rate=2.0,
    abandoned_per_order=1.2,
    churn_rate=3.0,
    churn_shape=0.8,
    newcomer_share=0.85,
    sign_up_chance=0.1,
    search_chance=0.4,
    vain_search_chance=0.14,
    coupon_chance=0.3,
    delivery_from_days=0.8,
    delivery_to_days=3.0,
    review_chance=0.05,
    referral_chance=0.1,
)
KINDS = {
    "home": Kind(assortment=HOME, habits=Habits(), months=tuple(MONTHS.tolist())),
    "furniture": Kind(assortment=FURNITURE, habits=_FURNITURE, months=(1.3, 1.0, 1.0, 1.1, 1.0, 0.8, 0.7, 0.9, 1.1, 1.1, 1.2, 0.8)),
    "replenish": Kind(assortment=REPLENISH, habits=_REPLENISH, months=(1.0, 0.98, 1.0, 1.0, 1.0, 0.95, 0.92, 0.95, 1.0, 1.02, 1.1, 1.08)),
    "gifts": Kind(assortment=GIFTS, habits=_GIFTS, months=(0.4, 1.5, 0.6, 0.7, 1.3, 0.6, 0.4, 0.4, 0.5, 0.8, 2.0, 3.4)),
}
"""By the name that `Shop.build` knows."""
