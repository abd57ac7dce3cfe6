"""`make contact-sheet`: every template of the starter pack as a customer sees it, through the real renderer and a real browser.

Gives  docs/images/mails-{360,700}-{light,dark}.webp, and docs/contact-sheet.md with what each mail says in a list of mails
Needs  Chromium, which `make test` sees to; CHROMIUM names another
"""

import base64
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, Route, sync_playwright

from opportune import starter
from opportune.adapters.project.project import read_project
from opportune.language.vocabulary.kinds import Json
from opportune.shell.rendering import Renderer, order
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.specimens import AT, KNOWN, LAMP, THROW
from opportune.stages.content.template import Template
from opportune.stages.content.template_source import read_template

DOCS = Path(__file__).parents[1] / "docs"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHEETS = {360: (7, 262), 700: (5, 380)}
QUALITY = 52
"""Width → mails in a row and pixels each is shown at; and what WebP keeps."""
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 92 92"><rect width="92" height="92" fill="#e8e2d6"/>'
    '<path d="M34 22h24l10 26H24z" fill="#c8793d"/><path d="M44 48h4v22h-4zM34 70h24v4H34z" fill="#4a4640"/></svg>'
)
"""Stands for every picture a mail loads."""
PAGE = """# What the mails look like

Every template of the [starter pack](../src/opportune/starter/files/templates), rendered for a made-up customer of whom everything is known.
`make contact-sheet` takes these pictures anew. How to write one: [templates.md](templates.md).

{pictures}
## What they say in a list of mails

| template | subject | preheader |
| --- | --- | --- |
{rows}
"""


def templates() -> Iterator[Template]:
    """The starter pack's, by name."""
    with TemporaryDirectory() as folder:
        starter.write(Path(folder))
        for source in read_project(Path(folder), with_templates=False).templates.values():
            text = {"text": source.text, "text_place": source.text_place}
            template, problems = read_template(source.name, source.markup, source.place, pieces=source.pieces, **text)
            if template is None:
                raise SystemExit("\n".join(map(str, problems)))
            yield template


def told(name: str) -> dict[str, Json]:
    """What the template's journey would know: carts and orders hold several things, other moments are about one."""
    is_of_several = name.startswith(("cart", "checkout", "order", "first-order"))
    has_own_code = name == "review-and-referral"
    friends: Json = {"name": "friends", "kind": "referral", "code": "FRIEND-7K3QXZ", "percent": 15}
    return {**KNOWN, "products": [LAMP, THROW] if is_of_several else [LAMP], "offer": friends if has_own_code else KNOWN["offer"]}


def mails() -> Mapping[str, Rendered]:
    """Name → what the renderer's child process makes of it."""
    found = {template.name: template for template in templates()}
    renderer = Renderer(secret=b"contact sheet", public_url="https://mail.halden-wick.example")
    renderer.start(found)
    try:
        answers = renderer.render([order(name, told(name), message=1, at=AT, tracks=False, is_marketing=True) for name in found])
    finally:
        renderer.close()
    refused = [f"{name}: {answer}" for name, answer in zip(found, answers, strict=True) if not isinstance(answer, Rendered)]
    if refused:
        raise SystemExit("\n".join(refused))
    return {name: answer for name, answer in zip(found, answers, strict=True) if isinstance(answer, Rendered)}


def pictured(browser: Browser, found: Mapping[str, Rendered], width: int, scheme: Literal["light", "dark"]) -> dict[str, bytes]:
    """Each mail from its first line to its last, as PNG."""
    pictures = {}
    with browser.new_context(viewport={"width": width, "height": 600}, color_scheme=scheme) as context:
        page = context.new_page()
        page.route("**/*", _drawn)
        for name, mail in found.items():
            page.set_content(mail.html, wait_until="load")
            pictures[name] = page.screenshot(full_page=True)
    return pictures


def _drawn(route: Route) -> None:
    if route.request.resource_type == "image" and not route.request.url.startswith("data:"):
        route.fulfill(body=PICTURE, content_type="image/svg+xml")
    else:
        route.continue_()


def sheet(browser: Browser, pictures: Mapping[str, bytes], width: int, scheme: str) -> bytes:
    """All of them side by side, as WebP."""
    columns, shown_width = SHEETS[width]
    ground, ink = ("#dcdad5", "#222") if scheme == "light" else ("#000", "#ddd")
    figures = "".join(
        f'<figure style="margin:0"><figcaption>{escape(name)}</figcaption>'
        f'<img width="{shown_width}" src="data:image/png;base64,{base64.b64encode(picture).decode()}"></figure>'
        for name, picture in pictures.items()
    )
    style = f"display:grid;grid-template-columns:repeat({columns},{shown_width}px);gap:14px;padding:14px;align-items:start"
    across = columns * (shown_width + 14) + 14
    with browser.new_context(viewport={"width": across, "height": 600}) as context:
        page = context.new_page()
        page.set_content(
            f'<body style="margin:0;background:{ground};color:{ink};font:12px sans-serif"><div style="{style}">{figures}</div>'
        )
        height = page.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": across, "height": height, "scale": 1}
        taken = context.new_cdp_session(page).send(
            "Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True, "clip": clip}
        )
        return base64.b64decode(taken["data"])


def main() -> int:
    """Take all pictures and write the page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    found = mails()
    shown = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        for width in SHEETS:
            for scheme in SCHEMES:
                name = f"mails-{width}-{scheme}.webp"
                (DOCS / "images" / name).write_bytes(sheet(browser, pictured(browser, found, width, scheme), width, scheme))
                shown.append(f"## {width} pixels wide, {scheme}\n\n![{len(found)} mails at {width} pixels, {scheme}](images/{name})\n")
        browser.close()
    rows = "\n".join(f"| `{name}` | {mail.subject} | {mail.preheader} |" for name, mail in found.items())
    (DOCS / "contact-sheet.md").write_text(PAGE.format(pictures="\n".join(shown), rows=rows), encoding="utf-8")
    print(f"{len(found)} mails, {sum(path.stat().st_size for path in (DOCS / 'images').glob('mails-*.webp')):,} bytes of pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
