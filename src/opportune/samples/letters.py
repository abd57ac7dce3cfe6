"""A mail as its reader's program shows it: who it is for, what can be fetched and clicked. Read from what the mail server stored."""

import html
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from opportune.language.vocabulary.instants import Instant
from opportune.samples.customers import user_id
from opportune.samples.reactions import Mail

_LINK = re.compile(r"href=\"([^\"]+)\"")
_PIXEL = re.compile(r"src=\"([^\"]+/o/[^\"/]+)\"")
_NUMBER = re.compile(r"\.(\d+)@")
_JOURNEY = re.compile(r"<([^.>]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail that arrived. `pixel` is empty where opens are not tracked."""

    customer_id: str
    journey: str
    subject: str
    message_id: str
    pixel: str
    links: tuple[str, ...]
    """Tracked links, in the order of the mail, each once."""
    unsubscribe: str

    def mail(self, sent_at: Instant) -> Mail:
        """What the sample shop has to know to say how its reader reacts."""
        return Mail(
            customer_id=self.customer_id,
            journey=self.journey,
            step=self.subject,
            sent_at=sent_at,
            links=self.links,
            message_id=self.message_id,
        )


def read_letter(path: Path) -> Letter | None:
    """The mail in a file of the post office; None when it is not to a customer of the sample shop."""
    message = message_from_bytes(path.read_bytes())
    number = _NUMBER.search(str(message["Delivered-To"]))
    markup = _markup(message)
    if number is None or not markup:
        return None
    pixel = _PIXEL.search(markup)
    journey = _JOURNEY.search(str(message["List-Id"] or ""))
    found = (html.unescape(link) for link in _LINK.findall(markup))
    return Letter(
        customer_id=user_id(int(number[1])),
        journey=journey[1] if journey else "",
        subject=str(message["Subject"]),
        message_id=str(message["Message-ID"]),
        pixel=html.unescape(pixel[1]) if pixel else "",
        links=tuple(dict.fromkeys(link for link in found if "/c/" in link)),
        unsubscribe=str(message["List-Unsubscribe"] or "").strip("<> "),
    )


def _markup(message: Message) -> str:
    """The HTML part; empty when there is none."""
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return ""
