"""Consent as visitors meet it, against `serve`: what is withheld, the second yes, and a click on a mail that says who came."""

import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.live.serving import done, post_office, serving, state, until, write
from tests.live.test_story import CART, PERSON, Shop, link_in

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(180)]

SETTINGS = """
shop: {{name: Lamp & Rug, currency: EUR, url: "https://shop.example", address: 1 Main Street, timezone: UTC, country: {country}}}
sender: {{from: Lamp & Rug <hello@shop.example>}}
smtp: {{host: 127.0.0.1, port: {port}, tls: none}}
serve: {{tick: 250ms}}
settings: {{}}
"""
WELCOME = """
journey: welcome
when: event("Consent Given", purpose == "email")
only_if: consent.email
reentry: never
holdout: 0%
goal: {reached: 'did("Order Completed", since=entry)', within: 1h}
steps:
  - send: first
"""
ALLOWED = {"consent": {"categoryPreferences": {"tracking": True}}}


def project(folder: Path, port: int, country: str) -> Path:
    """A shop with the pack's double opt-in, a welcome and a reminder of carts."""
    pack = files("opportune.starter") / "files"
    names = ("_letter", "confirm-address")
    regards = {"templates/_regards.mjml": "<mj-text>Lamp &amp; Rug</mj-text>", "templates/_regards.txt": "Lamp & Rug"}
    pieces = regards | {
        f"templates/{name}.{kind}": (pack / f"templates/{name}.{kind}").read_text() for name in names for kind in ("mjml", "txt")
    }
    asking = (pack / "journeys/double-opt-in.yml").read_text()
    texts = {"opportune.yml": SETTINGS.format(port=port, country=country), "welcome.yml": WELCOME, "cart.yml": CART, "asking.yml": asking}
    return write(folder, {**texts, **pieces}, ("first", "second"))


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop in the country that the test names."""
    with post_office(tmp_path / "office") as office:
        folder = project(tmp_path / "project", office.port, request.param)
        key = done("keys", "add", "web", "--browser", project=folder).splitlines()[-1]
        with serving(folder) as serve:
            yield Shop(folder, serve, office, key)


def sends(shop: Shop, *calls: dict[str, Any]) -> None:
    """What a page's script sends, acknowledged."""
    answer = httpx.post(f"{shop.serve.address}/v1/batch", json={"batch": list(calls), "writeKey": shop.key}, headers=PERSON)
    assert answer.status_code == 200, answer.text


def body_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def everything_in(folder: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("shop", ["DE"], indirect=True)
def test_a_form_becomes_a_mail_that_only_its_button_confirms_and_nothing_withheld_is_on_disk(shop: Shop) -> None:
    visitor = {"anonymousId": "device-1"}
    form = {
        "purpose": "email",
        "method": "form",
        "wording": "Yes, write to me",
        "wording_version": "7",
        "page": "https://shop.example/news",
    }
    sends(
        shop,
        {**visitor, "type": "page", "properties": {"path": "/withheld-page-7f3a"}},
        {**visitor, "type": "track", "event": "Withheld Event 7f3a", "properties": {"note": "withheld-note-7f3a"}},
        {**visitor, "type": "identify", "traits": {"email": "ada@example.com", "diet": "withheld-trait-7f3a"}},
        {**visitor, "type": "track", "event": "Consent Given", "properties": form},
    )
    mail = shop.mail_to("ada@example.com")
    assert mail["Subject"] == "Please confirm your address"
    page = body_of(mail)
    assert not re.search("/[oc]/", page), "no pixel, no tracked link"
    assert mail["List-Unsubscribe"] is None
    (link,) = set(re.findall(r'href="([^"]+/d/[^"]+)"', page))

    shown = httpx.get(link, headers=PERSON)
    assert "Yes, write to me" in shown.text
    httpx.head(link, headers=PERSON), httpx.post(link, headers=PERSON), httpx.post(link, headers={"user-agent": "mail scanner"})
    button = {"button": re.search(r'name="button" value="([^"]+)"', shown.text)[1]}  # type: ignore[index]
    httpx.post(link, data=button, headers={"user-agent": "mail scanner"})
    time.sleep(1)  # a tick or three: nothing confirmed, so nothing may come
    assert len(shop.mails_to("ada@example.com")) == 1
    assert {row[0] for row in state(shop.folder, "SELECT journey FROM enrolments")} == {"double-opt-in"}

    assert "Thank you" in httpx.post(link, data=button, headers=PERSON).text
    assert "Thank you" in httpx.post(link, data=button, headers=PERSON).text
    assert shop.mail_to("ada@example.com", 2)["Subject"].strip() == "first for"
    said = done("explain", "device-1", "consent", project=shop.folder)
    for part in ("email: given", "double_opt_in", "Yes, write to me", "https://shop.example/news", "version 7"):
        assert part in said, said

    shop.serve.stop()
    assert state(shop.folder, "SELECT source, reason, sum(count) FROM ledger WHERE kind = 'withheld' GROUP BY 1, 2") == [
        ("web", "tracking", 2)
    ]
    assert b"7f3a" not in everything_in(shop.folder / ".opportune"), "what may not be stored is nowhere"


@pytest.mark.parametrize("shop", ["US"], indirect=True)
def test_a_click_on_a_mail_makes_the_visitor_known(shop: Shop) -> None:
    server = done("keys", "add", "shop", project=shop.folder).splitlines()[-1]
    known = Shop(shop.folder, shop.serve, shop.office, server)
    known.leaves_a_cart("ann")
    mail = shop.mail_to("ann@example.com", 2)
    arrived = time.monotonic()
    until("a person would have read it", lambda: time.monotonic() - arrived > 3.2)
    landing = httpx.get(link_in(mail), headers=PERSON, follow_redirects=False).headers["location"]
    (token,) = parse_qs(urlsplit(landing).query)["opp_c"]
    visitor = {"anonymousId": "device-9"}
    refused = {"click": token, "consent": {"categoryPreferences": {"tracking": False}}}
    sends(shop, {"anonymousId": "device-8", "type": "identify", "context": refused})
    sends(
        shop,
        {"anonymousId": "device-7", "type": "identify", "context": {**ALLOWED, "click": token[:-2] + "AA"}},
        {**visitor, "type": "identify", "context": {**ALLOWED, "click": token}},
        *(
            {"anonymousId": f"device-{n}", "type": "track", "event": "Product Added", "properties": {"product_id": f"p{n}"}}
            for n in (7, 8, 9)
        ),
    )
    until("her cart is reminded of", lambda: shop.mails_to("ann@example.com")[2:])
    assert "about p9" in body_of(shop.mails_to("ann@example.com")[-1])
    assert "device-9 belongs to ann" in done("explain", "device-9", project=shop.folder)
    for stranger in ("device-7", "device-8"):
        assert "belongs to" not in done("explain", stranger, project=shop.folder)
