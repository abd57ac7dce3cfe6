"""What the gate asks of a customer before any message: consent, objection, a bad address. Definitions like any other.

They are expressions over events, so they mean the same live, in a backtest and a year later, and no import can lower them:
`Unsubscribed` and `Consent Withdrawn` are only outweighed by a later `Consent Given`, a complaint and a hard bounce by nothing.
Of a consent that a list tells without its date (`dated: false`) nobody knows when it was given: it outweighs neither.
"""

from opportune.language.tree.expressions import (
    Aggregate,
    All,
    Any,
    Coalesce,
    Compare,
    Comparison,
    Consent,
    Expr,
    Known,
    Literal,
    Metric,
    Not,
    Property,
    Selector,
    Since,
    Trait,
)
from opportune.language.tree.sending import Sending
from opportune.language.vocabulary.kinds import Kind

ADDRESS = {"email": "email", "sms": "phone", "push": "push_token"}
"""Channel → the trait that holds the address."""
ZONE = Coalesce((Trait("timezone", Kind.TEXT), Trait("geo_timezone", Kind.TEXT)))
"""Where a customer's clock stands, as an IANA name: as she says, else where she was last heard of."""
_EVENT_PREFIX = {"email": "Email", "sms": "SMS", "push": "Push"}


def questions(channel: str) -> dict[str, Expr]:
    """Name → expression of what arbitration needs to know for `channel`."""
    return {
        "has_consent": All((Consent(channel), Not(_stands("Consent Withdrawn", _is("purpose", channel), channel)))),
        "objects": _objects(channel),
        "is_bad_address": is_bad_address(channel),
        "address": Trait(ADDRESS[channel], Kind.TEXT),
    }


def volume(sending: Sending) -> dict[str, Expr]:
    """What the rules of volume need to know besides: how many messages a week, and where she lives."""
    return {"weekly_cap": sending.weekly or Literal(None), "zone": ZONE}


def withdrawn_since_entry(channel: str) -> Expr:
    """Consent for `channel` was withdrawn, or the customer unsubscribed, after the enrolment: it ends then."""
    return Any(
        (
            _happened("Consent Withdrawn", _is("purpose", channel), since=Since.ENTRY),
            _happened("Unsubscribed", _unsubscribes(channel), since=Since.ENTRY),
        )
    )


def is_bad_address(channel: str) -> Metric:
    """A message bounced for good."""
    return _happened(f"{_EVENT_PREFIX[channel]} Bounced", _is("kind", "hard"))


def last_unsubscribed(channel: str) -> Metric:
    """How long ago, last."""
    return Metric(function=Aggregate.AGE, selector=Selector(("Unsubscribed",)), where=_unsubscribes(channel))


def last_consented(channel: str) -> Metric:
    """How long ago, last, as far as it is known when."""
    is_undated = Compare(Comparison.EQ, Property("dated", Kind.BOOLEAN, declared=True), Literal(False))
    given = All((_is("purpose", channel), Not(is_undated)))
    return Metric(function=Aggregate.AGE, selector=Selector(("Consent Given",)), where=given)


def _objects(channel: str) -> Expr:
    """Complained ever, or unsubscribed with no consent given after it (at the same instant the objection wins)."""
    complained = _happened(f"{_EVENT_PREFIX[channel]} Marked as Spam", None)
    return Any((complained, _stands("Unsubscribed", _unsubscribes(channel), channel)))


def _stands(event: str, where: Expr, channel: str) -> Expr:
    """It happened, and no dated consent was given after the last time."""
    said = Metric(function=Aggregate.AGE, selector=Selector((event,)), where=where)
    return All((Known(said), Not(Compare(Comparison.LT, last_consented(channel), said))))


def _unsubscribes(channel: str) -> Expr:
    """From everything on this channel: no topic named, and this channel or none."""
    everything = Not(Known(Property("topic", Kind.TEXT, declared=True)))
    named = Property("channel", Kind.TEXT, declared=True)
    return All((everything, Any((Not(Known(named)), _is("channel", channel)))))


def _is(name: str, value: str) -> Expr:
    return Compare(Comparison.EQ, Property(name, Kind.TEXT, declared=True), Literal(value))


def _happened(event: str, where: Expr | None, *, since: Since | None = None) -> Metric:
    return Metric(function=Aggregate.DID, selector=Selector((event,)), where=where, since=since)
