"""docs/connect.md, lived through: a file, a page in a real browser and a signed webhook become one customer with one timeline."""

import importlib.util
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.docs.pages import ROOT, blocks
from tests.docs.terminal import PATIENCE, address_of, begun, needs, terminal_in, typed
from tests.web.browsing import started

PAGE = "docs/connect.md"


def block(kind: str, name: str) -> str:
    """The block of the page with this name beside its language."""
    return next(each.text for each in blocks(PAGE, kind) if each.word == name)


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


def visit(browser: Browser, key: str, collector: str) -> None:
    """Somebody says yes, looks at a lamp, and signs in."""
    spec = importlib.util.spec_from_file_location("sample_shop", ROOT / "examples" / "sample-shop" / "serve.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.shop(key, collector, 8400) as server, browser.new_context() as context:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        page = context.new_page()
        page.goto("http://127.0.0.1:8400/lamp-arc.html")
        page.wait_for_function("window.opportune && !Array.isArray(window.opportune)")
        page.evaluate("opportune.consent({tracking: true, profiling: true})")
        page.mouse.wheel(0, 400)
        page.goto("http://127.0.0.1:8400/lamps.html")
        page.wait_for_function("window.opportune && !Array.isArray(window.opportune)")
        page.evaluate(block("js", "sign"))
        page.wait_for_timeout(1500)
        page.goto("http://127.0.0.1:8400/privacy.html")
        page.wait_for_timeout(500)
        server.shutdown()


@pytest.mark.browser
@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_newcomer_connects_three_sources_and_sees_one_customer(tmp_path: Path, browser: Browser) -> None:
    terminal = terminal_in(tmp_path)
    needs(terminal, "curl", "openssl")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    typed(block("sh", "init"), tmp_path, terminal)
    assert "6 events stored, 0 were there already, 1 rows set aside" in typed(block("sh", "import"), tmp_path, terminal)
    key = typed(block("sh", "key"), tmp_path, terminal).splitlines()[-1]
    settings = tmp_path / "shop" / "opportune.yml"
    settings.write_text(f"{settings.read_text()}\n{block('yaml', 'sources')}")
    serving = begun(block("sh", "serve").strip(), tmp_path, terminal)
    try:
        assert '{"success": true}' in typed(block("sh", "order"), tmp_path, terminal)
        visit(browser, key, address_of(terminal))
        said = timeline(tmp_path, terminal)
        assert said.startswith("ada@example.org belongs to 7001: ")
        assert [line.count("Order Completed") for line in said.splitlines()].count(1) == 3
        for name in ("Page Viewed", "Product Viewed", "Identity Linked"):
            assert name in said
        assert "lifecycle is" in typed(block("sh", "ask"), tmp_path, terminal)
    finally:
        serving.send_signal(signal.SIGTERM)
        told, _ = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 0, told


def timeline(folder: Path, terminal: dict[str, str]) -> str:
    """What the page's command says, once the visit is there."""
    deadline = time.monotonic() + 60
    while "Product Viewed" not in (said := typed(block("sh", "timeline"), folder, terminal)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return said
