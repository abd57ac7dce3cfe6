"""Sources and their write keys. Keys are kept as hashes; who reads the state learns no key."""

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

LONGEST_KEY = 256
REMEMBERED = 256
"""Headers whose user name is remembered: senders use the same one again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who may send: a shop's server, or pages in browsers, whose key everybody can read."""

    name: str
    is_browser: bool = False
    origins: frozenset[str] = frozenset()
    """Of a browser's key: the pages it may be used on, such as `https://shop.example`; empty: any."""
    calls_per_second: float | None = None
    """How often it may send; None: as often as the settings let every key."""
    burst: int | None = None
    key_hash: str = ""
    """Of the key that was used: each key of a source has a rate of its own."""


Sources = Callable[[str], Source | None]
"""The source of a write key, None when nobody's. Asked once a request, on the event loop: it must not wait."""


def hash_of(key: str) -> str:
    """What is stored of a key. Keys are long and random, so a plain hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def keyring(sources: Mapping[str, Source]) -> Sources:
    """Sources by the hash of their key, each compared in constant time."""

    def source_of(key: str) -> Source | None:
        hashed, found = hash_of(key), None
        for known, source in sources.items():
            if hmac.compare_digest(known, hashed):
                found = source
        return found

    return source_of


class Keys:
    """The keys in force, read anew only when they changed: a key that was revoked is nobody's from the next request on."""

    def __init__(self, read: Callable[[], Mapping[str, Source]], changes: Callable[[], int]) -> None:
        self._read, self._changes = read, changes
        self._seen = -1
        self._sources: Mapping[str, Source] = {}
        self._source_of: Sources = keyring({})

    def __call__(self, key: str) -> Source | None:
        """The source of a write key, None when nobody's."""
        self._refresh()
        return self._source_of(key)

    def origins(self) -> frozenset[str] | None:
        """Every origin some page may send from; None: any, since some browser's key is not bound, or there is none."""
        self._refresh()
        bound = [source.origins for source in self._sources.values() if source.is_browser]
        return frozenset().union(*bound) if bound and all(bound) else None

    def _refresh(self) -> None:
        changes = self._changes()
        if changes != self._seen:
            self._sources = self._read()
            self._source_of, self._seen = keyring(self._sources), changes


def key_in_header(headers: Mapping[bytes, bytes]) -> str | None:
    """The user name of HTTP Basic; empty when the header is there and holds none; None without the header."""
    sent = headers.get(b"authorization")
    return None if sent is None else _user_name(sent)


@lru_cache(maxsize=REMEMBERED)
def _user_name(authorization: bytes) -> str:
    scheme, _, credentials = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return ""
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
    except ValueError:
        return ""
