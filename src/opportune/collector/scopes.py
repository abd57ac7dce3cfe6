"""What a browser's key may not send. It stands in the page's source: whoever reads it can send what it may send, in anybody's name.

A browser tells what its visitor did. It does not tell what only we or a server know, does not part or join customers, and does not say
which address a user has: with that, mail about one customer could be led to another, or one customer's history to another's mailbox.
What it says of an address without a user (a form for a newsletter) is that visitor's alone.

Source  SEMANTICS section 2 (identity links, consent); docs/http.md, "Keys of browsers"
"""

from typing import Any

from opportune.collector.calls import Call
from opportune.collector.refusals import Refusal
from opportune.language.vocabulary.events import MESSAGE_EVENTS, THINGS, UNLINKED

OF_SERVERS = MESSAGE_EVENTS | THINGS | {
    UNLINKED,
    "Order Refunded",
    "Order Cancelled",
    "Order Delivered",
    "Ticket Opened",
    "Ticket Closed",
    "Call Ended",
    "Referral Converted",
}  # fmt: skip
"""Events that only we or a server know of."""
ADDRESSES = ("email", "phone")
OF_ADDRESSES = ("email:", "phone:")
"""What ids begin with that stand for an address: whoever has it is known by it before any user id."""
NOT_OF_PAGES = ("ip", "location", "linked_by")
"""What of a context only the collector or a server says."""
_SERVER = "send it from your server, with a server's key"


def overstep(call: Call) -> Refusal | None:
    """What in a call only a server may say; None where there is nothing."""
    if call.type == "track" and call.event in OF_SERVERS:
        return Refusal("event", f'"{call.event}" is not for a browser to say; {_SERVER}')
    if call.type == "alias" and str(call.previous_id) != str(call.anonymous_id):
        return Refusal("previousId", f"must be the anonymousId of the same call when a browser sends it; {_SERVER}")
    ids = {"userId": call.user_id, "anonymousId": call.anonymous_id, "previousId": call.previous_id}
    for field, sent in ids.items():
        if isinstance(sent, str) and sent.strip().lower().startswith(OF_ADDRESSES):
            return Refusal(field, f"stands for an address, which a browser cannot claim; {_SERVER}")
    return None


def without_addresses(call: Call) -> dict[str, Any] | None:
    """The traits of a browser's call without the addresses of a user: or anybody could have her mail. The rest of the call stands, for
    Segment's client in the browser tells addresses with every sign-in, and the sign-in must not be lost with them."""
    if not call.traits or not _is_there(call.user_id):
        return call.traits
    return {name: value for name, value in call.traits.items() if name.strip().lower() not in ADDRESSES}


def without_claims(context: dict[str, Any] | None) -> dict[str, Any] | None:
    """The context of a browser's call without what it is not believed."""
    if not context or not any(name in context for name in NOT_OF_PAGES):
        return context
    return {name: value for name, value in context.items() if name not in NOT_OF_PAGES}


def _is_there(sent: str | float | None) -> bool:
    return sent is not None and bool(str(sent).strip())
