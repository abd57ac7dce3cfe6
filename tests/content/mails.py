"""A template, values and addressing for the tests of this room."""

from typing import Any

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.language.vocabulary.kinds import Json
from opportune.language.vocabulary.problems import Place, Problem
from opportune.stages.content.refusal import Refusal
from opportune.stages.content.render import Addressing, render
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.template import Template
from opportune.stages.content.template_source import read_template

AT: Instant = parse_instant("2026-03-01T09:30:00Z")
UNSUBSCRIBE = "https://mail.test/u/abc"
WHY = "https://mail.test/w/abc"
PIXEL = "https://mail.test/o/abc"
LINKS = "{{ unsubscribe_url }} {{ why_url }} {{ shop.address }}"
VALUES: dict[str, Json] = {
    "customer": {"first_name": "Zoë", "email": "zoe@example.test"},
    "trigger": {"product_id": "lamp-1", "price": 19.9},
    "shop": {"name": "Lumen", "url": "https://lumen.test", "address": "1 Main Street, Springfield", "currency": "EUR"},
    "products": [{"title": "Lamp", "url": "https://lumen.test/lamp"}, {"title": "Shade", "url": "https://lumen.test/shade"}],
}


def addressing(**changed: Any) -> Addressing:
    """Everything tracked, unless `changed`."""
    usual: dict[str, Any] = {
        "unsubscribe_url": UNSUBSCRIBE,
        "preferences_url": UNSUBSCRIBE,
        "why_url": WHY,
        "pixel_url": PIXEL,
        "track": lambda number, _: f"https://mail.test/c/{number}",
    }
    return Addressing(**{**usual, **changed})


def template_of(body: str, *, subject: str = "Hello", more: str = "", text: str | None = None) -> Template:
    """A template that must be right."""
    template, problems = read(f"---\nsubject: {subject}\n{more}---\n{body}", text=text)
    assert template is not None, "\n".join(map(str, problems))
    return template


def read(source: str, **given: Any) -> tuple[Template | None, list[Problem]]:
    return read_template("hello", source, Place("templates/hello.mjml"), **given)


def rendered(
    body: str, *, values: dict[str, Json] | None = None, subject: str = "Hello", text: str | None = None, **changed: Any
) -> Rendered:
    """A mail that must come out."""
    outcome = tried(body, values=values, subject=subject, text=text, **changed)
    assert isinstance(outcome, Rendered), outcome
    return outcome


def tried(
    body: str, *, values: dict[str, Json] | None = None, subject: str = "Hello", text: str | None = None, **changed: Any
) -> Rendered | Refusal:
    return render(template_of(body, subject=subject, text=text), values if values is not None else VALUES, addressing(**changed), at=AT)
