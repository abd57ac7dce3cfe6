"""Who gets in, and who does not."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone
from tests.web.shop import Site, token_in

from opportune.web.guessing import PER_PAIR

PASSWORD = "a lamp is not a rug"


def post(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """As a browser does that has seen the form."""
    seen = browser.get(path.split("?", maxsplit=1)[0])
    return browser.post(path, data={"csrfmiddlewaretoken": token_in(seen.text), **fields})


def is_in(browser: httpx.Client) -> bool:
    return browser.get("/").status_code == 200


def with_password(site: Site, email: str) -> None:
    with site.browser() as browser:
        post(browser, site.link(email))
        assert post(browser, "/password", new_password1=PASSWORD, new_password2=PASSWORD).status_code == 302


def test_a_link_signs_in_once(site: Site) -> None:
    link = site.link()
    with site.browser() as first, site.browser() as second:
        seen = second.get(link)
        assert post(first, link).headers["location"] == "/"
        assert is_in(first)
        again = second.post(link, data={"csrfmiddlewaretoken": token_in(seen.text)})
        assert again.status_code == 410 and "does not work any more" in again.text
        assert not is_in(second)


def test_opening_a_link_does_not_use_it_up_so_that_a_mail_scanner_does_no_harm(site: Site) -> None:
    link = site.link()
    with site.browser() as scanner:
        for _ in range(3):
            assert scanner.get(link).status_code == 200
            assert scanner.head(link).status_code == 200
        assert not is_in(scanner)
    with site.browser() as browser:
        post(browser, link)
        assert is_in(browser)


def test_a_link_is_too_old_after_an_hour(site: Site) -> None:
    from opportune.web.models import Invitation

    link = site.link()
    assert timedelta(minutes=59) < Invitation.objects.latest("id").expires_at - timezone.now() <= timedelta(hours=1)
    Invitation.objects.update(expires_at=timezone.now())
    with site.browser() as browser:
        assert browser.get(link).status_code == 410


def test_a_new_link_ends_the_one_before_it(site: Site) -> None:
    first = site.link()
    site.link()
    with site.browser() as browser:
        assert browser.get(first).status_code == 410


def test_only_the_hash_of_a_link_is_kept(site: Site) -> None:
    token = site.link().rpartition("/")[2]
    with sqlite3.connect(site.workspace.data / "web.sqlite") as database:
        kept = "".join(database.iterdump())
    assert "invitations" in kept and token not in kept


@pytest.mark.parametrize("token", ["x", "%00", "é" * 40, "a" * 5_000])
def test_a_made_up_link_is_as_good_as_an_old_one(site: Site, token: str) -> None:
    with site.browser() as browser:
        assert browser.get(f"/sign-in/{token}").status_code == 410


def test_a_password_set_after_a_link_signs_in_from_then_on(site: Site) -> None:
    with_password(site, "bea@example.com")
    with site.browser() as browser:
        assert post(browser, "/sign-in", email="Bea@Example.com ", password=PASSWORD).headers["location"] == "/"
        assert is_in(browser)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(site: Site) -> None:
    with_password(site, "cid@example.com")
    answers = []
    for email in ("cid@example.com", "nobody@example.com"):
        with site.browser() as browser:
            answer = post(browser, "/sign-in", email=email, password="wrong wrong wrong")
            answers.append((answer.status_code, answer.text.replace(email, "").replace(token_in(answer.text), "")))
    assert answers[0] == answers[1] and answers[0][0] == 403


def test_guessing_is_stopped_and_the_right_password_does_not_help_then(site: Site) -> None:
    with_password(site, "dee@example.com")
    with site.browser() as browser:
        for _ in range(PER_PAIR):
            assert post(browser, "/sign-in", email="dee@example.com", password="guess").status_code == 403
        assert post(browser, "/sign-in", email="dee@example.com", password=PASSWORD).status_code == 429


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(site: Site, following: str) -> None:
    with_password(site, "eve@example.com")
    with site.browser() as browser:
        answer = post(browser, "/sign-in", email="eve@example.com", password=PASSWORD, next=following)
    assert (answer.status_code, answer.headers["location"]) == (302, "/")


def test_signing_in_leads_back_to_the_page_that_was_asked_for(site: Site) -> None:
    with_password(site, "fay@example.com")
    with site.browser() as browser:
        asked = browser.get("/mailbox?status=held")
        assert asked.headers["location"] == "/sign-in?next=/mailbox%3Fstatus%3Dheld"
        answer = post(browser, "/sign-in", email="fay@example.com", password=PASSWORD, next="/mailbox?status=held")
    assert answer.headers["location"] == "/mailbox?status=held"


def test_who_has_a_password_has_to_say_it_to_change_it(site: Site) -> None:
    with_password(site, "gil@example.com")
    with site.browser() as browser:
        post(browser, "/sign-in", email="gil@example.com", password=PASSWORD)
        refused = post(browser, "/password", old_password="not it", new_password1="b" + PASSWORD, new_password2="b" + PASSWORD)
        assert refused.status_code == 422 and "incorrect" in refused.text


def test_a_short_password_is_refused_with_its_reason(site: Site) -> None:
    with site.browser() as browser:
        post(browser, site.link("hal@example.com"))
        refused = post(browser, "/password", new_password1="short", new_password2="short")
    assert refused.status_code == 422 and "at least 12 characters" in refused.text


def test_signing_out_ends_the_session_and_only_a_post_does_it(site: Site) -> None:
    with site.signed_in() as browser:
        assert browser.get("/sign-out").status_code == 405
        assert is_in(browser)
        browser.post("/sign-out", data={"csrfmiddlewaretoken": token_in(browser.get("/").text)})
        assert not is_in(browser)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    with site.browser() as browser:
        answer = post(browser, site.link())
        cookie = next(cookie for cookie in answer.headers.get_list("set-cookie") if "opportune_session" in cookie)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that people reach over TLS."""
    site = Site(tmp_path_factory.mktemp("public"), 'serve: {public_url: "https://mail.shop.example"}\n')
    yield site
    site.close()


def test_over_tls_cookies_are_secure_and_browsers_are_told_to_stay_there(public: Site) -> None:
    link = public.link()
    with public.browser(host="https://mail.shop.example") as browser:
        token = token_in(browser.get(link).text)
        answer = browser.post(link, data={"csrfmiddlewaretoken": token}, headers={"origin": "https://mail.shop.example"})
        assert answer.status_code == 302
        assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
        assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_a_proxy_may_end_tls_before_us(public: Site) -> None:
    link = public.link()
    with public.browser(host="http://mail.shop.example") as browser:
        seen = browser.get(link)
        cookie = seen.headers["set-cookie"].split(";")[0]
        form = {"csrfmiddlewaretoken": token_in(seen.text)}
        foreign = browser.post(link, data=form, headers={"origin": "https://evil.example", "cookie": cookie})
        assert foreign.status_code == 403
        answer = browser.post(link, data=form, headers={"origin": "https://mail.shop.example", "cookie": cookie})
        assert answer.status_code == 302
