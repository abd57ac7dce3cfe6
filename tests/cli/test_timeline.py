"""What `timeline` says of one customer, whichever of her ids things were sent with."""

import csv
import json
from pathlib import Path

from tests.cli.conftest import Opportune

HISTORY = [
    {"type": "track", "anonymousId": "cookie-7", "event": "Product Viewed", "timestamp": "2026-03-01T09:00:00Z",
     "messageId": "v-1", "properties": {"product_id": "lamp-1", "price": 39}},
    {"type": "identify", "userId": "zoe", "anonymousId": "cookie-7", "timestamp": "2026-03-01T09:30:00Z",
     "messageId": "i-1", "traits": {"email": "Zoe@Example.org"}},
    {"type": "track", "anonymousId": "email:zoe@example.org", "event": "Order Completed", "timestamp": "2026-03-01T10:00:00Z",
     "messageId": "o-1", "properties": {"order_id": "1", "total": 39.5, "products": [{"product_id": "lamp-1"}]}},
]  # fmt: skip


def test_one_customer_has_one_timeline(opportune: Opportune, stocked: Path) -> None:
    (stocked / "zoe.ndjson").write_text("".join(json.dumps(call) + "\n" for call in HISTORY))
    assert opportune("import", str(stocked / "zoe.ndjson")).status == 0
    shown = opportune("timeline", "zoe@example.org", "--to", "2026-03-02T00:00:00Z")
    assert (shown.status, shown.err) == (0, "")
    head, *lines = shown.out.splitlines()
    assert head.startswith("zoe@example.org belongs to zoe: ")
    told = [" ".join(line.split()) for line in lines]
    assert told[0] == "2026-03-01 09:00:00 UTC Product Viewed product_id lamp-1, price 39.00 EUR as cookie-7"
    assert any(line.startswith("2026-03-01 09:30:00 UTC Identity Linked found_by named beside it as cookie-7") for line in told)
    assert any("Order Completed" in line and "total 39.50 EUR" in line and line.endswith("as email:zoe@example.org") for line in told)


def test_everything_goes_into_a_file(opportune: Opportune, stocked: Path) -> None:
    (stocked / "zoe.ndjson").write_text("".join(json.dumps(call) + "\n" for call in HISTORY))
    opportune("import", str(stocked / "zoe.ndjson"))
    assert opportune("timeline", "zoe", "--from", "2026-03-01T09:30:00Z", "--out", str(stocked / "zoe.csv")).status == 0
    rows = list(csv.DictReader((stocked / "zoe.csv").read_text().splitlines()))
    assert [row["name"] for row in rows if row["name"] in ("Product Viewed", "Order Completed")] == ["Order Completed"]
    assert {row["customer_id"] for row in rows} == {"zoe"}


def test_whom_nobody_knows_has_none(opportune: Opportune, stocked: Path) -> None:
    called = opportune("timeline", "nobody@example.org")
    assert called.status == 1
    assert "nothing is known of 'nobody@example.org'" in called.err
