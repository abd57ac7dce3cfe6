"""What a project gives names to before its expressions are read: named events, settings, tables, derived events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opportune.language.tree.expressions import Expr, Literal, Selector, Table, Void
from opportune.language.vocabulary.kinds import Kind

SESSION_ENDED = "Session Ended"
"""The derived event that is built in."""


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An entry of `events:` with `of`: which events, the condition they meet, and what makes them absent.

    As read from a file its selector may name other named events, and its voids have no `names` yet; `expansion.expanded_selector`
    gives it with everything spelled out.
    """

    selector: Selector
    where: Expr | None = None
    voids: tuple[Void, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownTable:
    """An entry of `tables:` and the kinds of its columns as far as they are known; None where no column is known at all."""

    table: Table
    columns: Mapping[str, Kind | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Named events stand bare in selectors, tables before brackets; settings stand where a constant must (`within=setting.x`)."""

    events: Mapping[str, NamedEvent] = field(default_factory=dict)
    settings: Mapping[str, Literal] = field(default_factory=dict)
    tables: Mapping[str, KnownTable] = field(default_factory=dict)
    derived: frozenset[str] = frozenset({SESSION_ENDED})
    """Event names of `derived:`, and the one that is built in."""
    zone: str = "UTC"
    """The shop's, an IANA name."""
    asks_first: frozenset[str] | None = None
    """Country codes in which nobody is tracked who did not say yes; elsewhere silence is none. None: not known, so `consent.tracking` is
    what was said alone."""
    asks_unknown: bool = True
    """Whether somebody whose country is not known counts as in one of these."""


NO_NAMES = Names()
