"""Whether a bounce is for good. anymail calls both kinds `bounced`; a person must not be lost to a full mailbox or to somebody's filter.

Source  RFC 3463 (status codes); the provider's own words, each by the page of anymail that names it
"""

import re
from typing import Any, Final

HARD: Final = "hard"
SOFT: Final = "soft"
POLICY: Final = "policy"
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_NO_SUCH_ADDRESS = {("1", "1"), ("1", "2"), ("1", "10"), ("2", "1")}
_WORDS = {
    "HardBounce": HARD,
    "SoftBounce": SOFT,
    "Permanent": HARD,
    "Transient": SOFT,
    "permanent": HARD,
    "temporary": SOFT,
    "hard_bounce": HARD,
    "soft_bounce": SOFT,
    "hard_bounced": HARD,
    "soft_bounced": SOFT,
    "hard": HARD,
    "soft": SOFT,
    "invalid_email": HARD,
    "blocked": POLICY,
    "10": HARD,
    "30": HARD,
    "90": HARD,
}
"""What providers call it: Postmark, Amazon SES, Mailgun, Brevo, MailerSend, Mandrill, Unisender Go; SparkPost's classes."""
_PLACES = ("Type", "bounceType", "severity", "event", "type", "bounce_class", "status", "category")
_BOUNCED = ("bounced", "rejected", "failed", "deferred")
_POLICIES = ("blocked", "spam", "unsubscribed", "other")


def kind_of_bounce(event: Any) -> str | None:
    """hard, soft or policy; None where an event is no bounce. Where nothing says so, it is not for good."""
    if event.event_type not in _BOUNCED:
        return None
    if event.event_type == "deferred":
        return SOFT
    status = _STATUS.search(f"{event.mta_response or ''} {event.description or ''}")
    if status is not None:
        return _of_status(*status.groups())
    if event.reject_reason == "invalid":
        return HARD
    if event.reject_reason in _POLICIES:
        return POLICY
    return next(filter(None, map(_WORDS.get, _words(event.esp_event))), SOFT)


def _of_status(kind: str, subject: str, detail: str) -> str:
    """5.1.1, 5.1.2, 5.1.10 and 5.2.1 say that nobody is there; 5.7.x and 5.3.4 speak of us; all others may pass."""
    if kind == "5" and (subject, detail) in _NO_SUCH_ADDRESS:
        return HARD
    return POLICY if kind == "5" and (subject == "7" or (subject, detail) == ("3", "4")) else SOFT


def _words(told: Any) -> list[str]:
    """What the provider's own event says at the places where providers say it, the outermost first."""
    found: list[str] = []
    level = [told] if isinstance(told, dict) else []
    for _ in range(4):
        found += [str(each[name]) for each in level for name in _PLACES if isinstance(each.get(name), str | int)]
        level = [part for each in level for part in each.values() if isinstance(part, dict)]
    return found
