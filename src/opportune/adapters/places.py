"""Which country an internet address is in, by a table that lies here: nobody is asked, and no address leaves the machine.

Gives    Place, or None for an address that is private, unknown, or that two public tables disagree on
Cost     under 2 µs an address; 8 MB for the bundled table
Held to  tests/places/test_places.py
Source   places.table, which scripts/places.py makes: IPtoASN (iptoasn.com, PDDL 1.0), and the delegations and geofeeds of NRO
         (nro.net, CC BY 4.0) to doubt it by. Better ones name regions too: MaxMind DB File Format 2.0, as GeoLite2 and DB-IP have
"""

import json
import lzma
import sys
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Protocol

import maxminddb

BUNDLED = Path(__file__).with_name("places.table")
_MAPPED = bytes(10) + b"\xff\xff"
"""Begins an IPv6 address that says an IPv4 one: RFC 4291, section 2.5.5.2."""


class PlacesFault(Exception):
    """The table that was named cannot be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is, as far as the table knows."""

    country: str
    """ISO 3166-1, two letters."""
    region: str | None
    """ISO 3166-2 without its country, such as `BE`; None where the table has no regions."""
    source: str
    """Which table says so."""


class Places(Protocol):
    """Where addresses are."""

    def of(self, address: str) -> Place | None:
        """None for what is no address, or one that the table does not know."""
        ...


def places(table: str | Path | None = None) -> Places:
    """The table at a path, else the bundled one, read once a process. Raises PlacesFault."""
    return MaxMind(Path(table)) if table else bundled()


@cache
def bundled() -> "Countries":
    """The table that comes with Opportune."""
    return Countries(BUNDLED)


class Countries:
    """Stretches of addresses: where each begins and which country it is. Of IPv6 the first 64 bits count."""

    def __init__(self, path: Path) -> None:
        head, _, body = lzma.decompress(path.read_bytes()).partition(b"\n")
        told = json.loads(head)
        self.source = str(told["source"])
        known = [Place(country, None, self.source) if country else None for country in told["countries"]]
        self._places: list[Place | None] = known
        self._starts: list[array[int]] = []
        self._which: list[bytes] = []
        for kind, size in zip("IQ", told["sizes"], strict=True):
            starts = array(kind)
            length = size * starts.itemsize
            starts.frombytes(body[:length])
            if sys.byteorder == "big":
                starts.byteswap()
            self._starts.append(starts)
            self._which.append(body[length : length + size])
            body = body[length + size :]

    def of(self, address: str) -> Place | None:
        """See Places."""
        packed = _packed(address)
        if packed is None:
            return None
        table, number = (0, int.from_bytes(packed)) if len(packed) == 4 else (1, int.from_bytes(packed[:8]))
        return self._places[self._which[table][bisect_right(self._starts[table], number) - 1]]


class MaxMind:
    """A table in MaxMind's format: their GeoLite2 and GeoIP2, DB-IP's, IPinfo's and those of ip-location-db."""

    def __init__(self, path: Path) -> None:
        try:
            self._table = maxminddb.open_database(str(path), maxminddb.MODE_AUTO)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise PlacesFault(f"the table of places {path} cannot be read: {error}") from error
        self.source = self._table.metadata().database_type

    def of(self, address: str) -> Place | None:
        """See Places."""
        packed = _packed(address)
        if packed is None or not ip_address(packed).is_global:
            return None
        try:
            told = self._table.get(ip_address(packed))
        except ValueError:  # an IPv6 address in a table of IPv4
            return None
        return place_of(told, self.source) if isinstance(told, Mapping) else None


def place_of(told: Mapping[str, Any], source: str) -> Place | None:
    """A row of a MaxMind table: GeoLite2 and DB-IP nest what they say; IPinfo and ip-location-db do not."""
    country = told.get("country")
    code = country.get("iso_code") if isinstance(country, Mapping) else told.get("country_code")
    if not isinstance(code, str) or len(code) != 2:
        return None
    divisions = told.get("subdivisions")
    first = divisions[0] if isinstance(divisions, list) and divisions and isinstance(divisions[0], Mapping) else {}
    region = first.get("iso_code") or _english(first) or told.get("region_code") or told.get("state1") or told.get("region")
    return Place(code.upper(), region if isinstance(region, str) and region else None, source)


def _english(division: Mapping[str, Any]) -> object:
    """DB-IP's free table has names of regions and no codes."""
    names = division.get("names")
    return names.get("en") if isinstance(names, Mapping) else None


def _packed(address: str) -> bytes | None:
    """4 or 16 bytes; an IPv4 address written as IPv6 is an IPv4 address."""
    try:
        if ":" not in address:
            return inet_pton(AF_INET, address)
        packed = inet_pton(AF_INET6, address)
    except (OSError, ValueError, UnicodeError):
        return None
    return packed[12:] if packed.startswith(_MAPPED) else packed
