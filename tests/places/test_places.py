"""Where addresses are: by the bundled table, and by any table in MaxMind's format. What is private or unknown is nowhere."""

from pathlib import Path
from time import perf_counter

import pytest

from opportune.adapters.places import BUNDLED, Place, PlacesFault, bundled, place_of, places

LARGEST_BYTES = 2 * 2**20


@pytest.mark.parametrize(
    "address, country",
    [
        ("8.8.8.8", "US"),
        ("193.99.144.80", "DE"),
        ("80.67.169.12", "FR"),
        ("194.168.4.100", "GB"),
        ("2003:e0::1", "DE"),
        ("2a02:2e0:3fe:1001:302::1", "DE"),
        ("::ffff:193.99.144.80", "DE"),
    ],
)
def test_an_address_is_in_its_country(address: str, country: str) -> None:
    assert bundled().of(address) == Place(country, None, bundled().source)


@pytest.mark.parametrize(
    "address",
    (
        "127.0.0.1 ::1 10.1.2.3 192.168.0.1 172.16.9.9 169.254.1.1 fe80::1 "
        "fc00::1 ::ffff:10.0.0.1 0.0.0.0 255.255.255.255 "
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 224.0.0.1 ff02::1 2001:db8::1 203.0.113.7 100.64.0.1"
    ).split(),
)
def test_what_is_private_reserved_or_an_example_is_nowhere(address: str) -> None:
    assert bundled().of(address) is None


@pytest.mark.parametrize(
    "said", ["", "unknown", "8.8.8", "8.8.8.8.8", "08.8.8.8", "1.2.3.4:80", "fe80::1%eth0", "\0", "\ud800", "::g", "é:1"]
)
def test_what_is_no_address_is_nowhere(said: str) -> None:
    assert bundled().of(said) is None


def test_the_bundled_table_is_small_and_says_what_it_is() -> None:
    assert BUNDLED.stat().st_size < LARGEST_BYTES
    assert bundled().source.startswith("IPtoASN and NRO 20")
    assert places() is bundled()


def test_a_look_up_takes_less_than_5_microseconds() -> None:
    table, addresses = bundled(), ["8.8.8.8", "2003:e0::1", "10.0.0.1", "193.99.144.80"]
    took = min(_seconds(table.of, addresses) for _ in range(5))
    assert took < 5e-6


def _seconds(of: object, addresses: list[str]) -> float:
    started = perf_counter()
    for _ in range(1000):
        for address in addresses:
            of(address)  # type: ignore[operator]
    return (perf_counter() - started) / 1000 / len(addresses)


@pytest.mark.parametrize(
    "told, place",
    [
        ({"country": {"iso_code": "DE"}, "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}]}, ("DE", "BE")),
        ({"country": {"iso_code": "DE"}, "subdivisions": [{"names": {"en": "Berlin"}}]}, ("DE", "Berlin")),
        ({"country": {"iso_code": "DE"}}, ("DE", None)),
        ({"country_code": "de", "state1": "Berlin"}, ("DE", "Berlin")),
        ({"country": "Germany", "country_code": "DE"}, ("DE", None)),
        ({"continent": {"code": "EU"}}, None),
        ({"country": {"iso_code": ""}}, None),
        ({"country_code": 7, "subdivisions": "no"}, None),
    ],
)
def test_every_layout_in_use_is_read(told: dict[str, object], place: tuple[str, str | None] | None) -> None:
    found = place_of(told, "a table")
    assert (None if found is None else (found.country, found.region)) == place


def test_a_table_that_cannot_be_read_says_which(tmp_path: Path) -> None:
    with pytest.raises(PlacesFault, match=r"gone\.mmdb cannot be read"):
        places(tmp_path / "gone.mmdb")
    (tmp_path / "text.mmdb").write_text("not a table")
    with pytest.raises(PlacesFault, match="cannot be read"):
        places(tmp_path / "text.mmdb")
