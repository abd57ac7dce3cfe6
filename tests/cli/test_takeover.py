"""Whoever reads the key of a page cannot have another customer's mail, nor her past: from calls to the values mail is written by."""

import csv
import io
import json
from pathlib import Path

from tests.cli.conftest import Opportune
from tests.collector.edge import Edge

from opportune.collector.sources import Source, hash_of, keyring
from opportune.shell.workspace import Workspace

PAGE, SERVER = "page-key-0123456789", "server-key-0123456789"
SOURCES = keyring({hash_of(PAGE): Source(name="site", is_browser=True), hash_of(SERVER): Source(name="shop")})
DEFINITIONS = "metrics: {mail: trait.email, paid: 'sum(\"Order Completed\", total)', seen: 'count(\"Product Viewed\")'}\n"
ADA, BEA, EVIL = "ada@example.org", "bea@example.org", "mallory@evil.example"
TRUE = [
    {"type": "identify", "userId": "ada", "anonymousId": "ada-phone", "traits": {"email": ADA}},
    {"type": "track", "userId": "ada", "event": "Order Completed", "properties": {"total": 100}},
    {"type": "identify", "anonymousId": f"email:{BEA}", "traits": {"email": BEA}},
    {"type": "track", "anonymousId": f"email:{BEA}", "event": "Order Completed", "properties": {"total": 50}},
]
ATTACKS = {
    "her address": [{"type": "identify", "userId": "ada", "traits": {"email": EVIL}}],
    "her address, written otherwise": [{"type": "identify", "userId": "ada", "traits": {" Email": EVIL}}],
    "her address, in a group call": [{"type": "group", "userId": "ada", "groupId": "g", "traits": {"email": EVIL}}],
    "her address, as an event's trait": [{"type": "track", "event": "Cart Viewed", "userId": "ada", "traits": {"email": EVIL}}],
    "a device with an address becomes hers": [
        {"type": "identify", "anonymousId": "x", "traits": {"email": EVIL}},
        {"type": "identify", "userId": "ada", "anonymousId": "x"},
    ],
    "her device gets an address": [
        {"type": "identify", "userId": "ada", "anonymousId": "x"},
        {"type": "identify", "anonymousId": "x", "traits": {"email": EVIL}},
    ],
    "a device leaves her address and then another": [
        {"type": "identify", "anonymousId": "x", "traits": {"email": ADA}},
        {"type": "identify", "anonymousId": "x", "traits": {"email": EVIL}},
    ],
    "an address nobody has claimed yet": [{"type": "identify", "userId": "mallory", "traits": {"email": BEA}}],
    "the same by way of a device": [
        {"type": "identify", "anonymousId": "x", "traits": {"email": BEA}},
        {"type": "identify", "userId": "mallory", "anonymousId": "x"},
    ],
    "the same the other way round": [
        {"type": "identify", "userId": "mallory", "anonymousId": "x"},
        {"type": "identify", "anonymousId": "x", "traits": {"email": BEA}},
    ],
    "the id of an address as a device": [{"type": "identify", "userId": "mallory", "anonymousId": f"email:{BEA}"}],
    "an alias of an address": [{"type": "alias", "previousId": f"email:{BEA}", "userId": "mallory"}],
    "an alias of a user": [{"type": "alias", "previousId": "ada", "userId": "mallory"}],
    "an alias of a user as a device": [{"type": "alias", "previousId": "ada", "anonymousId": "ada", "userId": "mallory"}],
    "parting her from her device": [
        {"type": "track", "event": "Identity Unlinked", "userId": "ada", "properties": {"previous_id": "ada-phone"}}
    ],
    "a link that no mail made": [
        {"type": "identify", "anonymousId": "x", "userId": "ada", "context": {"linked_by": "click", "click": "forged"}}
    ],
}


def of_story(number: int, calls: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same with customers, devices and addresses of a story of its own."""
    text = json.dumps(calls)
    for name in ("ada", "bea", "mallory"):
        text = text.replace(name, f"{name}{number}")
    told: list[dict[str, object]] = json.loads(text.replace('"x"', f'"x{number}"'))
    return told


def customers(opportune: Opportune, folder: Path) -> dict[str, dict[str, str]]:
    """Every customer's values after what is true and what was sent with the key of the page, story by story."""
    (folder / "opportune.yml").write_text("shop: {name: Lamps, currency: EUR, timezone: UTC, country: US}\n", encoding="utf-8")
    (folder / "definitions.yml").write_text(DEFINITIONS, encoding="utf-8")
    workspace = Workspace(folder)
    edge = Edge(folder, log=workspace.open_log(), sources=SOURCES, clock=workspace.clock)
    for number, calls in enumerate(ATTACKS.values()):
        assert edge.post("/v1/batch", {"batch": of_story(number, TRUE), "writeKey": SERVER}, headers=()).status == 200
        for call in of_story(number, calls):
            edge.post("/v1/batch", {"batch": [call], "writeKey": PAGE}, headers=())
    edge.close()
    workspace.close()
    said = opportune("evaluate")
    assert said.status == 0, said.err
    return {row["customer_id"]: row for row in csv.DictReader(io.StringIO(said.out))}


def test_nobody_has_anothers_mail_or_past(opportune: Opportune, folder: Path) -> None:
    found = customers(opportune, folder)
    bought = [(row["mail"], row["paid"]) for row in found.values() if row["paid"] not in ("", "0")]
    hers = {(f"ada{number}@example.org", "100"): name for number, name in enumerate(ATTACKS)}
    others = {(f"bea{number}@example.org", "50"): name for number, name in enumerate(ATTACKS)}
    assert [name for row, name in (hers | others).items() if bought.count(row) != 1] == []
    assert len(bought) == 2 * len(ATTACKS)
    assert [name for name in found if name.startswith("mallory") and found[name]["paid"] not in ("", "0")] == []
