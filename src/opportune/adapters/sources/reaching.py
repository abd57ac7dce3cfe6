"""One request to an address that somebody wrote down: only to the public internet, unless the place is listed, and never for long.

A name is resolved once, what it resolves to is checked, and the connection goes to the very address that was checked: a name that points
elsewhere a moment later leads nowhere (DNS rebinding). Every redirect is checked anew; headers with secrets go to the first place only.

Held to tests/pulls/test_reaching.py
Source  RFC 9110 sections 10.2.3 (Retry-After) and 15.4 (redirects); RFC 6890 by way of `ipaddress.is_global`; RFC 6052 (NAT64)
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit

from opportune.language.vocabulary.instants import Instant, instant_of

MOST_REDIRECTS = 5
PATIENCE = 10
"""How many times its timeout a whole answer may take."""
LONGEST_WAIT = 86_400.0
"""Seconds that somebody may ask to be left alone for."""
_BLOCK = 1 << 16
_AGENT = "Opportune"
_REDIRECTS = (301, 302, 303, 307, 308)
_LATER = (408, 425, 429, 500, 502, 503, 504)
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreached(Exception):
    """No answer that can be used, in words for people. `after`: seconds to wait as the other side said; `status`: what it answered."""

    def __init__(self, said: str, *, after: float | None = None, status: int | None = None) -> None:
        super().__init__(said)
        self.after, self.status = after, status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body, and the headers by their names in small letters."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How far a request goes: seconds without a word, bytes of the answer, and which `host:port` may lie on a private network."""

    timeout: float
    largest_bytes: int
    allow_private: Collection[str] = ()


def fetched(url: str, headers: Mapping[str, str], manners: Manners, now: Instant) -> Answer:
    """What GET answers with a status of 200, redirects followed. Raises Unreached."""
    first, ends = urlsplit(url), monotonic() + PATIENCE * manners.timeout
    for _ in range(MOST_REDIRECTS + 1):
        parts = urlsplit(url)
        if first.scheme == "https" and parts.scheme != "https":
            raise Unreached(f"{_shown(parts)}: a redirect from https to {parts.scheme} is not followed")
        sent = headers if origin(parts) == origin(first) else {}
        status, said, body = _asked(parts, sent, manners, ends)
        if status == 200:
            return Answer(url=url, headers=said, body=_unpacked(body, said, manners, parts))
        if status not in _REDIRECTS or "location" not in said:
            after = _after(said.get("retry-after"), now) if status in _LATER else None
            raise Unreached(f"{_shown(parts)}: answered {status}", after=after, status=status)
        url = urljoin(url, said["location"])
    raise Unreached(f"{_shown(first)}: redirects {MOST_REDIRECTS} times and more")


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return parts.scheme, (parts.hostname or "").lower(), _port(parts)


def _asked(parts: SplitResult, headers: Mapping[str, str], manners: Manners, ends: float) -> tuple[int, dict[str, str], bytes]:
    try:
        host, port = parts.hostname or "", _port(parts)
        if parts.scheme not in _PORTS or not host:
            raise Unreached(f"{_shown(parts)}: is no web address")
        connection = http.client.HTTPConnection(host, port, timeout=manners.timeout)
        with closing(connection):
            connection.sock = _connected(host, port, parts.scheme, manners)
            with _cut_off(connection.sock, ends):
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                polite = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": _AGENT, "Connection": "close"}
                connection.request("GET", path, headers={**polite, **headers})
                answer = connection.getresponse()
                said = {name.lower(): value for name, value in answer.getheaders()}
                return answer.status, said, _read(answer, parts, manners, ends) if answer.status == 200 else b""
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise Unreached(f"{_shown(parts)}: {str(error) or type(error).__name__}") from error


@contextmanager
def _cut_off(connection: socket.socket, ends: float) -> Iterator[None]:
    """Ends the connection at `ends`: who says a byte now and then keeps within every timeout."""

    def cut() -> None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, ends - monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(answer: http.client.HTTPResponse, parts: SplitResult, manners: Manners, ends: float) -> bytes:
    found = bytearray()
    while block := answer.read1(_BLOCK):
        found += block
        if len(found) > manners.largest_bytes:
            raise Unreached(f"{_shown(parts)}: answers more than {manners.largest_bytes:,} bytes; ask for smaller pages, or set `largest:`")
    if answer.length:
        raise Unreached(f"{_shown(parts)}: the answer ends {answer.length:,} bytes too early")
    if monotonic() > ends:
        raise Unreached(f"{_shown(parts)}: the answer takes longer than {PATIENCE} times its timeout")
    return bytes(found)


def _unpacked(body: bytes, said: Mapping[str, str], manners: Manners, parts: SplitResult) -> bytes:
    encoding = said.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise Unreached(f"{_shown(parts)}: answers in {encoding[:40]}, which was not asked for")
    try:
        unpacking = zlib.decompressobj(wbits=31)
        found = unpacking.decompress(body, manners.largest_bytes + 1)
    except zlib.error as error:
        raise Unreached(f"{_shown(parts)}: the answer is no gzip data: {error}") from error
    if len(found) > manners.largest_bytes:
        raise Unreached(f"{_shown(parts)}: answers more than {manners.largest_bytes:,} bytes; ask for smaller pages, or set `largest:`")
    if not unpacking.eof:
        raise Unreached(f"{_shown(parts)}: the answer ends in the middle of its gzip data")
    return found


def _connected(host: str, port: int, scheme: str, manners: Manners) -> socket.socket:
    """A connection to an address that was checked."""
    address = _checked(host, port, manners.allow_private)
    connection = socket.create_connection((address, port), timeout=manners.timeout)
    if scheme == "http":
        return connection
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def _checked(host: str, port: int, allowed: Collection[str]) -> str:
    """The first address of the host; a private one only where `host:port` is listed."""
    found = [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    written = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if written.lower() in {each.lower() for each in allowed}:
        return found[0]
    public = [address for address in found if is_public(address)]
    if not public or len(public) < len(found):
        remedy = f'Add allow_private: ["{written}"] to opportune.yml if it is yours.'
        raise Unreached(f"{written} lies on a private network, which nobody allowed\n  {remedy}")
    return public[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where it stands inside another."""
    found = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _after(said: str | None, now: Instant) -> float | None:
    """Retry-After, in seconds or as a date."""
    if said is None:
        return None
    if said.strip().isdigit() and len(said) < 12:
        return min(float(said), LONGEST_WAIT)
    try:
        seconds = (instant_of(parsedate_to_datetime(said)) - now) / 1_000_000
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS.get(parts.scheme, 0)


def _shown(parts: SplitResult) -> str:
    """Without what a query may hold."""
    return f"{parts.scheme}://{parts.netloc.rsplit('@', 1)[-1]}{parts.path}"
