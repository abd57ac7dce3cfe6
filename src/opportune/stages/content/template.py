"""A template once it is read: what the renderer needs, and nothing that must be loaded to compile it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opportune.language.vocabulary.problems import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One version of a template, ready to render. `subject`, `preheader`, `html` and `text` are Liquid."""

    name: str
    subject: str
    preheader: str
    topic: str
    html: str
    text: str
    offer: str = ""
    """The offer it makes: its name, or a path such as `tier.value.incentive` whose value is its name. Empty: none."""
    reads: Mapping[str, Place] = field(default_factory=dict)
    """Definitions it reads, as it writes them (`tier.value.tone`), and where."""
    names: frozenset[str] = frozenset()
    """The first names of all variables it speaks of."""
