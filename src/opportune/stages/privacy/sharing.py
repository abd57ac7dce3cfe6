"""What is asked of each customer who told an address that others told too: what the gate asks, with times that weigh one against another.

What one of them said counts for the mailbox: see `stages/sending/sharing.py`.
"""

from opportune.language.tree.expressions import Aggregate, Expr, Metric, Selector, Trait
from opportune.language.vocabulary.kinds import Kind
from opportune.stages.privacy.gate import is_bad_address, last_consented, last_unsubscribed


def questions() -> dict[str, Expr]:
    """Name → expression: address, has_complained, unsubscribed_age, consented_age, is_bad_address."""
    return {
        "address": Trait("email", Kind.TEXT),
        "has_complained": Metric(function=Aggregate.DID, selector=Selector(("Email Marked as Spam",))),
        "unsubscribed_age": last_unsubscribed("email"),
        "consented_age": last_consented("email"),
        "is_bad_address": is_bad_address("email"),
    }
