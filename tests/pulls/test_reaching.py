"""Which places a request may reach."""

import gzip
import socket
import threading
import time
from contextlib import suppress

import pytest
from tests.pulls.serving import Said, site
from tests.pulls.shop import NOW

from opportune.adapters.sources.reaching import Manners, Unreached, fetched, is_public


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "fc00::1",
     "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "fe80::1%eth0", "::"],
)  # fmt: skip
def test_a_private_address_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_private_place_is_reached_only_where_host_and_port_are_listed() -> None:
    with site(lambda _: Said([1])) as web:
        for allowed in ((), (f"localhost:{web.port}",), (f"127.0.0.1:{web.port + 1}",)):
            with pytest.raises(Unreached, match="lies on a private network"):
                fetched(web.url, {}, Manners(timeout=5, largest_bytes=100, allow_private=allowed), NOW)
        assert not web.asked
        allowed = (f"LOCALHOST:{web.port}",)
        assert (
            fetched(f"http://localhost:{web.port}/", {}, Manners(timeout=5, largest_bytes=100, allow_private=allowed), NOW).body == b"[1]"
        )


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    with site(lambda _: Said(bomb, headers={"Content-Encoding": "gzip"})) as web:
        manners = Manners(timeout=5, largest_bytes=100_000, allow_private=(web.place,))
        with pytest.raises(Unreached, match="more than 100,000 bytes"):
            fetched(web.url, {}, manners, NOW)


@pytest.mark.parametrize("said, after", [("120", 120), ("Tue, 10 Mar 2026 12:01:00 GMT", 60), ("yesterday", None), ("9" * 11, 86_400)])
def test_how_long_to_wait_is_said_in_seconds_or_as_a_date(said: str, after: float | None) -> None:
    with site(lambda _: Said(status=429, headers={"Retry-After": said})) as web, pytest.raises(Unreached) as fault:
        fetched(web.url, {}, Manners(timeout=5, largest_bytes=100, allow_private=(web.place,)), NOW)
    assert fault.value.after == after


def test_nobody_who_answers_is_a_fault_with_the_place() -> None:
    with site(lambda _: Said()) as web:
        pass
    with pytest.raises(Unreached, match=web.place):
        fetched(web.url, {}, Manners(timeout=1, largest_bytes=100, allow_private=(web.place,)), NOW)


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    broken = Said(b"[1]", headers={"Content-Length": "9", "Connection": "close"})
    with site(lambda _: broken) as web, pytest.raises(Unreached, match="ends 6 bytes too early"):
        fetched(web.url, {}, Manners(timeout=5, largest_bytes=100, allow_private=(web.place,)), NOW)


def test_who_says_a_byte_now_and_then_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    connection.sendall(b"X-Slow: 1\r\n"[:1])
                    time.sleep(0.02)

        threading.Thread(target=drip, daemon=True).start()
        place = f"127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(Unreached):
            fetched(f"http://{place}/", {}, Manners(timeout=0.1, largest_bytes=100, allow_private=(place,)), NOW)
        assert time.monotonic() - began < 10
