"""Numbers, money, times and states as people read them."""

from collections.abc import Mapping
from datetime import timedelta, tzinfo

from opportune.language.vocabulary.instants import Instant, datetime_of
from opportune.stages.measurement.arms import Interval

SYMBOLS: Mapping[str, str] = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "CAD": "CA$",
    "AUD": "A$",
}
MINUS = "−"
STATUS_WORDS: Mapping[str, str] = {
    "planned": "Planned",
    "claimed": "Being handed over",
    "handed_over": "Handed over",
    "confirmed": "Confirmed",
    "unknown": "Outcome unknown",
    "failed": "Failed",
    "held": "Held",
}
WHY_NOT: Mapping[str, str] = {
    "held out": "This customer is in the comparison group: nothing is sent, so that the difference the mails make can be measured.",
    "capped": "The weekly cap was reached, and it was not free again while the message was still worth sending.",
    "no consent": "There was no consent to e-mail at the moment of decision.",
    "unsubscribed": "The customer unsubscribed or complained.",
    "no address": "No e-mail address is known.",
    "bad address": "The address bounced for good.",
    "address of another customer": "Another customer has this address and told it first; one mailbox gets one mail.",
    "too soon after another": "The message before it was too near, and the gap lasted longer than this one was worth sending.",
    "quiet hours": "It was night where the customer lives, and the morning too late for the message.",
    "only_if was false": "The journey asks for something (only_if) that did not hold.",
    "exit_if was true already": "What ends the journey (exit_if) had come true already.",
    "entered too recently": "The journey had this customer a short while ago, nearer than its reentry allows.",
    "outranked": "A journey for a warmer reason had this customer at that moment: one reminder at a time.",
    "restates a moment already taken": "Late events told a moment again that had been taken.",
    "already taken": "This very moment had entered before.",
    "taken once already": "It happens once to a customer, and had happened.",
    "caused by an imported event": "The project is live, and what is imported starts nothing.",
}
"""What a reason means, as it is kept with a moment that was turned away or a message that was held."""


def money(value: float, currency: str, *, is_signed: bool = False, decimals: int | None = None) -> str:
    """`$1,204`, `−$0.35`, `CHF 12.50`; decimals only below a hundred unless asked for."""
    shown = (2 if abs(value) < 100 else 0) if decimals is None else decimals
    digits = f"{abs(value):,.{shown}f}"
    sign = MINUS if value < 0 and float(digits.replace(",", "")) else "+" if is_signed and value > 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{currency} {digits}".strip()


def short(value: float) -> str:
    """For axes: `950`, `1.2k`, `3M`."""
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.1f}".removesuffix(".0").replace("-", MINUS) + letter
    return f"{value:g}".replace("-", MINUS)


def interval(found: Interval, currency: str) -> str:
    """`+$120 to +$480`."""
    return f"{money(found.low, currency, is_signed=True)} to {money(found.high, currency, is_signed=True)}"


def clock_time(at: Instant, zone: tzinfo) -> str:
    """`14:03:21`."""
    return datetime_of(at).astimezone(zone).strftime("%H:%M:%S")


def day_and_time(at: Instant, zone: tzinfo) -> str:
    """`21 Nov 2026, 14:03:21`."""
    moment = datetime_of(at).astimezone(zone)
    return f"{moment.day} {moment.strftime('%b %Y, %H:%M:%S')}"


def day(at: Instant) -> str:
    """`21 Nov`, UTC."""
    moment = datetime_of(at)
    return f"{moment.day} {moment.strftime('%b')}"


def ago(at: Instant, now: Instant) -> str:
    """`just now`, `12 s ago`, `3 h ago`, `5 days ago`."""
    seconds = (now - at) // 1_000_000
    if seconds < 2:
        return "just now"
    for most, unit, name in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if seconds < most:
            return f"{seconds // unit} {name} ago"
    return f"{seconds // int(timedelta(days=1).total_seconds()):,} days ago"


def percent(part: float, whole: float) -> str:
    """`12.4 %`; a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
