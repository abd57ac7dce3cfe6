"""`offers:` of opportune.yml → offers, each with what it gives and what really limits it."""

import re
from collections.abc import Mapping
from typing import Any

from opportune.adapters.project.form import Form, Value, counted, one_of, text, truth
from opportune.adapters.project.nodes import Entry, Node
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.stages.content.offers import KINDS, Offer

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def percentage(value: Value) -> float:
    """More than nothing, at most all of it."""
    said = str(value).strip().removesuffix("%").strip()
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", said) or not 0 < float(said) <= 100:
        raise ValueError("must be a number of percent from 0 to 100, such as 10")
    return float(said)


def amount(value: Value) -> float:
    """Money in the shop's currency."""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,4})?", str(value)) or float(str(value)) <= 0:
        raise ValueError("must be an amount of money, such as 15 or 9.90")
    return float(str(value))


def instant(value: Value) -> Instant:
    """An instant in UTC."""
    try:
        return parse_instant(text(value))
    except ValueError as error:
        raise ValueError('must be a time such as "2026-12-31T23:00:00Z"') from error


READS = {
    "kind": one_of(*KINDS),
    "code": text,
    "percent": percentage,
    "amount": amount,
    "says": text,
    "ends": instant,
    "stock": counted,
    "runs": truth,
}


def offers_of(node: Node, form: Form) -> Mapping[str, Offer]:
    """The offers by name; problems go to `form`."""
    read = (_offer(entry, form) for entry in form.map(node, "offers").entries)
    return {offer.name: offer for offer in read if offer is not None}


def _offer(entry: Entry, form: Form) -> Offer | None:
    what = f"offers.{entry.key}"
    if not _NAME.fullmatch(entry.key):
        form.report(entry, "E126", f"'{entry.key}' cannot be the name of an offer", "Names are small letters, digits and _.")
        return None
    found: dict[str, Any] = {}
    for each in form.map(entry.node, what, tuple(READS)).entries:
        value = form.value(each.node, f"{what}.{each.key}", READS[each.key])
        if value is not None:
            found[each.key] = value
    if not found.keys() & {"percent", "amount", "says"}:
        form.report(entry, "E124", f"{what} does not say what it offers", "Add percent:, amount: or says:.")
        return None
    if "stock" in found and "code" not in found:
        form.report(entry, "E124", f"{what} has stock: but no code: to count orders by", "Add the code, or take stock: out.")
        return None
    return Offer(name=entry.key, **found)
