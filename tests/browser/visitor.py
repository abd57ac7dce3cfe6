"""What a visitor does in her window, and what is left of it on her device."""

from typing import Any

from playwright.sync_api import Page

SET_HIDDEN = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SCRIPT_IS_THERE = "() => window.opportune && !Array.isArray(window.opportune)"


def look(page: Page, seconds: int, *, every: int = 10) -> None:
    """She looks at the page for so long, moving the mouse now and then; its clock is ours."""
    for second in range(0, seconds, every):
        page.mouse.move(100 + second % 50, 200)
        page.clock.run_for(min(every, seconds - second) * 1000)


def hide(page: Page, hidden: bool = True) -> None:
    """She puts the tab away, or comes back to it."""
    page.evaluate(SET_HIDDEN, hidden)


def ready(page: Page) -> Page:
    """Once the script is there."""
    page.wait_for_function(SCRIPT_IS_THERE)
    return page


def kept(page: Page) -> dict[str, Any]:
    """Everything on the device: cookies by name, what is in the storages."""
    stored = page.evaluate("({...localStorage, ...sessionStorage})")
    return {**{cookie["name"]: cookie["value"] for cookie in page.context.cookies()}, **stored}
