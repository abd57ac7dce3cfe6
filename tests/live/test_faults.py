"""When others fail: a mail server that is away, an address that nobody has, a renderer that dies."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests.live.serving import Serve, done, free_port, messages, post_office, rows, serving, settings, state, until, write

from opportune.samples.post_office import PostOffice

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(120)]

HELLO = """
journey: hello
when: event("Checkout Started")
reentry: always
holdout: 0%
steps:
  - send: hello
"""
QUICK = "retry: [1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s]"


class Counter:
    """A shop whose every checkout sends a mail."""

    def __init__(self, folder: Path, smtp_port: int, retry: str = QUICK) -> None:
        said = settings(smtp_port).replace("tls: none", f"tls: none, {retry}")
        self.folder = write(folder, {"opportune.yml": said + "caps: {none: true}\n", "hello.yml": HELLO}, ("hello",))
        self.key = done("keys", "add", "shop", project=self.folder).splitlines()[-1]
        self._calls = 0

    def checkout(self, serve: Serve, address: str) -> None:
        """Somebody at this address starts a checkout."""
        self._calls += 1
        call = {"userId": address, "messageId": f"c{self._calls}"}
        batch = [
            {**call, "messageId": f"i{self._calls}", "type": "identify", "traits": {"email": address, "first_name": "Ann"}},
            {**call, "messageId": f"g{self._calls}", "type": "track", "event": "Consent Given", "properties": {"purpose": "email"}},
            {**call, "type": "track", "event": "Checkout Started", "properties": {"product_id": "lamp"}},
        ]
        answer = httpx.post(f"{serve.address}/v1/batch", auth=(self.key, ""), json={"batch": batch})
        assert answer.status_code == 200, answer.text

    def fates(self) -> list[tuple[str, str, str]]:
        """(address, status, reason) of every message, in the order of their decision."""
        return state(self.folder, "SELECT address, status, reason FROM messages ORDER BY decided_at, id")  # type: ignore[return-value]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def office(tmp_path: Path, port: int) -> Iterator[PostOffice]:
    with post_office(tmp_path / "office", port=port) as office:
        yield office


def recipients(office: PostOffice) -> list[str]:
    """Who got mail, once for each."""
    return sorted(str(mail["Delivered-To"]) for mail in office.messages())


def test_mail_waits_while_the_mail_server_is_away_and_then_goes_out_once(tmp_path: Path, port: int) -> None:
    shop = Counter(tmp_path / "project", port)
    with serving(shop.folder) as serve:
        with post_office(tmp_path / "office", port=port) as office:
            shop.checkout(serve, "ann@example.com")
            until("the first mail has arrived", lambda: recipients(office) == ["ann@example.com"])
        for number in range(10):
            shop.checkout(serve, f"bob{number}@example.com")
        until("each was tried in vain", lambda: attempts(shop) == [1] + [2] * 10 or min(attempts(shop)[1:], default=0) >= 1)
        assert {(status, bool(reason)) for _, status, reason in shop.fates()[1:]} == {("planned", True)}
        with post_office(tmp_path / "office", port=port) as office:
            until("everybody has her mail", lambda: all(status == "handed_over" for _, status, _ in shop.fates()))
            assert recipients(office) == sorted(["ann@example.com", *(f"bob{number}@example.com" for number in range(10))])
        assert serve.stop() == 0


def attempts(shop: Counter) -> list[int]:
    """Of every message, in the order of decision."""
    return [row[0] for row in state(shop.folder, "SELECT attempts FROM messages ORDER BY decided_at, id")]


def test_an_address_that_nobody_has_bounces_once_and_is_never_tried_again(tmp_path: Path, office: PostOffice) -> None:
    shop = Counter(tmp_path / "project", office.port)
    with serving(shop.folder) as serve:
        shop.checkout(serve, "nobody@example.com")
        until("the refusal is known", lambda: [status for _, status, _ in shop.fates()] == ["failed"])
        out = tmp_path / "bounces.csv"
        words = ("moments", "--when", 'event("Email Bounced", kind == "hard")', "--out", out)
        until("the bounce is an event", lambda: done(*words, project=shop.folder) and rows(out))
        shop.checkout(serve, "nobody@example.com")
        until("the second is decided", lambda: len(shop.fates()) == 2)
        first, second = shop.fates()
        assert first[1:] == ("failed", "550 5.1.1 No such user")
        assert second[1:] == ("held", "bad address")
        shop.checkout(serve, "blocked@example.com")
        until("the third is refused", lambda: shop.fates()[-1][1:] == ("failed", "550 5.7.1 Blocked by policy"))
        shop.checkout(serve, "blocked@example.com")
        until("and tried again another time", lambda: [status for _, status, _ in shop.fates()] == ["failed", "held", "failed", "failed"])
    assert office.messages() == []


def test_who_is_refused_for_now_is_tried_again_until_the_pauses_are_used_up(tmp_path: Path, office: PostOffice) -> None:
    shop = Counter(tmp_path / "project", office.port, retry="retry: [300ms, 300ms]")
    with serving(shop.folder) as serve:
        shop.checkout(serve, "greylisted@example.com")
        until("it is given up", lambda: [status for _, status, _ in shop.fates()] == ["failed"])
    assert shop.fates()[0][2] == "gave up: 451 4.7.1 Come back later"
    assert attempts(shop) == [3]


def test_a_connection_that_breaks_after_the_message_leaves_it_unknown_and_is_not_repeated(tmp_path: Path, office: PostOffice) -> None:
    shop = Counter(tmp_path / "project", office.port)
    with serving(shop.folder) as serve:
        shop.checkout(serve, "stored-dropped@example.com")
        until("nobody knows", lambda: [status for _, status, _ in shop.fates()] == ["unknown"])
        shop.checkout(serve, "ann@example.com")
        until("the next one arrives", lambda: "ann@example.com" in recipients(office))
    with serving(shop.folder) as serve:
        shop.checkout(serve, "bob@example.com")
        until("and the one after the restart", lambda: "bob@example.com" in recipients(office))
    assert recipients(office) == ["ann@example.com", "bob@example.com", "stored-dropped@example.com"]


def test_a_renderer_that_was_killed_is_replaced(tmp_path: Path, office: PostOffice) -> None:
    shop = Counter(tmp_path / "project", office.port)
    with serving(shop.folder) as serve:
        for number in range(3):
            (renderer,) = serve.children()
            renderer.kill()
            psutil.wait_procs([renderer], timeout=5)
            shop.checkout(serve, f"ann{number}@example.com")
            until("the mail arrives", lambda wanted=number + 1: len(office.messages()) == wanted)
        assert serve.stop() == 0
        assert "Traceback" not in serve.said()
    assert json.dumps([m["status"] for m in messages(shop.folder)]) == '["handed_over", "handed_over", "handed_over"]'
