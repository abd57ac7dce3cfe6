"""Who is who: the classes of ids, what may prove that two are one customer's, and what a shop may set about it.

An id is linked only to one of a higher class, so links never go round: device, then phone, e-mail, user. User ids never merge.
"""

from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """By what a link was found. Of an identity's visible links the lowest rank decides, and among equal ones the first."""

    USER = 0
    """A call names a device and a user id, or an alias does."""
    EMAIL = 1
    """A call without a user id tells the e-mail address of a device's owner."""
    PHONE = 2
    """The same with a phone number, and no address."""
    CLICK = 3
    """A signed link of a mail to the customer was followed in the browser."""
    CLAIM = 4
    """From an address or number to the user who told it as hers."""
    BOTH = 5
    """From a number to the address that a call without a user id tells beside it."""


REFERENCE = "ref:"
"""How ids begin by which connectors speak of somebody again, `ref:shop:order:123`: a good customer has hundreds, no limit counts them."""
BLOCKED = (
    *("null", "undefined", "none", "nil", "nan", "n/a", "na", "false", "true", "0", "-1", "[object object]", "(not set)", "-"),
    *("anonymous", "guest", "unknown", "user", "visitor", "test", "default", "00000000-0000-0000-0000-000000000000"),
    *("test@test.com", "a@a.com", "none@none.com", "noreply@*", "no-reply@*", "donotreply@*", "do-not-reply@*"),
)
"""Values that senders write where they know no id. Compared without blanks around them, in small letters; `*` stands for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRules:
    """What is no id, and how many ids of a class are linked to one customer: more than this are a kiosk, a test or a mistake."""

    blocked: tuple[str, ...] = BLOCKED
    anonymous: int = 100
    email: int = 5
    phone: int = 5


DEFAULT_RULES = IdentityRules()
