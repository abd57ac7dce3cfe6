"""A loader that is obviously right: one line after another, into dictionaries."""

import json
from dataclasses import dataclass, field

from opportune.language.vocabulary.events import DERIVED, EVENTS, HOT, MESSAGE_EVENTS, PROPERTIES
from opportune.language.vocabulary.instants import parse_instant
from opportune.language.vocabulary.kinds import Kind, read_as

MINUTES_5 = 300_000_000
THINGS = ("Stock Changed", "Price Changed", "Product Updated", "Weather Changed")


@dataclass
class Naive:
    """The stored relations as Python rows, and what was counted on the way."""

    currency: str = "USD"
    calls: set[str] = field(default_factory=set)
    identities: dict[str, list] = field(default_factory=dict)  # identity → [key, is_known]
    events: list[tuple] = field(default_factory=list)
    links: list[tuple] = field(default_factory=list)
    traits: list[tuple] = field(default_factory=list)
    repeated: int = 0
    clamped: int = 0
    set_aside: list[str] = field(default_factory=list)

    def load(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        reason = broken(said)
        if reason:
            self.set_aside.append(reason)
        elif said["messageId"] in self.calls:
            self.repeated += 1
        else:
            self.calls.add(said["messageId"])
            self.accept(said)

    def accept(self, said: dict) -> None:
        event_id, call, received = said["messageId"], said["type"], parse_instant(said["receivedAt"])
        ts = parse_instant(said["timestamp"]) if said.get("timestamp") else received
        if ts > received + MINUTES_5:
            ts, self.clamped = received, self.clamped + 1
        user, anonymous, previous = (said.get(name) or None for name in ("userId", "anonymousId", "previousId"))
        other = previous if call == "alias" else anonymous
        other_was_known = other in self.identities and self.identities[other][1]
        for identity, is_known in ((user, True), (anonymous, False), (previous, False)):
            if identity:
                self.identities.setdefault(identity, [len(self.identities) + 1, False])[1] |= is_known
        owner = self.identities[user or anonymous][0] if user or anonymous else None
        if user and other and user != other and not other_was_known:
            self.link(event_id, self.identities[other][0], self.identities[user][0], ts, received)
        if call in ("identify", "group"):
            told = said.get("traits") or {}
            if call == "group":
                group = said.get("groupId") or told.get("group_id")
                told = {"group_id": group} if group else {}
            self.traits += [(event_id, owner, name, value, ts, received) for name, value in told.items()]
        if call in ("track", "page", "screen"):
            self.event(said, event_id, owner, ts, received)

    def link(self, event_id: str, from_key: int, to_key: int, ts: int, received: int) -> None:
        if any(stored[1] == to_key for stored in self.links):
            return
        pair = [stored for stored in self.links if stored[1:3] == (from_key, to_key)]
        if not any((s[3], s[0]) <= (ts, event_id) and s[4] <= received for s in pair):
            self.links.append((event_id, from_key, to_key, ts, received, 0))

    def event(self, said: dict, event_id: str, owner: int | None, ts: int, received: int) -> None:
        properties = dict(said.get("properties") or {})
        name = {"page": "Page Viewed", "screen": "Screen Viewed"}.get(said["type"], said.get("event"))
        imported = said.get("source") == "import"
        hot, left = self.columns(properties)
        if name in MESSAGE_EVENTS and name.endswith(("Opened", "Link Clicked")) and hot["agent"] is None:
            hot["agent"] = "human"
        rest = json.dumps(left, sort_keys=True) if left else None
        self.events.append((event_id, 0, owner, name, ts, received, imported, *hot.values(), rest))
        products = properties.get("products")
        if name != "Order Completed" or not isinstance(products, list):
            return
        for line, product in enumerate(products, 1):
            if isinstance(product, dict):
                bought = {key: product.get(key) for key in ("product_id", "category", "price", "quantity")} | {
                    "currency": properties.get("currency")
                }
                bought["quantity"] = 1 if bought["quantity"] is None else bought["quantity"]
                columns, _ = self.columns(bought)
                columns["order_id"] = hot["order_id"]
                self.events.append((event_id, line, owner, "Product Purchased", ts, received, imported, *columns.values(), None))

    def columns(self, properties: dict) -> tuple[dict, dict]:
        left = dict(properties)
        currency = properties.get("currency")
        is_ours = currency is None or str(currency).strip().upper() in ("", self.currency)
        hot = dict.fromkeys(HOT)
        for key in HOT:
            if key in properties and (is_ours or PROPERTIES[key] is not Kind.MONEY):
                hot[key] = read_as(PROPERTIES[key], properties[key], declared=True)
            if hot[key] is not None or (key in left and left[key] is None):
                del left[key]
        return hot, left


def broken(said: object) -> str | None:
    """Why a line cannot be stored."""
    if not isinstance(said, dict):
        return "line is no JSON object in UTF-8"
    call, somebody = said.get("type"), said.get("userId") or said.get("anonymousId")
    for is_wrong, reason in (
        (call is None, "type is missing"),
        (
            call not in ("track", "page", "screen", "identify", "alias", "group"),
            f"type is {call}, not one of track, page, screen, identify, alias, group",
        ),
        (not said.get("messageId"), "messageId is missing"),
        (unreadable(said.get("receivedAt")), "receivedAt is missing or no ISO 8601 time"),
        (said.get("timestamp") is not None and unreadable(said["timestamp"]), "timestamp is no ISO 8601 time"),
        (call == "track" and not said.get("event"), "event is missing"),
        (call == "track" and said.get("event") in DERIVED, f"event {said.get('event')} is derived by us and cannot be sent"),
        (not isinstance(said.get("properties"), dict | None), "properties is no object"),
        (not isinstance(said.get("traits"), dict | None), "traits is no object"),
        (call == "alias" and not (said.get("userId") and said.get("previousId")), "userId or previousId is missing"),
        (call in ("identify", "group", "page", "screen") and not somebody, "userId or anonymousId is missing"),
        (call == "track" and not somebody and said.get("event") in set(EVENTS) - set(THINGS), "userId or anonymousId is missing"),
    ):
        if is_wrong:
            return reason
    return None


def unreadable(text: object) -> bool:
    try:
        parse_instant(text)  # type: ignore[arg-type]
    except (ValueError, AttributeError):
        return True
    return False
