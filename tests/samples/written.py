"""A written shop, as its tests read it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opportune.language.vocabulary.instants import Instant, parse_instant
from opportune.samples import Shop

START = parse_instant("2025-11-01")


@dataclass(frozen=True)
class Written:
    """A shop with its history as a file and as objects; `first` has each message once."""

    shop: Shop
    path: Path
    calls: list[dict[str, Any]]
    first: list[dict[str, Any]]

    def named(self, event: str) -> list[dict[str, Any]]:
        """The calls of an event, each once."""
        return [call for call in self.first if call.get("event") == event]


def ts_of(call: dict[str, Any]) -> Instant:
    return parse_instant(call["timestamp"])
