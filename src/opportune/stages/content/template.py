"""A template once it is read: what the renderer needs, and nothing that must be loaded to compile it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One version of a template, ready to render. All but `name` and `topic` are Liquid."""

    name: str
    subject: str
    preheader: str
    topic: str
    html: str
    text: str
