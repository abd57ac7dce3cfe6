"""Liquid filters of ours: `money` and `date`. The library's own `date` reads the clock; ours is told what now is."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liquid import RenderContext
from liquid.filter import with_context

from opportune.language.vocabulary.instants import Instant, datetime_of

SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CAD": "CA$",
    "AUD": "A$",
    "CHF": "CHF ",
    "INR": "₹",
    "BRL": "R$",
    "CNY": "CN¥",
    "KRW": "₩",
}
WITHOUT_CENTS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})


@with_context
def money(value: object, currency: object = None, *, context: RenderContext) -> str:
    """19.9 → `$19.90` in the shop's currency, or the one named; what is no number is written as it is."""
    code = str(currency or _path(context, "shop", "currency") or "USD").upper()
    try:
        amount = Decimal(str(value))
        if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
            return str(value)
    except InvalidOperation:
        return "" if value is None else str(value)
    written = f"{abs(amount):,.{0 if code in WITHOUT_CENTS else 2}f}"
    return f"{'-' if amount < 0 else ''}{SYMBOLS.get(code, code + ' ')}{written}"


@with_context
def date(value: object, pattern: object = "%Y-%m-%d", *, context: RenderContext) -> str:
    """ISO 8601 text, or `now`, in the shop's time zone; what is no time is written as it is."""
    now = _path(context, "now")
    try:
        if value in ("now", "today"):
            moment = datetime_of(Instant(now)) if isinstance(now, int) else None
        else:
            moment = datetime.fromisoformat(str(value).strip())
        if moment is None:
            return ""
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(_zone(context)).strftime(str(pattern)[:100])
    except (ValueError, OverflowError):
        return "" if value is None else str(value)


def _zone(context: RenderContext) -> ZoneInfo:
    try:
        return ZoneInfo(str(_path(context, "shop", "timezone") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _path(context: RenderContext, *names: str) -> object:
    """A variable the sender gave, whatever the template has assigned since."""
    found: object = context.globals
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


FILTERS: dict[str, Callable[..., Any]] = {"money": money, "date": date}
