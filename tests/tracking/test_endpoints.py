"""The public end of a mail, asked as mail clients, scanners and strangers ask."""

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from opportune.collector.tracking import Ports, Resolved, TrackingEndpoints
from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.stages.tracking.tokens import Purpose, Token, mint

SECRET = b"s" * 32
NOW = parse_instant("2026-03-01T12:00:00Z")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MAIL = Resolved(
    message_id="m7", customer_id="zoe", is_anonymous=False, address="zoe@example.test", shop="Lumen & <Co>", journey="cart", step="first",
    enrolment="e1", sent_at=Instant(NOW - 3_600_000_000), url="https://lumen.test/lamp?x=1", why=("You left a <lamp> in your cart",),
)  # fmt: skip


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Shop:
    """The rest of the system, as far as the endpoints see it."""

    mail: Resolved = MAIL
    now: Instant = NOW
    asked: list[Token] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    suppressed: list[tuple[str, str]] = field(default_factory=list)
    is_disk_full: bool = False

    def __post_init__(self) -> None:
        self.application = TrackingEndpoints(
            SECRET, Ports(resolve=self.resolve, record=self.record, suppress=self.suppress, now=lambda: self.now)
        )

    async def resolve(self, token: Token) -> Resolved | None:
        self.asked.append(token)
        return self.mail if token.message == 7 else None

    async def record(self, call: dict[str, Any]) -> None:
        if self.is_disk_full:
            raise OSError("no space left on device")
        self.calls.append(call)

    async def suppress(self, address: str, reason: str) -> None:
        self.suppressed.append((address, reason))

    def ask(self, method: str, path: str, *, agent: str = FIREFOX, body: bytes = b"") -> Answer:
        """One request through ASGI, the body in two pieces."""
        pieces = [body[: len(body) // 2], body[len(body) // 2 :]]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": [(b"user-agent", agent.encode())]}
        asyncio.run(self.application(scope, receive, send))
        headers = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, sent[1]["body"].decode("latin-1"))


def path(purpose: Purpose, message: int = 7, link: int = 0) -> str:
    return f"/{purpose.value}/{mint(SECRET, Token(purpose, message, link))}"


CLICK, OPEN, UNSUBSCRIBE, WHY = path(Purpose.CLICK, link=2), path(Purpose.OPEN), path(Purpose.UNSUBSCRIBE), path(Purpose.WHY)


def test_a_click_leads_to_the_stored_url_and_is_recorded_with_all_that_reports_need():
    shop = Shop()
    answer = shop.ask("GET", CLICK)
    assert (answer.status, answer.headers["location"]) == (302, "https://lumen.test/lamp?x=1")
    (call,) = shop.calls
    assert re.fullmatch("[0-9a-f]{32}", call.pop("messageId"))
    assert call == {
        "type": "track",
        "userId": "zoe",
        "event": "Email Link Clicked",
        "timestamp": "2026-03-01T12:00:00Z",
        "properties": {
            "message_id": "m7",
            "journey": "cart",
            "step": "first",
            "enrolment": "e1",
            "url": "https://lumen.test/lamp?x=1",
            "link": 2,
            "agent": "human",
        },
    }


def test_every_click_is_an_event_of_its_own():
    shop = Shop()
    shop.ask("GET", CLICK), shop.ask("GET", CLICK)
    assert len({call["messageId"] for call in shop.calls}) == 2


def test_head_is_answered_without_a_body_and_never_counts_as_a_person():
    shop = Shop()
    answer = shop.ask("HEAD", CLICK)
    assert (answer.status, answer.body) == (302, "")
    assert shop.calls[0]["properties"]["agent"] == "machine"


def test_a_scanner_that_follows_every_link_is_found_out_at_the_third():
    shop = Shop()
    for link in (1, 2, 3):
        shop.ask("GET", path(Purpose.CLICK, link=link))
    assert [call["properties"]["agent"] for call in shop.calls] == ["human", "human", "machine"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "//evil.test", "https://a.test/\r\nSet-Cookie: x=1"])
def test_a_stored_url_that_is_not_for_the_web_is_not_followed(url):
    shop = Shop(mail=replace(MAIL, url=url))
    answer = shop.ask("GET", CLICK)
    assert (answer.status, "location" in answer.headers, shop.calls) == (404, False, [])


def test_an_open_is_one_pixel_and_one_event():
    shop = Shop()
    answer = shop.ask("GET", OPEN)
    assert (answer.status, answer.headers["content-type"], answer.body[:6]) == (200, "image/gif", "GIF89a")
    assert (shop.calls[0]["event"], shop.calls[0]["properties"]["agent"]) == ("Email Opened", "human")


def test_once_tracking_was_withdrawn_mails_already_sent_report_nothing():
    shop = Shop(mail=replace(MAIL, may_record=False))
    assert (shop.ask("GET", OPEN).status, shop.ask("GET", CLICK).status, shop.calls) == (200, 302, [])


def test_an_anonymous_customer_is_recorded_under_her_anonymous_id():
    shop = Shop(mail=replace(MAIL, customer_id="anon-1", is_anonymous=True))
    shop.ask("GET", CLICK)
    assert shop.calls[0]["anonymousId"] == "anon-1"
    assert "userId" not in shop.calls[0]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("place", [UNSUBSCRIBE, WHY])
def test_looking_at_a_page_changes_nothing(method, place):
    shop = Shop()
    assert shop.ask(method, place).status == 200
    assert (shop.calls, shop.suppressed) == ([], [])


MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.mark.parametrize(
    "body, method", [(b"List-Unsubscribe=One-Click", "one-click"), (MULTIPART, "one-click"), (b"from=page", "page"), (b"", "page")]
)
@pytest.mark.parametrize("agent", [FIREFOX, "Mozilla/5.0", "SomeScanner bot/1.0", ""])
def test_post_unsubscribes_whoever_asks_and_however_the_form_is_written(body, method, agent):
    shop = Shop()
    answer = shop.ask("POST", UNSUBSCRIBE, body=body, agent=agent)
    assert (answer.status, "location" in answer.headers) == (200, False)
    assert [(call["event"], call["properties"].get("purpose"), call["properties"].get("method")) for call in shop.calls] == [
        ("Unsubscribed", None, None),
        ("Consent Withdrawn", "email", method),
    ]
    assert shop.calls[0]["properties"]["channel"] == "email"
    assert "topic" not in shop.calls[0]["properties"]
    assert shop.suppressed == [("zoe@example.test", "unsubscribed")]


def test_unsubscribing_again_is_the_same_event_until_a_new_consent():
    shop = Shop()
    shop.ask("POST", UNSUBSCRIBE), shop.ask("POST", UNSUBSCRIBE)
    assert len({call["messageId"] for call in shop.calls}) == 2
    shop.mail = replace(MAIL, consented_at=NOW)
    shop.ask("POST", UNSUBSCRIBE)
    assert len({call["messageId"] for call in shop.calls}) == 4


def test_a_very_long_body_is_not_read_to_its_end():
    assert Shop().ask("POST", UNSUBSCRIBE, body=b"x" * 300_000).status == 200


def test_when_the_disk_is_full_the_mail_client_is_told_to_come_back():
    shop = Shop(is_disk_full=True)
    answer = shop.ask("POST", UNSUBSCRIBE)
    assert (answer.status, answer.headers["retry-after"], shop.suppressed) == (503, "5", [])


FORGED = CLICK[:-1] + ("A" if CLICK[-1] != "A" else "B")


@pytest.mark.parametrize(
    "place",
    [
        FORGED,
        path(Purpose.CLICK, 8),
        "/c/" + OPEN[3:],
        "/u/" + CLICK[3:],
        "/c/",
        "/c",
        "/x/abc",
        "/c/abc/def",
        CLICK + "/",
        "/c/" + "A" * 5000,
        "/c/https://evil.test",
        "/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_learns_nothing_and_leaves_nothing(place, method):
    shop = Shop()
    answer = shop.ask(method, place)
    assert answer.status == 404 or (method == "POST" and answer.status == 405)
    assert (shop.calls, shop.suppressed) == ([], [])
    if method == "GET":
        assert answer.body == shop.ask("GET", "/c/nothing").body


def test_a_forged_token_never_reaches_the_database():
    shop = Shop()
    shop.ask("GET", FORGED)
    assert shop.asked == []


def test_other_methods_are_not_allowed():
    assert Shop().ask("POST", CLICK).status == 405
    assert Shop().ask("DELETE", UNSUBSCRIBE).headers["allow"] == "GET, HEAD, POST"


def test_pages_escape_everything_and_show_no_whole_address():
    shop = Shop(mail=replace(MAIL, address="<script>@example.test"))
    for place in (UNSUBSCRIBE, WHY):
        body = shop.ask("GET", place).body
        assert "<script" not in body
        assert "<lamp>" not in body
        assert "Lumen &amp; &lt;Co&gt;" in body
    assert "zoe@example.test" not in Shop().ask("GET", UNSUBSCRIBE).body


def test_the_why_page_leads_to_unsubscribe():
    shop = Shop()
    found = re.search(r'href="\.\.(/u/[^"]+)"', shop.ask("GET", WHY).body)
    assert found is not None
    assert shop.ask("POST", found[1]).status == 200
    assert len(shop.calls) == 2


@pytest.mark.parametrize("place", [OPEN, CLICK, UNSUBSCRIBE, WHY, "/c/nothing"])
def test_every_answer_has_the_security_headers(place):
    headers = Shop().ask("GET", place).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (headers["cache-control"], headers["referrer-policy"], headers["x-content-type-options"]) == (
        "no-store",
        "no-referrer",
        "nosniff",
    )
