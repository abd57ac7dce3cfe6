"""A real browser in front of the pages, which a thread serves on a free port of loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from playwright.sync_api import Browser, Page, sync_playwright

from opportune.web.site import Application

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars",
]  # fmt: skip


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def served(pages: Application) -> Iterator[str]:
    """Its address."""
    with make_server("127.0.0.1", 0, pages, server_class=_Threads, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def started(chromium: str) -> Iterator[Browser]:
    """A browser with nothing in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def looking(
    browser: Browser, address: str, *, width: int = 1280, height: int = 900, scheme: Any = "light", expected: tuple[str, ...] = ()
) -> Iterator[Page]:
    """A window; whatever goes wrong in it fails the test, save what holds one of the words `expected`."""
    with browser.new_context(base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        yield page
        unexpected = [each for each in wrong if not any(word in each for word in expected)]
        assert not unexpected, unexpected


def sign_in(page: Page, link: str) -> None:
    """By a link that works once."""
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
