"""Voids of moments whose predicate reads the customer: it is asked at the moment, of the event that voids."""

from dataclasses import replace

import pytest
from tests.compiler.shop import ANN, BOB, MINUTE, Shop, parsed, parsed_moment
from tests.compiler.test_moments import fired

from opportune.language.compiler.moments import follows
from opportune.language.tree.expressions import Property, Selector, Void
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.reading import Reading

OF_PLUS = Void(("Order Completed",), Selector(("Order Cancelled",)), parsed('trait.plan == "plus"'), Property("order_id", Kind.TEXT, True))
SELECTOR = Selector(("Order Completed",), voids=(OF_PLUS,))


@pytest.fixture
def shop() -> Shop:
    """Ann is plus, Bob is not; both cancel what they ordered."""
    shop = Shop.opened()
    shop.trait("t", "plan", '"plus"', 0)
    for customer in (ANN, BOB):
        shop.event(f"o{customer}", "Order Completed", 10, customer, received=11, order_id=str(customer))
        shop.event(f"c{customer}", "Order Cancelled", 10, customer, line=1, order_id=str(customer))
    return shop


@pytest.mark.parametrize(
    "text, delay",
    [
        ('event("Order Completed")', 0),
        ('nth("Order Completed", n=1)', 0),
        ('reaches("Order Completed", n=1, within="1h")', 0),
        ('lapse("Order Completed", within="2h")', 120),
        ('lapse("Order Completed", within="2h", at_most="3h")', 120),
    ],
)
@pytest.mark.parametrize("reading", Reading)
def test_what_voids_is_asked_about_the_customer_at_the_moment(shop, text, delay, reading):
    moment = replace(parsed_moment(text), selector=SELECTOR)
    assert [(row[0], row[1], row[3]) for row in fired(shop, moment, reading)] == [("bob", 10 + delay, "o2")]
    asked = [(key, key, (10 + delay) * MINUTE, 1_000 * MINUTE, f"o{key}", 0) for key in (ANN, BOB)]
    assert shop.engine.rows(follows(moment), inputs={"follows": asked}) == [(ANN, False), (BOB, True)]
