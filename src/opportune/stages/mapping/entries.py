"""What a mapping file says: which calls a payload makes, of what parts of it.

It looks like a map of `opportune import --map`, with JMESPath in place of columns: `events:` makes track calls, `customers:` identify.
Read from YAML by `adapters.project.mapping_files`.
"""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Any

from opportune.language.vocabulary.problems import Place
from opportune.stages.mapping.expressions import Expression, Template

Values = tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list property: one object for each element of `of` for which `where` holds."""

    name: str
    of: Expression
    where: Expression | None = None
    each: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One kind of call. With `of` it is made for each element of a list, and everything else is read from the element."""

    place: Place
    event: str | None = None
    """None: an identify call."""
    topics: tuple[str, ...] = ()
    """The payloads it speaks of, by their topic; empty: all."""
    of: Expression | None = None
    where: Expression | None = None
    event_id: Template
    """The same for the same happening, however often it is told: what makes a repeat harmless."""
    customer_id: Template = ()
    anonymous_id: Template = ()
    """Counts where `customer_id` is null."""
    link: Template = ()
    """An id by which later payloads may speak of the same customer, such as an order's: sent along with her own."""
    ts: Expression | None = None
    """ISO 8601; null: when it arrives."""
    values: Values = ()
    """Properties, or of an identify call traits; nulls are left out."""
    constants: Table[str, Any] = field(default_factory=dict)
    lists: tuple[Many, ...] = ()
    context: Values = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping file. `settings` are what it lets opportune.yml say otherwise, with their defaults."""

    topic: Expression | None = None
    entries: tuple[Entry, ...] = ()
    settings: Table[str, str] = field(default_factory=dict)
