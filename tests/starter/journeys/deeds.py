"""What people and the shop do in stories, as the calls a shop would send."""

import re
from collections.abc import Callable
from typing import Any

Deed = tuple[str, dict[str, Any]]
"""The name of an event and its properties; no name: traits."""


def _order(found: re.Match[str]) -> Deed:
    """One line for each thing, at equal prices."""
    things, total = found["what"].split(" + "), float(found["total"])
    lines = [{"product_id": thing, "category": "lamps", "price": total / len(things), "quantity": 1} for thing in things]
    return "Order Completed", {"order_id": found["order"], "total": total, "products": lines}


def _mail(event: str, agent: str) -> Callable[[re.Match[str]], Deed]:
    return lambda found: (event, {"campaign": found["campaign"], "agent": agent})


def _said(event: str, **properties: Any) -> Callable[[re.Match[str]], Deed]:
    """The event with these properties, and with what the words name."""
    return lambda found: (event, {**properties, **{name: _number(value) for name, value in found.groupdict().items() if value is not None}})


def _number(value: str) -> str | float:
    return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else value


PEOPLE: dict[str, Callable[[re.Match[str]], Deed]] = {
    r"agrees to mail": _said("Consent Given", purpose="email"),
    r"asks for mail": _said("Consent Requested", purpose="email", method="form", wording="Yes, write to me"),
    r"wants no more mail": _said("Consent Withdrawn", purpose="email"),
    r"refuses tracking": _said("Consent Withdrawn", purpose="tracking"),
    r"gives an address": lambda found: ("", {"email": "{customer}@example.com"}),
    r"looks in": _said("Page Viewed", path="/"),
    r"looks at a (?P<category>\w+) list": _said("Product List Viewed"),
    r"looks at (?P<product_id>\w+) for (?P<dwell>[\d.]+) s": _said("Product Viewed", category="lamps"),
    r"adds (?:(?P<quantity>\d+) )?(?P<product_id>\w+)": _said("Product Added"),
    r"removes (?:(?P<quantity>\d+) )?(?P<product_id>\w+)": _said("Product Removed"),
    r"goes to the till": _said("Checkout Started"),
    r"orders (?P<what>[\w +]+) for (?P<total>[\d.]+) as (?P<order>\w+)": _order,
    r"cancels (?P<order_id>\w+)": _said("Order Cancelled"),
    r"gives (?P<order_id>\w+) back": _said("Order Refunded", total=1),
    r"gets (?P<order_id>\w+)": _said("Order Delivered"),
    r"searches (?P<query>\w+), (?P<results>\d+) results": _said("Products Searched"),
    r"looks at a result": _said("Search Result Clicked"),
    r"reads about prices": _said("Content Viewed", kind="pricing"),
    r"is sent campaign (?P<campaign>\w+)": _said("Email Delivered"),
    r"opens campaign (?P<campaign>\w+)": _mail("Email Opened", "human"),
    r"clicks campaign (?P<campaign>\w+)": _mail("Email Link Clicked", "human"),
    r"has a program open campaign (?P<campaign>\w+)": _mail("Email Opened", "machine"),
    r"has a program click campaign (?P<campaign>\w+)": _mail("Email Link Clicked", "suspected"),
    r"opens a mail of (?P<journey>[\w-]+)": _said("Email Opened", agent="human"),
    r"clicks a mail of (?P<journey>[\w-]+)": _said("Email Link Clicked", agent="human"),
    r"answers (?P<score>\d+)": _said("Survey Answered", kind="nps"),
    r"opens ticket (?P<ticket_id>\w+)": _said("Ticket Opened"),
    r"closes ticket (?P<ticket_id>\w+)": _said("Ticket Closed"),
}
"""What somebody does, as stories say it → the event."""
SHOP: dict[str, Callable[[re.Match[str]], Deed]] = {
    r"(?P<product_id>\w+): (?P<old_stock>\d+) → (?P<stock>\d+) in stock": _said("Stock Changed"),
    r"(?P<product_id>\w+): costs (?P<old_price>[\d.]+) → (?P<price>[\d.]+)": _said("Price Changed"),
}
"""What happens in the shop, to nobody in particular."""


def deed_of(text: str) -> tuple[Deed, bool] | None:
    """The event that the words tell of, and whether it is somebody's."""
    for known, is_personal in ((PEOPLE, True), (SHOP, False)):
        for words, made in known.items():
            found = re.fullmatch(words, text)
            if found is not None:
                return made(found), is_personal
    return None
