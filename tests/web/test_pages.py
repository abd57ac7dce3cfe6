"""Every page: who may see it, what it must not do, and what it says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.shop import MINUTE, NASTY, Site, busy_mailbox, figures, message, nothing, put, summary, token_in

from opportune.adapters.engines.engine import Engine, EngineFault
from opportune.adapters.stores.mailbox import Filter
from opportune.shell.overview import Overview, SegmentSize
from opportune.shell.workspace import Workspace
from opportune.web.site import is_own_host

OPEN_TO_ALL = {"sign-in", "sign-in-link", "file"}


def addresses(site: Site) -> Iterator[tuple[str, str]]:
    """(name, path) of every URL pattern there is, with something in the place of its parameters."""
    from opportune.web.urls import urlpatterns

    (newest,) = site.desk.mailbox.page(Filter(status="handed_over"), offset=0, limit=1)
    values = {"message_id": newest.message.id, "token": "x", "stamp": "x", "name": "style.css"}
    for pattern in urlpatterns:
        yield str(pattern.name), "/" + re.sub(r"<str:(\w+)>", lambda found: values[found[1]], str(pattern.pattern))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("busy"))
    busy_mailbox(site)
    yield site
    site.close()


def state_of(site: Site) -> dict[str, str]:
    """Both databases, as text."""
    import sqlite3

    found = {}
    for name in ("web.sqlite", "state.sqlite"):
        connection = sqlite3.connect(site.workspace.data / name)
        found[name] = "\n".join(connection.iterdump())
        connection.close()
    return found


def test_every_page_but_those_of_signing_in_asks_who_is_there(busy: Site) -> None:
    seen = dict(addresses(busy))
    assert len(seen) >= 9 and seen.keys() >= OPEN_TO_ALL
    with busy.browser() as stranger:
        for name, path in seen.items():
            for method in ("GET", "HEAD", "POST"):
                answer = stranger.request(method, path)
                if name in OPEN_TO_ALL:
                    assert answer.headers.get("location") is None
                else:
                    assert answer.status_code in (302, 403), (method, path)
                    assert answer.status_code == 403 or answer.headers["location"].startswith("/sign-in?next=")


def test_looking_changes_nothing(busy: Site) -> None:
    with busy.signed_in() as browser:
        before = state_of(busy)
        for _, path in addresses(busy):
            browser.get(path)
            browser.head(path)
        assert state_of(busy) == before


def test_a_post_without_the_token_of_its_form_does_nothing(busy: Site) -> None:
    with busy.signed_in() as browser:
        before = state_of(busy)
        for path in ("/sign-in", busy_link(busy), "/sign-out", "/password"):
            answer = browser.post(path, data={"email": "x", "password": "y"}, headers={"origin": "https://evil.example"})
            assert answer.status_code == 403, path
        assert browser.get("/").status_code == 200
        assert state_of(busy)["state.sqlite"] == before["state.sqlite"]


def busy_link(site: Site) -> str:
    return site.link("other@example.com")


def test_every_answer_forbids_foreign_and_inline_scripts_frames_and_caches(busy: Site) -> None:
    with busy.signed_in() as browser:
        for name, path in (*addresses(busy), ("nowhere", "/nowhere")):
            headers = browser.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy and "script-src 'unsafe" not in policy and "'unsafe-eval'" not in policy
            assert "frame-ancestors 'self'" in policy if name == "mail" else "frame-ancestors 'none'" in policy
            assert headers["x-frame-options"] == ("SAMEORIGIN" if name == "mail" else "DENY")
            assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
            assert headers["cache-control"] == "no-store"


def test_no_page_holds_an_inline_script_style_or_foreign_address(busy: Site) -> None:
    with busy.signed_in() as browser:
        for name, path in addresses(busy):
            if name in ("mail", "file"):
                continue
            html = browser.get(path).text
            assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html), path
            assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", html), path


def test_a_style_sheet_may_be_kept_under_the_address_the_page_gives(busy: Site) -> None:
    with busy.browser() as browser:
        address = re.search(r'href="(/static/[^"]+\.css)"', browser.get("/sign-in").text)
        assert address is not None
        answer = browser.get(address[1])
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert browser.get("/static/x/..%2Fsite.py").status_code == 404


def test_the_overview_shows_its_figures(busy: Site) -> None:
    with busy.signed_in() as browser:
        html = browser.get("/").text
    earned = figures(busy.workspace).incremental_revenue
    assert earned is not None
    for shown in (
        "24,318",
        "8,846",
        f"+${earned.estimate:,.0f}",
        "May be sent mail",
        "62.5 %",
        "cart-abandonment",
        "held out",
        "1,204",
        "only_if was false",
    ):
        assert shown in html, shown


def test_a_shop_on_its_first_day_is_told_what_to_do(site: Site) -> None:
    with site.showing(nothing), site.signed_in() as browser:
        html = browser.get("/").text
        assert "opportune import FILE" in html and "opportune keys add shop" in html and "opportune apply" in html
        assert "No message has been decided yet" in browser.get("/mailbox").text


def test_markup_in_names_stays_text(tmp_path: Path) -> None:
    def nasty(workspace: Workspace, engine: Engine) -> Overview:
        from dataclasses import replace

        journey = summary(NASTY, people=100, rate=0.5, held_rate=0.1, mails=3, clicked=1, held={NASTY: 2})
        return replace(
            figures(workspace), journeys=[journey], segments=[SegmentSize(NASTY, NASTY, 3)], turned={(NASTY, NASTY): 1}, statuses={NASTY: 1}
        )

    site = Site(tmp_path)
    put(site, message(1, journey=NASTY, step=NASTY, customer=NASTY), status="handed_over", subject=NASTY, reason=NASTY)
    put(site, message(2, journey=NASTY, step=NASTY, customer='"><img src=x onerror=alert(1)>', status="held", reason=NASTY))
    with site.showing(nasty), site.signed_in() as browser:
        pages = ["/", "/mailbox", f"/mailbox?customer={NASTY}&journey={NASTY}&status={NASTY}&page={NASTY}"]
        pages += [f"/mailbox/{message(n, step=NASTY).id}" for n in (1, 2)]
        for page in pages:
            answer = browser.get(page)
            assert answer.status_code == 200, page
            assert NASTY not in answer.text and "<img src=x" not in answer.text, page
        assert "&lt;script&gt;" in browser.get(pages[3]).text
    site.close()


def test_the_mailbox_is_filtered_by_journey_status_and_customer(busy: Site) -> None:
    def rows(path: str) -> list[str]:
        return re.findall(r'<td class="who">([^<]+)</td>', browser.get(path).text)

    with busy.signed_in() as browser:
        assert len(rows("/mailbox")) == 50
        assert rows("/mailbox")[0] == "customer-1000"
        assert len(rows("/mailbox?page=3")) == 20
        assert "1 to 50 of 120" in browser.get("/mailbox").text and "page=2" in browser.get("/mailbox").text
        assert rows("/mailbox?status=failed") == ["customer-1407", "customer-3109"]
        assert rows("/mailbox?customer=customer-1407") == ["customer-1407"]
        assert rows("/mailbox?customer=customer-1407@example.com") == ["customer-1407"]
        assert rows("/mailbox?customer=%25") == []
        found = browser.get("/mailbox?journey=post-purchase&status=held").text
        assert "post-purchase" in found and "cart-abandonment <span" not in found


def test_a_sent_message_shows_its_mail_its_text_and_its_reasons(busy: Site) -> None:
    sent = message(1, journey="post-purchase", step="goes-with-it")
    with busy.signed_in() as browser:
        html = browser.get(f"/mailbox/{sent.id}").text
    assert f'<iframe src="/mailbox/{sent.id}/mail" sandbox title=' in html
    for shown in (
        "Why it was sent",
        "entered the journey “post-purchase”",
        "below the cap",
        "handed over (250 ok)",
        "Text part",
        "Still thinking it over?",
    ):
        assert shown in html, shown


def test_a_held_message_shows_why_not(busy: Site) -> None:
    held = message(4, step="cart-reminder")
    with busy.signed_in() as browser:
        html = browser.get(f"/mailbox/{held.id}").text
        assert "Why it was not sent" in html and "not sent: capped" in html and "The weekly cap was reached" in html
        assert browser.get(f"/mailbox/{held.id}/mail").status_code == 404


def test_figures_are_worked_out_once_for_reloads_that_come_quickly(site: Site) -> None:
    asked = []

    def counted(workspace: Workspace, engine: Engine) -> Overview:
        asked.append(workspace)
        return nothing(workspace, engine)

    with site.showing(counted), site.signed_in() as browser:
        for _ in range(5):
            assert browser.get("/").status_code == 200
    assert len(asked) == 1


def test_an_engine_that_is_busy_is_told_plainly_and_asked_again(site: Site) -> None:
    def busy(_: Workspace, __: Engine) -> Overview:
        raise EngineFault("the file is locked\nby somebody")

    with site.showing(busy), site.browser() as browser:
        link = site.link()
        browser.post(link, data={"csrfmiddlewaretoken": token_in(browser.get(link).text)})
        answer = browser.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "the file is locked" in answer.text and "by somebody" not in answer.text


def test_freshness_says_when_decisions_have_stopped(busy: Site) -> None:
    with busy.signed_in() as browser:
        assert "Live · decided" in browser.get("/").text
        busy.now = type(busy.now)(busy.now + 5 * MINUTE)
        try:
            assert "Last decided 5 min ago" in re.sub(r"\s+", " ", browser.get("/").text)
        finally:
            busy.now = type(busy.now)(busy.now - 5 * MINUTE)


@pytest.mark.parametrize("host", ["shop.example", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "192.168.1.7", "box"])
def test_our_own_names_and_literal_addresses_are_answered(host: str) -> None:
    assert is_own_host(host, {"shop.example", "localhost", "box"})


@pytest.mark.parametrize("host", ["", "evil.example", "shop.example.evil.example", "localhost.evil.example", "[", "127.0.0.1.evil.example"])
def test_a_foreign_name_that_leads_here_is_refused(host: str) -> None:
    assert not is_own_host(host, {"shop.example", "localhost"})


def test_a_request_under_a_foreign_name_is_not_answered(busy: Site) -> None:
    with busy.browser(host="http://evil.example") as browser:
        assert browser.get("/sign-in").status_code == 400
