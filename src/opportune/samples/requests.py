"""What a reader does with a mail, as the HTTP request her program makes of it."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from zlib import crc32

from opportune.samples.letters import Letter
from opportune.samples.reactions import Deed, Reaction

PEOPLE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
)
PREFETCHING = "Mozilla/5.0"
"""All that a mail program says that loads pictures for everybody."""
SCANNING = "Mozilla/5.0 (compatible; MailScanner/5.4; +https://scanner.example/bot)"


@dataclass(frozen=True, slots=True)
class Request:
    """To our own server; `path` only, whatever host the mail named."""

    method: str
    path: str
    agent: str
    body: bytes = b""


def request_of(reaction: Reaction, letter: Letter) -> Request | None:
    """The request, or None for what is no request: a call to post, or a mail without pixel or tracked links."""
    is_machine = reaction.agent == "machine"
    person = PEOPLE[crc32(letter.customer_id.encode()) % len(PEOPLE)]
    match reaction.deed:
        case Deed.OPEN:
            return _to("GET", letter.pixel, PREFETCHING if is_machine else person)
        case Deed.CLICK:
            return _to("GET", reaction.link or "", SCANNING if is_machine else person)
        case Deed.UNSUBSCRIBE:
            return _to("POST", letter.unsubscribe, person, b"List-Unsubscribe=One-Click")
        case Deed.VISIT:
            return None


def _to(method: str, url: str, agent: str, body: bytes = b"") -> Request | None:
    return Request(method, urlsplit(url).path, agent, body) if url else None
