"""The Channel contract: one way out for finished messages.

What became of a message is a value, one of four. Only `Faulted` may be tried again without asking: then the other side cannot have
the message. `Unknown` is never repeated (DESIGN section 5): it is stored, listed and left to a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

At = Callable[[str], None]
"""Called with the name of a crash point when it is reached: `data` right before the message leaves, `after_data` right after the yes."""


def nowhere(_: str) -> None:
    """The crash points of a run in which nothing is to crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message for one recipient. `sender` is where bounces go; `content` is the whole message, CRLF lines."""

    message_id: str
    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The other side answered for the message. `response`: its words."""

    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The other side said no to this message.

    `is_permanent`: trying again is useless. `is_bad_address`: nobody is there, so the address is to be suppressed; a block or a full
    mailbox never sets it (STANDARDS section 2.3).
    """

    code: int
    text: str
    is_permanent: bool
    is_bad_address: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection was lost after the message began to leave and before an answer came."""

    why: str


@dataclass(frozen=True, slots=True)
class Faulted:
    """The message never left: no connection, no sign-in, or lost before DATA. To be tried again later."""

    why: str


Outcome = HandedOver | Refused | Unknown | Faulted


class Channel(Protocol):
    """One way out. A value of this type serves one thread; it connects when first needed and again when it must."""

    def deliver(self, envelope: Envelope) -> Outcome:
        """Hand one message over. Raises nothing but bugs."""

    def close(self) -> None:
        """Let go of the connection; a later `deliver` opens a new one."""


def unfit(envelope: Envelope) -> Refused | None:
    """Why an envelope may not be put on any wire: its addresses are not plain ASCII, or would break out of a command."""
    for address in (envelope.sender, envelope.recipient):
        if not address.isascii():
            return Refused(code=553, text=f"5.6.7 {address!r} needs SMTPUTF8", is_permanent=True, is_bad_address=False)
        if not address or any(not "!" <= character <= "~" or character in "<>," for character in address):
            return Refused(code=553, text=f"5.1.3 {address[:100]!r} is no address", is_permanent=True, is_bad_address=True)
    return None
