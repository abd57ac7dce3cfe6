"""One browser for a file of tests, one stage for a test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.stage import Stage, staged
from tests.web.browsing import started


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "log") as stage:
        yield stage


@pytest.fixture
def visit(browser: Browser, stage: Stage) -> Iterator[Callable[..., Page]]:
    """Opens a new visitor's window on a page of the stage."""
    with ExitStack() as windows:

        def opened(path: str = "/", *, init: str = "", clock: bool = False, expected: str = "\0", **options: Any) -> Page:
            page = windows.enter_context(_window(browser, stage.address, expected, options))
            if init:
                page.add_init_script(init)
            if clock:
                page.clock.install()
            page.goto(path)
            return page

        yield opened


@contextmanager
def _window(browser: Browser, address: str, expected: str, options: dict[str, Any]) -> Iterator[Page]:
    """A window; whatever its page complains of fails the test, save what holds `expected`."""
    with browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, **options) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        yield page
        assert not [each for each in wrong if expected not in each], wrong
