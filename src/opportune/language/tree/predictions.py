"""`prediction.x`: traits that models set, null where profiling is not allowed. SEMANTICS sections 2 and 3."""

from opportune.language.tree.expressions import Choice, Consent, Expr, Literal, Trait
from opportune.language.vocabulary.kinds import Kind

KINDS: dict[str, Kind] = {
    "churn_30d": Kind.NUMBER,
    "reactivation_30d": Kind.NUMBER,
    "premium_next": Kind.NUMBER,
    "next_order_at": Kind.TIME,
    "next_category": Kind.TEXT,
    "clv_365d": Kind.NUMBER,
}
"""Prediction → the kind of its value."""

TREES: dict[str, Expr] = {
    f"prediction.{name}": Choice(Consent("profiling"), Trait(f"prediction.{name}", kind), Literal(None)) for name, kind in KINDS.items()
}
"""What stands where `prediction.x` was written."""
