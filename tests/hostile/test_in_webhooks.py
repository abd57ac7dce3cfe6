"""The corpus as payloads that are signed: each is kept and counted once: as calls, as a failure with its reason, or as left out."""

import json

import pytest
from tests.collector.edge import NOON
from tests.hostile.adding_up import Fate, assert_it_adds_up
from tests.hostile.corpus import CORPUS, DIGITS, TOWER
from tests.webhooks.door import Door
from tests.webhooks.hooks import FIXTURES

from opportune.adapters.stores.ledger import Taken

TOPIC = {"x-shopify-topic": "orders/create", "x-shopify-webhook-id": "w1"}
ORDER = (FIXTURES / "shopify-orders-create.json").read_bytes().strip()
SPOILED = {
    "an order that is cut off": ORDER[:-20],
    "an order with a mark": b"\xef\xbb\xbf" + ORDER,
    "an order in UTF-16": ORDER.decode().encode("utf-16"),
    "an order with bytes that are no UTF-8": ORDER.replace(b"Bob", b"\xff\xfe"),
    "an order with half a pair": ORDER.replace(b'"Bob"', b'"\\ud800"'),
    "an order with a zero": ORDER.replace(b'"Bob"', b'"\\u0000"'),
    "an order for NaN": ORDER.replace(b'"403.00"', b"NaN"),
    "an order for 100,000 digits": ORDER.replace(b'"403.00"', DIGITS),
    "an order with a tower": ORDER[:-1] + b',"tower":' + TOWER + b"}",
    "an order of the year 0": ORDER.replace(b"2022-01-01", b"0000-01-01"),
    "an order of the year 9999": ORDER.replace(b"2022-01-01", b"9999-12-31"),
    "nothing": b"",
} | {name: hostile.raw for name, hostile in CORPUS.items()}


@pytest.mark.parametrize("name", SPOILED)
def test_a_hostile_payload_is_kept_and_counted_once(tmp_path, name):
    door = Door(tmp_path)
    try:
        reply = door.send("shop", SPOILED[name], headers=TOPIC)
        tallies = door.counters.drained(NOON)
        lines = door.lines()
    finally:
        door.endpoints.close()
        door.log.close()
        door.raw.close()
    count = {kind: sum(tally.count for tally in tallies if tally.kind is kind) for kind in Taken}
    reasons = tuple(tally.reason for tally in tallies if tally.kind is not Taken.ACCEPTED)
    assert reply.status in (200, 400, 413, 415)
    assert_it_adds_up(Fate(sent=1, accepted=int(count[Taken.ACCEPTED] > 0), refused=reasons))
    assert len(lines) == count[Taken.ACCEPTED]
    assert "\\u0000" not in json.dumps(lines)
