"""Why one message is not written: a value, never an exception, so that its neighbours go out."""

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Which rule said no."""

    TEMPLATE = "template"
    """The template fails with these values, or asks for something it may not have."""
    LIMIT = "limit"
    """More loops, output or growth than a mail can need."""
    OUT_OF_TIME = "out_of_time"
    """It took longer to render than any mail should, or the renderer died of it."""
    NO_TEMPLATE = "no_template"
    BAD_ADDRESS = "bad_address"
    NON_ASCII_ADDRESS = "non_ascii_address"
    """RFC 6531: only a next hop with SMTPUTF8 could take it."""
    BAD_SENDER = "bad_sender"
    BAD_UNSUBSCRIBE_URL = "bad_unsubscribe_url"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One message that cannot be, and why."""

    reason: Reason
    what: str
