"""Zones as written: `shop`, `customer`, or a name of the IANA time zone database."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from opportune.language.vocabulary.problems import did_you_mean

SHOP, CUSTOMER = "shop", "customer"
"""Resolved to the shop's zone, and to the trait `timezone` of each customer."""


@cache
def is_zone(name: str) -> bool:
    """Whether the time zone database knows this name."""
    try:
        return bool(ZoneInfo(name).key)
    except (ValueError, OSError, KeyError):  # also of names that no file can have
        return False


def zone_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with a zone, and the remedy; None when nothing is."""
    if name in (SHOP, CUSTOMER) or is_zone(name):
        return None
    remedy = did_you_mean(name, available_timezones()) or 'Write "shop", "customer" or a zone such as "Europe/Berlin".'
    return f"no time zone is called '{name}'", remedy
