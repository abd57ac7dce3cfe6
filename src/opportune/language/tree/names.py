"""What a project gives names to before its expressions are read: named events and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opportune.language.tree.expressions import Expr, Literal, Selector


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An entry of `events:` with `of`: which events, and the condition they meet."""

    selector: Selector
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Named events stand bare in selectors; settings stand where a constant must (`within=setting.x`)."""

    events: Mapping[str, NamedEvent] = field(default_factory=dict)
    settings: Mapping[str, Literal] = field(default_factory=dict)


NO_NAMES = Names()
