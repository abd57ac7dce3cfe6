"""`shop.consent` of `opportune.yml`: where people are asked first, where twice, and what a consent tool's categories mean."""

from typing import Any

from opportune.adapters.project.form import Form, one_of, text
from opportune.adapters.project.nodes import Node, Scalar
from opportune.language.vocabulary.events import PURPOSES

ALL = "all"
"""Every country, for `double_opt_in`."""


def consent_of(node: Node, form: Form) -> dict[str, Any]:
    """Fields of `Shop` that the section sets."""
    found: dict[str, Any] = {}
    for entry in form.map(node, "shop.consent", ("opt_in", "double_opt_in", "categories")).entries:
        what = f"shop.consent.{entry.key}"
        if entry.key == "categories":
            meant = {
                each.key: form.value(each.node, f"{what}.{each.key}", one_of(*PURPOSES)) for each in form.map(entry.node, what).entries
            }
            found[entry.key] = {category: purpose for category, purpose in meant.items() if purpose is not None}
        elif entry.key == "double_opt_in" and isinstance(entry.node, Scalar) and entry.node.value == ALL:
            found[entry.key] = (ALL,)
        else:
            regions = [form.value(part, what, text) for part in form.listing(entry.node, what)]
            found[entry.key] = tuple(region for region in regions if region is not None)
    return found
