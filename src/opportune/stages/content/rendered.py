"""What rendering gives: the words of one mail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """The `number`-th link of a mail, counted from 1, and where it leads: always http or https."""

    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One mail's words. `text` is never empty; `subject` and `preheader` are one line each."""

    subject: str
    preheader: str
    html: str
    text: str
    links: tuple[Link, ...]
    warnings: tuple[str, ...]
    """What was added or taken out, and why."""
