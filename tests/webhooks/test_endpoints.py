"""`/webhooks/{source}`: who is believed, what is kept, what is told, and what is answered."""

import json
from concurrent.futures import Future
from dataclasses import replace

import pytest
from tests.collector.edge import NOON
from tests.webhooks.door import Door
from tests.webhooks.hooks import hook, payload

from opportune.adapters.logs.log import LogFault
from opportune.stages.measurement.standing import standings

ORDER = json.dumps(payload("shopify-orders-create")).encode()
CREATE = {"x-shopify-topic": "orders/create", "x-shopify-webhook-id": "b54557e4"}


def test_a_believed_payload_is_kept_as_it_came_and_told_as_calls(door):
    reply = door.send("shop", ORDER, headers={**CREATE, "x-forwarded-for": "198.51.100.7", "cookie": "secret"})
    assert (reply.status, reply.json) == (200, {"success": True})
    (raw,) = door.kept()
    assert (raw.source, raw.body, raw.headers) == ("shop", ORDER, CREATE)
    lines = door.lines()
    assert {(line["type"], line["source"]) for line in lines} == {("track", "shop"), ("identify", "shop")}
    assert door.tallies() == {("accepted", ""): len(lines)}


def test_a_wrong_signature_is_401_and_nothing_is_kept(door):
    reply = door.send("shop", ORDER, secret="guess", headers=CREATE)
    assert (reply.status, reply.json["code"]) == (401, "wrong_signature")
    assert (door.kept(), door.lines()) == ([], [])
    assert door.tallies() == {("refused", "wrong_signature"): 1}


def test_no_signature_is_401(door):
    assert door.send("shop", ORDER, secret=None, headers=CREATE).json["code"] == "no_signature"


def test_nothing_is_parsed_before_it_is_believed(door):
    assert door.send("shop", b"[" * 100_000, secret="guess").status == 401


def test_a_source_nobody_named_is_404(door):
    assert door.send("nobody", ORDER).status == 404
    assert door.hear("/webhooks/", [{"type": "http.request", "body": b"", "more_body": False}]).status == 404


def test_another_method_than_post_is_405(door):
    reply = door.send("shop", b"", method="GET")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_a_body_larger_than_the_settings_allow_is_413_however_it_is_cut(tmp_path):
    door = Door(tmp_path, hooks={"shop": replace(hook("shopify"), largest_bytes=1_000)})
    assert door.send("shop", b"x" * 1_001).status == 413
    assert door.send("shop", b"x" * 1_001, parts=[b"x" * 500, b"x" * 501]).status == 413
    assert door.send("shop", b"x" * 1_000).status == 200
    door.close()


def test_without_a_secret_nobody_is_believed_and_the_operator_is_told_why(tmp_path):
    door = Door(tmp_path, hooks={"shop": replace(hook("shopify"), secrets=(), wanted=("SHOP_SECRET",))})
    reply = door.send("shop", ORDER, headers=CREATE)
    assert (reply.status, reply.json["code"], "retry-after" in reply.headers) == (503, "no_secret", True)
    assert b"SHOP_SECRET" not in reply.body
    assert door.tallies()["failed", "no secret: none of SHOP_SECRET is set where serve runs"] == 1
    assert door.kept() == []
    door.close()


def test_a_payload_no_entry_speaks_of_is_kept_and_counted_by_its_topic(door):
    assert door.send("shop", b"{}", headers={"x-shopify-topic": "app/uninstalled"}).status == 200
    assert (len(door.kept()), door.lines()) == (1, [])
    assert door.tallies() == {("left_out", "app/uninstalled"): 1}


def test_a_mapping_that_fails_keeps_the_payload_and_answers_200(door):
    order = {**payload("woocommerce-order-refunded"), "refunds": [{"id": 1, "total": "ten"}]}
    assert door.send("woo", json.dumps(order).encode(), headers={"x-wc-webhook-topic": "order.updated"}).status == 200
    assert len(door.kept()) == 1
    assert {line.get("event") for line in door.lines()} == {"Order Completed", None}
    (failed,) = [reason for kind, reason in door.tallies() if kind == "failed"]
    assert failed.startswith("connectors/woocommerce.yml:") and "ten" not in failed


def test_a_failures_sample_names_the_payload_by_its_senders_own_id(door):
    door.send("shop", b"{nonsense", headers=CREATE)
    (tally,) = door.counters.drained(0)
    assert tally.sample == "x-shopify-topic: orders/create, x-shopify-webhook-id: b54557e4"


def test_a_body_that_is_no_utf_8_is_kept_byte_for_byte(door):
    body = b"\xff\x00 \n\r {"
    door.send("shop", body, headers=CREATE)
    assert [raw.body for raw in door.kept()] == [body]


def test_the_ping_that_a_shop_sends_unsigned_is_answered_and_forgotten(door):
    assert door.send("woo", b"webhook_id=7", secret=None, headers={"content-type": "application/x-www-form-urlencoded"}).status == 200
    assert door.send("woo", b"webhook_id=7&order=1", secret=None).status == 401
    assert (door.kept(), door.tallies()) == ([], {("refused", "no_signature"): 1})


def test_a_sender_that_goes_away_leaves_nothing(door):
    assert door.hear("/webhooks/shop", [{"type": "http.disconnect"}]) is None
    assert door.kept() == []


def test_a_full_disk_is_503_before_anything_is_kept(tmp_path):
    door = Door(tmp_path, options={"free_bytes": lambda: 0})
    assert door.send("shop", ORDER, headers=CREATE).json["code"] == "disk_full"
    assert door.kept() == []
    door.close()


class Broken:
    """An event log whose disk is gone."""

    waiting_bytes = 0

    def submit(self, lines):
        failed = Future()
        failed.set_exception(LogFault("the disk is gone"))
        return failed

    def close(self):
        pass


def test_what_could_not_be_told_is_not_acknowledged_though_it_was_kept(tmp_path):
    door = Door(tmp_path, options={"log": Broken()})
    reply = door.send("shop", ORDER, headers=CREATE)
    assert (reply.status, reply.json["code"]) == (503, "log_fault")
    assert len(door.kept()) == 1
    door.close()


@pytest.mark.parametrize("name", ["..", "shop/../woo", "%2e%2e", "shop%00", "SHOP"])
def test_a_strange_name_is_nobodys(door, name):
    assert door.send(name, b"{}").status == 404


def test_a_topic_nobody_asked_for_is_no_error_and_hides_none(door):
    door.send("shop", b"{nonsense", headers=CREATE)
    door.send("shop", b"{}", headers={"x-shopify-topic": "app/uninstalled"})
    (standing,) = standings({"shop": "webhook"}, door.counters.drained(NOON), {}, NOON)
    assert standing.last_error.kind == "failed"
    assert standing.number("left_out") == 1
