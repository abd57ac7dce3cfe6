"""A written shop, as its tests read it."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from opportune.language.vocabulary.events import THINGS
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
        return self._by_name.get(event, [])

    @cached_property
    def _by_name(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for call in self.first:
            found.setdefault(call.get("event", ""), []).append(call)
        return found

    @property
    def of_people(self) -> list[dict[str, Any]]:
        """The calls about customers, each once."""
        return [call for call in self.first if call.get("event") not in THINGS]


def write(shop: Shop, path: Path) -> Written:
    """Write the shop's history and read it back."""
    count = shop.write_history(path)
    calls = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert count == len(calls)
    first = list({call["messageId"]: call for call in reversed(calls)}.values())[::-1]
    return Written(shop=shop, path=path, calls=calls, first=first)


def ts_of(call: dict[str, Any]) -> Instant:
    return parse_instant(call["timestamp"])


def received_at(call: dict[str, Any]) -> Instant:
    return parse_instant(call["receivedAt"])
